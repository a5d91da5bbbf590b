"""The calendars that sessions come from: whether they are still taken, and how far they reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from bot.calendars.sync import WORDS
from bot.check.report import Report
from storage import timetable

_OLD: Final = timedelta(days=2)
_SHORT: Final = timedelta(days=30)


def calendars(report: Report, tx: Connection, now: datetime) -> None:
    """Look at each; a clinic without any is told nothing: it may not use them."""
    rows = timetable.calendars(tx)
    if not rows:
        return
    report.section("Timetable")
    last = timetable.last_of(tx)
    for each in rows:
        why = WORDS.get(each.problem, each.problem) if each.problem else ""
        reaches = last.get(each.id)
        if each.url and (each.good_at is None or now - each.checked_at > _OLD or each.failures):
            report.problem(
                f"{each.name} is not taken now{f': {why}' if why else ''}.",
                "A session that is moved or cancelled there is not told to anybody.",
                f"companion schedule sync {each.name!r}",
            )
        elif not each.url and each.kind != "hand" and reaches and reaches - now < _SHORT:
            report.problem(
                f"{each.name} comes from a file, and its last session is on {reaches:%d %b %Y}.",
                "After that nobody is reminded of anything, and no hours are counted.",
                f"companion schedule import FILE --name {each.name!r}",
            )
        else:
            report.fine(f"{each.name}: {f'reaches to {reaches:%d %b %Y}' if reaches else 'empty'}.")
