"""Where one word or one tap leads: the name of a command to the talk that it opens.

The name of a command is the name of its flow, so that a word said in the middle of its own talk
begins that talk anew instead of putting it aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from handlers import (
    arriving,
    charts,
    checkup,
    contacts,
    craving,
    day,
    days,
    feed,
    goals,
    hard_times,
    hours_week,
    lapse,
    medicine,
    meeting,
    need,
    reasons,
    rewards,
    saved,
    sessions,
)
from handlers.flow import Outcome, Turn

ENTRANCES: Mapping[str, Callable[[Turn], Outcome]] = {
    "lapse": lapse.opened,
    "days": days.opened,
    "medicine": medicine.opened,
    "reasons": reasons.opened,
    "contacts": contacts.opened,
    "sponsor": contacts.sponsor,
    "hard_times": hard_times.opened,
    "goals": goals.opened,
    "day": day.opened,
    "craving": craving.opened,
    "chart": charts.opened,
    "checkup": checkup.opened,
    "meeting": meeting.opened,
    "saved": saved.opened,
    "need": need.opened,
    "rewards": rewards.opened,
    "hours_week": hours_week.opened,
    "sessions": sessions.opened,
    "feed": feed.opened,
    "late": arriving.opened_late,
    "here": arriving.opened_here,
}
