"""What happened: messages both ways, check-ins, silence, and an alert's timeline, in words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import Connection, Row

from bot.web import marking, phrases
from bot.web.times import Times
from content.wording import clock
from handlers.lapse import EXPECTED, OWN_CARD
from handlers.plan import KIND, SIGNS, shows_lines
from handlers.private import is_own
from handlers.risk import Level
from storage import cases, checkins, plans, supporters, threads
from storage.roster import BEGUN
from storage.threads import Before

MOST = 16
"""Messages on an alert's page."""
_NEWEST = Before()
_MOST_CHOICES = 5
_OPENED = re.compile(r"/start [A-Z0-9]{4,16}")
_OWN_LINE = [("A line of their own plan. They do not share it.", False)]
_OWN_PLAN = [("Their own plan, as they wrote it. They do not share it.", False)]
_OWN_WORDS = [("Words of their own, for themselves alone.", False)]
_TO_THEIRS = [("Their own text to one of their people, sent for them.", False)]
_DAYS = 14
_ALWAYS = 60


@dataclass(frozen=True, slots=True)
class Message:
    """One message, theirs or ours."""

    by: str = field(repr=False)
    at: str
    theirs: bool
    pieces: list[tuple[str, bool]] = field(repr=False)
    choices: list[str] = field(repr=False)
    state: str
    failed: bool = False
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """Some messages, oldest first, and where those before them end (None: there are none)."""

    messages: list[Message] = field(repr=False)
    earlier: Before | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day's check-in, or that there was none."""

    day: str
    answered: str
    mood: str
    craving: str
    slept: str
    used: str
    word: str = field(repr=False)
    none: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    at: str
    what: str = field(repr=False)
    note: str = field(default="", repr=False)
    failed: bool = False


def pieces(row: Row[Any]) -> list[tuple[str, bool]]:
    """A stored message with the words that triggered marked; what can't be read, in words."""
    if _OPENED.fullmatch(row.text):
        return [("Opened the invitation.", False)]
    unread = phrases.UNREADABLE.get(row.kind)
    found = marking.marked(row.text, row.words) if row.text else []
    return [(f"{unread} " if found else unread, False), *found] if unread else found


def thread(
    tx: Connection,
    person_id: int,
    times: Times,
    names: Mapping[int, str],
    before: Before = _NEWEST,
    most: int = MOST,
) -> Thread:
    """Messages both ways on every channel, oldest first; `names` are those of the staff."""
    leaf = threads.read(tx, person_id, before, most)
    shared = plans.is_shared(tx, person_id)
    found = [
        _theirs(row, times, shared=shared) if theirs else _ours(row, times, names, shared=shared)
        for theirs, row in leaf.rows
    ]
    return Thread(found, leaf.earlier)


def _theirs(row: Row[Any], times: Times, *, shared: bool) -> Message:
    # What sounded like danger is for the team to read, and they were told so.
    quiet = set(row.labels) <= (SIGNS | EXPECTED if row.kind == OWN_CARD else SIGNS)
    keep = row.kind == KIND and not shared and quiet
    own = quiet if row.kind == OWN_CARD else Level(row.risk).rank < Level.URGENT.rank
    state = "edited" if row.kind == "edited" else ""
    if row.received_at - row.sent_at > timedelta(minutes=5):
        state = f"sent {times.at(row.sent_at)}, reached us late"
    at = f"{times.at(row.received_at)}, {phrases.CHANNELS.get(row.channel, row.channel)}"
    return Message(
        "They",
        at,
        theirs=True,
        pieces=_OWN_WORDS if is_own(row.kind) and own else _OWN_LINE if keep else pieces(row),
        choices=[],
        state=state,
    )


def _ours(row: Row[Any], times: Times, names: Mapping[int, str], *, shared: bool) -> Message:
    channel = phrases.CHANNELS.get(row.channel, row.channel)
    # On SMS the choices are in the text already, and a scale of eleven says nothing.
    listed = row.channel == "telegram" and len(row.buttons) <= _MOST_CHOICES
    failed = row.state in phrases.FAILED
    why = phrases.CODES.get(row.code or "") if failed else None
    return Message(
        names.get(row.said_by, "The program"),
        f"{times.at(row.sent_at or row.created_at)}, {channel}",
        theirs=False,
        pieces=_said(row, shared=shared),
        choices=[choice[1] for choice in row.buttons] if listed else [],
        state=phrases.SENT.get(row.state, row.state) + (f": {why}" if why else ""),
        failed=failed,
        by_staff=row.said_by is not None,
    )


def _said(row: Row[Any], *, shared: bool) -> list[tuple[str, bool]]:
    if row.kind == supporters.KIND:
        return _TO_THEIRS
    if is_own(row.kind):
        return _OWN_WORDS
    return _OWN_PLAN if shows_lines(row.kind) and not shared else [(row.text, False)]


