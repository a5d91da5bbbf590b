"""What falls due by itself besides the check-in: a name, what it says, and when it comes again.

A prompt is stored as `name` or `name:detail` (the number of an item, the name of a questionnaire),
so that one person may have several. Whether it may be said now (quiet hours, the safe-contact
card, danger, a talk that goes on) is decided around it; here is only what is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers import (
    afterlapse,
    checkup,
    checkup_days,
    craving,
    day,
    days,
    dose,
    goals,
    hard_times,
    marks,
    naloxone,
    refill,
)
from handlers.flow import Outcome, Turn


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something that is said or asked by itself."""

    ask: Callable[[Turn, str], Outcome | None] = field(repr=False)
    """What is said, for a detail; None: nothing, after all."""
    moments: Callable[[Turn], Mapping[str, datetime]] | None = field(default=None, repr=False)
    """When it comes next for each detail, after the turn's moment; None: it comes once, by
    `Remind`."""
    late: timedelta = timedelta(hours=3)
    """How long after its moment it may still be said."""
    asked_for: bool = False
    """They asked for it at that very moment: a timer of theirs keeps no quiet hours."""


PROMPTS: Mapping[str, Prompt] = {
    "lapse_24": Prompt(afterlapse.first, late=timedelta(hours=6)),
    "lapse_48": Prompt(days.two_days_after, late=timedelta(hours=6)),
    "lapse_72": Prompt(afterlapse.third, late=timedelta(hours=6)),
    "days": Prompt(marks.ask_milestone, marks.milestones),
    "hard_day": Prompt(marks.ask_hard_day, marks.hard_days),
    "medicine": Prompt(dose.ask, dose.comings, late=timedelta(hours=2)),
    "medicine_early": Prompt(dose.ask, dose.quiet_comings, asked_for=True),
    dose.AGAIN: Prompt(dose.ask_again, asked_for=True),
    dose.UNTOLD: Prompt(dose.untold, asked_for=True),
    dose.TOLD: Prompt(dose.tell),
    "refill": Prompt(refill.ask, refill.comings),
    naloxone.FIRST: Prompt(naloxone.ask),
    "naloxone": Prompt(naloxone.ask, naloxone.comings),
    "hard_time": Prompt(hard_times.ask, hard_times.comings, late=timedelta(hours=1)),
    "morning": Prompt(day.ask_morning, day.mornings),
    "evening": Prompt(day.ask_evening, day.evenings),
    "goals_week": Prompt(goals.ask, goals.look_back_at),
    checkup.ASK: Prompt(checkup.ask, checkup_days.comings),
    checkup.AGAIN: Prompt(checkup.ask_again),
    craving.BACK: Prompt(craving.back, asked_for=True),
    craving.SOFT: Prompt(craving.soft, late=timedelta(hours=1)),
}
"""Every prompt by the name it is stored under (at most 20 letters)."""


def parted(kind: str) -> tuple[str, str]:
    """The name and the detail of a stored kind."""
    name, _, detail = kind.partition(":")
    return name, detail


def stored(name: str, detail: str) -> str:
    """How a prompt is stored."""
    return f"{name}:{detail}" if detail else name
