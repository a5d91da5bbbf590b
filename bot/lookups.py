"""What a talk needs looked up in the store before it can go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import booking, near, places, questions, recurring, supporters
from handlers import meetings
from handlers.programme import HERE, SEAT
from storage import pins

if TYPE_CHECKING:
    from bot.visit import Visit
    from handlers.flow import Find


def answer(visit: Visit, find: Find) -> str | None:
    """What was found, as the talk reads it; None: nothing."""
    tx, house, person, now = visit.tx, visit.house, visit.person, visit.now
    if find.kind == "pin":
        return pins.tried(tx, person, find.query, now)
    if find.kind == "questions":
        return questions.elsewhere(tx, house, person, visit.to(), find.query, now)
    if find.kind == "supporter":
        return supporters.may_go(tx, person.id, find.query, now)
    if find.kind in (SEAT, HERE):
        found = booking.look_up(tx, person.id, find.kind, find.query, now)
        if found == "booked":
            recurring.arrange(tx, house, person.id, now)
        return found
    if find.kind == meetings.FIND:
        return _meetings(visit, find.query)
    return places.zone_of(find.query)


def _meetings(visit: Visit, query: str) -> str:
    kept = meetings.spot((visit.person.own or {}).get(meetings.PLACE))
    wish, state = meetings.wish(query), visit.house.clinic.state
    found = near.search(visit.tx, wish, kept, visit.person.zone, visit.now, state=state)
    return found.to_text()
