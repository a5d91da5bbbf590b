"""Drug screens: today's, what still waits for an entry, who is drawn for, and the draws.

A day that was drawn is shown to nobody before its morning, and a result leaves this page by no
message. "Missed" can only be said of a notice that was read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.screens import keep
from bot.web import persons
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.programme_words import BARRIERS
from bot.web.times import Times, day_said
from handlers import moments
from handlers.drug_screen import CANNOT, UNREAD
from storage import roster, screens, staff

if TYPE_CHECKING:
    from bot.web.site import Site

OUTCOMES: Final = {
    "done": "Done",
    "missed": "Missed",
    "excused": "Excused",
    "cancelled": "Called off",
}
RESULTS: Final = {
    "negative": "Negative",
    "explained": "Explained by what is prescribed",
    "positive": "Positive",
    "unclear": "Unclear, or at the laboratory",
}
_STATES: Final = {
    "planned": "not told yet",
    "told": "told, not read yet",
    "confirmed": "coming",
    "cannot": "can't come",
    "unread": "never read: not missed",
}
_SAID: Final = {
    "entered": "Entered. It is told to nobody by message.",
    "ordered": "Planned. They hear of it on the morning itself.",
    "there": "They have one on that day already, or that day is over for notices.",
    "limits": "Kept. It holds from the next draw on.",
    "unread": "It can't be missed: they never read the notice. Excuse it, or call it off.",
    "early": "It can't be missed yet: they have until the end of its window.",
    "what": "Say what came of it, and for “done” the result.",
}
_LONGEST_NOTE: Final = 500
_MOST_DAYS: Final = 31
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One screen as it is read."""

    id: int
    person: int
    name: str = field(repr=False)
    day: str
    hours: str
    state: str
    more: str
    """When they were told and answered, or who entered it."""
    drawn: bool
    may_miss: bool
    typed: dict[str, str] = field(repr=False)


