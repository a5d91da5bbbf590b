"""Changing the safe-contact card: asked alone, every field that changed is written down.

Face to face and nowhere else their counselor, or a supervisor, also agrees on the duress word with
them, and flags that stopping may be dangerous. The word is never shown again, nor written down
anywhere but where it is compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import followups
from bot.web import persons
from bot.web.gate import Gate, Visitor, number
from bot.web.invite_form import TEXTS, Form
from bot.web.invite_page import _hour as hour_said
from bot.web.pages import page
from handlers import ownwords
from storage import people, reminders, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_FIELDS: Final = (
    "channel", "phone", "calls", "from", "to", "voicemail", "answer", "follow_up", "agreed", *TEXTS,
)  # fmt: skip
_KEPT: Final = ("duress", "duress_off", "stopped_on")
"""Fields for who may agree on them with the person."""
_ANSWERS: Final = ("", "plain", "short", "nothing")
_WRONG: Final[Mapping[ownwords.Problem, str]] = {
    ownwords.Problem.SHORT: "At least 4 letters.",
    ownwords.Problem.LONG: "At most 3 words and 30 letters.",
    ownwords.Problem.TAKEN: (
        "That word means something else here: a command, an answer, NOW, or a wish to stop."
    ),
    ownwords.Problem.COMMON: "People write that without meaning it. Choose a rarer word.",
}
_AS_PANIC: Final = "That is their panic word, which is answered openly. Choose another."
_RANGE: Final = re.compile(r"\s*\d{1,2}\s*-\s*\d{1,2}\s*")
_TYPED: Final = ("channel", "phone", "answer", "agreed", *TEXTS)
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
        if self.typed["answer"] not in _ANSWERS:
            self.errors["answer"] = "Choose how danger is answered."
        found["answer"] = self.typed["answer"]
        found["follow_up"] = {"yes": True, "no": False}.get(self.typed["follow_up"])
        found["agreed"] = self.typed["agreed"]
        return None if self.errors else found

    def kept(self, person: Row[Any]) -> dict[str, Any]:
        """What changes of the duress word and the flag; or the errors."""
        changed: dict[str, Any] = {}
        word, own = self.typed["duress"], dict(person.words or {})
        if word and (wrong := _wrong(word, own)):
            self.errors["duress"] = wrong
        elif word:
            changed["words"] = {**own, ownwords.DURESS: word}
        elif self.typed["duress_off"] == "yes" and own.pop(ownwords.DURESS, None):
            changed["words"] = own
        try:
            day = date.fromisoformat(self.typed["stopped_on"]) if self.typed["stopped_on"] else None
        except ValueError:
            self.errors["stopped_on"] = "A date, or nothing."
            return changed
        if day != person.withdrawal_since:
            changed["withdrawal_since"] = day
        return changed


def _wrong(word: str, own: Mapping[str, str]) -> str | None:
    """What is wrong with a duress word, in words."""
    if ownwords.PANIC in own and ownwords.same(word, own[ownwords.PANIC]):
        return _AS_PANIC
    problem = ownwords.problem(word, ownwords.DURESS)
    return _WRONG[problem] if problem is not None else None


def typed_from(card: Mapping[str, Any]) -> dict[str, str]:
    """A stored card as its form shows it."""
    first, _, last = _hours(card).partition("-")
    return {
        **{name: str(card.get(name) or "") for name in _TYPED},
        **{name: _NO_YES.get(card.get(name), "") for name in ("calls", "voicemail", "follow_up")},
        "from": first.strip(),
        "to": last.strip(),
        "alone": "",
        "sms": "",
    }


def _hours(card: Mapping[str, Any]) -> str:
    """Safe hours as two hours; empty if they were written in words."""
    hours = str(card.get("hours") or "")
    return hours if _RANGE.fullmatch(hours) else ""


def _keeps(person: Row[Any], visitor: Visitor) -> bool:
    """Whether they may agree on a duress word with the person: their counselor, or a supervisor."""
    return visitor.role == "supervisor" or visitor.id == person.counselor_id


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
        since = person.withdrawal_since
        kept = {"duress": "", "duress_off": "", "stopped_on": since.isoformat() if since else ""}
        return self._form(person, visitor, CardForm({**typed_from(person.card or {}), **kept}))

    async def change(self, request: Request, visitor: Visitor) -> Response:
        """Keep what was asked, or show again what was typed and what is wrong with it."""
        person_id, now = number(request), visitor.now
        typed = {name: visitor.field(name, 200) for name in (*_FIELDS, *_KEPT, "alone")}
        form = CardForm({**typed, "sms": ""})
        given = form.card()
        person = await self._site.store.read(lambda tx: persons.seen(tx, person_id, visitor))
        keeps = _keeps(person, visitor)
        if keeps:
            form.kept(person)
        if given is None or form.errors:
            return self._form(person, visitor, form, 400)

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            kept = form.kept(person) if keeps else {}
            self._keep(tx, person, visitor, kept)
            before = person.card or {}
            if not keeps:
                given["agreed"] = before.get("agreed")
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
                return "card" if kept else "nothing"
            people.change(tx, person_id, card={**before, **given})
            said = "\n".join(f"{name}: {was!r} -> {now!r}" for name, (was, now) in changed.items())
            staff.looked(tx, visitor.id, person_id, "card_changed", now, said)
            return "card"

        said = await self._site.store.write(work)
        return RedirectResponse(f"/people/{person_id}?said={said}", 303)

    def _keep(
        self, tx: Connection, person: Row[Any], visitor: Visitor, kept: Mapping[str, Any]
    ) -> None:
        """Write down what was agreed on; that it was, never the word."""
        if not kept:
            return
        people.change(tx, person.id, **kept)
        if "words" in kept:
            what = "duress_set" if ownwords.DURESS in kept["words"] else "duress_ended"
            staff.looked(tx, visitor.id, person.id, what, visitor.now)
        if "withdrawal_since" in kept:
            day = kept["withdrawal_since"]
            said = day.isoformat() if day else "no"
            staff.looked(tx, visitor.id, person.id, "withdrawal_flag", visitor.now, said)
            reminders.drop(tx, person.id, followups.WITHDRAWAL)
            if day is not None:
                followups.watch(tx, person, visitor.now)

    def _form(
        self, person: Row[Any], visitor: Visitor, form: CardForm, status: int = 200
    ) -> Response:
        card = person.card or {}
        form.typed["duress"] = ""
        return page(
            "card",
            status,
            visitor=visitor,
            here="people",
            person_id=person.id,
            name=person.name,
            noted="" if _hours(card) else card.get("hours") or "",
            keeps=_keeps(person, visitor),
            has_duress=bool((person.words or {}).get(ownwords.DURESS)),
            typed=form.typed,
            errors=form.errors,
            hours=[(str(hour), hour_said(hour)) for hour in range(25)],
        )
