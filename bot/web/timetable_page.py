"""The timetable: a week of sessions, what is added to it, and what comes again.

What a calendar brings is changed where it comes from; here it gets who leads it and how many
places it has. What is entered here is kept here.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.calendars import changing, enrolling
from bot.web import leading, persons, session_form, timetable
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.session_form import Form
from handlers import hours, moments
from storage import staff
from storage import timetable as rows

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "added": "Added. Enrol who comes to it.",
    "added_other": "Added. Whoever leads it enrols who comes, or you on a person's own page.",
    "set": "Kept. It holds for every session from now on that was not changed by itself.",
    "enrolled": "Enrolled. Their places and reminders follow by themselves.",
    "full": "Enrolled: who is enrolled has a place. Now more people hold one than there are.",
    "regular": "Changed from now on. Whoever holds a place hears of it, once.",
    "ended": "It ends with that day. Places after it are cancelled.",
    "nothing": "Nothing was changed: it was so already.",
}
_FAR: Final = timedelta(days=370)


class TimetablePages:
    """`/sessions` and `/series/…`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Their addresses, for counselors and supervisors."""
        gate, one = self._gate, "/series/{number}"
        return [
            gate.show("/sessions", self.show),
            gate.take("/sessions", self.add),
            gate.show(one, self.series),
            gate.take(one, self.set),
            gate.take(f"{one}/enrol", self.enrol),
            gate.take(f"{one}/regular", self.regular),
            gate.take(f"{one}/end", self.end),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The week that runs, or that of a chosen day."""
        day = moments.day(request.query_params.get("week"))
        return await self._week(visitor, day, said=said_of(request, _SAID))

    async def add(self, request: Request, visitor: Visitor) -> Response:
        """Add something, once or every week."""
        del request
        form = Form(
            {name: visitor.field(name, 500) for name in session_form.NEW},
            session_form.week_days(visitor.form.getlist("days")),
        )
        house, now = self._site.house, visitor.now

        def work(tx: Connection) -> str | None:
            zone = house.clinic.zone
            read = form.new(leading.leaders(tx), moments.today(now, zone), zone)
            if read is None:
                return None
            given, leads = read
            which = changing.add(tx, house, now, given, leads=leads)
            staff.looked(tx, visitor.id, None, "series_added", now, f"series {which}")
            row = rows.one_series(tx, which)
            if row is not None and leading.leads_series(tx, row, visitor):
                return f"/series/{which}?said=added"
            return f"/sessions?week={hours.monday(given.from_on)}&said=added_other"

        there = await self._site.store.write(work)
        if there is None:
            return await self._week(visitor, None, form=form)
        return RedirectResponse(there, 303)

    async def series(self, request: Request, visitor: Visitor) -> Response:
        """One series: its settings, and who is enrolled."""
        return await self._series(number(request), visitor, said=said_of(request, _SAID))

    async def set(self, request: Request, visitor: Visitor) -> Response:
        """Set its kind, who leads it, how many places it has."""
        which, now = number(request), visitor.now
        form = Form({name: visitor.field(name, 50) for name in session_form.SERIES})

        def work(tx: Connection) -> bool:
            _led(tx, which, visitor)
            values = form.series(leading.leaders(tx))
            if values is None:
                return False
            changing.set_series(tx, now, which, **values)
            staff.looked(tx, visitor.id, None, "series_changed", now, f"series {which}")
            return True

        if not await self._site.store.write(work):
            return await self._series(which, visitor, form=form)
        return _back(which, "set")

    async def enrol(self, request: Request, visitor: Visitor) -> Response:
        """Let somebody of the visitor's come to it from a day on."""
        which, house, now = number(request), self._site.house, visitor.now
        who, first = chosen_number(visitor.field("person")), moments.day(visitor.field("from"))

        if who is None or first is None:
            errors = {} if who is not None else {"person": "Choose who comes."}
            errors |= {} if first is not None else {"from": "Choose the day from which they come."}
            return await self._series(which, visitor, errors=errors)

        def work(tx: Connection) -> str:
            _seen(tx, which, visitor)
            persons.seen(tx, who, visitor)
            enrolling.enrol(tx, house, now, who, which, first, None, visitor.id)
            detail = f"series {which} from {first}"
            staff.looked(tx, visitor.id, who, "enrolled", now, detail)
            return "full" if timetable.is_over(tx, which, now) else "enrolled"

        said = await self._site.carry_out(work)
        return _back(which, said)

    async def regular(self, request: Request, visitor: Visitor) -> Response:
        """Another hour, day, place or name from now on, of what is entered here."""
        which, house, now = number(request), self._site.house, visitor.now
        form = Form(
            {name: visitor.field(name, 500) for name in session_form.REGULAR},
            session_form.week_days(visitor.form.getlist("days")),
        )

        def work(tx: Connection) -> str | None:
            row, zone = _led(tx, which, visitor), house.clinic.zone
            if row.rule is None:
                raise RefusedError(404)
            given = form.regular(row, moments.today(now, zone), zone)
            if given is None:
                return None
            if not changing.settle_series(tx, house, now, which, given):
                return "nothing"
            staff.looked(tx, visitor.id, None, "series_changed", now, f"series {which}")
            return "regular"

        said = await self._site.carry_out(work)
        if said is None:
            return await self._series(which, visitor, regular=form)
        return _back(which, said)

    async def end(self, request: Request, visitor: Visitor) -> Response:
        """Let what is entered here end with a day."""
        which, house, now = number(request), self._site.house, visitor.now
        last = moments.day(visitor.field("last"))
        if last is None:
            return await self._series(which, visitor, errors={"last": "Choose its last day."})

        def work(tx: Connection) -> str:
            _led(tx, which, visitor)
            if not changing.end_series(tx, house, now, which, last):
                return "nothing"
            detail = f"series {which} ends {last}"
            staff.looked(tx, visitor.id, None, "series_changed", now, detail)
            return "ended"

        said = await self._site.carry_out(work)
        return _back(which, said)

    async def _week(
        self, visitor: Visitor, chosen: date | None, *, said: str = "", form: Form | None = None
    ) -> Response:
        house, zone = self._site.house, self._site.house.clinic.zone
        today = moments.today(visitor.now, zone)
        day = chosen if chosen is not None and abs(chosen - today) < _FAR else today

        def look(tx: Connection) -> dict[str, Any]:
            return {
                "seen": timetable.read(tx, house, visitor, hours.monday(day)),
                "leaders": [("", "nobody of the staff"), *leading.leaders(tx).items()],
            }

        shown = await self._site.store.read(look)
        return page(
            "timetable",
            400 if form else 200,
            visitor=visitor,
            here="sessions",
            said=said,
            typed=form.typed if form else session_form.typed_new(today, _usual_leader(visitor)),
            ticked=form.days if form else (),
            errors=form.errors if form else {},
            kinds=timetable.kinds(),
            days=timetable.DAYS_SAID,
            zone=zone,
            **shown,
        )

    async def _series(
        self,
        which: int,
        visitor: Visitor,
        *,
        said: str = "",
        form: Form | None = None,
        regular: Form | None = None,
        errors: dict[str, str] | None = None,
    ) -> Response:
        house, now = self._site.house, visitor.now
        today = moments.today(now, house.clinic.zone)
        chosen = {name: visitor.field(name, 20) for name in ("person", "from", "last")}
        wrong = errors or (form.errors if form else regular.errors if regular else {})

        def look(tx: Connection) -> dict[str, Any]:
            row = _seen(tx, which, visitor)
            leads = leading.leads_series(tx, row, visitor)
            seen = timetable.series(tx, house, row, visitor, leads=leads)
            staff.looked(tx, visitor.id, None, "series_page", now, f"series {which}")
            there = {each[0] for each in seen.enrolled}
            own = row.own or {}
            return {
                "seen": seen,
                "leads": leads,
                "typed": form.typed
                if form
                else {
                    "kind": seen.kind,
                    "leader": str(row.staff_id or ""),
                    "capacity": str(own.get("capacity") or row.capacity or ""),
                    "closed": "1" if own.get("closed") else "",
                },
                "regular": _regular(row, regular),
                "ticked": regular.days if regular else tuple((row.rule or {}).get("days", ())),
                "leaders": [("", "as it was"), *leading.leaders(tx).items()],
                "people": [each for each in persons.active(tx, visitor) if each[0] not in there],
            }

        shown = await self._site.store.write(look)
        return page(
            "series",
            400 if wrong else 200,
            visitor=visitor,
            here="sessions",
            said=said,
            errors=wrong,
            chosen={**chosen, "from": chosen["from"] or today.isoformat()},
            days=timetable.DAYS_SAID,
            regular_wrong=regular is not None,
            kinds=timetable.kinds(),
            zone=house.clinic.zone,
            **shown,
        )


def _usual_leader(visitor: Visitor) -> str:
    """A counselor adds what they lead; a supervisor, what somebody does."""
    return str(visitor.id) if visitor.role == "counselor" else ""


def _regular(row: Row[Any], form: Form | None) -> dict[str, str] | None:
    """The form of what comes again; None: its calendar says so, or it is held once."""
    if row.rule is None or row.rule["from"] == row.rule["until"]:
        return None
    return form.typed if form else session_form.typed_regular(row)


def _seen(tx: Connection, which: int, visitor: Visitor) -> Row[Any]:
    """A series that the visitor leads or has people in; raises RefusedError (404) for others."""
    row = rows.one_series(tx, which)
    if row is None or not timetable.opens_series(tx, row, visitor):
        raise RefusedError(404)
    return row


def _led(tx: Connection, which: int, visitor: Visitor) -> Row[Any]:
    row = rows.one_series(tx, which)
    if row is None or not leading.leads_series(tx, row, visitor):
        raise RefusedError(404)
    return row


def _back(which: int, said: str) -> Response:
    return RedirectResponse(f"/series/{which}?said={said}", 303)
