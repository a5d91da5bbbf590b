"""The staff, each in a line of words: on duty, reached where, signed in or not, time off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import escalation, rota
from bot.config import Clinic
from bot.rota import Worker
from bot.web.times import Times
from storage import team
from storage.team import Member

_CHANNELS: Final = {"telegram": "Telegram", "sms": "Texts"}
_STATES: Final = {
    "open": "open",
    "stopped": "stopped",
    "carrier": "stopped at the carrier: they text START to it",
    "unreachable": "does not arrive",
    "frozen": "frozen: may be somebody else's now",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One of the staff."""

    id: int
    name: str
    role: str
    duty: str
    on_duty: bool
    notices: tuple[str, ...]
    reached: bool
    sign_in: str
    is_set_up: bool
    people: int
    off: tuple[str, ...]
    kept: str
    """Why they can't leave; empty: they can."""


def read(tx: Connection, clinic: Clinic, viewer: Row[Any], now: datetime) -> list[Line]:
    """Everybody who is on the staff, as this one of them sees it."""
    workers = {worker.id: worker for worker in escalation.workers(tx, now)}
    found = team.members(tx, now)
    supervisors = sum(1 for member in found if member.row.role == "supervisor")
    names = {member.row.id: str(member.row.name) for member in found}
    times = Times(now, clinic.zone, clinic.zone)
    return [
        Line(
            member.row.id,
            member.row.name,
            member.row.role,
            _duty(workers[member.row.id], clinic, times),
            _on_duty(workers[member.row.id], clinic, now),
            tuple(_notices(member, times)),
            any(each.state == "open" for each in member.addresses),
            _sign_in(member, times),
            member.is_set_up,
            member.people,
            tuple(_off(member, names, times)),
            _kept(member, viewer, supervisors),
        )
        for member in found
    ]


def _on_duty(worker: Worker, clinic: Clinic, now: datetime) -> bool:
    return worker.role != "operator" and rota.on_duty(worker, clinic, now)


def _duty(worker: Worker, clinic: Clinic, times: Times) -> str:
    if worker.role == "operator":
        return "never told of alerts"
    until = rota.read_until([worker], clinic, times.now)
    if until is not None:
        long = (until - times.now).days > 1
        return "on duty day and night" if long else f"on duty until {times.here(until)}"
    following = rota.next_duty([worker], clinic, times.now)
    return f"from {times.here(following)}" if following else "no shift this week"


def _notices(member: Member, times: Times) -> Iterable[str]:
    for each in member.addresses:
        if each.state == "open" or not any(a.state == "open" for a in member.addresses):
            yield f"{_CHANNELS.get(each.channel, each.channel)}, {_STATES[each.state]}"
    if member.invited_until is not None:
        yield f"Telegram link not opened yet, good until {times.here(member.invited_until)}"
    elif not member.addresses:
        yield "never linked"


def _sign_in(member: Member, times: Times) -> str:
    if member.is_set_up:
        return "set up"
    if member.setup_until is not None:
        return f"not yet; link good until {times.here(member.setup_until)}"
    return "no; the link ran out or was never made"


def _off(member: Member, names: dict[int, str], times: Times) -> Iterable[str]:
    for row in member.absences:
        cover = names.get(row.cover_id, "somebody who left") if row.cover_id else "supervisors"
        yield f"{times.here(row.from_at)} to {times.here(row.to_at)}, {cover} for them"


def _kept(member: Member, viewer: Row[Any], supervisors: int) -> str:
    if member.row.id == viewer.id:
        return "Nobody removes themselves: another supervisor does."
    if member.row.role == "supervisor" and supervisors == 1:
        return "The last supervisor can't leave: add another one first."
    return ""
