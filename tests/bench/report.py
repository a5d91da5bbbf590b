"""What a measurement says: our figure, the peer's in the same run, and whether the aim was met."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Aim:
    """How our figure must stand to the peer's, or to a limit of its own."""

    words: str
    limit: float
    at_most: bool = False

    def missed_by(self, value: float) -> float:
        """1.0 or less: met; 1.5: half as good again is wanting."""
        return value / self.limit if self.at_most else self.limit / max(value, 1e-9)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. The aim is about the ratio; without a peer about our own figure."""

    name: str
    unit: str
    ours: float
    peer: float | None = None
    beside: str = ""
    """Who the peer is."""
    more_is_better: bool = True
    aim: Aim | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer."""
        if self.peer is None:
            return None
        better, worse = self.ours, self.peer
        if not self.more_is_better:
            better, worse = worse, better
        return better / worse if worse else None

    @property
    def verdict(self) -> str:
        """Met, or missed and by how much."""
        value = self.ratio if self.peer is not None else self.ours
        if self.aim is None or value is None:
            return ""
        missed = self.aim.missed_by(value)
        return "met" if missed <= 1 else f"missed by {missed:.2f}x"

    def as_json(self) -> dict[str, Any]:
        """All of it, for `--json`."""
        return {
            "name": self.name, "unit": self.unit, "ours": self.ours, "peer": self.peer,
            "beside": self.beside, "ratio": self.ratio, "aim": self.aim and self.aim.words,
            "verdict": self.verdict, "note": self.note,
        }  # fmt: skip


def times(factor: float) -> Aim:
    """At least so many times as good as the peer."""
    return Aim(f"{factor:g}x", factor)


def at_most(limit: float, unit: str) -> Aim:
    """Our own figure, at most so much."""
    return Aim(f"at most {limit:g} {unit}", limit, at_most=True)


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def table(lines: Sequence[Line]) -> str:
    """The lines in columns."""
    head = ("", "ours", "peer", "ratio", "aim", "")
    rows = [head, *(_row(line) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    said = []
    for row, line in zip(rows, [None, *lines], strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        said.append("  ".join(cells).rstrip())
        if line is not None and line.note:
            said.append(f"    {line.note}")
    return "\n".join(said)


def _row(line: Line) -> tuple[str, ...]:
    peer = "" if line.peer is None else f"{_figure(line.peer)} {line.beside}"
    return (
        line.name,
        f"{_figure(line.ours)} {line.unit}",
        peer,
        "" if line.ratio is None else f"{line.ratio:.2f}x",
        line.aim.words if line.aim else "",
        line.verdict,
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}; load {load:.1f} at first"
    )
