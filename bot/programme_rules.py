"""Sessions, help, drug screens and rewards: sections of clinic.toml."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.section import Clock, Section
from handlers.moments import QUIET_TO


class ProgrammeRules(Section):
    """When people hear of their sessions and hours, and who helps with what stands in the way."""

    evening: Clock = time(18, 30)
    """When they hear of the next day's sessions, in their own zone, until they choose."""
    soon_hours: float = Field(default=2, gt=0, le=12)
    """How long before a session they hear of it once more."""
    case_manager: str | None = None
    """Whose tasks all of them are, by full name; None: of each counselor for their own people."""
    week_line: bool = True
    """Whether people hear once a week what they have of their prescribed hours."""

    @field_validator("case_manager")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        return value.strip() or None if value is not None else None


Line = Annotated[str, Field(min_length=1, max_length=140)]


class Resource(Section):
    """The clinic's own lines about one need: whom to call, where to go; in both languages."""

    en: tuple[Line, ...] = Field(min_length=1, max_length=3)
    es: tuple[Line, ...] = Field(min_length=1, max_length=3)


class ScreenRules(Section):
    """When people hear of a drug screen, in the clinic's zone, and when they may come for it."""

    notice: Clock = time(8)
    """On the very day; not before: whoever knows earlier is not drawn at random."""
    start: Clock = Field(default=time(9), alias="from")
    end: Clock = Field(default=time(16), alias="to")
    answer_hours: float = Field(default=3, gt=0, le=12)
    """Without a sign that it was read for so long, staff hear of it; it is not missed."""

    @model_validator(mode="after")
    def _in_order(self) -> ScreenRules:
        if not QUIET_TO <= self.notice < self.end or self.start >= self.end:
            message = "the notice is at 08:00 or later, and both come before `to`"
            raise ValueError(message)
        return self


Cents = Annotated[int, Field(ge=0, le=1_000_000)]


class Bowl(Section):
    """What is in the prize bowl, and how many draws an event earns.

    The slips are those of the published prize protocol (Petry 2000, 2005): of 500 half say "good
    job", 209 are small prizes, 40 large, one is the jumbo. Draws rise by one with each event in a
    row. There a miss leads back to one draw; here it halves them, and one is the least.
    """

    slips: int = Field(default=500, ge=2, le=10_000)
    small: int = Field(default=209, ge=0)
    large: int = Field(default=40, ge=0)
    jumbo: int = Field(default=1, ge=0)
    small_cents: Cents = 100
    large_cents: Cents = 2_000
    jumbo_cents: Cents = 10_000
    most: int = Field(default=10, ge=1, le=50)
    """Draws for one event, at most."""

    @model_validator(mode="after")
    def _fits(self) -> Bowl:
        if self.small + self.large + self.jumbo >= self.slips:
            message = "small, large and jumbo together are fewer than slips"
            raise ValueError(message)
        return self


class RewardRules(Section):
    """Contingency management: what a verified event earns; off unless the clinic turns it on."""

    enabled: bool = False
    since: date | None = None
    """Events from this day on earn."""
    attendance_cents: Cents = 200
    """For a session that somebody attended, at least half of it; 0: none."""
    screen_cents: Cents = 500
    """For a drug screen as hoped for; 0: none."""
    yearly_cap_cents: Cents = 59_900
    """The most that one person earns in a calendar year."""
    bowl: Bowl | None = None
    """Instead of vouchers; needs `signed.bowl`. Never for who has trouble with gambling."""

    @model_validator(mode="after")
    def _dated(self) -> RewardRules:
        if self.enabled and self.since is None:
            message = "since which day they are earned is needed, as in since = 2026-12-01"
            raise ValueError(message)
        return self
