"""Plays the conversations in `transcripts/`, word for word, through the real door.

A transcript opens with a title and settings (`duress`, `flagged` and `takes` are set face to face,
with `lists` the clinic has meeting lists, with `sessions` they have a week of them, of so many
`hours` that are prescribed), then has one thing a line:

    > 6            the person types (a longer text goes on in lines that begin with two spaces)
    > [Not now]    presses the button that says so
    > (voice)      sends something that can't be read
    @ seen         the counselor presses a button under the last notice, or types to us
    = hospital     staff set how the person stands: a status, "verified", "colleague", "absent",
                 "came"; or ask for a "screen" on the next day, or how the "room" is of their next
    + 3 0 -        answers the page of the last link, an item each
    * Thank you.   what the page says then, and what it asks
    ~ 6 pm         time goes on to that hour, or by so much: "2 hours", "to tuesday 6 pm"
    < Got it.      what the person is sent, with the choices under it in brackets
    ! alert: …     what staff have of it by now: number, level and state

COMPANION_WRITE_TRANSCRIPTS=1 writes anew what follows from `>`, `@`, `=`, `~`, `+`; read it then.
"""

from __future__ import annotations

import html
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from bot import followups, handover, recurring, rooms, rounds, standing, sweeps
from bot.channels import Kind, OptOut
from bot.config import House
from bot.screens import keep as screening
from bot.section import DAYS
from handlers import optout
from storage import alerts, items, people, reminders, seats
from storage.encryption import Keyring
from storage.store import Store
from tests import timetabled, town
from tests.conftest import START, HandClock, clinic
from tests.world import World

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))
ZONE = ZoneInfo("America/New_York")
NUMBER = "+12155550123"
MEDICINES = ("naltrexone", "buprenorphine")


