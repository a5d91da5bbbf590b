"""The temperature of a room before a session: asked of everybody, counted once, of nobody.

Everybody with a place is asked (`handlers.temperature`) and answers into a heap that knows no
names. A quarter of an hour before the session it is counted, once, and thrown away. Staff see
nothing before that, and of each question only where five or more answered it: and then not how
many said what, but how it leans (most, some, few). "Few" is none or one, and "most" may be all but
somebody: so nobody's answer follows from who was there, and nothing can be taken off anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import schedule
from handlers import prompts, temperature
from handlers.aside import pile, piled
from handlers.place import Place, place_from, place_to
from handlers.programme import Voice
from handlers.talking import pack, unpack
from storage import broadcasts, people, reminders, seats, timetable
from storage.store import Store

FEWEST: Final = 5
BEFORE: Final = timedelta(hours=3)
"""How long before a session it is asked."""
_ENOUGH: Final = timedelta(minutes=20)
"""So much time is left to answer, or it is not asked."""
BANDS: Final = {"low": range(4), "middle": range(4, 7), "high": range(7, 11)}
Shown = dict[str, dict[str, str]]


def ask(tx: Connection, session_id: int, staff_id: int, now: datetime) -> int | None:
    """Ask everybody who holds a place in a session; returns the number of the question.

    None where it can't be asked: cancelled, too late, or asked already.
    """
    session = timetable.one(tx, session_id)
    if session is None or broadcasts.lock_series(tx, session.series_id) is None:
        return None
    closes = session.starts_at - temperature.BEFORE
    is_on = session.state == "planned" and not session.all_day and now + _ENOUGH <= closes
    if not is_on or broadcasts.asked(tx, session_id) is not None:
        return None
    held = [row for row in seats.at(tx, session_id) if row.state == "held"]
    those = people.all_locked(tx, _whose(held))
    which = broadcasts.add(
        tx,
        series_id=session.series_id,
        session_id=session_id,
        staff_id=staff_id,
        kind=broadcasts.TEMPERATURE,
        at=now,
        closes_at=closes,
        sent=len(held),
    )
    for row in held:
        due = schedule.allowed(max(now, session.starts_at - BEFORE), those[row.person_id].zone)
        if due < closes:
            reminders.put(tx, row.person_id, _prompt(which, row.id), due)
    return which


def _whose(held: Sequence[Row[Any]]) -> set[int]:
    return {row.person_id for row in held}


def _prompt(which: int, seat: int) -> str:
    return prompts.stored(temperature.PROMPT, f"{which}.{seat}")


def keep(tx: Connection, voice: Voice, now: datetime) -> None:
    """Put an answer onto the heap; one that comes after the counting is nobody's and nothing."""
    row = broadcasts.get(tx, voice.broadcast)
    open_ = row is not None and row.kind == broadcasts.TEMPERATURE and row.shown is None
    if row is not None and open_ and now < row.closes_at:
        broadcasts.answer(tx, row.id, voice.mood, voice.craving, voice.topic)


async def sweep(store: Store, now: datetime) -> int:
    """Count what has closed, and ask the rooms that are asked by themselves; one at a time."""
    closed = await store.read(lambda tx: broadcasts.closing(tx, now))
    for row in closed:
        await store.write(partial(close, row=row, now=now))
    asked = 0
    for session in await store.read(lambda tx: broadcasts.to_ask(tx, now, now + BEFORE)):
        staff_id = session.own[broadcasts.TEMPERATURE]
        which = await store.write(partial(ask, session_id=session.id, staff_id=staff_id, now=now))
        asked += which is not None
    return len(closed) + asked


def close(tx: Connection, row: Row[Any], now: datetime) -> None:
    """Count the answers and throw them away; nobody is asked any more."""
    held = seats.at(tx, row.session_id) if row.session_id is not None else []
    those = people.all_locked(tx, _whose(held))
    for seat in held:
        reminders.drop(tx, seat.person_id, _prompt(row.id, seat.id))
        _leave(tx, those[seat.person_id], now)
    fresh = broadcasts.get(tx, row.id)
    if fresh is None or fresh.shown is not None:
        return
    broadcasts.change(tx, row.id, shown=counted(broadcasts.answers(tx, row.id)))
    broadcasts.forget_answers(tx, row.id)


def _leave(tx: Connection, person: Row[Any], now: datetime) -> None:
    """Who is still being asked is asked no more, and what they had answered is forgotten."""
    top, aside, line = unpack(place_from(person.place), place_from(person.parked), now)
    kept = piled(each for each in pile(aside) if not _asked(each))
    if not _asked(top) and kept == aside:
        return
    place, parked = pack(None if _asked(top) else top, kept, line)
    people.change(tx, person.id, place=place_to(place), parked=place_to(parked))


def _asked(place: Place | None) -> bool:
    return place is not None and place.flow == temperature.temperature.name


def counted(answers: Sequence[Row[Any]]) -> Shown:
    """How the room leans, by question; empty where fewer than five answered it."""
    found: Shown = {}
    for name in ("mood", "craving"):
        values = [getattr(row, name) for row in answers if getattr(row, name) is not None]
        bands = Counter(_band(value) for value in values)
        if len(values) >= FEWEST:
            found[name] = {band: _lean(bands[band], len(values)) for band in BANDS}
    topics = [row.topic for row in answers if row.topic is not None]
    if len(topics) >= FEWEST:
        votes = Counter(topics)
        leans = {topic: _lean(votes[topic], len(topics)) for topic in temperature.TOPICS}
        found["topic"] = {topic: lean for topic, lean in leans.items() if lean != "few"}
    return found


def _band(value: int) -> str:
    return next(name for name, values in BANDS.items() if value in values)


def _lean(count: int, of: int) -> str:
    """Never none, one or all: each of these would speak of somebody."""
    if count * 2 > of:
        return "most"
    return "some" if count > 1 else "few"
