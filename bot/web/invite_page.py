"""Inviting somebody: the questions, face to face, and what they take home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import invitations
from bot.invitations import InvitationError
from bot.web import ticket
from bot.web.gate import Gate, Visitor, number
from bot.web.hooks import RefusedError
from bot.web.invite_form import FIELDS, Form, refused, sentence
from bot.web.pages import page
from bot.web.ticket import Ticket
from bot.web.times import Times
from content import wording
from content.wording import Language
from storage import access, people, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_ALOUD: Final[dict[str, Language]] = {"en": "en", "es": "es"}
_SAID: Final = (
    "hello", "name", "born", "where", "language", "words", "number", "calls", "hours",
    "voicemail", "never", "emergency", "tonight", "police",
)  # fmt: skip


class InvitePages:
    """`/invite`, and a new link for who never opened theirs."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Every address, with who may use it."""
        return [
            self._gate.show("/invite", self.show),
            self._gate.take("/invite", self.invite),
            self._gate.take("/people/{number}/renew", self.renew),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The empty form."""
        typed = dict.fromkeys(FIELDS, "")
        typed |= {"language": self._site.house.clinic.language, "words": "cover"}
        counselors = await self._counselors(visitor)
        if str(visitor.id) in counselors:
            typed["counselor"] = str(visitor.id)
        return self._form(visitor, Form(typed), counselors, request.query_params.get("aloud", ""))

    async def invite(self, request: Request, visitor: Visitor) -> Response:
        """Invite somebody, or show again what was typed and what is wrong with it."""
        del request
        form = Form({name: visitor.field(name, 200) for name in FIELDS})
        counselors = await self._counselors(visitor)
        house, now = self._site.house, visitor.now
        if visitor.role == "counselor":
            form.typed["counselor"] = str(visitor.id)
        invitation = form.read(counselors, invitations.clinic_day(house, now))
        if invitation is None:
            return self._form(visitor, form, counselors, visitor.field("aloud"), 400)

        def work(tx: Connection) -> tuple[int, Ticket | None]:
            invited = invitations.invite(tx, house, invitation, now, by=visitor.staff)
            staff.looked(tx, visitor.id, invited.person_id, "invited", now)
            return invited.person_id, ticket.telegram(tx, invited.code)

        try:
            person_id, made = await self._site.store.write(work)
        except InvitationError as error:
            await refused(self._site.store, visitor, error)
            form.errors["sms" if "number" in str(error) else "name"] = sentence(error)
            return self._form(visitor, form, counselors, visitor.field("aloud"), 400)
        self._site.wake()
        return self._done(visitor, person_id, made, invitation.language)

    async def renew(self, request: Request, visitor: Visitor) -> Response:
        """A new link for somebody who never opened the one they were given."""
        person_id, now = number(request), visitor.now

        def work(tx: Connection) -> tuple[Row[Any], Ticket | None]:
            if not access.may_see(tx, person_id, visitor.staff, now):
                raise RefusedError(404)
            made = ticket.telegram(tx, invitations.renew(tx, person_id, now))
            staff.looked(tx, visitor.id, person_id, "invited_again" if made else "invite_kept", now)
            return people.get(tx, person_id), made

        person, made = await self._site.store.write(work)
        if made is None:
            return page("invite_kept", 409, visitor=visitor, here="people", person_id=person_id)
        return self._done(visitor, person_id, made, person.language)

    async def _counselors(self, visitor: Visitor) -> dict[str, str]:
        """Whose person it may become, by number: a counselor's own only."""
        if visitor.role == "counselor":
            return {str(visitor.id): str(visitor.staff.name)}
        rows = await self._site.store.read(staff.everyone)
        return {str(row.id): row.name for row in rows if row.role != "operator"}

    def _form(
        self,
        visitor: Visitor,
        form: Form,
        counselors: dict[str, str],
        aloud: str,
        status: int = 200,
    ) -> Response:
        language = _ALOUD.get(aloud)
        return page(
            "invite",
            status,
            visitor=visitor,
            here="invite",
            typed=form.typed,
            errors=form.errors,
            counselors=counselors,
            aloud=language or "",
            say=_said(language),
            hours=[(str(hour), _hour(hour)) for hour in range(25)],
            today=invitations.clinic_day(self._site.house, visitor.now).isoformat(),
        )

    def _done(
        self, visitor: Visitor, person_id: int, made: Ticket | None, language: Language
    ) -> Response:
        zone = self._site.house.clinic.zone
        until = Times(visitor.now, zone, zone).here(visitor.now + invitations.LIFE)
        return page(
            "invited",
            visitor=visitor,
            here="invite",
            person_id=person_id,
            ticket=made,
            until=until,
            sheet=_sheet(made, language) if made else {},
            language=language,
        )


def _said(language: Language | None) -> dict[str, str]:
    """What is read aloud; nothing unless that is asked for."""
    if language is None:
        return dict.fromkeys(_SAID, "")
    entries = wording.entries(language)
    return {name: entries[f"enrolling.{name}"].text for name in _SAID}


def _sheet(made: Ticket, language: Language) -> dict[str, str]:
    """What stands beside the code on the sheet of paper."""
    entries = wording.entries(language)
    return {
        "scan": entries["enrolling.sheet"].text,
        "code": entries["enrolling.sheet_code"].text.format(who=made.bot),
        "once": entries["enrolling.sheet_once"].text,
    }


def _hour(hour: int) -> str:
    names = {0: "midnight", 12: "noon", 24: "midnight"}
    return names.get(hour, f"{hour % 12 or 12} {'am' if hour % 24 < 12 else 'pm'}")  # noqa: PLR2004
