"""Groups as whoever leads them sees them: who is written to, what was said, how the room leans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from bot import broadcasts
from bot.broadcasts import REASONS, Reached, Words
from bot.config import House
from bot.web.times import Times
from content.wording import entries
from storage import access, timetable
from storage import broadcasts as rows
from storage.models import person

KINDS: Final = (
    "group", "family", "couples", "education", "vocational", "complementary",
    "support_meeting", "other",
)  # fmt: skip
"""What more than one person comes to."""
_AHEAD: Final = timedelta(days=21)
_BACK: Final = timedelta(days=14)
_MOST: Final = 4
_QUESTIONS: Final = {"mood": "Mood", "craving": "Urge", "topic": "To talk about"}
_BANDS: Final = {"low": "0 to 3", "middle": "4 to 6", "high": "7 to 10"}


@dataclass(frozen=True, slots=True)
class Said:
    """A broadcast that went out."""

    number: int
    when: str
    lines: tuple[str, ...]
    sent: int
    left: tuple[str, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class Room:
    """A session whose room was asked, or may be."""

    session: int
    when: str
    asked: bool = False
    closes: str = ""
    counted: bool = False
    leans: tuple[tuple[str, str], ...] = ()
    """Question and how it leans; none where fewer than five answered."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group."""

    number: int
    title: str
    enrolled: int
    next: Room | None
    rooms: list[Room]
    by_itself: bool
    said: list[Said]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent, to how many, and who is left out."""

    group: int
    lines: tuple[str, ...]
    to: int
    later: str
    foreign: int
    left: tuple[str, ...]
    named: tuple[str, ...] = field(repr=False)
    """Those of the left out whom the reader may see, with why."""
    outing: tuple[str, ...] = ()


def led(tx: Connection, worker: Row[Any], now: datetime) -> list[Row[Any]]:
    """The groups that somebody leads; a supervisor leads them all, for this page."""
    every = [each for each in timetable.all_series(tx) if kind_of(each) in KINDS]
    if worker.role == "supervisor":
        return every
    held = timetable.between(tx, now - _BACK, now + _AHEAD)
    theirs = {row.series_id for row in held if row.staff_id == worker.id}
    return [each for each in every if each.staff_id == worker.id or each.id in theirs]


def kind_of(series: Row[Any]) -> str:
    """What a group is: as staff have set it, else as the calendar says."""
    return str((series.own or {}).get("kind") or series.kind)


def read(tx: Connection, house: House, worker: Row[Any], now: datetime) -> list[Group]:
    """All groups that somebody leads, by title."""
    times = Times(now, house.clinic.zone, house.clinic.zone)
    return [_group(tx, house, each, times) for each in led(tx, worker, now)]


def _group(tx: Connection, house: House, series: Row[Any], times: Times) -> Group:
    now = times.now
    ahead = timetable.between(tx, now, now + _AHEAD, series_id=series.id)
    coming = next((s for s in ahead if s.state == "planned" and not s.all_day), None)
    past = rows.of_series(tx, series.id, rows.TEMPERATURE, _MOST)
    today = now.astimezone(house.clinic.tz).date()
    return Group(
        number=series.id,
        title=series.title,
        enrolled=len(rows.enrolled(tx, series.id, today)),
        next=_coming(tx, coming, times) if coming is not None else None,
        rooms=[_room(tx, row, times) for row in past if row.shown is not None],
        by_itself=bool((series.own or {}).get(rows.TEMPERATURE)),
        said=[_said(tx, row, times) for row in rows.of_series(tx, series.id, rows.THEME, _MOST)],
    )


def _coming(tx: Connection, session: Row[Any], times: Times) -> Room:
    row = rows.asked(tx, session.id)
    when = times.here(session.starts_at)
    if row is None or row.closes_at is None:
        return Room(session.id, when)
    counted = row.shown is not None
    return Room(session.id, when, asked=True, closes=times.here(row.closes_at), counted=counted)


def _room(tx: Connection, row: Row[Any], times: Times) -> Room:
    session = timetable.one(tx, row.session_id)
    when = times.here(session.starts_at) if session is not None else times.here(row.at)
    shown = row.shown or {}
    leans = tuple(
        (_QUESTIONS[name], _leaning(name, shown[name])) for name in _QUESTIONS if name in shown
    )
    return Room(row.session_id, when, asked=True, counted=True, leans=leans)


def _leaning(name: str, lean: Mapping[str, str]) -> str:
    if name == "topic":
        labels = entries("en")["temperature.topic"].choices
        said = [f"{labels[topic]} ({how})" for topic, how in lean.items() if topic in labels]
        return ", ".join(said) or "nothing that several named"
    return ", ".join(f"{how} at {_BANDS[band]}" for band, how in lean.items() if band in _BANDS)


def _said(tx: Connection, row: Row[Any], times: Times) -> Said:
    back = int(row.left_out.get(broadcasts.BACK, 0))
    left = [f"{count} {REASONS[why]}" for why, count in row.left_out.items() if why in REASONS]
    return Said(
        number=row.id,
        when=times.here(row.at),
        lines=_lines(broadcasts.words_of(row)),
        sent=row.sent,
        left=(*left, *([f"{back} taken back"] if back else [])),
        waiting=rows.waiting(tx, row),
    )


def _lines(words: Words) -> tuple[str, ...]:
    return tuple(f"{each.what}. To try: {each.line}" for each in words.values())


def preview(
    tx: Connection, house: House, worker: Row[Any], series_id: int, words: Words, now: datetime
) -> Preview:
    """What would be sent now."""
    times = Times(now, house.clinic.zone, house.clinic.zone)
    reached = broadcasts.audience(tx, house, series_id, words, now)
    going = [each for each in reached if each.to is not None]
    later = [each.at for each in going if each.at is not None and each.at > now]
    left = broadcasts.left_out(reached)
    outing = [word for theme in words.values() for word in broadcasts.outing(theme)]
    return Preview(
        group=series_id,
        lines=_lines(words),
        to=len(going),
        later=f"{len(later)} of them from {times.here(min(later))} on" if later else "",
        foreign=sum(each.foreign for each in going),
        left=tuple(f"{count} {REASONS[why]}" for why, count in left.items()),
        named=_named(tx, worker, reached, now),
        outing=tuple(outing) if "words" in left else (),
    )


def _named(
    tx: Connection, worker: Row[Any], reached: list[Reached], now: datetime
) -> tuple[str, ...]:
    out = {each.person.id: each for each in reached if each.left is not None}
    mine = select(person.c.id).where(person.c.id.in_(out), access.visible(worker, now))
    those = [out[which] for which in tx.scalars(mine.order_by(person.c.id))]
    return tuple(f"{each.person.name}: {REASONS[each.left or '']}" for each in those)
