"""Whether the clinic's own rules ask more of a counselor than was agreed, by the last days."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from bot import checkup_rules, simulate, tuning
from bot.check.report import Report
from bot.config import Clinic
from storage import staff

_DAYS: Final = 14


def budget(report: Report, tx: Connection, clinic: Clinic, now: datetime) -> None:
    """Each rule as it holds now, on the last fortnight."""
    report.section(f"The alert budget, by the last {_DAYS} days")
    before = report.problems
    holding = tuning.now_holding(tx, clinic)
    found = simulate.simulate(tx, holding, simulate.in_force(holding), _DAYS, now)
    for each in simulate.exceeding(found, clinic.budget):
        _signed(report, clinic, each)
    for rule, signature in clinic.budget.signed.items():
        worker = staff.by_name(tx, signature.by)
        if worker is None or worker.role != "supervisor":
            report.problem(
                f"{signature.by} signed for {rule} in [budget], and is no supervisor here.",
                "A supervisor answers for what the team is asked to read.",
                "let a supervisor who is on the staff sign.",
            )
    if report.problems == before:
        total = sum(each.a_counselor_a_day for each in found)
        report.fine(
            f"The rules ask for {total:.1f} looks a counselor a day; "
            f"{clinic.budget.alerts_a_day:g} are agreed."
        )


def _signed(report: Report, clinic: Clinic, each: simulate.Simulated) -> None:
    name = each.rule.name
    if any(rule == name for rule in clinic.budget.signed):
        return
    less = "ask it less often ([checkups]); or " if name in checkup_rules.limits() else ""
    remedy = (
        f"{less}`companion alerts simulate` shows what would help; or a supervisor signs for it in "
        f'clinic.toml: [budget] signed.{name} = {{ by = "Ruth Okafor", on = 2026-11-20 }}'
    )
    report.problem(
        f"The rule {each.rule} takes the alerts over the {clinic.budget.alerts_a_day:g} a "
        f"counselor and day that were agreed: {each.a_counselor_a_day:.1f} of its own.",
        "Whoever is asked to read too much reads the one that matters too late.",
        remedy,
    )
