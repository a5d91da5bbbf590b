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
    barrier,
    checkup,
    checkup_days,
    coming,
    craving,
    day,
    days,
    dose,
    drug_screen,
    goals,
    hard_times,
    hours_week,
    marks,
    naloxone,
    refill,
    session,
    session_news,
    task_news,
    temperature,
    went,
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
    waits: timedelta = timedelta()
    """How long it may wait for the hours in which they may be written to; not at all: left out."""
    asked_for: bool = False
    """They asked for it at that very moment: a timer of theirs keeps no quiet hours."""
    in_danger: bool = False
    """Their health, or words of their own, want it also while an urgent alert is open."""


_A_DAY = timedelta(days=1)

PROMPTS: Mapping[str, Prompt] = {
    "lapse_24": Prompt(afterlapse.first, late=timedelta(hours=6), waits=_A_DAY, in_danger=True),
    "lapse_48": Prompt(days.two_days_after, late=timedelta(hours=6), waits=_A_DAY, in_danger=True),
    "lapse_72": Prompt(afterlapse.third, late=timedelta(hours=6), waits=_A_DAY, in_danger=True),
    "days": Prompt(marks.ask_milestone, marks.milestones),
    "hard_day": Prompt(marks.ask_hard_day, marks.hard_days),
    "medicine": Prompt(dose.ask, dose.comings, late=timedelta(hours=2), in_danger=True),
    "medicine_early": Prompt(dose.ask, dose.quiet_comings, asked_for=True),
    dose.AGAIN: Prompt(dose.ask_again, asked_for=True),
    dose.UNTOLD: Prompt(dose.untold, asked_for=True),
    dose.TOLD: Prompt(dose.tell, in_danger=True),
    "refill": Prompt(refill.ask, refill.comings, in_danger=True),
    naloxone.FIRST: Prompt(naloxone.ask, in_danger=True),
    "naloxone": Prompt(naloxone.ask, naloxone.comings),
    session_news.NEWS: Prompt(
        session_news.tell, late=timedelta(hours=12), waits=_A_DAY, in_danger=True
    ),
    task_news.NEWS: Prompt(task_news.tell, late=timedelta(hours=12), waits=_A_DAY, in_danger=True),
    "hard_time": Prompt(
        hard_times.ask, hard_times.comings, late=timedelta(hours=1), in_danger=True
    ),
    "morning": Prompt(day.ask_morning, day.mornings),
    "evening": Prompt(day.ask_evening, day.evenings),
    "hours_week": Prompt(hours_week.ask, hours_week.comings),
    "goals_week": Prompt(goals.ask, goals.look_back_at),
    checkup.ASK: Prompt(checkup.ask, checkup_days.comings),
    checkup.AGAIN: Prompt(checkup.ask_again),
    "meeting": Prompt(coming.ask_ahead, coming.ahead, late=timedelta(minutes=50), in_danger=True),
    "meeting_join": Prompt(coming.ask_at_the_door, coming.at_the_door, asked_for=True),
    "meeting_after": Prompt(went.ask, went.afterwards, late=timedelta(hours=6)),
    coming.TOLD: Prompt(coming.tell_news, late=timedelta(hours=6), waits=2 * _A_DAY),
    craving.BACK: Prompt(craving.back, asked_for=True),
    craving.SOFT: Prompt(craving.soft, late=timedelta(hours=1)),
    drug_screen.NOTICE: Prompt(drug_screen.ask, drug_screen.comings),
    temperature.PROMPT: Prompt(temperature.ask, late=timedelta(hours=2)),
    "session_eve": Prompt(session.ask_eve, session.eves, waits=timedelta(hours=14)),
    "session_soon": Prompt(session.ask_soon, session.soons, late=timedelta(minutes=100)),
    barrier.HAND: Prompt(session.ask_hand, asked_for=True),
    "session_missed": Prompt(session.ask_missed, late=timedelta(hours=6), waits=_A_DAY),
}
"""Every prompt by the name it is stored under (at most 20 letters)."""


def parted(kind: str) -> tuple[str, str]:
    """The name and the detail of a stored kind."""
    name, _, detail = kind.partition(":")
    return name, detail


def stored(name: str, detail: str) -> str:
    """How a prompt is stored."""
    return f"{name}:{detail}" if detail else name
