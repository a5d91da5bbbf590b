"""The groups' page: a theme for the week, and the temperature of the room before a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import broadcasts, rooms
from bot.broadcasts import LONGEST, Theme, Words
from bot.web import groups
from bot.web.gate import Gate, Visitor, chosen_number, said_of
from bot.web.groups import Preview
from bot.web.hooks import RefusedError
from bot.web.pages import page
from content.wording import LANGUAGES, Language
from storage import broadcasts as rows
from storage import staff, timetable

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "sent": "It is on its way. Until it has left, it can be taken back below.",
    "nobody": "It was written down, but it reaches nobody: all are left out.",
    "back": "Taken back as far as it had not left.",
    "late": "It had left already.",
    "asked": "Everybody with a place is asked before the session. The answers are counted once.",
    "not_asked": "That session can't be asked: it is too near, cancelled, or asked already.",
    "always": "From now on the room is asked before each session.",
    "never": "The room is no longer asked by itself.",
}
_FIELDS: Final = tuple(f"{part}_{language}" for language in LANGUAGES for part in LONGEST)


class GroupsPages:
    """`/groups`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for who leads groups."""
        gate = self._gate
        return [
            gate.show("/groups", self.show),
            gate.take("/groups/preview", self.preview),
            gate.take("/groups/send", self.send),
            gate.take("/groups/back", self.take_back),
            gate.take("/groups/ask", self.ask),
            gate.take("/groups/always", self.always),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """All groups that the reader leads."""
        group = chosen_number(request.query_params.get("group", ""))
        return await self._page(visitor, said_of(request, _SAID), group)

    async def preview(self, request: Request, visitor: Visitor) -> Response:
        """What would be sent, to how many, and who is left out."""
        del request
        group, typed = visitor.chosen("group"), _typed(visitor)
        words, errors = _read(typed)
        house, now = self._site.house, visitor.now

        def work(tx: Connection) -> Preview | None:
            _led(tx, visitor, group)
            if words is None:
                return None
            return groups.preview(tx, house, visitor.staff, group, words, now)

        shown = await self._site.store.read(work)
        return await self._page(visitor, "", group, typed, errors, shown)

    async def send(self, request: Request, visitor: Visitor) -> Response:
        """Send it to everybody whom it may reach."""
        del request
        group, typed = visitor.chosen("group"), _typed(visitor)
        words, errors = _read(typed)
        if words is None:
            return await self._page(visitor, "", group, typed, errors)
        house, now = self._site.house, visitor.now

        def work(tx: Connection) -> str:
            _led(tx, visitor, group)
            which = broadcasts.queue(tx, house, group, visitor.id, words, now)
            row = rows.get(tx, which) if which is not None else None
            staff.looked(tx, visitor.id, None, "group_message", now, f"group {group}")
            return "sent" if row is not None and row.sent else "nobody"

        return await self._done(work)

    async def take_back(self, request: Request, visitor: Visitor) -> Response:
        """Take back what has not left."""
        del request
        which = visitor.chosen("broadcast")

        def work(tx: Connection) -> str:
            row = rows.get(tx, which)
            if row is None or row.kind != rows.THEME:
                raise RefusedError(404)
            _led(tx, visitor, row.series_id)
            return "back" if broadcasts.take_back(tx, which) else "late"

        return await self._done(work)

    async def ask(self, request: Request, visitor: Visitor) -> Response:
        """Ask the room of one session."""
        del request
        which = visitor.chosen("session")

        def work(tx: Connection) -> str:
            session = timetable.one(tx, which)
            if session is None:
                raise RefusedError(404)
            _led(tx, visitor, session.series_id)
            asked = rooms.ask(tx, which, visitor.id, visitor.now)
            return "asked" if asked is not None else "not_asked"

        return await self._done(work)

    async def always(self, request: Request, visitor: Visitor) -> Response:
        """Ask the room before each session from now on, or no longer."""
        del request
        group, on = visitor.chosen("group"), visitor.field("on") == "yes"

        def work(tx: Connection) -> str:
            _led(tx, visitor, group)
            row = rows.lock_series(tx, group)
            if row is None:
                raise RefusedError(404)
            rows.ask_always(tx, row, visitor.id if on else None)
            return "always" if on else "never"

        return await self._done(work)

    async def _done(self, work: Callable[[Connection], str]) -> Response:
        said = await self._site.carry_out(work)
        return RedirectResponse(f"/groups?said={said}", 303)

    async def _page(
        self,
        visitor: Visitor,
        said: str,
        group: int | None = None,
        typed: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
        preview: Preview | None = None,
    ) -> Response:
        house, now = self._site.house, visitor.now
        seen = await self._site.store.read(lambda tx: groups.read(tx, house, visitor.staff, now))
        return page(
            "groups",
            400 if errors else 200,
            visitor=visitor,
            here="groups",
            said=said,
            seen=seen,
            group=group,
            typed=typed or dict.fromkeys(_FIELDS, ""),
            errors=errors or {},
            preview=preview,
            fields_of=_FIELDS,
            longest=LONGEST,
            zone=house.clinic.zone,
            fewest=rooms.FEWEST,
        )


def _led(tx: Connection, visitor: Visitor, group: int) -> Row[Any]:
    """A group that the reader leads; another one looks like nothing."""
    for each in groups.led(tx, visitor.staff, visitor.now):
        if each.id == group:
            return each
    raise RefusedError(404)


def _typed(visitor: Visitor) -> dict[str, str]:
    return {name: " ".join(visitor.field(name, 400).split()) for name in _FIELDS}


def _read(typed: dict[str, str]) -> tuple[Words | None, dict[str, str]]:
    """The words, in one language at least; None, and what is wrong with them, by field."""
    words: dict[Language, Theme] = {}
    errors: dict[str, str] = {}
    for language in LANGUAGES:
        what, line = (typed[f"{part}_{language}"].rstrip(". ") for part in LONGEST)
        for part, most in LONGEST.items():
            if len(typed[f"{part}_{language}"]) > most:
                errors[f"{part}_{language}"] = (
                    f"That is too long for a text: {most} letters at most."
                )
        if bool(what) != bool(line):
            missing = "line" if what else "what"
            errors[f"{missing}_{language}"] = "A theme and one thing to try go together."
        elif what:
            words[language] = Theme(what, line)
    if not words and not errors:
        errors["what_en"] = "Write what the week is about, in one language at least."
    return (None if errors else words), errors
