"""One session as whoever leads it sees it: who is expected, what they said, who came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from bot import attendance, facilitators
from bot.calendars import changing
from bot.config import House
from bot.web import leading, trail
from bot.web import programme_words as words
from bot.web.gate import Visitor
from bot.web.times import Times, day_said
from content.wording import clock
from handlers import moments
from storage import people, roster, seats


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's place in it."""

    seat: int
    person_id: int
    name: str = field(repr=False)
    opens: bool
    """Whether the reader may open their page."""
    said: str
    """What they said of coming, and how they come to have the place."""
    away: bool
    """They gave it up, or said that they can't."""
    mark: str
    minutes: int | None
    missed: str
    """Minutes to be offered as missed."""
    trail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Register:
    """The whole of it."""

    number: int
    series: int
    title: str
    kind: str
    when: str
    length: int
    place: str
    link: str
    leader: str
    word: str
    cancelled: bool
    by_hand: bool
    entered: bool
    """It was entered here, and comes from no calendar."""
    places: list[Place] = field(repr=False)
    gone: list[Place] = field(repr=False)
    """Places that were cancelled, and nobody marked."""
    capacity: int | None
    whole: bool
    """The reader leads it: all of its places are here."""
    may_mark: bool
    ahead: bool
    """It has not begun."""
    held: int
    """Places that are held."""
    unmarked: int


def read(tx: Connection, house: House, row: Row[Any], visitor: Visitor) -> Register:
    """A session for somebody who may see it; raises RefusedError (404) for others."""
    names, zone = roster.names(tx), house.clinic.zone
    times = Times(visitor.now, zone, zone)
    those = leading.seated(tx, row, visitor)
    opens = leading.own(tx, {each.person_id for each in those}, visitor)
    places = [_place(tx, each, each.person_id in opens, names, times) for each in those]
    gone = {r.id for r in those if r.state == "cancelled" and r.mark is None}
    there = [each for each in places if each.seat not in gone]
    leader = facilitators.leader(tx, row)
    return Register(
        number=row.id,
        series=row.series_id,
        title=row.title,
        kind=words.named(words.KINDS, row.kind),
        when=span(row, zone),
        length=attendance.length(row),
        place=row.place or "",
        link=row.link or "",
        leader=names.get(leader, "") if leader is not None else "",
        word=row.word or "",
        cancelled=row.state != "planned",
        by_hand=row.by_hand,
        entered=row.series_id in changing.entered(tx),
        places=sorted(there, key=lambda each: (each.away, each.name.casefold())),
        gone=[each for each in places if each.seat in gone],
        capacity=row.capacity,
        whole=leading.leads(tx, row, visitor),
        may_mark=attendance.may_mark(row, visitor.now),
        ahead=row.starts_at > visitor.now,
        held=sum(not each.away for each in there),
        unmarked=sum(not each.mark and not each.away for each in there),
    )


def span(row: Row[Any], zone: str) -> str:
    """When it is: `Tue 24 Nov, 6 pm to 9 pm`."""
    return f"{day_said(moments.today(row.starts_at, zone))}, {hours(row, zone)}"


def hours(row: Row[Any], zone: str) -> str:
    """From when to when on its day: `6 pm to 9 pm`."""
    if row.all_day:
        return "all day"
    return f"{clock(row.starts_at, 'en', zone)} to {clock(row.ends_at, 'en', zone)}"


def _place(
    tx: Connection,
    row: Row[Any],
    opens: bool,  # noqa: FBT001
    names: Mapping[int, str],
    times: Times,
) -> Place:
    told = [
        words.reply(row.reply, row.barrier, row.late_minutes),
        words.named(words.VIAS, row.via),
        f"there at {times.here(row.here_at)}, by the day's word" if row.here_at else "",
    ]
    return Place(
        seat=row.id,
        person_id=row.person_id,
        name=people.get(tx, row.person_id).name,
        opens=opens,
        said="; ".join(each for each in told if each),
        away=row.state == "given_up" and row.mark is None,
        mark=row.mark or "",
        minutes=row.minutes,
        missed=_missed(row),
        trail=trail.lines(seats.trail(tx, row.id), names, times),
    )


def _missed(row: Row[Any]) -> str:
    """As marked; else by when they said they were there, or how late they would be."""
    if row.mark in attendance.IN_PART and row.minutes is not None:
        return str(attendance.length(row) - row.minutes)
    if row.here_at is not None and row.here_at > row.starts_at:
        return str(round((row.here_at - row.starts_at).total_seconds() / 60))
    return str(row.late_minutes or "")
