"""The programme between talk and store: somebody's seats, tasks, hours; and what a talk decides."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, assert_never

from sqlalchemy import Connection, Row

from bot import booking, casework, facilitators, ledger, rooms
from bot.calendars import own_feed, telling
from bot.config import House
from bot.rewards import ledger as rewarding
from bot.screens import keep as screening
from bot.seating import as_seat
from handlers.programme import (
    OpenTask,
    Programme,
    ProgrammeEffect,
    ReplyScreen,
    ReplySeat,
    RevokeFeed,
    Seat,
    Task,
    TellFacilitator,
    Voice,
    Week,
)
from storage import seats, tasks


def programme(tx: Connection, house: House, person: Row[Any], now: datetime) -> Programme:
    """The look-ups of one person; nothing is read before it is asked for."""
    zone, told = house.clinic.zone, house.clinic.programme.week_line

    def theirs(since: datetime, until: datetime) -> tuple[Seat, ...]:
        return tuple(as_seat(row) for row in seats.of(tx, person.id, since, until))

    def one(which: int) -> Seat | None:
        row = seats.get(tx, which)
        return as_seat(row) if row is not None and row.person_id == person.id else None

    def week(day: date) -> Week | None:
        return ledger.week(tx, person.id, day, zone, now)

    def tells_week() -> bool:
        return told and ledger.is_prescribed(tx, person.id, now.astimezone(house.clinic.tz).date())

    def resources(kind: str) -> tuple[str, ...]:
        lines = house.clinic.resources.get(kind)
        return () if lines is None else lines.es if person.language == "es" else lines.en

    return Programme(
        seats=theirs,
        evening=house.clinic.programme.evening,
        soon=timedelta(hours=house.clinic.programme.soon_hours),
        helpers=booking.helpers(tx, house, person, now),
        seat=one,
        feed=lambda: own_feed.address(tx, house, person.id),
        news=lambda which: telling.news(tx, person.id, which, now),
        instead=partial(booking.instead, tx, house, person.id, now),
        week=week,
        tells_week=tells_week,
        resources=resources,
        tasks=partial(_tasks, tx, person.id),
        screens=partial(screening.ahead, tx, house, person.id, now),
        rewards=partial(rewarding.told, tx, house, person.id),
    )


def _tasks(tx: Connection, person_id: int) -> tuple[Task, ...]:
    return tuple(Task(r.id, r.kind, r.state, r.opened_at) for r in tasks.of(tx, person_id, 9))


def keep(
    tx: Connection, house: House, person_id: int, effect: ProgrammeEffect, now: datetime
) -> None:
    """Write the rows of an effect."""
    match effect:
        case ReplySeat():
            booking.replied(tx, person_id, effect, now)
            if effect.reply == "cannot":
                casework.let_go(tx, person_id, effect.seat, now)
        case OpenTask():
            kind, source, words = effect.kind, effect.source, effect.words
            which = tasks.open_(tx, person_id, kind, source, now, seat_id=effect.seat, words=words)
            casework.tell(tx, house, which, now)
        case Voice():
            rooms.keep(tx, effect, now)
        case TellFacilitator():
            seat = seats.get(tx, effect.seat)
            if seat is not None and seat.person_id == person_id:
                facilitators.tell(tx, house, seat.session_id, effect.what, now)
        case ReplyScreen():
            screening.replied(tx, person_id, effect, now)
        case RevokeFeed():
            own_feed.revoke(tx, person_id)
        case _:
            assert_never(effect)
