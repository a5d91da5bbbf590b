"""`companion alerts`: how alerts went, and what another rule would have done. Both only read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.config import Clinic, read_clinic, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.alert_report import Figures, Report
    from bot.signing import Budget
    from bot.simulate import Afterwards, Simulated

T = TypeVar("T")

alerts_app = typer.Typer(
    help="How alerts went, and what other rules would do.", no_args_is_help=True
)

_Days = Annotated[int, typer.Option(min=1, max=730, help="How far back.")]
_Json = Annotated[bool, typer.Option("--json", help="For another program.")]


def _looked(work: Callable[[Connection, Clinic, datetime], T]) -> T:
    """Read at leisure beside the running server, with the settings that hold now."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot import tuning
    from bot.database import open_to_read

    settings = read_settings()
    clinic = read_clinic(settings.clinic_file)
    store = open_to_read(settings)
    try:
        with store.snapshot() as tx:
            return work(tx, tuning.now_holding(tx, clinic), datetime.now(UTC))
    except SQLAlchemyError:
        typer.echo("companion: the database can't be read; `companion check` says why", err=True)
        raise typer.Exit(1) from None
    finally:
        store.close()


@alerts_app.command("report")
def report(days: _Days = 30, as_json: _Json = False) -> None:  # noqa: FBT002
    """How many, by level and rule, what they led to, and how long people waited.

    With --json counts from 1 to 10 are hidden, as it is made to leave the house.
    """
    from bot import alert_report

    found = _looked(lambda tx, clinic, now: alert_report.read(tx, clinic, now, days))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(alert_report.hidden(found)), indent=2))
        return
    for line in report_lines(found):
        typer.echo(line)


@alerts_app.command("simulate")
def simulate(
    rule: Annotated[
        list[str] | None, typer.Option(help="craving=7, low_mood=2, use=1, silence=2, bam_risk=12…")
    ] = None,
    days: _Days = 14,
    as_json: _Json = False,  # noqa: FBT002
) -> None:
    """How often a rule would have fired here, and what became of such days.

    Without --rule the clinic's own rules as they are. With --json counts from 1 to 10 are hidden.
    """
    from bot import simulate as simulating

    try:
        asked = [simulating.parse(each) for each in rule or ()]
    except simulating.RuleError as error:
        typer.echo(f"companion: {error}", err=True)
        raise typer.Exit(2) from None

    def work(tx: Connection, clinic: Clinic, now: datetime) -> tuple[Budget, list[Simulated]]:
        rules = asked or simulating.in_force(clinic)
        return clinic.budget, simulating.simulate(tx, clinic, rules, days, now)

    budget, found = _looked(work)
    if as_json:
        told = [simulating.hidden(dataclasses.asdict(each)) for each in found]
        typer.echo(json.dumps(told, indent=2))
        return
    for line in simulated_lines(found, budget, days):
        typer.echo(line)


def report_lines(found: Report) -> list[str]:
    """The report as it is read."""
    from bot.web import phrases

    if not found.all.count:
        return [f"No alert in the last {found.days} days."]
    lines = [f"Alerts of the last {found.days} days", ""]
    lines += _table(
        {"All": found.all, **{phrases.LEVELS[n]: one for n, one in found.levels.items()}}
    )
    lines += ["", "By what opened them"]
    lines += _table({phrases.label(n): one for n, one in found.reasons.items()})
    said = {"in_words": "Closed with words only", "still_open": "Still open"}
    lines += ["", "How they ended"]
    lines += [
        f"{count or 0:>7}  {said.get(code) or phrases.outcome(code)[0] or code}"
        for code, count in found.outcomes.items()
    ]
    return [
        *lines,
        "",
        "Action: reached, 911 called, reported, protected, or answered. False: a false alarm.",
        "Late: nobody had taken note when the time was up at which the person is told so, by",
        "today's settings and rota. Median, 9 in 10: minutes until somebody took note; half, and",
        "nine in ten, were no slower. Small counts are shown: this page is the clinic's own.",
    ]


def _table(lines: Mapping[str, Figures]) -> list[str]:
    head = f"{'alerts':>7}{'action':>8}{'false':>7}{'late':>6}{'median':>8}{'9 in 10':>9}"
    return [
        head,
        *(
            f"{one.count or 0:>7}{one.action or 0:>8}{one.false_alarms or 0:>7}{one.late or 0:>6}"
            f"{_minutes(one.waited.median):>8}{_minutes(one.waited.ninetieth):>9}  {name}"
            for name, one in lines.items()
        ),
    ]


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def simulated_lines(found: Sequence[Simulated], budget: Budget, days: int) -> list[str]:
    """The simulation as it is read."""
    from bot import simulate as simulating

    lines = [f"What these rules would have done in the last {days} days", ""]
    for each in found:
        lines += _one(each)
    over = simulating.exceeding(found, budget)
    total = sum(each.a_counselor_a_day for each in found)
    lines.append(
        f"Together {total:.1f} a counselor a day; the budget is {budget.alerts_a_day:g} "
        "([budget] in clinic.toml)."
    )
    for each in over:
        signature = budget.signed.get(each.rule.name)
        lines.append(
            f"Over the budget: {each.rule}. "
            + (
                f"Signed for by {signature.by}, {signature.on:%d %b %Y}."
                if signature
                else "It needs a supervisor's name in [budget] signed before it is used."
            )
        )
    return [*lines, "What is urgent or an emergency is not counted here, and is never held back."]


def _one(each: Simulated) -> list[str]:
    times = "once" if each.fired == 1 else f"{each.fired} times"
    who = "1 person" if each.people == 1 else f"{each.people} people"
    head = f"{each.rule}: would have fired {times}, for {who};"
    return [
        f"{head} {each.a_counselor_a_day:.1f} a counselor a day, at most {each.busiest}.",
        _came("  Of such days", each.afterwards),
        _came("  Of the others", each.otherwise),
        "",
    ]


def _came(head: str, after: Afterwards) -> str:
    if not after.days:
        return f"{head} none is three days old."
    parts: dict[str, Any] = {
        "danger": after.danger, "use": after.lapse, "a missed check-in": after.missed
    }  # fmt: skip
    said = ", ".join(f"{what} {count} ({count / after.days:.0%})" for what, count in parts.items())
    return f"{head} ({after.days}) these were followed within three days by: {said}."