class ScreensPages:
    """`/screens`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        gate = self._gate
        return [
            gate.show("/screens", self.show),
            gate.take("/screens/order", self.order),
            gate.take("/screens/limits", self.limits),
            gate.take("/screens/{number}", self.enter),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """All of it, as far as the visitor may see whose they are."""
        house, now = self._site.house, visitor.now
        zone = house.clinic.zone
        today = moments.today(now, zone)

        def look(tx: Connection) -> dict[str, Any]:
            found = screens.seen(tx, visitor.staff, now, today, _SHOWN)
            names, times = roster.names(tx), Times(now, zone, zone)
            for each in sorted({row.person_id for row in found}):
                staff.looked(tx, visitor.id, each, "screens_page", now)
            lines = [(row, _line(row, names, times)) for row in found]
            there = roster.everybody(tx, visitor.staff, now)
            limits = keep.limits_of(tx)
            drawn_for = [
                (row.id, row.name, limits.get(row.id)) for row in there if row.status == "active"
            ]
            return {
                "today": [line for row, line in lines if row.day == today],
                "waiting": [
                    line for row, line in lines if row.day < today and row.state in screens.OPEN
                ],
                "ahead": [line for row, line in lines if row.day > today],
                "entered": [
                    line for row, line in lines if row.day < today and row.state not in screens.OPEN
                ],
                "people": drawn_for,
                "draws": [_draw(row, [one[:2] for one in drawn_for]) for row in screens.draws(tx)],
            }

        return page(
            "screens",
            visitor=visitor,
            here="screens",
            said=said_of(request, _SAID),
            zone=zone,
            outcomes=OUTCOMES,
            results=RESULTS,
            first=today.isoformat(),
            **await self._site.store.write(look),
        )

    async def order(self, request: Request, visitor: Visitor) -> Response:
        """Ask for one that was not drawn."""
        del request
        which, day = visitor.chosen("person"), moments.day(visitor.field("day", 10))
        house, now = self._site.house, visitor.now

        def work(tx: Connection) -> str:
            person = persons.locked(tx, which, visitor)
            too_late = day is None or now >= moments.local(
                day, house.clinic.screens.end, house.clinic.zone
            )
            if day is None or too_late or person.status != "active":
                return "there"
            if screens.on(tx, which, day) is not None:
                return "there"
            keep.order(tx, house, [(which, day)])
            staff.looked(tx, visitor.id, which, "screen_ordered", now, day.isoformat())
            return "ordered"

        said = await self._site.carry_out(work)
        return _back(said)

    async def limits(self, request: Request, visitor: Visitor) -> Response:
        """For how many days somebody is drawn in a draw."""
        del request
        which, now = visitor.chosen("person"), visitor.now
        least, most = (chosen_number(visitor.field(name, 3)) for name in ("least", "most"))

        def work(tx: Connection) -> str:
            person = persons.locked(tx, which, visitor)
            if least is None or most is None or not least <= most <= _MOST_DAYS:
                return "what"
            keep.choose(tx, person, [least, most] if most else None)
            staff.looked(tx, visitor.id, which, "screens_limits", now, f"{least} to {most} days")
            return "limits"

        return _back(await self._site.store.write(work))

    async def enter(self, request: Request, visitor: Visitor) -> Response:
        """What became of one, with its result; it may be entered again."""
        which, now = number(request), visitor.now
        outcome, came = visitor.field("outcome"), visitor.field("came")
        note = visitor.field("note", _LONGEST_NOTE)

        def work(tx: Connection) -> str:
            row = screens.get(tx, which)
            if row is None:
                raise RefusedError(404)
            persons.locked(tx, row.person_id, visitor)
            begun = row.day <= moments.today(now, self._site.house.clinic.zone)
            if row.draw_id is not None and not begun:
                raise RefusedError(404)
            if outcome not in OUTCOMES or (outcome == "done") != (came in RESULTS):
                return "what"
            if outcome == "done" and not begun:
                return "what"
            if outcome == "missed" and row.confirmed_at is None:
                return "unread"
            if outcome == "missed" and now < row.until_at:
                return "early"
            result = {"came": came or None, "note": note}
            values: dict[str, Any] = {"state": outcome, "result": result, "entered_by": visitor.id}
            # Whatever became of it in this moment: what staff have entered is never lost.
            states = (*screens.OPEN, *OUTCOMES)
            screens.change(tx, which, states, **values, entered_at=now)
            keep.close(tx, row.person_id, now, UNREAD, CANNOT)
            staff.looked(tx, visitor.id, row.person_id, "screen_entered", now, outcome)
            return "entered"

        return _back(await self._site.store.write(work))


def _line(row: Row[Any], names: dict[int, str], times: Times) -> Line:
    result = row.result or {}
    if row.entered_at is not None:
        said = [OUTCOMES.get(row.state, row.state), RESULTS.get(str(result.get("came")), "")]
        state = ": ".join(part for part in said if part)
        more = f"{names.get(row.entered_by, '')}, {times.at(row.entered_at)}"
        more += f". {result['note']}" if result.get("note") else ""
    else:
        state = _STATES.get(row.state, OUTCOMES.get(row.state, row.state))
        state += f" ({BARRIERS.get(row.barrier, row.barrier)})" if row.barrier else ""
        told = [("told", row.told_at), ("read", row.confirmed_at)]
        more = ", ".join(f"{what} {times.at(at)}" for what, at in told if at is not None)
    typed = {"outcome": row.state, "came": result.get("came") or "", "note": result.get("note", "")}
    return Line(
        row.id,
        row.person_id,
        row.name,
        day_said(row.day),
        f"{times.clock_there(row.from_at)} to {times.clock_there(row.until_at)}",
        state,
        more,
        row.draw_id is not None,
        row.confirmed_at is not None and row.until_at <= times.now,
        typed,
    )


def _draw(row: Row[Any], there: list[tuple[int, str]]) -> dict[str, Any]:
    """A draw, and under which name those are in it whom the visitor may see."""
    names = [(name, keep.pseudonym(row, person_id)) for person_id, name in there]
    return {
        "name": row.name,
        "span": f"{day_said(row.from_on)} to {day_said(row.until_on)}",
        "people": len(row.pool),
        "commitment": row.commitment,
        "revealed": row.revealed_at is not None,
        "names": [pair for pair in names if pair[1] is not None],
    }


def _back(said: str) -> Response:
    return RedirectResponse(f"/screens?said={said}", 303)
