"""Staff join, and where their notices go: a number, or a chat that a one-time code links."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot.config import ROLES, House
from bot.invitations import LIFE, InvitationError, code, in_use, phone
from storage import people, staff, team


@dataclass(frozen=True, slots=True)
class Hired:
    """A new member of staff."""

    staff_id: int
    code: str | None = field(repr=False)
    """What their link for notices on Telegram carries; None: notices go by text."""


def hire(
    tx: Connection,
    house: House,
    name: str,
    role: str,
    sms: str | None,
    now: datetime,
    *,
    by: Row[Any] | None = None,
) -> Hired:
    """Add a member of staff; raises InvitationError: no name, name or number in use.

    `by` is who does so in the console; on the command line it is nobody, who may see nobody.
    """
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
    if team.was_here(tx, name):
        message = "somebody of that name was on the staff before: add a middle initial"
        raise InvitationError(message)
    number = phone(sms) if sms is not None else None
    staff_id = staff.add(tx, name, role, now)
    return Hired(staff_id, _notices(tx, staff_id, number, now, by))


def connect(
    tx: Connection, staff_id: int, sms: str | None, now: datetime, *, by: Row[Any]
) -> str | None:
    """Another place for somebody's notices: the code for Telegram, or None with a number.

    The place before it is let go at once: the phone may be lost. Raises InvitationError: no
    phone number, or in use.
    """
    number = phone(sms) if sms is not None else None
    team.let_go(tx, staff_id, now)
    return _notices(tx, staff_id, number, now, by)


def link_again(tx: Connection, staff_id: int, now: datetime) -> str | None:
    """A new code for somebody's notices on Telegram; None: they go by text.

    The chat that is linked now gets them until the code is used: nobody is cut off from alerts.
    """
    told = staff.reachable(tx, staff_id)
    if told is not None and told.channel == "sms":
        return None
    team.end_invites(tx, now, staff_id=staff_id)
    made = code()
    people.add_invite(tx, made, now + LIFE, staff_id=staff_id)
    return made


def _notices(
    tx: Connection, staff_id: int, number: str | None, now: datetime, by: Row[Any] | None
) -> str | None:
    if number is None:
        made = code()
        people.add_invite(tx, made, now + LIFE, staff_id=staff_id)
        return made
    known = people.address_of(tx, "sms", number)
    if known is not None and known.staff_id != staff_id:
        # Taking it over would leave whoever had it without notices, and unaware of it.
        raise in_use(tx, known, by, now)
    people.add_address(tx, "sms", number, staff_id=staff_id, created_at=now)
    return None
