"""Commands that write: carried out by the running server, or straight on the database.

Each takes what the command line read, as JSON, and answers in JSON: `lines` to print, the last
one alone being what a script reads, or `error` in words.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import handover, hiring, hours_sheet, invitations
from bot.calendars import steps as calendar_steps
from bot.config import House
from bot.feeds.hands import STEPS, Step
from bot.invitations import Invitation, InvitationError
from bot.screens import do as screening
from bot.setup import new_setup_link
from storage import facts, staff

Command = Callable[[Connection, House, dict[str, Any], datetime], dict[str, Any]]


def staff_add(tx: Connection, house: House, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add a member of staff; `setup` is the link by which they make their account."""
    with tx.begin_nested() as attempt:
        try:
            hired = hiring.hire(tx, house, given["name"], given["role"], given["sms"], now)
        except InvitationError as error:
            attempt.rollback()
            return {"error": str(error)}
    link = new_setup_link(tx, house, hired.staff_id, now)
    username = facts.get_fact(tx, "telegram_username")
    return {"code": hired.code, "username": username, "setup": link}


def staff_reset(
    tx: Connection, house: House, given: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """End somebody's password, second factor and sessions; `setup` is the link to new ones.

    Whoever is told on Telegram gets a `code` for another chat too.
    """
    worker = staff.by_name(tx, given["name"])
    if worker is None:
        return {"error": "nobody of that name is on the staff"}
    staff.looked(tx, None, None, "reset", now, worker.name)
    return {
        "setup": new_setup_link(tx, house, worker.id, now),
        "code": hiring.link_again(tx, worker.id, now),
        "username": facts.get_fact(tx, "telegram_username"),
    }


def staff_list(
    tx: Connection, house: House, given: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Everybody on the staff: name, role, whether they can sign in, where their notices go."""
    del house, given, now
    return {"staff": [_listed(tx, worker) for worker in staff.everyone(tx)]}


def _listed(tx: Connection, worker: Row[Any]) -> list[str]:
    told = staff.reachable(tx, worker.id)
    notices = {"telegram": "Telegram", "sms": "text"}.get(told.channel) if told else None
    account = "can sign in" if worker.password is not None else "not set up"
    return [worker.name, worker.role, account, f"notices: {notices or 'nowhere'}"]


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
            invited = invitations.invite(tx, house, invitation, now)
        except InvitationError as error:
            attempt.rollback()
            return {"error": str(error)}
    return {
        "code": invited.code,
        "username": facts.get_fact(tx, "telegram_username"),
        "page": f"{house.url}/people/{invited.person_id}",
    }


def staff_leaving(
    tx: Connection, house: House, given: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """What `staff_leave` would hand over, and to whom; nothing is changed."""
    del house, now
    return _leave(tx, given, lambda who, heir: handover.burden(tx, who, heir))


def staff_leave(
    tx: Connection, house: House, given: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """Somebody leaves the staff; their people go to the one named, or to a supervisor."""
    with tx.begin_nested() as attempt:
        reply = _leave(tx, given, lambda who, heir: handover.leave(tx, house, who, heir, None, now))
        if "error" in reply:
            attempt.rollback()
    return reply


def _leave(
    tx: Connection, given: dict[str, Any], work: Callable[[int, int | None], handover.Left]
) -> dict[str, Any]:
    who = staff.by_name(tx, given["name"])
    heir = staff.by_name(tx, given["to"]) if given["to"] else None
    if who is None or (given["to"] and heir is None):
        return {"error": "nobody on the staff has that name; `companion staff list` shows who is"}
    try:
        left = work(who.id, heir.id if heir else None)
    except handover.HandoverError as error:
        return {"error": str(error)}
    to = staff.get(tx, left.heir_id) if left.heir_id is not None else None
    return {
        "name": who.name,
        "people": left.people,
        "alerts": left.alerts,
        "to": to.name if to is not None else None,
        "role": to.role if to is not None else None,
    }


def _alone(step: Step) -> Command:
    """A step that asks nothing of the clinic."""
    return lambda tx, _house, given, now: step(tx, given, now)


COMMANDS: dict[str, Command] = {
    "staff_leave": staff_leave,
    "staff_leaving": staff_leaving,
    "staff_add": staff_add,
    "staff_reset": staff_reset,
    "staff_list": staff_list,
    "invite": invite,
    "hours_told": hours_sheet.told,
    **{name: _alone(step) for name, step in STEPS.items()},
    **screening.COMMANDS,
    **calendar_steps.STEPS,
}
