"""Places in sessions, as their people have them: what could stand in, giving up, being there."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import casework, ledger, rota
from bot.config import House
from bot.seating import as_session
from content.wording import Later
from handlers import hours
from handlers.programme import HERE, SEAT, ReplySeat, Session
from handlers.spelling import words
from storage import openings, seats

OFFERED: Final = 3
_SHORTLY: Final = timedelta(minutes=10)
"""What begins sooner than that is not offered any more."""
_AFTERWARDS: Final = timedelta(days=3)
"""So long after a session they may say what got in the way."""
_EARLY: Final = timedelta(minutes=45)


def instead(
    tx: Connection, house: House, person_id: int, now: datetime, which: int
) -> tuple[Session, ...]:
    """What could stand in for a seat: its kind, in its week of the clinic, with a free place.

    What is for one person at a time is only offered where it says how many places it has: else it
    may be somebody else's.
    """
    row = seats.get(tx, which)
    if row is None or row.person_id != person_id:
        return ()
    zone = house.clinic.zone
    day = row.starts_at.astimezone(house.clinic.tz).date()
    start, end = hours.bounds(hours.monday(day), zone)
    since = now + _SHORTLY
    there = [
        as_session(each)
        for each in openings.free(tx, person_id, (row.kind,), since, end)
        if row.kind in ledger.OPEN_KINDS or each.capacity is not None
    ]
    held = [each for each in ledger.around(tx, person_id, start, end) if each.id != which]
    # Each of them alone: the one that is taken may well overlap with the others.
    return tuple(each for each in there if hours.making_up([each], held, now))[:OFFERED]


def replied(tx: Connection, person_id: int, reply: ReplySeat, now: datetime) -> None:
    """What they said of a seat of theirs; who cannot come gives the place up."""
    row = seats.get(tx, reply.seat)
    if row is None or row.person_id != person_id or row.ends_at + _AFTERWARDS < now:
        return
    values: dict[str, Any] = {"reply": reply.reply, "barrier": reply.barrier, "replied_at": now}
    if reply.late_minutes is not None:
        values["late_minutes"] = reply.late_minutes
    gives_up = reply.reply == "cannot" and row.state == "held" and row.mark is None
    if gives_up:
        values["state"] = "given_up"
    seats.change(tx, reply.seat, now, "given_up" if gives_up else "replied", None, **values)


def look_up(tx: Connection, person_id: int, kind: str, query: str, now: datetime) -> str | None:
    """Take a place, or try the day's word (`handlers.programme.SEAT` and `HERE`)."""
    if kind == HERE:
        return _here(tx, person_id, query, now)
    which, _, for_ = query.partition(":")
    instead_of = int(for_) if kind == SEAT and for_.isdecimal() else None
    via = "once" if instead_of is None else "make_up"
    had = seats.held_before(tx, int(which), person_id)
    if had is not None and instead_of is None:
        # They come to their own after all.
        via, instead_of = had.via, had.instead_of
    return seats.take(tx, int(which), person_id, via, now, instead_of=instead_of)


def _here(tx: Connection, person_id: int, said: str, now: datetime) -> str | None:
    """The seat whose word of the day it is; that they said it is written down with it."""
    since = now - timedelta(days=1)
    for row in seats.of(tx, person_id, since, now + _EARLY):
        lasts = row.ends_at > now and row.session_state == "planned" and row.state != "cancelled"
        if lasts and row.word and words(row.word) == words(said):
            seats.change(tx, row.id, now, "here", None, here_at=row.here_at or now)
            return str(row.id)
    return None


def helpers(tx: Connection, house: House, person: Row[Any], now: datetime) -> Later:
    """When those read who do what is asked for: the case manager, if one is named."""
    return Later(partial(_helpers, tx, house, person, now))


def _helpers(tx: Connection, house: House, person: Row[Any], now: datetime) -> str:
    those = casework.hearers(tx, house, person.counselor_id, now)
    return rota.team_line(those, house.clinic, now, language=person.language, zone=person.zone)
