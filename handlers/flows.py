"""Every flow there is, by its stored name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.charts import chart
from handlers.checkin import checkin
from handlers.checkup import checkup
from handlers.contact import contact
from handlers.contacts import contacts
from handlers.craving import craving
from handlers.crisis import crisis
from handlers.day import day, today
from handlers.days import days
from handlers.dose import dose
from handlers.flow import Flow, Place, Step
from handlers.goals import goals, week
from handlers.hard_time import hard_time
from handlers.hard_times import ahead, hard_times
from handlers.joining import joining
from handlers.lapse import lapse
from handlers.medicine import medicine
from handlers.menu import menu, settings, stopping
from handlers.myplan import myplan
from handlers.naloxone import naloxone
from handlers.pin import pin
from handlers.plan import plan
from handlers.reasons import reasons
from handlers.refill import refill
from handlers.talking import talking

FLOWS: Mapping[str, Flow] = {
    flow.name: flow
    for flow in (
        joining,
        checkin,
        craving,
        crisis,
        menu,
        settings,
        stopping,
        talking,
        plan,
        myplan,
        pin,
        reasons,
        contacts,
        contact,
        hard_times,
        hard_time,
        ahead,
        day,
        today,
        goals,
        week,
        chart,
        checkup,
        medicine,
        dose,
        refill,
        naloxone,
        lapse,
        days,
    )
}
ALIASES: Mapping[str, str] = {"checkin.eased": "craving.after"}
"""Stored names of steps that were renamed: old `flow.step` to new."""


def step_of(place: Place | None) -> Step[Any] | None:
    """The step a stored place means, by its present or former name; None if it is gone."""
    if place is None:
        return None
    stored = f"{place.flow}.{place.step}"
    flow, _, name = ALIASES.get(stored, stored).partition(".")
    return FLOWS[flow].steps.get(name) if flow in FLOWS else None
