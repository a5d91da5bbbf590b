"""Where one word or one tap leads: the name of a command to the talk that it opens.

The name of a command is the name of its flow, so that a word said in the middle of its own talk
begins that talk anew instead of putting it aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from handlers import (
    charts,
    checkup,
    contacts,
    craving,
    day,
    days,
    goals,
    hard_times,
    lapse,
    medicine,
    reasons,
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
}
