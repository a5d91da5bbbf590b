"""What stands in the lists of meetings, and what was left out, as it is read and as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.feeds import problems
from bot.feeds.quality import ordered, reasons
from bot.feeds.sync import Taken
from storage import feeds


@dataclass(frozen=True, slots=True)
class Standing:
    """A list as it stands."""

    name: str
    kind: str
    fellowship: str | None
    zone: str | None
    url: str | None
    as_of: str | None
    rows: int
    stored: dict[str, int]
    """Meetings by how they are attended."""
    dropped: dict[str, int]
    """Rows of which nothing is stored, by why."""
    problem: str | None
    failures: int
    checked: str | None
    due: str | None

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """In words."""
        whose = self.fellowship or "nobody said whose"
        told = [f"{self.name} ({whose}, {self.kind.replace('_', ' ')}), as of {self.as_of or '-'}"]
        kept = ", ".join(f"{n:,} {how.replace('_', ' ')}" for how, n in ordered(self.stored))
        told.append(f"  {self.rows:,} rows; stored {sum(self.stored.values()):,}: {kept or 'none'}")
        if self.dropped:
            told.append(f"  left out {sum(self.dropped.values()):,} rows: {reasons(self.dropped)}")
        if self.problem:
            told.append(f"  the last {self.failures} not taken: {problems.words(self.problem)}")
        return told


def standings(tx: Connection) -> list[Standing]:
    """Every list as it stands."""
    stored = feeds.standing(tx)
    return [
        Standing(
            name=row.name,
            kind=row.kind,
            fellowship=row.fellowship,
            zone=row.zone,
            url=row.url,
            as_of=_day(row.good_at),
            rows=row.rows,
            stored=dict(ordered(stored.get(row.id, {}))),
            dropped=dict(ordered(row.dropped)),
            problem=row.problem,
            failures=row.failures,
            checked=_moment(row.checked_at),
            due=_moment(row.due_at),
        )
        for row in feeds.everything(tx)
    ]


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def taken_json(taken: Taken) -> dict[str, Any]:
    """How it went with a list, for another program."""
    told: dict[str, Any] = {
        "source": taken.name, "kind": taken.kind, "fellowship": taken.fellowship,
    }  # fmt: skip
    if taken.refused is not None:
        return {**told, "problem": taken.refused.code, "words": str(taken.refused)}
    tally = taken.tally
    if tally is None:
        return {**told, "problem": None, "not_modified": True}
    return {
        **told,
        "rows": tally.rows,
        "rows_stored": tally.rows_kept,
        "dropped": dict(ordered(tally.dropped)),
        "meetings": tally.meetings,
        "stored": dict(ordered(tally.attendance)),
        "added": tally.added,
        "changed": tally.changed,
        "changes": dict(ordered(tally.changes)),
        "removed": tally.removed,
        "unchanged": tally.unchanged,
        "problem": None,
    }


def taken_line(taken: Taken) -> str:
    """How it went with a list, in words."""
    if taken.refused is not None:
        return f"{taken.name}: not taken, {taken.refused}"
    tally = taken.tally
    if tally is None:
        return f"{taken.name}: nothing new"
    left = f"; left out {reasons(tally.dropped)}" if tally.dropped else ""
    what = f" ({reasons(tally.changes)})" if tally.changes else ""
    return (
        f"{taken.name}: {tally.rows:,} rows, {tally.meetings:,} meetings: {tally.added:,} new, "
        f"{tally.changed:,} changed{what}, {tally.removed:,} gone, {tally.unchanged:,} as before"
        f"{left}"
    )
