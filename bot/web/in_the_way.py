"""For Today: what stands in the way of sessions ahead, who missed one, and what waits besides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import casework
from bot.config import House
from bot.web import programme_words as words
from bot.web import timetable
from bot.web.gate import Visitor
from bot.web.times import Times
from storage import attended, tasks

_AHEAD = timedelta(days=3)
_LATELY = timedelta(days=2)
_SAID_LATELY = timedelta(days=7)
_MOST = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One person and one session."""

    person_id: int
    name: str = field(repr=False)
    said: str
    missed: bool


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What Today says of the programme."""

    lines: list[Line] = field(repr=False)
    more: int
    waiting: list[tuple[int, str]]
    """Sessions of the reader's that nobody has marked."""
    tasks: int


def read(tx: Connection, house: House, visitor: Visitor, of: int | None) -> InTheWay:
    """Of a member of staff's people; `of`: only those of this counselor."""
    now, clinic = visitor.now, house.clinic
    times = Times(now, clinic.zone, clinic.zone)
    missed = [
        (row, Line(row.person_id, row.name, f"missed {times.here(row.starts_at)}", missed=True))
        for row in attended.missed(tx, visitor.staff, now, now - _LATELY)
    ]
    told = [
        (row, Line(row.person_id, row.name, _told(row, times.here(row.starts_at)), missed=False))
        for row in attended.barriers(tx, visitor.staff, now, now - _SAID_LATELY, now + _AHEAD)
    ]
    lines = [line for row, line in (*missed, *told) if of is None or row.counselor_id == of]
    everybody = casework.sees_all(visitor.staff, clinic)
    listed = tasks.listed(tx, visitor.staff, now, now, everybody=everybody)
    open_ = [row for row in listed if row.state == "open"]
    return InTheWay(
        lines=lines[:_MOST],
        more=max(0, len(lines) - _MOST),
        waiting=timetable.waiting(tx, house, visitor),
        tasks=sum(of is None or row.counselor_id == of for row in open_),
    )


def _told(row: Row[Any], when: str) -> str:
    return f"{when}: {words.reply(row.reply, row.barrier)}"
