"""One person's ledger: what has to be added so that it says what is verified now. Pure.

A line that stood is taken back by a line of its own, never changed; marked well again, it stands
again as it was: nobody draws a second time, and nobody loses by a slip of the pen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bot.programme_rules import RewardRules
from bot.rewards import bowl

SOURCES: Final = ("seat", "screen")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was verified."""

    source: str
    """seat or screen."""
    id: int
    day: date
    good: bool | None
    """Earns, or ends a row; None does neither."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger, as it is stored."""

    what: str
    """earned or void; the second time, `earned:1`."""
    source: str
    source_id: int
    cents: int
    """Below zero where it is taken back."""
    detail: dict[str, Any] = field(repr=False)
    """The day, the rule, what it was worth before the cap, and what replays it."""


class Book:
    """What is there, and what is added."""

    def __init__(
        self, rules: RewardRules, lines: Iterable[Line], seed: Callable[[Event], bytes] | None
    ) -> None:
        """Take the lines in order; `seed` gives an event its draws, None: vouchers for them."""
        self._rules = rules
        self._seed = seed
        self._count: dict[tuple[str, int], int] = {}
        self._first: dict[tuple[str, int], dict[str, Any]] = {}
        self._stands: dict[tuple[str, int], int] = {}
        self._years: dict[int, int] = {}
        self.new: list[Line] = []
        for line in lines:
            self._enter(line)

    def follow(self, events: Sequence[Event]) -> list[Line]:
        """Let those of them that are good stand, and no others; what that adds."""
        for source in SOURCES:
            ours = [event for event in events if event.source == source]
            most = self._rules.bowl.most if self._rules.bowl is not None else 1
            draws = bowl.runs([event.good for event in ours], most)
            good = {(source, e.id): (e, n) for e, n in zip(ours, draws, strict=True) if e.good}
            for key in [key for key in self._stands if key[0] == source and key not in good]:
                self._add(key, "void", -self._stands[key], self._first[key])
            for key, (event, count) in good.items():
                if key not in self._stands:
                    self._earn(key, event, count)
        return self.new

    def _earn(self, key: tuple[str, int], event: Event, draws: int) -> None:
        detail = self._first.get(key) or self._detail(event, draws)
        if not detail["worth"] and detail["rule"] == "voucher":
            return
        room = self._rules.yearly_cap_cents - self._years.get(event.day.year, 0)
        cents = max(0, min(detail["worth"], room))
        self._add(key, "earned", cents, {**detail, "capped": cents < detail["worth"]})

    def _detail(self, event: Event, draws: int) -> dict[str, Any]:
        day, rules = event.day.isoformat(), self._rules
        if rules.bowl is not None and self._seed is not None:
            written = bowl.written(self._seed(event), rules.bowl, draws)
            return {"day": day, **written, "worth": bowl.worth(written["bowl"], written["slips"])}
        cents = rules.attendance_cents if event.source == "seat" else rules.screen_cents
        return {"day": day, "rule": "voucher", "worth": cents}

    def _add(self, key: tuple[str, int], what: str, cents: int, detail: dict[str, Any]) -> None:
        again = self._count.get(key, 0) // 2
        line = Line(f"{what}:{again}" if again else what, *key, cents, detail)
        self.new.append(line)
        self._enter(line)

    def _enter(self, line: Line) -> None:
        key = (line.source, line.source_id)
        self._count[key] = self._count.get(key, 0) + 1
        self._first.setdefault(key, line.detail)
        year = date.fromisoformat(line.detail["day"]).year
        self._years[year] = self._years.get(year, 0) + line.cents
        if self._count[key] % 2:
            self._stands[key] = line.cents
        else:
            del self._stands[key]
