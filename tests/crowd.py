"""Many people in one house that runs: what they said, what is stored of it, what arrived."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, select, update

from storage import checkins, people, staff
from storage import outbox as outbox_rows
from storage.encryption import Keyring
from storage.models import message as messages
from storage.models import outbox
from storage.store import Store
from tests.running import Running

T = TypeVar("T")

SENDER = "+15005550006"
DANGER = "i want to kill myself tonight"


@dataclass(slots=True)
class Member:
    """One of the crowd, and what they said, in order."""

    id: int
    channel: str
    address: str
    said: list[str] = field(default_factory=list)


class Said(NamedTuple):
    """One message as its provider took it from a person's hands."""

    person: int
    text: str
    at: datetime


class Crowd:
    """People on both channels, and their counselor on Telegram."""

    def __init__(self, house: Running) -> None:
        self.house = house
        self.members: list[Member] = []
        self.reminded: list[Member] = []
        """Who only ever hears from us: they never write."""
        self.counselor = 0
        self.counselor_chat = ""
        self.updates: list[dict[str, Any]] = []
        """What Telegram made of what was said there, in its own shape."""
        self._updates: dict[str, Said] = {}
        self._reader: Store | None = None

    def read(self, work: Callable[[Connection], T]) -> T:
        """Look into the database, beside the process or without it."""
        if self._reader is None:
            self._reader = self._open(writing=False)
        return self._reader.read_now(work)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Change the database; on SQLite only while no process has it."""
        store = self._open(writing=True)
        try:
            return store.write_now(work)
        finally:
            store.close()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _open(self, *, writing: bool) -> Store:
        given = self.house.environment
        keyring = Keyring.parse(given["COMPANION_KEYS"])
        return Store(given["DATABASE_URL"], keyring, writing=writing)

    async def move_in(self, telegram: int, sms: int = 0, reminded: int = 0, **more: Any) -> None:
        """Write so many people down, before the process starts on SQLite; the channels mixed."""
        api = self.house.telegram
        chats = []
        for _ in range(1 + telegram + reminded):
            chats.append(api.new_user("Ana"))
            await api.say(chats[-1], "/start")
        api.updates.drop()
        first, *rest = [("telegram", str(chat)) for chat in chats]
        numbers = [("sms", f"+1215555{1000 + n}") for n in range(sms)]
        mixed = itertools.chain(*itertools.zip_longest(rest[:telegram], numbers))
        speaking = [one for one in mixed if one is not None]
        self.counselor_chat = first[1]
        self.write(lambda tx: self._write_down(tx, speaking, rest[telegram:], more))

    def _write_down(
        self,
        tx: Connection,
        speaking: list[tuple[str, str]],
        silent: list[tuple[str, str]],
        more: dict[str, Any],
    ) -> None:
        now = datetime.now(UTC)
        chat = self.counselor_chat
        self.counselor = staff.add(tx, f"Dana {chat}", "counselor", now)
        people.add_address(tx, "telegram", chat, staff_id=self.counselor, created_at=now)
        for channel, address in speaking:
            number = join(tx, self.counselor, channel, address, now, **more)
            self.members.append(Member(number, channel, address))
        at_noon = more | {"zone": noon(), "checkin_at": "12:00"}
        for channel, address in silent:
            number = join(tx, self.counselor, channel, address, now, **at_noon)
            self.reminded.append(Member(number, channel, address))

    async def say(self, member: Member, text: str) -> bool:
        """Say one thing; on SMS whether the provider heard that it was taken."""
        member.said.append(text)
        if member.channel == "telegram":
            # The next update's number is the one that this will have.
            number = self._update_id(self.house.telegram.updates._next_id)
            self._updates[number] = Said(member.id, text, datetime.now(UTC))
            await self.house.telegram.say(int(member.address), text)
            self.updates.append(self.house.telegram.updates._pending[-1].update)
            return True
        sid = await self.house.twilio.text(member.address, SENDER, text)
        return sid in self.acknowledged()

    async def speak(self, member: Member, lines: list[str]) -> None:
        """Say them in turn; who is not heard waits until they are."""
        for line in lines:
            if not await self.say(member, line):
                return

    def said(self) -> dict[str, Said]:
        """Everything that was said, by the provider's id."""
        who = {member.address: member.id for member in self.members}
        by_text = {
            one.sid: Said(who[one.sender], one.body, one.created)
            for one in self.house.twilio.messages
            if one.direction == "inbound"
        }
        return self._updates | by_text

    def acknowledged(self) -> set[str]:
        """The ids of what the provider was told is safe."""
        waiting = {
            self._update_id(one.update["update_id"]) for one in self.house.telegram.updates._pending
        }
        by_text = {
            entry.sid
            for entry in self.house.twilio.ledger
            if entry.what == "webhook" and entry.detail == "200" and entry.sid
        }
        return (self._updates.keys() - waiting) | by_text

    def _update_id(self, number: int) -> str:
        return f"{self.house.telegram.token.partition(':')[0]}:{number}"

    def in_order(self) -> list[tuple[str, str]]:
        """What the providers took from us, by address and text, each address's in order."""
        telegram, twilio = self.house.telegram, self.house.twilio
        on_telegram = [
            (str(chat), message.text.strip())
            for chat in telegram._chats
            for message in telegram.messages(chat)
            if message.from_bot
        ]
        outbound = [one for one in twilio.messages if one.direction != "inbound"]
        return on_telegram + [(one.to, one.body.strip()) for one in outbound]

    def arrived(self) -> Counter[tuple[str, str]]:
        """The same, counted."""
        return Counter(self.in_order())

    def stored(self) -> dict[str, tuple[int, str]]:
        """What the database has of these people's messages, by the provider's id."""
        query = select(messages.c.provider_id, messages.c.person_id, messages.c.text)
        query = query.where(messages.c.person_id.is_not(None))
        rows = self.read(lambda tx: list(tx.execute(query)))
        return {row.provider_id: (row.person_id, row.text) for row in rows}

    def outbox(self) -> list[Any]:
        """Every message that was queued, in order."""
        return self.read(lambda tx: list(tx.execute(select(outbox).order_by(outbox.c.id))))

    def heard(self) -> bool:
        """Whether all that was said is stored."""
        return self.said().keys() == self.stored().keys()

    def quiet(self) -> bool:
        """Whether all that was said is stored, and nothing waits to be sent or confirmed."""
        if self.read(outbox_rows.waiting) or not self.heard():
            return False
        # A text that was caught up later is never acknowledged.
        return self._updates.keys() <= self.acknowledged()

    def stuck(self) -> str:
        """What still keeps it from being quiet, for whoever waited in vain."""
        said, stored = self.said(), self.stored()
        unheard = [number for number in said if number not in stored]
        unconfirmed = sorted(self._updates.keys() - self.acknowledged())
        waiting = [
            (row.id, row.channel, row.kind, row.state, row.attempts, row.code, str(row.not_before))
            for row in self.outbox()
            if row.state in ("pending", "leased")
        ]
        return f"not stored {unheard}, not confirmed {unconfirmed}, not sent {waiting}"

    def pass_the_leases(self) -> None:
        """What a dead process had in hand waits for its lease to end: those seconds, at once."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        statement = update(outbox).where(outbox.c.state == "leased").values(leased_until=past)
        self.write(lambda tx: tx.execute(statement))

    def misplaced(self) -> list[str]:
        """Who is not where what they said has led them: each message is one turn."""
        return [odd for member in self.members if member.said for odd in self._misplaced(member)]

    def _misplaced(self, member: Member) -> list[str]:
        row = self.read(lambda tx: people.get(tx, member.id))
        last, odd = member.said[-1], []
        wanted = ("crisis", None) if last == DANGER else ("checkin", "mood")
        if last not in (DANGER, "checkin"):
            wanted = ("checkin", "word")
            kept = self.read(lambda tx: checkins.latest(tx, member.id, 1))
            got = " ".join(str(kept[0].answers[name]) for name in ("mood", "craving"))
            if got != last[:3]:
                odd.append(f"person {member.id} answered {last[:3]}, kept is {got}")
        at = row.place or {}
        place = (at.get("flow"), at.get("step"))
        if place[0] != wanted[0] or wanted[1] not in (None, place[1]):
            odd.append(f"person {member.id} is at {place} and not at {wanted}")
        if row.turn != len(member.said):
            odd.append(f"person {member.id} said {len(member.said)} things in {row.turn} turns")
        return odd


def noon() -> str:
    """A zone in which it is about noon now: nothing has to wait for the night to end."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def join(
    tx: Connection, counselor: int, channel: str, address: str, now: datetime, **more: Any
) -> int:
    """Somebody who has agreed, with one address."""
    given = {
        "name": "Sam Doe",
        "counselor_id": counselor,
        "language": "en",
        "zone": "America/New_York",
        "status": "active",
        "plain": True,
        "agreed": True,
        "card": {},
        "created_at": now,
        **more,
    }
    number = people.add(tx, **given)
    people.add_address(tx, channel, address, person_id=number, created_at=now)
    return number
