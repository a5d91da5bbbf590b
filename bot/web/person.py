"""A person's page: how to reach them, what was said, an answer to them, notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import answering, post
from bot.channels import clean
from bot.web import card as cards
from bot.web import chart, persons
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.guard import WITH_PICTURES
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.times import Times
from storage import notes, staff, threads
from storage.threads import Before

if TYPE_CHECKING:
    from bot.web.site import Site

LONGEST_NOTE: Final = 4000
_JUST_NOW: Final = timedelta(minutes=2)
_WRONG_HOUR: Final = "This is not one of the safe hours on their card."
_SAID: Final = {
    "answered": "On its way. You see below whether it arrives.",
    "settled": "Noted: answered another way. Nobody waits any more.",
    "noted": "Noted.",
    "card": "The card is changed.",
    "settings": "Changed.",
    "status": "The status is changed.",
    "frozen": "Frozen: nothing personal goes to that address any more.",
    "verified": "Noted: the address is theirs.",
    "handed": "Handed over. Their new counselor has them from now on.",
    "pin": "The PIN is taken off.",
    "contact": "Noted about one of their people.",
    "nothing": "Nothing was changed: it was so already.",
}


class PersonPages:
    """A person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here, gate = "/people/{number}", self._gate
        return [
            gate.show(here, self.show),
            gate.take(f"{here}/reply", self.reply),
            gate.take(f"{here}/answered", self.answered),
            gate.take(f"{here}/note", self.note),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The page, or an earlier part of the thread."""
        before = Before(_id(request, "theirs"), _id(request, "ours"))
        said = said_of(request, _SAID)
        return await self._page(number(request), visitor, said=said, before=before)

    async def reply(self, request: Request, visitor: Visitor) -> Response:
        """Send them an answer; what speaks against it is shown first, once."""
        person_id, text = number(request), clean(visitor.field("text", answering.MOST))
        if not text:
            return await self._page(person_id, visitor, wrong="Write something first.")
        known = {each for each in visitor.form.getlist("seen") if isinstance(each, str)}
        try:
            warnings = await self._site.store.write(
                lambda tx: self._answer(tx, person_id, visitor, text, known)
            )
        except answering.AnswerError as error:
            return await self._page(person_id, visitor, wrong=str(error), text=text)
        if warnings:
            return await self._page(person_id, visitor, text=text, warnings=warnings)
        self._site.wake()
        return _back(person_id, "answered")

    def _answer(
        self, tx: Connection, person_id: int, visitor: Visitor, text: str, known: set[str]
    ) -> list[str]:
        """Queue it, or say what was not known yet and speaks against it."""
        person, now = persons.locked(tx, person_id, visitor), visitor.now
        just_said = threads.said_since(tx, person_id, visitor.id, now - _JUST_NOW)
        # The first line is ours: it says who writes.
        if text in (said.partition("\n")[2] for said in just_said):
            # Pressed twice: it is on its way already.
            return []
        to = post.safe_recipient(tx, person)
        warnings = answering.warnings(person, to.channel, text) if to is not None else []
        times = Times(now, self._site.house.clinic.zone, person.zone)
        card = cards.read(person.card or {}, [], times, hands_off=False, plain=person.plain)
        if not card.hour_fine:
            warnings = [*warnings, _WRONG_HOUR]
        answering.check(tx, person, visitor.staff, text, now)
        if set(warnings) - known:
            return warnings
        answering.answer(tx, self._site.house, person_id, visitor.staff, text, now)
        return []

    async def answered(self, request: Request, visitor: Visitor) -> Response:
        """They were answered by phone or face to face: nobody waits any more."""
        person_id, now = number(request), visitor.now

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            if person.waiting_since is None:
                return "nothing"
            answering.settle(tx, person_id, visitor.staff, now)
            return "settled"

        return _back(person_id, await self._site.store.write(work))

    async def note(self, request: Request, visitor: Visitor) -> Response:
        """Write a note beside what is there; none is ever changed."""
        person_id, text = number(request), clean(visitor.field("note", LONGEST_NOTE))
        if not text:
            return await self._page(person_id, visitor, wrong="The note was empty.")

        def work(tx: Connection) -> None:
            persons.seen(tx, person_id, visitor)
            latest = notes.of_person(tx, person_id, 1)
            if [(row.staff_id, row.text) for row in latest] == [(visitor.id, text)]:
                return
            notes.add(tx, person_id, visitor.id, text, visitor.now)
            staff.looked(tx, visitor.id, person_id, "note", visitor.now)

        await self._site.store.write(work)
        return _back(person_id, "noted")

    async def _page(
        self,
        person_id: int,
        visitor: Visitor,
        *,
        said: str = "",
        wrong: str = "",
        text: str = "",
        warnings: Sequence[str] = (),
        before: Before | None = None,
    ) -> Response:
        house, now = self._site.house, visitor.now
        place = before or Before()
        found = await self._site.store.read(
            lambda tx: chart.read(tx, house, person_id, visitor.staff, now, place)
        )
        if found is None:
            raise RefusedError(404)
        await self._site.store.write(
            lambda tx: staff.looked(tx, visitor.id, person_id, "person_page", now)
        )
        response = page(
            "person",
            400 if wrong or warnings else 200,
            visitor=visitor,
            here="people",
            chart=found,
            said=said,
            wrong=wrong,
            text=text,
            warnings=warnings,
            newest=place == Before(),
            longest=answering.MOST,
            longest_note=LONGEST_NOTE,
            zone=house.clinic.zone,
        )
        response.headers.update(WITH_PICTURES)
        return response


def _back(person_id: int, said: str) -> Response:
    """To the page again, with the name of what is to be said."""
    return RedirectResponse(f"/people/{person_id}?said={said}", 303)


def _id(request: Request, name: str) -> int | None:
    return chosen_number(request.query_params.get(name, ""))
