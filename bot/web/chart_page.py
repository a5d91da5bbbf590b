"""The pictures on a person's page: drawn for each look, behind the same door, written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import charts
from bot.web import persons
from bot.web.gate import Gate, Visitor, number
from bot.web.hooks import RefusedError
from bot.web.record import PICTURES
from storage import staff

if TYPE_CHECKING:
    from bot.web.site import Site


class ChartPages:
    """A picture of somebody for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its address, for counselors and supervisors."""
        return [self._gate.show("/people/{number}/charts/{name}.png", self.show)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The picture, in English; nothing here where there is nothing to draw."""
        person_id, name = number(request), request.path_params["name"]
        if name not in PICTURES:
            raise RefusedError(404)

        def look(tx: Connection) -> None:
            persons.seen(tx, person_id, visitor)
            staff.looked(tx, visitor.id, person_id, "chart", visitor.now, name)

        await self._site.store.write(look)
        drawn = await charts.picture(self._site.store, person_id, name, "en")
        if drawn is None:
            raise RefusedError(404)
        return Response(drawn, media_type="image/png")
