"""Changing the safe-contact card: asked alone, every field that changed is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import persons
from bot.web.gate import Gate, Visitor, number
from bot.web.invite_form import TEXTS, Form
from bot.web.invite_page import _hour as hour_said
from bot.web.pages import page
from storage import people, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_FIELDS: Final = ("channel", "phone", "calls", "from", "to", "voicemail", *TEXTS)
_RANGE: Final = re.compile(r"\s*\d{1,2}\s*-\s*\d{1,2}\s*")
_NO_YES: Final[Mapping[object, str]] = {True: "yes", False: "no"}


class CardForm(Form):
    """The card's part of the invitation's form, for somebody who is here already."""

    def card(self) -> dict[str, Any] | None:
        """What the card says now, or None and the errors."""
        if self.typed["channel"] not in ("", "telegram", "sms"):
            self.errors["channel"] = "Choose the safe channel."
        if self.typed["alone"] != "yes":
            self.errors["alone"] = "Only what they said alone goes on the card."
        found = self._card()
        return None if self.errors else found


def typed_from(card: Mapping[str, Any]) -> dict[str, str]:
    """A stored card as its form shows it."""
    first, _, last = _hours(card).partition("-")
    return {
        **{name: str(card.get(name) or "") for name in ("channel", "phone", *TEXTS)},
        **{name: _NO_YES.get(card.get(name), "") for name in ("calls", "voicemail")},
        "from": first.strip(),
        "to": last.strip(),
        "alone": "",
        "sms": "",
    }


def _hours(card: Mapping[str, Any]) -> str:
    """Safe hours as two hours; empty if they were written in words."""
    hours = str(card.get("hours") or "")
    return hours if _RANGE.fullmatch(hours) else ""


class CardPages:
    """The card of a person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here = "/people/{number}/card"
        return [self._gate.show(here, self.show), self._gate.take(here, self.change)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The card as it is, to be changed."""
        person_id, now = number(request), visitor.now
        person = await self._site.store.read(lambda tx: persons.seen(tx, person_id, visitor))
        await self._site.store.write(
            lambda tx: staff.looked(tx, visitor.id, person_id, "card_page", now)
        )
        return self._form(person, visitor, CardForm(typed_from(person.card or {})))

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Keep what was asked, or show again what was typed and what is wrong with it."""
        person_id, now = number(request), visitor.now
        typed = {name: visitor.field(name, 200) for name in (*_FIELDS, "alone")}
        form = CardForm({**typed, "sms": ""})
        given = form.card()
        if given is None:
            person = await self._site.store.read(lambda tx: persons.seen(tx, person_id, visitor))
            return self._form(person, visitor, form, 400)

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            before = person.card or {}
            if not given["hours"] and not _hours(before):
                # Written in words once: the form can't show it, and must not lose it.
                given["hours"] = before.get("hours")
            changed = {
                name: (before.get(name), value)
                for name, value in given.items()
                if (before.get(name) or None, before.get(name) is False)
                != (value or None, value is False)
            }
            if not changed:
                return "nothing"
            people.change(tx, person_id, card={**before, **given})
            said = "\n".join(f"{name}: {was!r} -> {now!r}" for name, (was, now) in changed.items())
            staff.looked(tx, visitor.id, person_id, "card_changed", now, said)
            return "card"

        said = await self._site.store.write(work)
        return RedirectResponse(f"/people/{person_id}?said={said}", 303)

    def _form(
        self, person: Row[Any], visitor: Visitor, form: CardForm, status: int = 200
    ) -> Response:
        card = person.card or {}
        return page(
            "card",
            status,
            visitor=visitor,
            here="people",
            person_id=person.id,
            name=person.name,
            noted="" if _hours(card) else card.get("hours") or "",
            typed=form.typed,
            errors=form.errors,
            hours=[(str(hour), hour_said(hour)) for hour in range(25)],
        )
