"""Somebody's programme: what they come to, what is prescribed, their hours, their seats."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import prescribing
from bot.calendars import enrolling
from bot.web import persons, programme_view
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from handlers import moments
from storage import staff, timetable

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "enrolled": "Enrolled. Places and reminders follow by themselves.",
    "left": "It ends with that day. Places after it are cancelled.",
    "prescribed": "Prescribed. The hours of every week are counted anew by it.",
    "nothing": "Nothing was changed: it was so already.",
}
_FIELDS: Final = ("hours", "phase", "since", "series", "first", "until")
_LONGEST_PHASE: Final = 40


class ProgrammePages:
    """The programme of a person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here, gate = "/people/{number}/programme", self._gate
        return [
            gate.show(here, self.show),
            gate.take(f"{here}/enrol", self.enrol),
            gate.take(f"{here}/leave", self.leave),
            gate.take(f"{here}/hours", self.hours),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """All of it."""
        return await self._page(number(request), visitor, said=said_of(request, _SAID))

    async def enrol(self, request: Request, visitor: Visitor) -> Response:
        """Let them come to a series from a day on."""
        person_id, house, now = number(request), self._site.house, visitor.now
        typed, errors = _typed(visitor), dict[str, str]()
        first = _day(typed, "first", errors)
        until = _day(typed, "until", errors) if typed["until"] else None
        which = chosen_number(typed["series"])
        if which is None:
            errors["series"] = "Choose what they come to."
        if first is not None and until is not None and until < first:
            errors["until"] = "That is before the first day."
        if errors or which is None or first is None:
            return await self._page(person_id, visitor, typed=typed, errors=errors)

        def work(tx: Connection) -> None:
            persons.locked(tx, person_id, visitor)
            if timetable.one_series(tx, which) is None:
                raise RefusedError(404)
            enrolling.enrol(tx, house, now, person_id, which, first, until, visitor.id)
            said = f"series {which} from {first}" + (f" until {until}" if until else "")
            staff.looked(tx, visitor.id, person_id, "enrolled", now, said)

        await self._site.carry_out(work)
        return _back(person_id, "enrolled")

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """They no longer come to a series after a day."""
        person_id, house, now = number(request), self._site.house, visitor.now
        which, last = visitor.chosen("series"), moments.day(visitor.field("last"))

        def work(tx: Connection) -> str:
            persons.locked(tx, person_id, visitor)
            day = last or moments.today(now, house.clinic.zone)
            if not enrolling.leave(tx, house, now, person_id, which, day, visitor.id):
                return "nothing"
            said = f"series {which} until {day}"
            staff.looked(tx, visitor.id, person_id, "enrolled", now, said)
            return "left"

        said = await self._site.carry_out(work)
        return _back(person_id, said)

    async def hours(self, request: Request, visitor: Visitor) -> Response:
        """Prescribe hours a week from a day on."""
        person_id, house, now = number(request), self._site.house, visitor.now
        typed, errors = _typed(visitor), dict[str, str]()
        since, minutes = _day(typed, "since", errors), _minutes(typed["hours"])
        if minutes is None:
            most = prescribing.MOST // 60
            errors["hours"] = f"Hours a week like 9 or 7.5, at most {most}; 0 for none."
        if errors or since is None or minutes is None:
            return await self._page(person_id, visitor, typed=typed, errors=errors)
        phase = " ".join(typed["phase"].split())[:_LONGEST_PHASE]

        def work(tx: Connection) -> None:
            persons.locked(tx, person_id, visitor)
            prescribing.prescribe(tx, house, person_id, since, minutes, phase, visitor.id, now)

        await self._site.store.write(work)
        return _back(person_id, "prescribed")

    async def _page(
        self,
        person_id: int,
        visitor: Visitor,
        *,
        said: str = "",
        typed: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
    ) -> Response:
        house, now = self._site.house, visitor.now
        today = moments.today(now, house.clinic.zone).isoformat()

        def look(tx: Connection) -> dict[str, Any]:
            person = persons.seen(tx, person_id, visitor)
            staff.looked(tx, visitor.id, person_id, "programme_page", now)
            seen = programme_view.read(tx, house, person, visitor)
            return {"seen": seen, "name": person.name}

        shown = await self._site.store.write(look)
        empty = {**dict.fromkeys(_FIELDS, ""), "since": today, "first": today}
        return page(
            "programme",
            400 if errors else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            said=said,
            typed=typed or empty,
            errors=errors or {},
            today=today,
            zone=house.clinic.zone,
            **shown,
        )


def _typed(visitor: Visitor) -> dict[str, str]:
    return {name: visitor.field(name, 60) for name in _FIELDS}


def _day(typed: dict[str, str], name: str, errors: dict[str, str]) -> date | None:
    found = moments.day(typed[name])
    if found is None:
        errors[name] = "Choose a day."
    return found


def _minutes(typed: str) -> int | None:
    """Hours as they are written, in minutes; None for what are none."""
    said = typed.strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2})?", said):
        return None
    minutes = round(float(said) * 60)
    return minutes if minutes <= prescribing.MOST else None


def _back(person_id: int, said: str) -> Response:
    return RedirectResponse(f"/people/{person_id}/programme?said={said}", 303)
