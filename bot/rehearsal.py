"""Plays a talk in the terminal, with the core alone: no database, no network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import typer

from bot import places
from content.wording import Language, Value, entries, fill, word
from handlers import meetings, optout
from handlers.answers import Said
from handlers.crisis import Status
from handlers.decide import decide, found, in_danger
from handlers.entrances import ENTRANCES
from handlers.flow import (
    Agree,
    Ask,
    DropLine,
    Effect,
    Find,
    KeepLine,
    Prefer,
    Raise,
    Record,
    Say,
    SetPin,
    Share,
    Stop,
    ToTeam,
    Turn,
)
from handlers.flows import FLOWS, step_of
from handlers.own import Answers, Checkup, Own
from handlers.person import Around, Person, PlanLine
from handlers.place import Place
from handlers.risk import Level
from handlers.screening import screen
from handlers.settling import Decision, begin, settle
from handlers.shown import Shows

_LISTED: Final = (
    ("First Things at the Harbor", "Old Ferry Hall", "12 Ferry Street", 0.6),
    ("Last Boat Home", "Harbor Library, room 2", "7 Library Square", 1.9),
    ("Harbor Lights Online", "", "", None),
)
"""Meetings of a town that does not exist, the first in half an hour."""


def rehearse(flow: str, language: Language, channel: str, *, plain: bool) -> None:
    """Begin a flow and answer what is typed, until the input ends."""
    if flow not in FLOWS:
        typer.echo(f"There is no talk named {flow}. There are: {', '.join(FLOWS)}.", err=True)
        raise typer.Exit(2)
    stage = _Stage(language, channel, plain=plain, agreed=flow != "joining")
    opened, turn = ENTRANCES.get(flow), stage.turn()
    stage.show(settle(opened(turn), turn, None) if opened else begin(FLOWS[flow], turn))
    while True:
        try:
            text = input("> ")
        except (EOFError, KeyboardInterrupt):
            typer.echo()
            return
        stage.hear(text)


class _Stage:
    """One made-up person, and where they stand."""

    def __init__(self, language: Language, channel: str, *, plain: bool, agreed: bool) -> None:
        self.person = Person(
            1, "Sam", language, "America/New_York", plain, agreed=agreed, checkin_at=time(18)
        )
        self.channel = channel
        self.place: Place | None = None
        self.parked: Place | None = None
        self.lines: list[PlanLine] = []
        self.checkups: list[Checkup] = []
        self.digits: str | None = None

    def turn(self) -> Turn:
        team = word(
            "rota.until",
            {"time": time(20)},
            language=self.person.language,
            zone=self.person.zone,
            channel=self.channel,
            plain=True,
        ).text
        own = Own(checkups=self._checkups)
        around = Around(
            "Harbor Check", "215-555-0100", team, lines=lambda: tuple(self.lines), own=own
        )
        return Turn(self.person, around, datetime.now(UTC))

    def hear(self, text: str) -> None:
        """Screen, then decide, as the door does."""
        risk = screen(text)
        if risk.level is not Level.NONE:
            typer.echo(f"    ({risk.level}: {', '.join(risk.labels)})")
        if optout.heard(text) is optout.Wish.STOP:
            typer.echo("    (an opt-out: nothing more would be sent)")
            return
        if risk.level.rank >= Level.URGENT.rank:
            self.show(in_danger(self.turn(), risk, self.place, self.parked, Status.ASKING))
            return
        step = step_of(self.place)
        labels = {}
        if step is not None:
            entry = entries(self.person.language)[step.key]
            if step.shows is not None and self.place is not None:
                entry = entry.showing(step.shows(self.place.data, self.person.language).labels)
            labels = dict(entry.labels(self.channel, plain=self.person.plain))
        self.show(decide(self.turn(), Said(text, None, labels), self.place, self.parked))

    def show(self, decision: Decision) -> None:
        """Say what would be sent, and what else would happen."""
        if decision.find is not None:
            decision = found(decision, self._looked_up(decision.find))
        self.place, self.parked = decision.place, decision.parked
        for effect in decision.effects:
            match effect:
                case Say(key, values):
                    self._say(key, values, bare=False)
                case Ask(flow, step, values, bare, shows):
                    self._say(f"{flow}.{step}", values, bare=bare, shows=shows)
                case Prefer() | Agree() | Share():
                    self._chose(effect)
                case Raise(level, reason):
                    typer.echo(f"    (alert: {level}, {reason})")
                case ToTeam():
                    typer.echo("    (the team gets these words)")
                case KeepLine() | DropLine() | SetPin():
                    self._own(effect)
                case _:
                    self._kept(effect)

    def _kept(self, effect: Effect) -> None:
        match effect:
            case Answers():
                self._answered(effect)
            case Record(kind):
                typer.echo(f"    (kept: {kind})")
            case Stop():
                typer.echo("    (all messages stop)")
            case _:
                typer.echo("    (kept)")

    def _looked_up(self, find: Find) -> str | None:
        if find.kind == "pin":
            return "right" if find.query == self.digits else "wrong"
        if find.kind == meetings.FIND:
            return _meetings(meetings.wish(find.query), self.person.zone)
        if find.kind == "zone":
            return places.zone_of(find.query)
        return None

    def _checkups(self, name: str, most: int) -> tuple[Checkup, ...]:
        return tuple([each for each in reversed(self.checkups) if each.name == name][:most])

    def _answered(self, given: Answers) -> None:
        typer.echo("    (kept: answers)")
        now = datetime.now(UTC)
        newest = self._checkups(given.name, 1)
        if newest and newest[0].ended_at is None:
            self.checkups.remove(newest[0])
        ended = now if given.scores is not None else None
        named = (given.name, given.version, now, ended, given.answers, given.scores)
        self.checkups.append(Checkup(len(self.checkups), *named))

    def _chose(self, effect: Prefer | Agree | Share) -> None:
        match effect:
            case Prefer():
                known = {field.name for field in dataclasses.fields(Person)}
                given = dataclasses.asdict(effect)
                chosen = {k: v for k, v in given.items() if v is not None and k in known}
                self.person = dataclasses.replace(self.person, **chosen)
            case Agree(granted):
                self.person = dataclasses.replace(self.person, agreed=granted)
            case Share(shared):
                self.person = dataclasses.replace(self.person, plan_shared=shared)
                typer.echo(f"    (the team may read the plan: {shared})")

    def _own(self, effect: KeepLine | DropLine | SetPin) -> None:
        match effect:
            case KeepLine(part, text):
                self.lines.append(PlanLine(len(self.lines) + 1, part, text))
                typer.echo("    (kept in the plan)")
            case DropLine(line):
                self.lines = [each for each in self.lines if each.id != line]
            case SetPin(digits):
                self.digits = digits
                has = digits is not None
                self.person = dataclasses.replace(self.person, pin=has, shut=has)

    def _say(
        self, key: str, values: Mapping[str, Value], *, bare: bool, shows: Shows | None = None
    ) -> None:
        words = fill(
            entries(self.person.language)[key].showing(shows.labels if shows is not None else {}),
            values,
            language=self.person.language,
            zone=self.person.zone,
            channel=self.channel,
            plain=self.person.plain,
        )
        text = words.listed if bare else words.body
        if text:
            typer.echo(f"< {text}")
        if self.channel == "telegram" and words.choices:
            typer.echo("  " + "  ".join(f"[{label}]" for _, label in words.choices))


def _meetings(wish: meetings.Wish, zone: str) -> str:
    """The made-up meetings, whatever was wished beside online; they are no more than these."""
    now = datetime.now(ZoneInfo(zone)).replace(second=0, microsecond=0)
    found = []
    for number, (name, location, address, miles) in enumerate(_LISTED):
        begins = now + timedelta(minutes=30 + 45 * number)
        found.append(
            meetings.Meeting(
                id=f"harbor/{number}",
                fellowship="aa",
                name=name,
                start=begins.isoformat(),
                minutes=60,
                zone=zone,
                day=begins.isoweekday() % 7,
                minute=begins.hour * 60 + begins.minute,
                attendance="online" if miles is None else "in_person",
                miles=miles,
                location=location,
                address=address,
                join_url="https://zoom.us/j/9990000001" if miles is None else "",
                kinds=("open",),
                as_of=now.date().isoformat(),
            )
        )
    shown = [one for one in found if one.miles is None or wish.how in ("any", "near")]
    spot = meetings.Spot(39.9375, -75.1125, wish.near or "Example Harbor", zone)
    return meetings.Answer(spot, found=tuple(shown[wish.skip :]), circle=5).to_text()
