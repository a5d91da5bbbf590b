"""Today: who needs somebody now, of a counselor's own people and those they cover, or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web import agenda, in_the_way
from bot.web.gate import AGAIN, Gate, Visitor, chosen_number
from bot.web.pages import page
from bot.web.times import Times
from storage import roster, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_SECONDS: Final = 60
"""After so long it loads itself again."""


class TodayPages:
    """The first page after the sign-in."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        return [self._gate.show("/", self.show)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The page; it loads itself again unless `still` is asked for."""
        store, now = self._site.store, visitor.now
        again, still = AGAIN in request.query_params, "still" in request.query_params
        of = _of(request, visitor)
        if not again:
            await store.write(lambda tx: staff.looked(tx, visitor.id, None, "today", now))
        found, counselors, programme = await store.read(lambda tx: self._read(tx, visitor, of))
        whose = f"of={of}&" if of is not None else ""
        clinic = self._site.house.clinic
        response = page(
            "today",
            visitor=visitor,
            here="today",
            agenda=found,
            programme=programme,
            counselors=counselors,
            of=of,
            still=still,
            whose=whose,
            seconds=_SECONDS,
            shown=Times(now, clinic.zone, clinic.zone).at(now),
        )
        if not still:
            response.headers["Refresh"] = f"{_SECONDS}; url=/?{whose}{AGAIN}=1"
        return response

    def _read(
        self, tx: Connection, visitor: Visitor, of: int | None
    ) -> tuple[agenda.Agenda, list[Row[Any]], in_the_way.InTheWay]:
        clinic = self._site.house.clinic
        found = agenda.read(
            tx,
            visitor.staff,
            visitor.now,
            roster.names(tx),
            zone=clinic.zone,
            silent_days=clinic.rules.silent_days,
            of=of,
        )
        programme = in_the_way.read(tx, self._site.house, visitor, of)
        return found, roster.counselors(tx) if visitor.role == "supervisor" else [], programme


def _of(request: Request, visitor: Visitor) -> int | None:
    """Whose people only; None: all that they may see."""
    if visitor.role != "supervisor":
        return None
    return chosen_number(request.query_params.get("of", ""))
