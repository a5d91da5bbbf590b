"""What the core knows of somebody, and of what is around a turn of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from content.wording import Language, Later
from handlers.links import Link
from handlers.own import Own
from handlers.programme import Programme

Answered = Literal["plain", "short", "nothing"]
"""How danger is answered: in full, in one line, or not at all; staff hear of it in any case."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the core may know of somebody who writes."""

    id: int
    name: str = field(repr=False)
    language: Language = "en"
    zone: str = "UTC"
    plain: bool = False
    """Chose plain words on SMS; else texts speak in cover words."""
    status: str = "active"
    agreed: bool = True
    checkin_at: time | None = None
    alert_open: bool = False
    answered: Answered = "plain"
    """How they chose danger to be answered."""
    withdrawal: bool = False
    """Staff flagged that stopping may be dangerous for them: then it is asked about."""
    pin: bool = False
    """Has set a PIN that guards what shows history."""
    shut: bool = False
    """The PIN has to be asked for before anything of that is shown."""
    rests_until: datetime | None = None
    """After wrong tries no PIN is looked at before then."""
    plan_shared: bool = False
    """The team may read their safety plan."""
    since: date | None = None
    """The day they were invited, where they live."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line of somebody's own safety plan: its number in the store, its part, their words."""

    id: int
    part: str
    text: str = field(repr=False)


def _no_lines() -> tuple[PlanLine, ...]:
    return ()


def _no_link(link: Link) -> str:
    del link
    return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """A clinic's own limits: when an answer becomes a concern that a counselor sees."""

    craving_at_least: int = 7
    low_mood_at_most: int = 3
    low_moods_in_a_row: int = 2
    use: bool = True
    silent_days: int = 2


@dataclass(frozen=True, slots=True)
class Around:
    """The facts around a turn that were looked up before it: the rota's and the clinic's words."""

    sender: str
    """The neutral name that messages come from."""
    clinic_phone: str
    team: str | Later = field(default="")
    """When the team reads what is no danger, in the person's language; computed from the rota."""
    on_call: str | Later = field(default="")
    """When somebody reads what is urgent."""
    closed: str | Later = field(default="")
    """Where nobody reads it now: whom to call instead, if anybody, and when the team is back."""
    low_moods_before: int = 0
    checked_in: bool = True
    """Whether today's check-in is answered."""
    rules: Rules = field(default_factory=Rules)
    frequency: str = "1-3"
    said: tuple[str, ...] = ()
    """Which help in danger they were given a short while ago, by content key."""
    plan: tuple[str, ...] = field(default=(), repr=False)
    """In danger: some lines of their own plan, what helps first in front; none behind a PIN."""
    plan_shut: bool = False
    """In danger: they have a plan, and their PIN has to be asked for first."""
    lines: Callable[[], tuple[PlanLine, ...]] = field(default=_no_lines, repr=False)
    """Their whole plan, in the order of writing; looked up each time it is asked for."""
    own: Own = field(default_factory=Own, repr=False)
    """What else they have kept here."""
    checkups: Mapping[str, int] = field(default_factory=dict)
    """Which questionnaires the clinic asks by itself, and every how many weeks."""
    nurse: str | None = None
    """The number for questions about medicines, where it is one of its own."""

    @property
    def medication_phone(self) -> str:
        """Whom to ask about medicines."""
        return self.nurse or self.clinic_phone

    programme: Programme = field(default_factory=Programme, repr=False)
    """Their timetable, and what belongs to it."""
    link: Callable[[Link], str] = field(default=_no_link, repr=False)
    """An address of ours for a meeting; made when a text has its gap."""
