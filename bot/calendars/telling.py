"""Who holds a place in what was moved, cancelled or is held elsewhere hears of it, once.

The change stands in the seat's trail with what it was before; the prompt `session_news` says it
when they may be written to, by what they knew until then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import schedule
from bot.seating import as_seat
from handlers.programme import News
from handlers.session_news import NEWS
from storage import outbox, people, reminders, seats

_SETTLES: Final = timedelta(minutes=2)
"""A calendar comes in pieces, and staff correct themselves."""
_LATELY: Final = timedelta(days=1)
_WHERE: Final = ("place", "link")


Soonest = dict[int, tuple[bool, datetime, int]]
"""By person: of their seats of which there is news, the first: whether only the place is another,
when it is, and which. What is moved or cancelled comes before what is elsewhere."""


def tell(
    tx: Connection,
    row: Row[Any],
    values: Mapping[str, Any],
    staff_id: int | None,
    now: datetime,
    soonest: Soonest,
) -> set[int]:
    """What a session (as it was) becomes by these values, for those who hold a place in it.

    Returns whose reminders have to be put in order; who is to be told of it stands in `soonest`.
    Of what has begun nobody is told.
    """
    if row.all_day or row.starts_at <= now or row.state != "planned":
        _tell_back(tx, row, values, now, soonest)
        return set()
    cancelled = values.get("state") == "cancelled"
    starts_at = values.get("starts_at", row.starts_at)
    moved = starts_at != row.starts_at
    elsewhere = any(name in values and values[name] != getattr(row, name) for name in _WHERE)
    later = moved or values.get("ends_at", row.ends_at) != row.ends_at
    theirs = [each for each in seats.at(tx, row.id) if each.state == "held"]
    if cancelled:
        for each in theirs:
            seats.change(tx, each.id, now, "cancelled", staff_id, state="cancelled")
    elif moved or elsewhere:
        before = {"starts_at": row.starts_at, "place": row.place, "link": _mark(row.link)}
        which = [each.id for each in theirs]
        seats.note_all(tx, which, now, "moved", staff_id, before, {"starts_at": starts_at})
    if moved and not cancelled:
        for each in theirs:
            if each.reply is not None:
                # What they said was of another time.
                seats.change(tx, each.id, now, "moved", staff_id, reply=None, barrier=None)
    if cancelled or moved or elsewhere:
        for each in theirs:
            news = (not (cancelled or moved), min(row.starts_at, starts_at), each.id)
            soonest[each.person_id] = min(news, soonest.get(each.person_id, news))
    return {each.person_id for each in theirs} if cancelled or later else set()


def _tell_back(
    tx: Connection, row: Row[Any], values: Mapping[str, Any], now: datetime, soonest: Soonest
) -> None:
    """What was cancelled is on again: who gets their place back hears it, if they had heard."""
    starts_at = values.get("starts_at", row.starts_at)
    if row.state == "planned" or values.get("state") != "planned" or starts_at <= now:
        return
    for each in seats.at(tx, row.id):
        if each.state == "cancelled":
            news = (False, starts_at, each.id)
            soonest[each.person_id] = min(news, soonest.get(each.person_id, news))


def remind(tx: Connection, soonest: Soonest, now: datetime) -> None:
    """One piece of news a person: of several changes the soonest, and that there are others."""
    for person_id, (elsewhere, begins, seat_id) in soonest.items():
        person, when = people.get(tx, person_id), (elsewhere, begins)
        if person.status == "active" and person.agreed and _is_first(tx, person_id, when, now):
            due = schedule.allowed(now + _SETTLES, person.zone)
            reminders.put(tx, person_id, f"{NEWS}:{seat_id}", due)


def _is_first(tx: Connection, person_id: int, when: tuple[bool, datetime], now: datetime) -> bool:
    """Whether it comes before what waits to be told; that is left out then."""
    for waiting in reminders.of(tx, person_id):
        name, _, which = waiting.kind.partition(":")
        if name == NEWS:
            there = _waits(tx, person_id, int(which), now)
            if there is not None and there < when:
                return False
            reminders.drop(tx, person_id, waiting.kind)
    return True


def _waits(
    tx: Connection, person_id: int, which: int, now: datetime
) -> tuple[bool, datetime] | None:
    """How soon what waits to be told is; None: it is over, or no longer news."""
    row, found = seats.get(tx, which), news(tx, person_id, which, now)
    if row is None or found is None or row.starts_at <= now:
        return None
    return found.what == "place", row.starts_at


def news(tx: Connection, person_id: int, which: int, now: datetime) -> News | None:
    """What has become of a seat since they last heard; None: it is as they know it."""
    found = _news(tx, person_id, which, now, outbox.last_of(tx, person_id, f"{NEWS}:{which}"))
    if found is None:
        return None
    lately = seats.lately_changed(tx, person_id, now, now - _LATELY)
    # One text tells of several seats, under the name of the first.
    told = [outbox.last_of(tx, person_id, f"{NEWS}:{each}") for each in lately]
    last = max((at for at in told if at is not None), default=None)
    others = []
    for each in lately - {which}:
        row, other = seats.get(tx, each), _news(tx, person_id, each, now, last)
        if row is not None and other is not None:
            others.append((as_seat(row), other))
    return replace(found, others=tuple(sorted(others, key=lambda each: each[1].start)))


def _news(
    tx: Connection, person_id: int, which: int, now: datetime, told: datetime | None
) -> News | None:
    """The same of one seat by itself, since they were told."""
    row = seats.get(tx, which)
    if row is None or row.person_id != person_id:
        return None
    whole = seats.trail(tx, which)
    trail = [each for each in whole if told is None or each.at > told]
    heard = whole[: len(whole) - len(trail)]
    moves = [each.before for each in trail if each.what == "moved" and "starts_at" in each.before]
    start = datetime.fromisoformat(moves[0]["starts_at"]) if moves else row.starts_at
    if row.session_state == "cancelled":
        fresh = any(each.what == "cancelled" for each in trail)
        return News("cancelled", start) if fresh and start > now else None
    if row.state != "held" or row.starts_at <= now:
        return None
    if heard and heard[-1].what == "cancelled":
        return News("back", row.starts_at)
    known = (moves[0]["place"], moves[0]["link"]) if moves else None
    elsewhere = known is not None and known != (row.place, _mark(row.link))
    if start != row.starts_at:
        return News("moved", start, elsewhere)
    return News("place", start, elsewhere) if elsewhere else None


def _mark(link: str | None) -> str | None:
    """By what a link is known to be another: it may be a key to a room, and a trail is kept."""
    return hashlib.sha256(link.encode()).hexdigest()[:16] if link else None
