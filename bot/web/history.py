"""What happened: messages both ways, check-ins, silence, and an alert's timeline, in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import Connection, Row, select

from bot.web import marking, phrases
from bot.web.times import Times
from content.wording import clock
from storage import checkins, outbox
from storage import messages as inbox
from storage.models import outbox as outbox_table

_BACK = timedelta(days=60)
_MOST = 16
_MOST_CHOICES = 5
_TAKEN_BACK = ("expired", "cancelled")
_DAYS = 14
_ALWAYS = 60


@dataclass(frozen=True, slots=True)
class Message:
    """One message, theirs or ours."""

    at: str
    theirs: bool
    pieces: list[tuple[str, bool]] = field(repr=False)
    choices: list[str] = field(repr=False)
    state: str
    failed: bool = False


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
    unread = phrases.UNREADABLE.get(row.kind)
    found = marking.marked(row.text, row.words) if row.text else []
    return [(f"{unread} " if found else unread, False), *found] if unread else found


def messages(tx: Connection, person_id: int, times: Times, now: datetime) -> list[Message]:
    """The last messages both ways, oldest first."""
    since = now - _BACK
    theirs = [(r.received_at, 0, r.id, r) for r in inbox.of_person(tx, person_id, since, _MOST)]
    sent = [r for r in outbox.to_person(tx, person_id, since, 2 * _MOST) if not _dropped(r)]
    ours = [(r.created_at, 1, r.id, r) for r in sent]
    both = sorted([*theirs, *ours], key=lambda each: each[:3])[-_MOST:]
    return [_ours(row, times) if sort else _theirs(row, times) for _, sort, _, row in both]


def _dropped(row: Row[Any]) -> bool:
    """A reminder that never left says nothing here; anything else that did not, does."""
    return row.state in _TAKEN_BACK and row.priority >= outbox.REMINDER


def _theirs(row: Row[Any], times: Times) -> Message:
    state = "edited" if row.kind == "edited" else ""
    if row.received_at - row.sent_at > timedelta(minutes=5):
        state = f"sent {times.at(row.sent_at)}, reached us late"
    at = f"{times.at(row.received_at)}, {phrases.CHANNELS.get(row.channel, row.channel)}"
    return Message(at, theirs=True, pieces=pieces(row), choices=[], state=state)


def _ours(row: Row[Any], times: Times) -> Message:
    channel = phrases.CHANNELS.get(row.channel, row.channel)
    at = f"{times.at(row.sent_at or row.created_at)}, {channel}"
    # On SMS the choices are in the text already, and a scale of eleven says nothing.
    listed = row.channel == "telegram" and len(row.buttons) <= _MOST_CHOICES
    choices = [choice[1] for choice in row.buttons] if listed else []
    return Message(
        at,
        theirs=False,
        pieces=[(row.text, False)],
        choices=choices,
        state=phrases.SENT.get(row.state, row.state),
        failed=row.state in phrases.FAILED,
    )


def days(tx: Connection, person: Row[Any], times: Times) -> list[Day]:
    """The last fourteen days, newest first, days without an answer included."""
    answered = {row.day: row for row in checkins.latest(tx, person.id, _DAYS)}
    today = times.today_there()
    began = person.created_at.astimezone(ZoneInfo(person.zone)).date()
    last = [today - timedelta(days=back) for back in range(_DAYS)]
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


def timeline(
    tx: Connection,
    row: Row[Any],
    events: Sequence[Row[Any]],
    names: Mapping[int, str],
    times: Times,
) -> list[Happened]:
    """Every change of an alert, oldest first, with what became of each notice.

    A moment is said once for all that happened in it.
    """
    query = select(outbox_table).where(outbox_table.c.alert_id == row.id)
    sent = {(each.staff_id, each.created_at): each for each in tx.execute(query)}
    lines = [_happened(event, names, sent, times) for event in events]
    before = ["", *(line.at for line in lines)]
    return [
        dataclasses.replace(line, at="") if line.at == last else line
        for line, last in zip(lines, before, strict=False)
    ]


def _happened(
    event: Row[Any],
    names: Mapping[int, str],
    sent: Mapping[tuple[int | None, datetime], Row[Any]],
    times: Times,
) -> Happened:
    who = names.get(event.staff_id, "Somebody")
    at = times.here(event.at)
    detail = event.detail or ""
    if event.kind in ("notified", "told"):
        notice = sent.get((event.staff_id, event.at))
        state = phrases.SENT.get(notice.state, notice.state) if notice else "state unknown"
        failed = notice is not None and notice.state in phrases.FAILED
        what = f"Notice to {who}" if event.kind == "notified" else f"Told them {_told(detail)}"
        return Happened(at, f"{what}: {state}", failed=failed)
    if event.kind == "closed":
        said, note = phrases.outcome(detail)
        return Happened(at, f"Closed by {who}" + (f": {said}" if said else ""), note)
    if event.kind in ("opened", "raised", "added"):
        level, _, codes = detail.rpartition(" ")
        why = phrases.labels(tuple(code for code in codes.split(",") if code))
        told = phrases.LEVELS.get(level, "").lower()
        first = {"opened": "Opened", "raised": "Raised", "added": "Something new"}[event.kind]
        opening = ", ".join(part for part in (first, told) if part)
        return Happened(at, ": ".join(part for part in (opening, why) if part))
    said = {
        "seen": f"{who}: seen",
        "calling": f"{who}: calling now",
        "passed": f"{who} could not take it and passed it on",
        "reopened": f"Open again: {who} wrote no outcome in time",
        "no_address": f"{who} could not be told: no address",
    }.get(event.kind, event.kind.replace("_", " "))
    return Happened(at, said, failed=event.kind in ("no_address", "reopened"))


def _told(key: str) -> str:
    return phrases.TOLD.get(key, key)
