"""The lists of support meetings: whether there are any, and how old they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from bot.check.report import Report
from bot.feeds import problems
from storage import feeds

_OLD: Final = timedelta(days=14)


def meetings(report: Report, tx: Connection, now: datetime) -> None:
    """Look at each list."""
    report.section("Meeting lists")
    lists = feeds.everything(tx)
    if not lists:
        report.note(
            "There are none yet: who asks for a meeting gets the fellowships' own finders and "
            "helplines. `companion meetings add` takes the address of a local site."
        )
    for each in lists:
        why = f" {problems.words(each.problem).capitalize()}." if each.problem else ""
        taken = f"{each.good_at:%d %b %Y}" if each.good_at else "never"
        if each.good_at is None or now - each.good_at > _OLD:
            report.problem(
                f"{each.name} was last taken {taken}.{why}",
                "People are sent to places that may have closed since.",
                f"companion meetings sync {each.name}"
                if each.url
                else f"companion meetings load FILE --source {each.name}",
            )
        elif each.problem:
            report.note(f"{each.name}: the copy of {taken} stays.{why}")
        else:
            report.fine(f"{each.name}: {each.rows:,} rows, taken {taken}.")
