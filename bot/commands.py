"""Commands that write: carried out by the running server, or straight on the database.

Each takes what the command line read, as JSON, and answers in JSON: `lines` to print, the last
one alone being what a script reads, or `error` in words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from bot import invitations
from bot.config import House
from bot.invitations import Invitation, InvitationError
from storage import facts

Command = Callable[[Connection, House, dict[str, Any], datetime], dict[str, Any]]


def staff_add(tx: Connection, house: House, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add a member of staff."""
    with tx.begin_nested() as attempt:
        try:
            code = invitations.hire(
                tx, house, given["name"], given["role"], given["pin"], given["sms"], now
            )
        except InvitationError as error:
            attempt.rollback()
            return {"error": str(error)}
    return {"code": code, "username": facts.get_fact(tx, "telegram_username")}


def invite(tx: Connection, house: House, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Invite a person."""
    invitation = Invitation(
        name=given["name"],
        counselor=given["counselor"],
        born=date.fromisoformat(given["born"]),
        consented=date.fromisoformat(given["consented"]),
        sms=given["sms"],
        language=given["language"] or house.clinic.language,
        plain=given["plain"],
        card=given["card"],
    )
    with tx.begin_nested() as attempt:
        try:
            code = invitations.invite(tx, house, invitation, now)
        except InvitationError as error:
            attempt.rollback()
            return {"error": str(error)}
    return {"code": code, "username": facts.get_fact(tx, "telegram_username")}


COMMANDS: dict[str, Command] = {"staff_add": staff_add, "invite": invite}
