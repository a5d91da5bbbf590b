"""Every flow there is, by its stored name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.arriving import here, late
from handlers.barrier import barrier
from handlers.booking import booking
from handlers.charts import chart
from handlers.checkin import checkin
from handlers.checkup import checkup
from handlers.coming import coming
from handlers.contact import contact
from handlers.contacts import contacts
from handlers.craving import craving
from handlers.crisis import crisis
from handlers.day import day, today
from handlers.days import days
from handlers.dose import dose
from handlers.drug_screen import drug_screen
from handlers.feed import feed
from handlers.flow import Flow, Step
from handlers.goals import goals, week
from handlers.going import going
from handlers.hard_time import hard_time
from handlers.hard_times import ahead, hard_times
from handlers.hours_week import hours_week
from handlers.joining import joining
from handlers.lapse import lapse
from handlers.medicine import medicine
from handlers.meeting import meeting
from handlers.menu import menu, settings, stopping
from handlers.myplan import myplan
from handlers.naloxone import naloxone
from handlers.need import need
from handlers.path import path
from handlers.pin import pin
from handlers.place import Place
from handlers.plan import plan
from handlers.reasons import reasons
from handlers.refill import refill
from handlers.saved import saved
from handlers.session import session
from handlers.sessions import sessions
from handlers.talking import talking
from handlers.temperature import temperature
from handlers.went import went

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
        meeting,
        path,
        going,
        coming,
        went,
        saved,
        hours_week,
        need,
        temperature,
        session,
        barrier,
        booking,
        sessions,
        feed,
        late,
        here,
        drug_screen,
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
