"""Many people in one house that runs: what they said, what is stored of it, what arrived."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from storage import checkins, people, staff
from storage import outbox as outbox_rows
from storage.encryption import Keyring
from storage.models import alert_event, outbox
from storage.models import message as messages
from storage.store import Store
from tests.running import Running

T = TypeVar("T")

SENDER = "+15005550006"
DANGER = "i want to kill myself tonight"
SENT = ("sent", "delivered")


@dataclass(slots=True)
class Member:
    """One of the crowd, and what they said, in order."""

    id: int
    address: str
    said: list[str] = field(default_factory=list)


class Crowd:
    """People of one channel, and their counselor on Telegram."""

    def __init__(self, house: Running, channel: str) -> None:
        self.house = house
        self.channel = channel
        self.members: list[Member] = []
        self.counselor = 0
        self.counselor_chat = ""
        self._updates: dict[str, tuple[int, str]] = {}
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

    async def move_in(self, size: int, **more: Any) -> None:
        """Write so many people down, before the process starts on SQLite."""
        telegram = self.house.telegram
        chats = []
        for _ in range(size + 1):
            chats.append(telegram.new_user("Ana"))
            await telegram.say(chats[-1], "/start")
        telegram.updates.drop()
        addresses = [
            str(chat) if self.channel == "telegram" else f"+1215555{1000 + n}"
            for n, chat in enumerate(chats[1:])
        ]
        self.write(lambda tx: self._write_down(tx, chats[0], addresses, more))

    def _write_down(
        self, tx: Connection, chat: int, addresses: list[str], more: dict[str, Any]
    ) -> None:
        now = datetime.now(UTC)
        self.counselor_chat = str(chat)
        self.counselor = staff.add(tx, f"Dana {chat}", "counselor", "-", now)
        people.add_address(tx, "telegram", str(chat), staff_id=self.counselor, created_at=now)
        for address in addresses:
            member = join(tx, self.counselor, self.channel, address, now, **more)
            self.members.append(Member(member, address))

    async def say(self, member: Member, text: str) -> bool:
        """Say one thing; on SMS whether the provider heard that it was taken."""
        member.said.append(text)
        if self.channel == "telegram":
            bot, _, _ = self.house.telegram.token.partition(":")
            # The next update's number is the one that this will have.
            number = self.house.telegram.updates._next_id
            self._updates[f"{bot}:{number}"] = (member.id, text)
            await self.house.telegram.say(int(member.address), text)
            return True
        sid = await self.house.twilio.text(member.address, SENDER, text)
        return sid in self.acknowledged()

    def said(self) -> dict[str, tuple[int, str]]:
        """Everything that was said, by the provider's id: who and what."""
        if self.channel == "telegram":
            return self._updates
        who = {member.address: member.id for member in self.members}
        return {
            one.sid: (who[one.sender], one.body)
            for one in self.house.twilio.messages
            if one.direction == "inbound"
        }

    def acknowledged(self) -> set[str]:
        """The ids of what the provider was told is safe."""
        if self.channel == "telegram":
            bot, _, _ = self.house.telegram.token.partition(":")
            waiting = {
                f"{bot}:{one.update['update_id']}" for one in self.house.telegram.updates._pending
            }
            return self._updates.keys() - waiting
        return {
            entry.sid
            for entry in self.house.twilio.ledger
            if entry.what == "webhook" and entry.detail == "200" and entry.sid
        }

    def accepted(self) -> int:
        """How many messages the provider took from us for these people."""
        return self.arrived().total()

    def arrived(self) -> Counter[tuple[str, str]]:
        """What the provider took from us, by address and text, the counselor's included."""
        telegram, twilio = self.house.telegram, self.house.twilio
        on_telegram = (
            (str(chat), message.text.strip())
            for chat in telegram._chats
            for message in telegram.messages(chat)
            if message.from_bot
        )
        by_text = (
            (one.to, one.body.strip()) for one in twilio.messages if one.direction != "inbound"
        )
        return Counter(itertools.chain(on_telegram, by_text))

    def stored(self) -> dict[str, tuple[int, str]]:
        """What the database has of these people's messages, by the provider's id."""
        query = select(messages.c.provider_id, messages.c.person_id, messages.c.text)
        query = query.where(messages.c.person_id.is_not(None))
        rows = self.read(lambda tx: list(tx.execute(query)))
        return {row.provider_id: (row.person_id, row.text) for row in rows}

    def outbox(self) -> list[Any]:
        """Every message that was queued, in order."""
        return self.read(lambda tx: list(tx.execute(select(outbox).order_by(outbox.c.id))))

    def quiet(self) -> bool:
        """Whether all that was said is stored, and nothing waits to be sent or confirmed."""
        if self.read(outbox_rows.waiting) or self.said().keys() != self.stored().keys():
            return False
        # A text that was caught up later is never acknowledged.
        return self.channel == "sms" or self.said().keys() == self.acknowledged()

    def pass_the_leases(self) -> None:
        """What a dead process had in hand waits for its lease to end: those seconds, at once."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        statement = update(outbox).where(outbox.c.state == "leased").values(leased_until=past)
        self.write(lambda tx: tx.execute(statement))

    def doubles(self) -> Counter[tuple[str, str]]:
        """What arrived more often than it was queued; fails if anything arrived less often."""
        rows = self.outbox()
        odd = [(row.id, row.kind, row.state, row.code) for row in rows if row.state not in SENT]
        assert odd == []
        queued = Counter((row.address, row.text.strip()) for row in rows)
        arrived = self.arrived()
        lost = queued - arrived
        assert lost == Counter(), (lost, [row for row in rows if (row.address, row.text) in lost])
        return arrived - queued

    def assert_in_place(self) -> None:
        """Each message was one turn, and the talk stands where the last one left it."""
        for member in self.members:
            row = self.read(lambda tx, m=member: people.get(tx, m.id))  # type: ignore[misc]
            assert row.turn == len(member.said), (member, row.turn)
            if not member.said:
                continue
            last = member.said[-1]
            if last == DANGER:
                assert row.place["flow"] == "crisis", (member, row.place)
                continue
            assert row.place["flow"] == "checkin", (member, row.place)
            assert row.place["step"] == ("mood" if last == "checkin" else "word")
            answers = [text for text in member.said if text != "checkin"]
            if answers:
                kept = self.read(lambda tx, m=member: checkins.latest(tx, m.id, 1))  # type: ignore[misc]
                got = " ".join(str(kept[0].answers[name]) for name in ("mood", "craving"))
                assert got == answers[-1][:3], member

    def assert_alerted(self) -> None:
        """Every dangerous message is in the timeline of an alert, and its counselor was told."""
        noted = self.read(
            lambda tx: set(tx.execute(select(alert_event.c.message_id)).scalars().all())
        )
        dangerous = self.read(
            lambda tx: list(tx.execute(select(messages).where(messages.c.risk == "emergency")))
        )
        meant = [text for member in self.members for text in member.said if text == DANGER]
        assert len(dangerous) == len(meant)
        assert {row.id for row in dangerous} <= noted
        told = [row for row in self.outbox() if row.kind == "alert_notice"]
        assert len(told) >= len(meant)


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
