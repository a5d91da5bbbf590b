"""Who signed for what, as clinic.toml says; and how many alerts are asked of a counselor."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import Field, field_validator

from bot import checkup_rules
from bot.section import Section


class Signature(Section):
    """Who signed something off, and on which day."""

    by: str = Field(min_length=1)
    on: date

    @field_validator("by")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip():
            message = "a name is needed"
            raise ValueError(message)
        return value.strip()


class Signed(Section):
    """What the clinic's clinician and counsel have read and signed for."""

    words: Signature | None = None
    """The texts in `content/`."""
    rules: Signature | None = None
    """The screening rules in `content/screening/`."""
    limits: Signature | None = None
    """The limits in this very file: levels, hours, ladders."""
    voter: Signature | None = None
    """The second voter of the screen (content/voter/CARD.md): off until somebody signs."""
    bowl: Signature | None = None
    """Rewards drawn from a prize bowl ([rewards.bowl]): fixed vouchers until somebody signs."""


OPTIONAL: Final = ("voter", "bowl")
"""What is off until somebody signs for it, so that nothing is missing without."""


class Budget(Section):
    """How many alerts from rules a counselor can be asked to read.

    What is urgent is never counted: danger is not traded for quiet.
    """

    alerts_a_day: float = Field(default=6, gt=0, le=100)
    """Concerns from rules, a counselor and day, on average."""
    signed: dict[str, Signature] = Field(default_factory=dict)
    """Rules that may exceed it, and the supervisor who said so."""

    @field_validator("signed")
    @classmethod
    def _rules(cls, value: dict[str, Signature]) -> dict[str, Signature]:
        there = ("craving", "low_mood", "use", "silence", *checkup_rules.limits())
        for name in value:
            if name not in there:
                message = f"{name!r} is no rule; there are {', '.join(there)}"
                raise ValueError(message)
        return value
