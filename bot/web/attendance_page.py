"""A session's page: who came, in one tap; what they said before; and the session itself.

It is opened from a message that names nobody. Whoever leads the session, stands in, or supervises
sees all places in it, other counselors those of their own people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import attendance
from bot.attendance import IN_PART, MARKS, Marked
from bot.calendars import changing
from bot.web import leading, persons, register, session_form
from bot.web import programme_words as words
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.session_form import Form
from storage import staff, timetable

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "marked": "Kept. What changed is written beside each name.",
    "came": "Added: they were there, all of it.",
    "changed": "Changed. Whoever holds a place hears of it, once.",
    "cancelled": "Cancelled. Whoever held a place hears of it, once.",
    "nothing": "Nothing was changed: it was so already.",
}
_HOW_LONG: Final = "How many minutes were they not there?"


class AttendancePages:
    """`/sessions/…`: one session."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here, gate = "/sessions/{number}", self._gate
        return [
            gate.show(here, self.show),
            gate.take(here, self.mark),
            gate.take(f"{here}/walk-in", self.walk_in),
            gate.take(f"{here}/change", self.change),
            gate.take(f"{here}/cancel", self.cancel),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Who is expected and who came."""
        return await self._page(number(request), visitor, said=said_of(request, _SAID))

    async def mark(self, request: Request, visitor: Visitor) -> Response:
        """Keep what was marked; with the one button all others were there."""
        which, house, now = number(request), self._site.house, visitor.now
        rest = visitor.field("do") == "rest"
        problems: dict[int, str] = {}

        def work(tx: Connection) -> int:
            row = _one(tx, which)
            marks = _typed(leading.seated(tx, row, visitor), visitor, problems, rest=rest)
            if problems:
                return 0
            staff.looked(tx, visitor.id, None, "attendance", now, f"session {which}")
            return attendance.mark(tx, house, which, marks, visitor.id, now)

        count = await self._site.store.write(work)
        if problems:
            return await self._page(which, visitor, problems=problems)
        self._site.wake()
        return _back(which, "marked" if count else "nothing")

    async def walk_in(self, request: Request, visitor: Visitor) -> Response:
        """Somebody was there who had no place in it."""
        which, now = number(request), visitor.now
        who = chosen_number(visitor.field("person"))

        def work(tx: Connection) -> str:
            leading.session(tx, which, visitor)
            if who is None:
                return "nothing"
            persons.seen(tx, who, visitor)
            came = attendance.walk_in(tx, which, who, visitor.id, now)
            return "came" if came else "nothing"

        return _back(which, await self._site.store.write(work))

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Another time, place or leader for this one."""
        which, house, now = number(request), self._site.house, visitor.now
        form = Form({name: visitor.field(name, 500) for name in session_form.ONE})

        def work(tx: Connection) -> str | None:
            leading.session(tx, which, visitor)
            values = form.session(house.clinic.zone, leading.leaders(tx))
            if values is None:
                return None
            changed = changing.change(tx, house, now, which, visitor.id, **values)
            if changed:
                staff.looked(tx, visitor.id, None, "session_changed", now, f"session {which}")
            return "changed" if changed else "nothing"

        said = await self._site.store.write(work)
        if said is None:
            return await self._page(which, visitor, form=form)
        self._site.wake()
        return _back(which, said)

    async def cancel(self, request: Request, visitor: Visitor) -> Response:
        """This one is not held."""
        which, house, now = number(request), self._site.house, visitor.now

        def work(tx: Connection) -> str:
            leading.session(tx, which, visitor)
            if not changing.cancel(tx, house, now, which, visitor.id):
                return "nothing"
            staff.looked(tx, visitor.id, None, "session_cancelled", now, f"session {which}")
            return "cancelled"

        said = await self._site.carry_out(work)
        return _back(which, said)

    async def _page(
        self,
        which: int,
        visitor: Visitor,
        *,
        said: str = "",
        problems: Mapping[int, str] | None = None,
        form: Form | None = None,
    ) -> Response:
        house, zone = self._site.house, self._site.house.clinic.zone

        def look(tx: Connection) -> dict[str, Any]:
            row = _one(tx, which)
            found = register.read(tx, house, row, visitor)
            staff.looked(tx, visitor.id, None, "session_page", visitor.now, f"session {which}")
            return {
                "seen": found,
                "typed": form.typed if form else session_form.typed_from(row, zone),
                "leaders": [("", "nobody of the staff"), *leading.leaders(tx).items()],
                "others": _others(tx, found, visitor),
            }

        shown = await self._site.store.write(look)
        return page(
            "attendance",
            400 if problems or form else 200,
            visitor=visitor,
            here="sessions",
            said=said,
            problems=problems or {},
            errors=form.errors if form else {},
            marks=words.MARKS,
            chosen=visitor.form,
            zone=zone,
            **shown,
        )


def _one(tx: Connection, which: int) -> Row[Any]:
    row = timetable.one(tx, which)
    if row is None:
        raise RefusedError(404)
    return row


def _others(tx: Connection, seen: register.Register, visitor: Visitor) -> list[tuple[int, str]]:
    """Who may be added as having walked in: people of the visitor's without a place."""
    if not (seen.whole and seen.may_mark):
        return []
    there = {each.person_id for each in seen.places}
    return [each for each in persons.active(tx, visitor) if each[0] not in there]


def _typed(
    those: list[Row[Any]], visitor: Visitor, problems: dict[int, str], *, rest: bool
) -> dict[int, Marked]:
    """What was marked, by seat; what is wrong with it in `problems`."""
    found: dict[int, Marked] = {}
    for row in those:
        said, typed = visitor.field(f"mark-{row.id}", 20), visitor.field(f"missed-{row.id}", 10)
        if said and visitor.field(f"had-{row.id}", 40) == f"{said}:{typed}":
            # As the page had it: somebody else may have marked it otherwise since.
            continue
        mark = next((each for each in MARKS if each == said), None)
        if mark in IN_PART:
            missed = _minutes(typed, attendance.length(row))
            if missed is None:
                problems[row.id] = _HOW_LONG
                continue
            found[row.id] = Marked(mark, missed)
        elif mark is not None:
            found[row.id] = Marked(mark)
        elif said == "none":
            found[row.id] = Marked(None)
        elif rest and row.state == "held" and row.mark is None:
            found[row.id] = Marked("present")
    return found


def _minutes(typed: str, most: int) -> int | None:
    """Minutes missed: some, and not all of it."""
    found = int(typed) if re.fullmatch("[0-9]{1,4}", typed) else 0
    return found if 0 < found < most else None


def _back(which: int, said: str) -> Response:
    return RedirectResponse(f"/sessions/{which}?said={said}", 303)
