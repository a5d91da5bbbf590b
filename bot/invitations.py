"""Staff join and patients are invited: the rows, the one-time code, the first text."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from argon2 import PasswordHasher
from sqlalchemy import Connection

from bot import post
from bot.config import ROLES, House
from bot.effects import Scene
from bot.turn import CODE_LENGTH
from bot.visit import around, place_to, view
from content.wording import Language
from handlers.decide import begin
from handlers.flow import Turn
from handlers.flows import FLOWS
from storage import people, staff

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No letter that looks like another: the code may be read from paper."""
_DAYS = 14
_ADULT = 18


class InvitationError(Exception):
    """Something about the person is missing or not allowed; the message is safe to show."""


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


def hire(
    tx: Connection, house: House, name: str, role: str, pin: str, sms: str | None, now: datetime
) -> str | None:
    """Add a member of staff; returns the one-time code for Telegram, or None with a number."""
    del house
    name = " ".join(name.split())
    if not name:
        message = "a name is needed"
        raise InvitationError(message)
    if role not in ROLES:
        message = f"a role is one of {', '.join(ROLES)}"
        raise InvitationError(message)
    if staff.by_name(tx, name) is not None:
        message = "somebody of that name is on the staff already"
        raise InvitationError(message)
    number = phone(sms) if sms is not None else None
    staff_id = staff.add(tx, name, role, PasswordHasher().hash(pin), now)
    if number is not None:
        known = people.address_of(tx, "sms", number)
        if known is not None:
            # Taking it over would leave whoever had it without notices, and unaware of it.
            message = "that number is in use already"
            raise InvitationError(message)
        people.add_address(tx, "sms", number, staff_id=staff_id, created_at=now)
        return None
    made = code()
    people.add_invite(tx, made, now + timedelta(days=_DAYS), staff_id=staff_id)
    return made


def invite(tx: Connection, house: House, invitation: Invitation, now: datetime) -> str | None:
    """Add a person; returns the code for the Telegram link, or None when the first text is out.

    Raises InvitationError: no such counselor, under 18, consent in the future, number in use.
    """
    counselor = staff.by_name(tx, invitation.counselor)
    if counselor is None:
        message = "nobody on the staff has that counselor's name"
        raise InvitationError(message)
    _check(invitation, now.astimezone(house.clinic.tz).date())
    number = phone(invitation.sms) if invitation.sms is not None else None
    if number is not None and people.address_of(tx, "sms", number) is not None:
        message = "that number is in use already"
        raise InvitationError(message)
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
        people.add_invite(tx, made, now + timedelta(days=_DAYS), person_id=person_id)
        return made
    people.add_address(tx, "sms", number, person_id=person_id, created_at=now)
    _first_text(tx, house, person_id, now)
    return None


def _check(invitation: Invitation, today: date) -> None:
    if not invitation.name.split():
        message = "a name is needed"
        raise InvitationError(message)
    born = invitation.born
    birthday_passed = (today.month, today.day) >= (born.month, born.day)
    if today.year - born.year - (not birthday_passed) < _ADULT:
        message = "the companion is for people of 18 or over"
        raise InvitationError(message)
    if invitation.consented > today:
        message = "the date of the signed messaging consent is in the future"
        raise InvitationError(message)


def _first_text(tx: Connection, house: House, person_id: int, now: datetime) -> None:
    person = people.locked(tx, person_id)
    to = post.safe_recipient(tx, person)
    if to is None:
        return
    decision = begin(FLOWS["joining"], Turn(view(person), around(tx, house, person, now), now))
    place = decision.place
    if place is not None:
        stored = place_to(place)
        people.change(tx, person_id, turn=1, place={**(stored or {}), "asked_in": 1})
    Scene(tx, house, now, person, to, 1, extra={"kind": "joining"}).apply(decision.effects)


def clinic_day(house: House, now: datetime) -> date:
    """Today at the clinic."""
    return now.astimezone(ZoneInfo(house.clinic.zone)).date()
