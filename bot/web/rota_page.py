"""The rota: who reads when, where nobody does, who stands in for whom, and time off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import time_off
from bot.handover import HandoverError
from bot.web import fortnight
from bot.web.gate import CLINICAL, EVERYBODY, Gate, Visitor, chosen_number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from storage import staff, team

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "off": "Written down. Who has an open alert hears of it now.",
    "back": "Taken back. The rota below is as it is now.",
}
_FIELDS: Final = ("who", "from_day", "from_time", "to_day", "to_time", "cover")


@dataclass(frozen=True, slots=True)
class _TimeOff:
    who: int
    start: datetime
    end: datetime
    cover: int | None


class RotaPages:
    """`/rota`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Every address, with who may use it."""
        return [
            self._gate.show("/rota", self.show, EVERYBODY),
            self._gate.take("/rota/off", self.take_off, CLINICAL),
            self._gate.take("/rota/back", self.give_back, CLINICAL),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """This week and the next."""
        typed = dict.fromkeys(_FIELDS, "")
        typed |= {"who": str(visitor.id), "from_time": "00:00", "to_time": "00:00"}
        said = said_of(request, _SAID)
        return await self._page(visitor, typed, {}, said)

    async def take_off(self, request: Request, visitor: Visitor) -> Response:
        """Somebody is off: a counselor says so of themselves, a supervisor of anybody."""
        del request
        typed = {name: visitor.field(name, 20) for name in _FIELDS}
        if visitor.role == "counselor":
            typed["who"] = str(visitor.id)
        errors: dict[str, str] = {}
        asked = self._read(typed, errors, visitor.now)
        if asked is None:
            return await self._page(visitor, typed, errors, status=400)
        house, now = self._site.house, visitor.now

        def work(tx: Connection) -> dict[str, str]:
            known = {row.id for row in staff.everyone(tx) if row.role in CLINICAL}
            if asked.who not in known or asked.cover not in {None, *known}:
                raise RefusedError(404)
            if clash := _clash(tx, asked, now):
                return clash
            time_off.take(
                tx, house, asked.who, asked.start, asked.end, asked.cover, visitor.id, now
            )
            return {}

        try:
            clash = await self._site.store.write(work)
        except HandoverError as error:
            clash = {"cover": str(error)}
        if clash:
            return await self._page(visitor, typed, clash, status=400)
        self._site.wake()
        return RedirectResponse("/rota?said=off", 303)

    async def give_back(self, request: Request, visitor: Visitor) -> Response:
        """Take time off back: one's own, or for a supervisor anybody's."""
        del request
        absence, house, now = chosen_number(visitor.field("absence")), self._site.house, visitor.now

        def work(tx: Connection) -> None:
            row = team.absence_of(tx, absence) if absence is not None else None
            if row is None or absence is None:
                return
            if visitor.role == "counselor" and row.staff_id != visitor.id:
                raise RefusedError(404)
            time_off.give_back(tx, house, absence, visitor.id, now)

        await self._site.carry_out(work)
        return RedirectResponse("/rota?said=back", 303)

    async def _page(
        self,
        visitor: Visitor,
        typed: dict[str, str],
        errors: dict[str, str],
        said: str = "",
        status: int = 200,
    ) -> Response:
        clinic = self._site.house.clinic
        seen = await self._site.store.read(lambda tx: fortnight.read(tx, clinic, visitor.now))
        return page(
            "rota",
            status,
            visitor=visitor,
            here="rota",
            said=said,
            seen=seen,
            typed=typed,
            errors=errors,
            clinical=CLINICAL,
        )

    def _read(
        self, typed: dict[str, str], errors: dict[str, str], now: datetime
    ) -> _TimeOff | None:
        """What is asked for; None, and what is wrong with it, by field."""
        start = self._moment(typed, "from", "Choose when the time off begins.", errors)
        end = self._moment(typed, "to", "Choose when they are back.", errors)
        who, cover = chosen_number(typed["who"]), chosen_number(typed["cover"])
        if who is None:
            errors["who"] = "Choose who is off."
        elif cover == who:
            errors["cover"] = "Nobody stands in for themselves."
        if start is None or end is None or who is None:
            return None
        if end <= start:
            errors["to_day"] = "They are back before they are off: look at the days again."
        elif end <= now:
            errors["to_day"] = "That is over already: time off ends in the future."
        return None if errors else _TimeOff(who, start, end, cover)

    def _moment(
        self, typed: dict[str, str], edge: str, missing: str, errors: dict[str, str]
    ) -> datetime | None:
        """A day and a time at the clinic; None, and what is wrong, if there is none."""
        day, at = typed[f"{edge}_day"], typed[f"{edge}_time"] or "00:00"
        try:
            there = datetime.fromisoformat(f"{day}T{at}")
        except ValueError:
            errors[f"{edge}_day"] = missing
            return None
        return there.replace(tzinfo=self._site.house.clinic.tz)


def _clash(tx: Connection, asked: _TimeOff, now: datetime) -> dict[str, str]:
    """Time off that is there already and does not go with this one, by field."""
    found: dict[str, str] = {}
    for row in staff.absences(tx, now):
        if row.from_at >= asked.end or row.to_at <= asked.start:
            continue
        if row.staff_id == asked.who:
            found["from_day"] = "They are off then already: take that back first."
        elif row.staff_id == asked.cover:
            found["cover"] = f"{staff.get(tx, row.staff_id).name} is off then too."
    return found
