"""The clinic's settings: those that are safe to change here, and all others to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import tuning
from bot.web import clinic_words
from bot.web.gate import SUPERVISOR, Gate, Visitor
from bot.web.pages import page
from bot.web.times import Times
from storage import settings, team

if TYPE_CHECKING:
    from bot.web.site import Site

_READERS: Final = ("supervisor", "operator")


class SettingsPages:
    """`/settings`: a supervisor changes, an operator reads."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Every address, with who may use it."""
        return [
            self._gate.show("/settings", self.show, _READERS),
            self._gate.take("/settings", self.change, SUPERVISOR),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """As it is."""
        said = "Changed. It holds from now on." if request.query_params.get("said") else ""
        return await self._page(visitor, None, {}, said)

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Change what differs, or say what is refused and why."""
        del request
        store, house, now = self._site.store, self._site.house, visitor.now
        names = [each.name for each in tuning.TUNABLES] + [tuning.PHONE]
        given = {name: visitor.field(name, 40) for name in names if name in visitor.form}
        refused = await store.write(lambda tx: tuning.change(tx, house, given, visitor.id, now))
        if refused:
            return await self._page(visitor, given, refused, status=400)
        await tuning.reload(store, house)
        return RedirectResponse("/settings?said=changed", 303)

    async def _page(
        self,
        visitor: Visitor,
        typed: dict[str, str] | None,
        errors: dict[str, str],
        said: str = "",
        status: int = 200,
    ) -> Response:
        house = self._site.house
        changed, history, names = await self._site.store.read(
            lambda tx: (settings.everything(tx), settings.history(tx), team.names(tx))
        )
        times = Times(visitor.now, house.clinic.zone, house.clinic.zone)
        known = [each.name for each in tuning.TUNABLES] + [tuning.PHONE]
        now = {name: tuning.text_of(tuning.get(house.clinic, name)) for name in known}
        file = {name: tuning.text_of(tuning.get(house.toml, name)) for name in known}
        since = {
            name: f"since {times.here(row.at)} by {names.get(row.staff_id, 'somebody')}"
            for name, row in changed.items()
            if now.get(name) != file.get(name)
        }
        return page(
            "settings",
            status,
            visitor=visitor,
            here="settings",
            said=said,
            tunables=tuning.TUNABLES,
            now=now,
            file=file,
            since=since,
            typed={**now, **(typed or {})},
            errors=errors,
            may_change=visitor.role in SUPERVISOR,
            parts=clinic_words.parts(house.clinic),
            history=[
                (times.here(row.at), names.get(row.staff_id, "somebody"), row.detail or "")
                for row in history
            ],
        )
