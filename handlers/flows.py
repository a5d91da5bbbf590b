"""Every flow there is, by its stored name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.checkin import checkin
from handlers.crisis import crisis
from handlers.flow import Flow, Place, Step
from handlers.joining import joining
from handlers.menu import menu, settings, stopping
from handlers.myplan import myplan
from handlers.pin import pin
from handlers.plan import plan
from handlers.talking import talking

FLOWS: Mapping[str, Flow] = {
    flow.name: flow
    for flow in (joining, checkin, crisis, menu, settings, stopping, talking, plan, myplan, pin)
}
ALIASES: Mapping[str, str] = {}
"""Stored names of steps that were renamed: old `flow.step` to new."""


def step_of(place: Place | None) -> Step[Any] | None:
    """The step a stored place means, by its present or former name; None if it is gone."""
    if place is None:
        return None
    stored = f"{place.flow}.{place.step}"
    flow, _, name = ALIASES.get(stored, stored).partition(".")
    return FLOWS[flow].steps.get(name) if flow in FLOWS else None