def days(tx: Connection, person: Row[Any], times: Times) -> list[Day]:
    """The last fourteen days, newest first, days without an answer included."""
    answered = {row.day: row for row in checkins.latest(tx, person.id, _DAYS)}
    today = times.today_there()
    began = person.created_at.astimezone(ZoneInfo(person.zone)).date()
    last = [today - timedelta(days=back) for back in range(_DAYS)]
    asked = time.fromisoformat(person.checkin_at) if person.checkin_at else time.max
    if today not in answered and times.now.astimezone(ZoneInfo(person.zone)).time() < asked:
        last = last[1:]  # today's question has not been asked yet
    return [_day(day, answered.get(day), times) for day in last if day >= began]


def _day(day: date, row: Row[Any] | None, times: Times) -> Day:
    said = format_date(day, "EEE d MMM", locale="en_US")
    if row is None:
        return Day(said, "", "", "", "", "", "", none=True)
    answers = row.answers
    return Day(
        day=said,
        answered=times.clock_there(row.answered_at),
        mood=_answer(answers, "mood"),
        craving=_answer(answers, "craving"),
        slept=_answer(answers, "slept"),
        used=_answer(answers, "used"),
        word=str(answers.get("word") or ""),
    )


def _answer(answers: Mapping[str, Any], name: str) -> str:
    if name not in answers:
        return "–"
    return "skipped" if answers[name] is None else str(answers[name])


def silence(tx: Connection, person: Row[Any], times: Times) -> list[tuple[str, str]]:
    """When they were last heard, and when they usually answer."""
    rows = checkins.latest(tx, person.id, _ALWAYS)
    heard = person.heard_at
    usual = times.usual([row.answered_at for row in rows], person.checkin_at)
    asked = clock(time.fromisoformat(person.checkin_at), "en", "UTC") if person.checkin_at else None
    found = [("Last heard", f"{times.at(heard)}, {times.ago(heard)}" if heard else "never")]
    if usual:
        found.append(("Usually answers", f"around {usual}, their time"))
    if asked:
        found.append(("Asked daily at", f"{asked}, their time"))
    if person.misses:
        found.append(("Check-ins missed since", str(person.misses)))
    return found


Notices = Mapping[tuple[int, int | None, datetime], str]
"""What became of a message about an alert: by its number, to whom, and when."""


def notices(tx: Connection, numbers: Sequence[int]) -> Notices:
    """What became of every message about these alerts."""
    rows = cases.notices(tx, numbers)
    return {(row.alert_id, row.staff_id, row.created_at): row.state for row in rows}


def timeline(
    events: Sequence[Row[Any]], sent: Notices, names: Mapping[int, str], times: Times
) -> list[Happened]:
    """Every change of an alert, oldest first, with what became of each notice.

    A moment is said once for all that happened in it.
    """
    lines = [_happened(event, names, sent, times) for event in events]
    before = ["", *(line.at for line in lines)]
    return [
        dataclasses.replace(line, at="") if line.at == last else line
        for line, last in zip(lines, before, strict=False)
    ]


def _happened(
    event: Row[Any],
    names: Mapping[int, str],
    sent: Notices,
    times: Times,
) -> Happened:
    who = names.get(event.staff_id, "Somebody")
    at = times.here(event.at)
    detail = event.detail or ""
    if event.kind == "notified" and detail:
        return Happened(at, f"Notice to {who}, together with others")
    if event.kind in ("notified", "told"):
        became = sent.get((event.alert_id, event.staff_id, event.at), "")
        state = phrases.SENT.get(became, became or "state unknown")
        failed = became in phrases.FAILED
        what = f"Notice to {who}" if event.kind == "notified" else f"Told them {_told(detail)}"
        return Happened(at, f"{what}: {state}", failed=failed)
    if event.kind == "closed":
        said, note = phrases.outcome(detail)
        return Happened(at, f"Closed by {who}" + (f": {said}" if said else ""), note)
    if event.kind in BEGUN:
        level, codes = phrases.reason(detail)
        why = phrases.labels(codes)
        told = phrases.LEVELS.get(level, "").lower()
        first = {"opened": "Opened", "raised": "Raised", "added": "Something new"}[event.kind]
        opening = ", ".join(part for part in (first, told) if part)
        return Happened(at, ": ".join(part for part in (opening, why) if part))
    said = {
        "seen": f"{who}: seen",
        "calling": f"{who}: calling now",
        "answered": f"{who} answered them",
        "snoozed": f"{who} put it off for {detail} minutes",
        "verified": f"{who} checked that the address is theirs",
        "passed": f"{who} could not take it and passed it on",
        "reopened": f"Open again: {who} wrote no outcome in time",
        "no_address": f"{who} could not be told: no address",
    }.get(event.kind, event.kind.replace("_", " "))
    return Happened(at, said, failed=event.kind in ("no_address", "reopened"))


def _told(key: str) -> str:
    return phrases.TOLD.get(key, key)
