"""What somebody takes, for whoever may see them: set, changed, stopped, and what became of it.

Beside it stands what else of their body the talks must know: which skills are cleared, what some
skills are not for, and whether they have naloxone. Names are shown here and go in no message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import recurring
from bot.web import medicine_list as lists
from bot.web import persons
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.medicine_form import FIELDS, Form, typed_from
from bot.web.pages import page
from bot.web.times import Times, day_said
from content.skills import CLEARANCES, CONDITIONS
from handlers import moments
from handlers.medicines import KIND
from storage import items, people, staff

if TYPE_CHECKING:
    from bot.web.site import Site

CLEARED: Final[Mapping[str, str]] = {
    "cold": "Cold water",
    "exercise": "Hard exercise",
    "breath": "Holding the breath",
}
NOT_FOR: Final[Mapping[str, str]] = {
    "pregnancy": "Pregnant",
    "heart": "Heart",
    "lungs": "Lungs",
    "circulation": "Circulation, fainting",
    "mobility": "Moving about",
    "eating": "Eating disorder",
    "panic": "Panic",
    "trauma": "Trauma",
    "self_harm": "Self-harm",
}
NALOXONE: Final[Mapping[object, str]] = {
    "home": "yes, at home",
    "me": "yes, on them",
    "other": "yes, somebody else has it",
    "yes": "yes",
    "none": "no: help them get it",
}
_SAID: Final = {
    "kept": "Kept. Reminders go by it from now on.",
    "stopped": "Stopped. Nothing is sent about it any more.",
    "again": "Taken up again. Reminders go by it from now on.",
    "body": "Changed.",
    "nothing": "Nothing was changed: it was so already.",
}


class MedicinePages:
    """The medicines of a person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here, gate = "/people/{number}/medicine", self._gate
        return [
            gate.show(here, self.show),
            gate.take(here, self.keep),
            gate.take(f"{here}/state", self.state),
            gate.take(f"{here}/body", self.body),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """All of it, and a form for a new one or for the one that is to be changed."""
        which = chosen_number(request.query_params.get("which", ""))
        return await self._page(number(request), visitor, which, said=said_of(request, _SAID))

    async def keep(self, request: Request, visitor: Visitor) -> Response:
        """Keep a new one, or change one; or show again what was typed and what is wrong."""
        person_id, now = number(request), visitor.now
        which = chosen_number(visitor.field("which"))
        form = Form({name: visitor.field(name, 200) for name in FIELDS})

        def work(tx: Connection) -> str | None:
            persons.locked(tx, person_id, visitor)
            row = _one(tx, person_id, which)
            before = dict(row.data) if row is not None else {}
            found = form.read(before)
            if found is None:
                return None
            if found == before:
                return "nothing"
            items.keep(tx, person_id, KIND, found, now, which)
            recurring.arrange(tx, self._site.house, person_id, now)
            changed = [k for k in found if found[k] != before.get(k)]
            lines = (f"{name}: {before.get(name)!r} -> {found[name]!r}" for name in changed)
            staff.looked(tx, visitor.id, person_id, "medicine_changed", now, "\n".join(lines))
            return "kept"

        said = await self._site.store.write(work)
        if said is None:
            return await self._page(person_id, visitor, which, form=form)
        return _back(person_id, said)

    async def state(self, request: Request, visitor: Visitor) -> Response:
        """Stop one, or take it up again."""
        person_id, now = number(request), visitor.now
        which, state = chosen_number(visitor.field("which")), visitor.field("state")

        def work(tx: Connection) -> str:
            persons.locked(tx, person_id, visitor)
            row = _one(tx, person_id, which)
            if row is None or state not in ("current", "stopped"):
                raise RefusedError(404)
            if row.data.get("state", "current") == state:
                return "nothing"
            items.keep(tx, person_id, KIND, {**row.data, "state": state}, now, which)
            recurring.arrange(tx, self._site.house, person_id, now)
            said = f"{row.data.get('name')}: {state}"
            staff.looked(tx, visitor.id, person_id, "medicine_changed", now, said)
            return "stopped" if state == "stopped" else "again"

        return _back(person_id, await self._site.store.write(work))

    async def body(self, request: Request, visitor: Visitor) -> Response:
        """What is cleared for them, and what some skills are not for."""
        person_id, now = number(request), visitor.now
        ticked = {each for each in visitor.form.getlist("ticked") if isinstance(each, str)}

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            before = person.own or {}
            own = {
                **before,
                "cleared": [each for each in CLEARANCES if each in ticked],
                "conditions": [each for each in CONDITIONS if each in ticked],
                "pregnant": "pregnancy" in ticked,
            }
            changed = [name for name in own if (own[name] or None) != (before.get(name) or None)]
            if not changed:
                return "nothing"
            people.change(tx, person_id, own=own)
            lines = (f"{name}: {before.get(name)!r} -> {own[name]!r}" for name in changed)
            staff.looked(tx, visitor.id, person_id, "body_changed", now, "\n".join(lines))
            return "body"

        return _back(person_id, await self._site.store.write(work))

    async def _page(
        self,
        person_id: int,
        visitor: Visitor,
        which: int | None,
        *,
        said: str = "",
        form: Form | None = None,
    ) -> Response:
        now, zone = visitor.now, self._site.house.clinic.zone

        def look(tx: Connection) -> tuple[Row[Any], list[lists.Medicine], Row[Any] | None]:
            person = persons.seen(tx, person_id, visitor)
            staff.looked(tx, visitor.id, person_id, "medicine_page", now)
            times = Times(now, zone, person.zone)
            return person, lists.read(tx, person, times), _one(tx, person_id, which)

        person, found, row = await self._site.store.write(look)
        data = row.data if row is not None else {}
        typed = typed_from(data, lists.hours(data)) if form is None else form.typed
        own = person.own or {}
        return page(
            "medicine",
            400 if form is not None else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            name=person.name,
            medicines=found,
            which=which,
            typed=typed,
            errors={} if form is None else form.errors,
            kinds=lists.KINDS,
            cleared=CLEARED,
            not_for=NOT_FOR,
            ticked={*_ticked(own, "cleared"), *_ticked(own, "conditions")},
            naloxone=NALOXONE.get(own.get("naloxone"), "not answered yet"),
            naloxone_at=_told(own.get("naloxone_at")),
            said=said,
        )


def _told(stored: object) -> str:
    day = moments.day(stored)
    return "" if day is None else day_said(day)


def _ticked(own: Mapping[str, Any], name: str) -> list[str]:
    found = own.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []


def _one(tx: Connection, person_id: int, which: int | None) -> Row[Any] | None:
    """One of theirs; raises RefusedError (404) for a number that is none."""
    if which is None:
        return None
    row = items.get(tx, person_id, which)
    if row is None or row.kind != KIND:
        raise RefusedError(404)
    return row


def _back(person_id: int, said: str) -> Response:
    return RedirectResponse(f"/people/{person_id}/medicine?said={said}", 303)