class Stage:
    """One person, one counselor, and what was said, written down as it happens."""

    def __init__(
        self, database_url: str, keyring: Keyring, house: House, head: dict[str, str]
    ) -> None:
        self.database_url = database_url
        self.keyring = keyring
        self.house = house = _asking(head, _staffed(head.get("staff", "always"), house))
        self.channel = head.get("channel", "telegram")
        self.language = head.get("language", "en")
        self.plain = head.get("words", "cover") == "plain"
        self.begins = head.get("begins", "joined")
        self.duress = head.get("duress")
        self.flagged = head.get("flagged") == "yes"
        self.takes = head.get("takes", "").split()
        self.lists = head.get("lists") == "yes"
        self.sessions = head.get("sessions") == "yes"
        self.hours = int(head.get("hours", "0"))
        self.address = NUMBER if self.channel == "sms" else "100"
        self.clock = HandClock(_moment(head.get("at", "monday 10 am"), START))
        self.world = World(self.open(), house, self.clock)
        self.lines: list[str] = []
        self.alert = ""
        self.number = 0
        self.page: str | None = None
        self.link = ""

    def open(self) -> Store:
        """The database, as a program that was just started has it."""
        return Store(self.database_url, self.keyring)

    async def begin(self) -> None:
        """The staff, and the person as far as the transcript begins."""
        await self.world.staffed()
        if self.lists:
            now = self.clock.now()
            await self.world.store.write(lambda tx: town.settle(tx, now))
        person: dict[str, Any] = {
            "channel": self.channel,
            "address": self.address,
            "language": self.language,
            "plain": self.plain,
        }
        begin = self.world.joined if self.begins == "joined" else self.world.invited
        await self.agreed_on(await begin(**person))
        if self.begins == "joined":
            self.world.sent_since()
        else:
            self.show()

    async def agreed_on(self, person_id: int) -> None:
        """What staff have set face to face."""
        now = self.clock.now()

        def work(tx: Connection) -> None:
            if self.takes:
                items.keep(tx, person_id, "medicine", _medicine(self.takes), now)
                recurring.arrange(tx, self.house, person_id, now)
            if self.sessions:
                timetabled.settle(tx, self.house, person_id, now)
            if self.hours:
                timetabled.prescribed(tx, self.house, person_id, self.hours, now)
            if self.duress:
                people.change(tx, person_id, words={"duress": self.duress})
            if self.flagged:
                people.change(tx, person_id, withdrawal_since=now.date())
                followups.watch(tx, people.get(tx, person_id), now)

        await self.world.store.write(work)

    async def play(self, line: str) -> None:
        """One line of what people do, and what follows from it."""
        self.lines.append(line)
        mark, _, rest = line.partition(" ")
        if mark == ">":
            await self.say(rest)
        elif mark == "@":
            await self.staff(rest)
        elif mark == "=":
            await self.decided(rest)
        elif mark == "+":
            await self.fill_in(rest.split())
        else:
            await self.wait(rest)
        self.show()

    async def say(self, text: str) -> None:
        text = text.replace("\n  ", "\n")
        to: dict[str, Any] = {"channel": self.channel, "address": self.address}
        to["provider_id"] = f"t{self.number}"
        self.number += 1
        if text.startswith("("):
            await self.world.say("", kind=Kind(text.strip("()")), **to)
        elif text.startswith("["):
            row = next(r for r in reversed(self.world.rows(self.address)) if r.buttons)
            keys = {label: key for key, label in row.buttons}
            label = text.strip("[]")
            assert label in keys, f"there is no button {label!r}, only {list(keys)}"
            await self.world.say(
                label, kind=Kind.BUTTON, choice=keys[label], asked_in=row.asked_in, **to
            )
        else:
            carrier = self.channel == "sms" and optout.is_carrier_stop(text)
            await self.world.say(text, opt_out=OptOut.STOP if carrier else None, **to)

    async def fill_in(self, answers: list[str]) -> None:
        """Answer the page of the last link, an item each; "-" leaves one out."""
        async with self.world.client() as browser:
            if self.page is None:
                link = [found for text in self.world.texts(self.address) for found in _links(text)]
                self.page = (await browser.get(link[-1])).text
                self.link = link[-1]
            of = re.findall(r'name="of" value="([^"]+)"', self.page)[0]
            names = list(dict.fromkeys(re.findall(r'name="(q\w+)"', self.page)))
            given = dict(zip(names, answers, strict=True))
            form = {"of": of, **{name: "" if each == "-" else each for name, each in given.items()}}
            answer = await browser.post(self.link, data=form)
            assert answer.status_code == 200, answer.text
            shown = answer.text
        self.page = shown if "<form" in shown else None
        said = re.findall(r'<p class="text">(.*?)</p>', shown, re.DOTALL)
        said += re.findall(r"<legend>(.*?)</legend>", shown, re.DOTALL)
        self.lines += [f"* {html.unescape(text)}".replace("\n", "\n  ") for text in said]

    async def staff(self, text: str) -> None:
        number = self.world.alerts()[-1].id
        word, _, rest = text.partition(" ")
        await self.world.say(
            f"{word.upper()} {number} {rest}".strip(), address="900", provider_id=f"s{self.number}"
        )
        self.number += 1

    async def decided(self, what: str) -> None:
        """What staff decide in the console: a status, whose number it is, whose person it is."""
        house, now = self.house, self.clock.now()

        def work(tx: Connection) -> None:
            known = people.address_of(tx, self.channel, self.address)
            assert known is not None
            assert known.person_id is not None
            if what == "verified":
                standing.verify(tx, house, known.id, 2, now)
            elif what == "absent":
                timetabled.absent(tx, known.person_id, now)
            elif what == "came":
                timetabled.came(tx, known.person_id, now)
            elif what == "screen":
                tomorrow = now.astimezone(ZONE).date() + timedelta(days=1)
                screening.order(tx, house, [(known.person_id, tomorrow)])
            elif what == "room":
                (row, *_) = seats.of(tx, known.person_id, now, now + timedelta(days=7))
                rooms.ask(tx, row.session_id, 2, now)
            elif what == "colleague":
                handover.hand_over(tx, house, known.person_id, 2, 2, now)
            else:
                standing.change(tx, house, known.person_id, what, 2, now)

        await self.world.store.write(work)

    async def wait(self, words: str) -> None:
        """Time goes on; everything is shut down and opened again on the way."""
        until = _moment(words, self.clock.at)
        self.world.store.close()
        self.world.store = self.open()
        self.world = _again(self.world)
        while self.clock.at < until:
            due = await self.world.read(lambda tx: (reminders.next_due(tx), alerts.next_due(tx)))
            self.clock.at = min([until, *(at for at in due if at and at > self.clock.at)])
            await rounds.sweep(self.world.store, self.house, self.clock.at)
            await sweeps.escalate(self.world.store, self.house, self.clock.at)

    def show(self) -> None:
        """Write down what the person was sent since, and where the alert is."""
        rows = [r for r in self.world.rows() if r.id > self.world._read]
        self.world._read = max([r.id for r in rows], default=self.world._read)
        for row in rows:
            if row.address == self.address:
                self.lines.append("< " + _LINK.sub(r"/\1/...", row.text).replace("\n", "\n  "))
                if self.channel == "telegram" and row.buttons:
                    self.lines.append("  " + _buttons([label for _, label in row.buttons]))
        alerts = self.world.alerts()
        said = f"! alert: {alerts[-1].id} {alerts[-1].level}, {alerts[-1].state}" if alerts else ""
        if said != self.alert:
            self.alert = said
            self.lines.append(said)


