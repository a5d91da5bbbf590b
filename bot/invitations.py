"""Patients are invited: the rows, the one-time code, the first text."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from sqlalchemy import Connection, Row

from bot import post
from bot.config import House
from bot.effects import Scene
from bot.surroundings import around, view
from bot.turn import CODE_LENGTH
from content.wording import Language
from handlers.flow import Turn
from handlers.flows import FLOWS
from handlers.place import place_to
from handlers.settling import begin
from storage import access, people, staff, team

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letter that looks like another: the code may be read from paper."""
LIFE = timedelta(days=14)
"""How long a code waits to be used."""
_ADULT = 18


class InvitationError(Exception):
    """Something about the person is missing or not allowed; the message is safe to show."""


class HiddenNumberError(InvitationError):
    """The number is somebody's whom the asker may not see; the words are no sign of who it is."""

    def __init__(self, person_id: int | None) -> None:
        super().__init__("that number can't be used here. Ask a supervisor")
        self.person_id = person_id
        """Whose it is, for the audit; None: somebody's on the staff."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What staff recorded about a person, the safe-contact card included."""

    name: str = field(repr=False)
    counselor: str = field(repr=False)
    born: date = field(repr=False)
    consented: date
    sms: str | None = field(default=None, repr=False)
    """The number to text; None: they join on Telegram by a link."""
    language: Language = "en"
    plain: bool = False
    card: dict[str, Any] = field(default_factory=dict, repr=False)


def phone(number: str) -> str:
    """A number in E.164; raises InvitationError. Without a country it is taken as a US one."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        message = "that is no phone number; write it like +1 215 555 0100"
        raise InvitationError(message)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def code() -> str:
    """A new one-time code; it has a digit, so that no word is taken for one."""
    while True:
        made = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
        if any(letter.isdigit() for letter in made):
            return made


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody new."""

    person_id: int
    code: str | None = field(repr=False)
    """What their link carries; None: the first text is on its way."""


def in_use(tx: Connection, known: Row[Any], by: Row[Any] | None, now: datetime) -> InvitationError:
    """That a number is somebody's: said to a supervisor, and of people whom the asker sees.

    A number of the staff's gets the same words as a person's: else those would name the person's.
    """
    theirs = known.person_id is not None
    if by is not None and (
        access.may_see(tx, known.person_id, by, now) if theirs else by.role == "supervisor"
    ):
        return InvitationError("that number is in use already")
    return HiddenNumberError(known.person_id)


def _own(house: House) -> set[str]:
    """The clinic's own numbers, which are nobody's."""
    own = set()
    for number in (house.clinic.phone, house.clinic.after_hours.line):
        with contextlib.suppress(InvitationError):
            own.add(phone(number or ""))
    return own


def invite(
    tx: Connection,
    house: House,
    invitation: Invitation,
    now: datetime,
    *,
    by: Row[Any] | None = None,
) -> Invited:
    """Add a person; with a phone number the first text is queued.

    Raises InvitationError: no such counselor, under 18, consent in the future, number in use.
    """
    named = staff.by_name(tx, invitation.counselor)
    counselor = staff.staying(tx, named.id) if named is not None else None
    if counselor is None:
        message = "nobody on the staff has that counselor's name"
        raise InvitationError(message)
    _check(invitation, now.astimezone(house.clinic.tz).date())
    number = phone(invitation.sms) if invitation.sms is not None else None
    known = people.address_of(tx, "sms", number) if number is not None else None
    if known is not None:
        raise in_use(tx, known, by, now)
    if number is not None and number in _own(house):
        # In the words for a number that is somebody's, so that those words say nothing.
        raise HiddenNumberError(None)
    card = {
        **invitation.card,
        "born": invitation.born.isoformat(),
        "consented": invitation.consented.isoformat(),
        "words": "plain" if invitation.plain else "cover",
    }
    person_id = people.add(
        tx,
        name=" ".join(invitation.name.split()),
        counselor_id=counselor.id,
        language=invitation.language,
        zone=house.clinic.zone,
        status="invited",
        plain=invitation.plain,
        agreed=False,
        card=card,
        created_at=now,
    )
    people.write_ledger(
        tx,
        "signed",
        datetime.combine(invitation.consented, datetime.min.time(), house.clinic.tz),
        "paper",
        person_id=person_id,
        language=invitation.language,
    )
    if number is None:
        made = code()
        people.add_invite(tx, made, now + LIFE, person_id=person_id)
        return Invited(person_id, made)
    people.add_address(tx, "sms", number, person_id=person_id, created_at=now)
    ask_agreement(tx, house, person_id, now)
    return Invited(person_id, None)


def renew(tx: Connection, person_id: int, now: datetime) -> str | None:
    """A new code for whoever never opened their link; the one before it ends.

    None where there is nothing to renew: they have joined, are texted, or have left.
    """
    person = people.locked(tx, person_id)
    if person.status != "invited" or people.addresses(tx, person_id):
        return None
    team.end_invites(tx, now, person_id=person_id)
    made = code()
    people.add_invite(tx, made, now + LIFE, person_id=person_id)
    return made


def _check(invitation: Invitation, today: date) -> None:
    if not invitation.name.split():
        message = "a name is needed"
        raise InvitationError(message)
    check_age(invitation.born, today)
    if invitation.consented > today:
        message = "the date of the signed messaging consent is in the future"
        raise InvitationError(message)


def check_age(born: date, today: date) -> None:
    """Raise InvitationError unless they are of age."""
    birthday_passed = (today.month, today.day) >= (born.month, born.day)
    if today.year - born.year - (not birthday_passed) < _ADULT:
        message = "the companion is for people of 18 or over"
        raise InvitationError(message)


def ask_agreement(tx: Connection, house: House, person_id: int, now: datetime) -> None:
    """Begin the consent talk, where the person can be written to."""
    person = people.locked(tx, person_id)
    to = post.safe_recipient(tx, person)
    if to is None:
        return
    decision = begin(FLOWS["joining"], Turn(view(person), around(tx, house, person, now), now))
    place = decision.place
    number = person.turn + 1
    if place is not None:
        stored = place_to(place)
        people.change(tx, person_id, turn=number, place={**(stored or {}), "asked_in": number})
    Scene(tx, house, now, person, to, number, extra={"kind": "joining"}).apply(decision.effects)


def clinic_day(house: House, now: datetime) -> date:
    """Today at the clinic."""
    return now.astimezone(ZoneInfo(house.clinic.zone)).date()
