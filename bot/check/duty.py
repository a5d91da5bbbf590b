"""Who hears of danger this week, day by day, and where nobody would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot import coverage, escalation
from bot.check.report import Report
from bot.config import Clinic
from bot.rota import Worker
from content.wording import clock
from storage import staff
from storage.models import person

_DAYS = 7
_GONE = ("discharged", "deceased")


def rota(report: Report, tx: Connection, clinic: Clinic, now: datetime) -> None:
    """The coming seven days."""
    report.section(f"On duty, the next {_DAYS} days ({clinic.zone})")
    everyone = escalation.workers(tx, now)
    if not everyone:
        report.problem(
            "There is nobody on the staff yet.",
            "Alerts would reach nobody.",
            '`companion staff add "Dana Reyes" --role counselor --telegram`, and a supervisor.',
        )
        return
    reachable = {each.id for each in everyone if staff.reachable(tx, each.id) is not None}
    peopled = _peopled(tx)
    end = now + timedelta(days=_DAYS)
    duties = coverage.duties(everyone, clinic, now, end)
    report.lines(_table(everyone, reachable, duties, clinic, now))
    before = report.problems
    _strangers(report, everyone, clinic)
    for each in everyone:
        if duties[each.id] and each.id not in reachable:
            report.problem(
                f"{each.name} is on duty but has no address to be told at.",
                "An alert can't reach them.",
                "they open their Telegram link, or `staff add` gave a number that was stopped.",
            )
        if each.id in peopled and not duties[each.id]:
            report.problem(
                f"{each.name} has {peopled[each.id]} patients and is never on duty this week.",
                "Concerns about them go to whoever covers, or wait.",
                "add a shift in clinic.toml, or write down who covers.",
            )
    _holes(report, everyone, reachable, set(peopled), clinic, now)
    if report.problems == before:
        report.fine("Everybody on duty can be reached.")


def _peopled(tx: Connection) -> dict[int, int]:
    """Counselors with people, and how many."""
    query = (
        select(person.c.counselor_id, func.count())
        .where(person.c.status.not_in(_GONE))
        .group_by(person.c.counselor_id)
    )
    return {counselor: count for counselor, count in tx.execute(query)}  # noqa: C416 - rows are no pairs


def _table(
    everyone: Sequence[Worker],
    reachable: set[int],
    duties: dict[int, list[tuple[datetime, datetime]]],
    clinic: Clinic,
    now: datetime,
) -> list[str]:
    lines = []
    today = now.astimezone(clinic.tz).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_DAYS)):
        first = True
        for each in everyone:
            for start, end in duties[each.id]:
                begins = start.astimezone(clinic.tz)
                if begins.date() != day:
                    continue
                mark = "" if each.id in reachable else "   (can't be told)"
                whole = end - start == timedelta(days=1)
                said = "now" if start == now else _said(start, clinic)
                span = "all day" if whole else f"{said} - {_said(end, clinic)}"
                head = f"{day:%a %d %b}" if first else ""
                lines.append(f"{head:<11} {span:<20} {each.name}, {each.role}{mark}")
                first = False
        if first:
            lines.append(f"{day:%a %d %b}  nobody")
    return lines


def _said(moment: datetime, clinic: Clinic) -> str:
    return clock(moment, "en", clinic.zone)


def _strangers(report: Report, everyone: Sequence[Worker], clinic: Clinic) -> None:
    names = {each.name.casefold() for each in everyone}
    for who in dict.fromkeys(shift.who for shift in clinic.shifts):
        if who not in ("counselor", "supervisor", "operator") and who.casefold() not in names:
            report.problem(
                f"A shift names {who!r}, who is not on the staff.",
                "Nobody is told in that shift.",
                "`companion staff add` them, or correct the name in clinic.toml.",
            )
    manager = clinic.programme.case_manager
    if manager is not None and manager.casefold() not in names:
        report.problem(
            f"The case manager, {manager!r}, is not on the staff.",
            "What people ask help with is on nobody's list.",
            "`companion staff add` them, or correct the name under [programme] in clinic.toml.",
        )


def _holes(
    report: Report,
    everyone: Sequence[Worker],
    reachable: set[int],
    peopled: set[int],
    clinic: Clinic,
    now: datetime,
) -> None:
    names = {each.id: each.name for each in everyone}
    end = now + timedelta(days=_DAYS)
    found = coverage.holes(everyone, reachable, peopled, clinic, now, end)
    if not found:
        report.fine("At every hour somebody hears of danger.")
        return
    lines = [
        f"{_when(hole.start, clinic)} - {_when(hole.end, clinic)}"
        + (f": nobody for {names.get(hole.whose, 'somebody')}'s patients" if hole.whose else "")
        for hole in found
    ]
    if clinic.after_hours.mode == "staffed":
        report.problem(
            "Nobody would hear of danger in these hours, though after hours is declared staffed:",
            "",
            "fill them in clinic.toml, or change what is declared.",
        )
    else:
        report.note("In these hours nobody hears of danger, and people are told so:")
    report.lines(lines)


def _when(moment: datetime, clinic: Clinic) -> str:
    return f"{moment.astimezone(clinic.tz):%a %d %b} {_said(moment, clinic)}"
