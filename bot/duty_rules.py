"""Who reads when, and how an alert climbs until somebody takes it: sections of clinic.toml."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from bot.section import DAYS, Clock, Day, Section


class Shift(Section):
    """Who reads, on which days, from when to when, in the clinic's zone."""

    who: str
    """A role (`counselor`: each for their own people; `supervisor`) or somebody's full name."""
    days: tuple[Day, ...] = Field(min_length=1)
    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")

    @field_validator("days", mode="before")
    @classmethod
    def _days(cls, value: Any) -> Any:
        if isinstance(value, str) and "-" in value:
            first, _, last = value.partition("-")
            if first in DAYS and last in DAYS:
                a, b = DAYS.index(first), DAYS.index(last)
                return DAYS[a : b + 1] if a <= b else (*DAYS[a:], *DAYS[: b + 1])
        return (value,) if isinstance(value, str) else value


NEXT_WORKING_DAY: Final = "next_working_day"
"""As a time: the end of the first day on which the counselor's duty begins from now on."""
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Wait = Minutes | Literal["next_working_day"]
Tier = Literal["counselor", "on_call", "supervisor", "all"]


class Rung(Section):
    """One step of the escalation: how long after opening, to whom."""

    after: Wait
    to: tuple[Tier, ...] = Field(min_length=1)
    """`counselor`: in their time off whoever covers. `on_call`: whom a shift names; where none of
    those is on duty, supervisors. `all`: everybody but operators."""


class Ladder(Section):
    """How an alert of one level climbs until somebody takes it.

    Times are minutes; all but `repeat` and `snooze` may be the end of the next working day.
    """

    rungs: tuple[Rung, ...] = Field(min_length=1)
    repeat: int = Field(ge=1, le=24 * 60)
    """After the last rung, again and again."""
    outcome: Wait | None = None
    """Taken but without an outcome after this long: opened again."""
    tell_unread: Wait | None = None
    """Nobody has read it after this long: the person is told so."""
    snooze: int | None = Field(default=None, ge=1, le=24 * 60)
    """The longest that somebody who took it may put it off; None: not at all."""

    @model_validator(mode="after")
    def _rising(self) -> Ladder:
        minutes = [math.inf if isinstance(r.after, str) else r.after for r in self.rungs]
        if minutes[0] != 0 or minutes != sorted(set(minutes)):
            message = "the first rung is at 0 minutes, and each later one is later"
            raise ValueError(message)
        if 0 in (self.outcome, self.tell_unread):
            message = "outcome and tell_unread are at least 1 minute"
            raise ValueError(message)
        return self


class AfterHours(Section):
    """What happens when nobody is on duty; must be declared."""

    mode: Literal["staffed", "line", "none"]
    line: str | None = None
    """The contracted line's number, for mode `line`."""

    @model_validator(mode="after")
    def _line(self) -> AfterHours:
        if (self.mode == "line") != (self.line is not None):
            message = 'mode "line" needs the number in `line`, and only that mode has one'
            raise ValueError(message)
        return self


def ladder(*rungs: tuple[Wait, tuple[Tier, ...]], **rest: Any) -> Ladder:
    """One of these rungs."""
    return Ladder(rungs=tuple(Rung(after=a, to=t) for a, t in rungs), **rest)


def first_hole(shifts: tuple[Shift, ...]) -> str | None:
    """The first minute of the week that no shift covers, in words."""
    week = 7 * 24 * 60
    covered = [False] * week
    for shift in shifts:
        start = shift.start.hour * 60 + shift.start.minute
        length = (shift.end.hour * 60 + shift.end.minute - start) % (24 * 60) or 24 * 60
        for day in shift.days:
            first = DAYS.index(day) * 24 * 60 + start
            for minute in range(first, first + length):
                covered[minute % week] = True
    if all(covered):
        return None
    number, minute = divmod(covered.index(False), 24 * 60)
    return f"{DAYS[number]} {minute // 60:02d}:{minute % 60:02d}"
