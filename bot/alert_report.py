"""How alerts went: how many, by level and rule, what they led to, and how long people waited.

The clinic's own page of figures, printed on its own machine: there a count of one stays one, since
it names nobody that its readers do not know by name, and one emergency that nobody took is the most
important figure of all. What is written to leave the house (`hidden`) has no count from 1 to 10,
and none that could be found by subtracting.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import outcomes, tiers
from bot.config import Clinic
from handlers.risk import Level
from storage import reckoning

SMALL: Final = 11
"""Cells under this are hidden in what leaves the house."""
_ACKNOWLEDGED: Final = frozenset({"seen", "calling", "passed", "answered", "closed"})
_LEVELS: Final = (Level.EMERGENCY, Level.URGENT, Level.CONCERN)
NOT_SAID: Final = "not_said"
IN_WORDS: Final = "in_words"
STILL_OPEN: Final = "still_open"

Count = int | None
"""None: hidden, as it is small."""


@dataclass(frozen=True, slots=True)
class Waited:
    """Minutes from opening until a person on the team took note."""

    median: float | None = None
    ninetieth: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One line: how many, how many led to something, how many were late, how long it took."""

    count: Count
    action: Count
    false_alarms: Count
    late: Count
    """Nobody had taken note when the time was up at which the person is told so."""
    waited: Waited


@dataclass(frozen=True, slots=True)
class Report:
    """All of it."""

    days: int
    all: Figures
    levels: Mapping[str, Figures]
    reasons: Mapping[str, Figures]
    outcomes: Mapping[str, Count]
    hidden: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class _Alert:
    level: str
    reason: str
    outcome: str
    acted: bool
    late: bool
    minutes: float | None


def read(tx: Connection, clinic: Clinic, now: datetime, days: int) -> Report:
    """The figures of the alerts that were opened in the last days."""
    since = now - timedelta(days=days)
    events = reckoning.events_since(tx, since)
    everyone = tiers.workers(tx, now)
    found = [
        _one(row, events.get(row.id, []), _deadline(row, everyone, clinic), now)
        for row in reckoning.alerts_since(tx, since)
    ]
    return Report(
        days=days,
        all=_figures(found),
        levels={each: _figures([a for a in found if a.level == each]) for each in _LEVELS},
        reasons={
            reason: _figures([a for a in found if a.reason == reason])
            for reason, _ in Counter(a.reason for a in found).most_common()
        },
        outcomes=dict(Counter(a.outcome for a in found).most_common()),
    )


def hidden(report: Report) -> Report:
    """The same for other eyes: no small count, and none that the others give away."""
    return Report(
        days=report.days,
        all=_hide(report.all),
        levels=_hide_lines(report.levels),
        reasons=_hide_lines(report.reasons),
        outcomes=_hide_counts(report.outcomes),
        hidden=True,
    )


def _one(
    row: Row[Any], events: Sequence[Row[Any]], deadline: datetime | None, now: datetime
) -> _Alert:
    # What the program does by itself names somebody too: who was told, who wrote no outcome.
    noted = [e.at for e in events if e.kind in _ACKNOWLEDGED and e.staff_id is not None]
    first = min(noted, default=None)
    late = deadline is not None and (first or now) > deadline
    answered = any(event.kind == "answered" for event in events)
    outcome = row.outcome or (IN_WORDS if row.state == "closed" else STILL_OPEN)
    return _Alert(
        level=row.level,
        reason=row.reason or _first_reason(events),
        outcome=outcome,
        acted=answered or outcome in outcomes.ACTION,
        late=late,
        minutes=(first - row.opened_at) / timedelta(minutes=1) if first else None,
    )


def _first_reason(events: Iterable[Row[Any]]) -> str:
    """Of alerts from before reasons had a column of their own."""
    for event in events:
        if event.kind == "opened" and event.detail:
            return str(event.detail.partition(" ")[2].partition(",")[0]) or NOT_SAID
    return NOT_SAID


def _deadline(row: Row[Any], everyone: Sequence[Any], clinic: Clinic) -> datetime | None:
    """When it should have been read: by today's settings and today's rota."""
    wait = clinic.ladder(Level(row.level)).tell_unread
    if wait is None or row.counselor_id is None:
        return None
    return tiers.due(everyone, clinic, row.counselor_id, wait, row.opened_at)


def _figures(found: Sequence[_Alert]) -> Figures:
    minutes = sorted(a.minutes for a in found if a.minutes is not None)
    return Figures(
        count=len(found),
        action=sum(a.acted for a in found),
        false_alarms=sum(a.outcome == outcomes.FALSE_ALARM for a in found),
        late=sum(a.late for a in found),
        waited=Waited(_rank(minutes, 0.5), _rank(minutes, 0.9)),
    )


def _rank(ordered: Sequence[float], share: float) -> float | None:
    """The value that so large a share is not above (nearest rank)."""
    return round(ordered[max(math.ceil(share * len(ordered)), 1) - 1], 1) if ordered else None


def _hide(one: Figures) -> Figures:
    if _small(one.count):
        return Figures(None, None, None, None, Waited())
    parts = {name: getattr(one, name) for name in ("action", "false_alarms", "late")}
    # What is left of the whole must not be small either.
    kept = {n: None if _small(v) or _small((one.count or 0) - v) else v for n, v in parts.items()}
    return Figures(count=one.count, waited=one.waited, **kept)


def _hide_lines(lines: Mapping[str, Figures]) -> dict[str, Figures]:
    counts = _hide_counts({name: line.count for name, line in lines.items()})
    nothing = Figures(None, None, None, None, Waited())
    return {n: nothing if counts[n] is None else _hide(line) for n, line in lines.items()}


def _hide_counts(counts: Mapping[str, Count]) -> dict[str, Count]:
    """Hide the small ones, and the next larger while those together are small: the sum is known."""
    found = {name: None if _small(count) else count for name, count in counts.items()}
    for name in sorted(counts, key=lambda each: counts[each] or 0):
        gone = sum(counts[each] or 0 for each, count in found.items() if count is None)
        if found[name] and _small(gone):
            found[name] = None
    return found


def _small(count: Count) -> bool:
    return count is not None and 0 < count < SMALL
