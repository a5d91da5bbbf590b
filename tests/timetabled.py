"""A week of sessions for one person, as transcripts and tests of the talk about them know it.

Tuesday and Thursday at 6 pm a group, Wednesday at 10 am and 11 am two for one person; free are a
group online on Wednesday at 7:30 pm and one on Friday at 9 am with a single place.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot import prescribing, recurring
from bot.config import House
from storage import reminders, seats
from tests import sessions_held as held

ZONE: Final = ZoneInfo("America/New_York")
HOUSE: Final = "Riverside Recovery Center, 12 Oak St, Room 4"
ROOM: Final = "https://riversiderecovery.example/room/7?pwd=x"
WORD: Final = "Maple"


def at(now: datetime, weekday: int, hour: int, minute: int = 0) -> datetime:
    """An hour of a weekday (0: Monday) of the week of a moment, in New York."""
    here = now.astimezone(ZONE)
    day = here.date() + timedelta(days=weekday - here.weekday())
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def settle(tx: Connection, house: House, person_id: int, now: datetime) -> dict[str, int]:
    """The week, and the person's seats in it by name."""
    group = held.series(tx, now)
    one = held.series(tx, now, "Individual", kind="individual")
    there: dict[str, Any] = {"place": HOUSE, "word": WORD}
    alone: dict[str, Any] = {**there, "kind": "individual", "title": "Individual: Sam"}
    mine = {
        "tuesday": held.held(tx, group, at(now, 1, 18), **there),
        "wednesday": held.held(tx, one, at(now, 2, 10), 50, **alone),
        "after": held.held(tx, one, at(now, 2, 11), 50, **alone),
        "thursday": held.held(tx, group, at(now, 3, 18), **there),
    }
    held.held(tx, group, at(now, 2, 19, 30), link=ROOM, capacity=5)
    held.held(tx, group, at(now, 4, 9), place=HOUSE, capacity=1)
    found = {name: held.sits(tx, which, person_id, now) for name, which in mine.items()}
    recurring.arrange(tx, house, person_id, now)
    return found


def prescribed(tx: Connection, house: House, person_id: int, hours: int, now: datetime) -> None:
    """So many hours a week, from this week on."""
    monday = at(now, 0, 0).date()
    prescribing.prescribe(tx, house, person_id, monday, hours * 60, "IOP", None, now)


def came(tx: Connection, person_id: int, now: datetime) -> None:
    """Who led them has marked what is over: they were there all the time."""
    for row in seats.of(tx, person_id, now - timedelta(days=7), now):
        if row.ends_at <= now and row.mark is None and row.state == "held":
            minutes = int((row.ends_at - row.starts_at).total_seconds()) // 60
            seats.change(tx, row.id, now, "marked", 2, mark="present", minutes=minutes)


def absent(tx: Connection, person_id: int, now: datetime) -> None:
    """Who led it has marked the last one that is over: they were not there."""
    over = [s for s in seats.of(tx, person_id, now - timedelta(days=7), now) if s.ends_at <= now]
    seats.change(tx, over[-1].id, now, "marked", 2, mark="absent", minutes=0)
    reminders.put(tx, person_id, f"session_missed:{over[-1].id}", now + timedelta(hours=1))