def _medicine(said: list[str]) -> dict[str, Any]:
    """What staff have set: "flagged 11:00", "refill 2026-12-03", "naltrexone"."""
    kind = next((each for each in said if each in MEDICINES), "methadone")
    return {
        "label": "",
        "name": kind.capitalize(),
        "kind": kind,
        "state": "current",
        "times": [each for each in said if ":" in each],
        "refill_on": next((each for each in said if "-" in each), None),
        "flagged": "flagged" in said,
        "reminders": True,
    }


_LINK = re.compile(r"/(c|m|q)/[\w-]+")


def _links(text: str) -> list[str]:
    return [found[0] for found in _LINK.finditer(text)]


def _asking(head: dict[str, str], house: House) -> House:
    """What the clinic asks by itself there: "bam_iop phq2", each once a week."""
    weekly = dict.fromkeys(head.get("checkups", "").split(), 1)
    return House(house.clinic.model_copy(update={"checkups": weekly}), house.url)


def _staffed(when: str, house: House) -> House:
    """Read at all hours as everywhere in the tests, by day only, or with a contracted line."""
    if when == "always":
        return house
    line = {"mode": "line", "line": "802-555-0142"}
    after = line if when == "line" else {"mode": "none"}
    by_day = {"days": "mon-fri", "from": "08:00", "to": "20:00"}
    shifts = [{"who": "counselor", **by_day}, {"who": "supervisor", **by_day}]
    return House(clinic(after_hours=after, shifts=shifts), house.url)


def _again(world: World) -> World:
    fresh = World(world.store, world.house, world.clock)
    fresh._read = world._read
    return fresh


def _buttons(labels: list[str]) -> str:
    if labels[:11] == [str(n) for n in range(11)]:
        labels = ["0 to 10", *labels[11:]]
    return " ".join(f"[{label}]" for label in labels)


def _moment(words: str, now: datetime) -> datetime:
    """A moment in words: "2 hours", "6 pm", "tuesday 6 pm"; always ahead, in New York."""
    amount = re.fullmatch(r"(\d+) (minute|hour|day)s?", words)
    if amount is not None:
        return now + timedelta(**{f"{amount[2]}s": int(amount[1])})
    day, hour, half = re.fullmatch(r"(?:([a-z]+day) )?(\d+) ([ap]m)", words).groups()  # type: ignore[union-attr]
    here = now.astimezone(ZONE)
    at = here.replace(hour=int(hour) % 12 + (12 if half == "pm" else 0), minute=0, second=0)
    while at < here or (day is not None and DAYS[at.weekday()] != day[:3]):
        at += timedelta(days=1)
    return at


def read(text: str) -> tuple[list[str], dict[str, str], list[str]]:
    """The opening as it stands, its settings, and the lines of what people do."""
    opening, _, rest = text.partition("\n\n")
    head = dict(line.split(": ", 1) for line in opening.splitlines() if not line.startswith("#"))
    done: list[str] = []
    for line in rest.splitlines():
        if line.startswith("  ") and done and done[-1].startswith(">"):
            done[-1] += f"\n{line}"
        else:
            done.append(line)
    return opening.splitlines(), head, done


def settled(file: Path, played: str) -> str:
    """What the file says it should be; on request it says from now on what was played."""
    if os.environ.get("COMPANION_WRITE_TRANSCRIPTS"):
        file.write_text(played, "utf-8")
    return file.read_text("utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_conversation(
    file: Path, database_url: str, keyring: Keyring, house: House
) -> None:
    opening, head, lines = read(file.read_text("utf-8"))  # noqa: ASYNC240 - a small file
    stage = Stage(database_url, keyring, house, head)
    await stage.begin()
    for line in lines:
        if line[:1] in (">", "@", "=", "~", "+"):
            await stage.play(line)
    stage.world.store.close()
    played = "\n".join([*opening, "", *stage.lines]) + "\n"
    assert played == settled(file, played)


def test_there_are_conversations_in_both_languages_and_channels() -> None:
    heads = [read(file.read_text("utf-8"))[1] for file in FILES]
    assert {(h["channel"], h["language"]) for h in heads} == {
        (channel, language) for channel in ("telegram", "sms") for language in ("en", "es")
    }
