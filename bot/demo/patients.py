"""The demo's staff, and the patients who have been with it for four weeks. All are made up."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.demo.phones import Phone
from content.wording import Language

COUNSELOR = "Dana Reyes"
MIGUEL = "Miguel Santos"
STAFF = (
    (COUNSELOR, "counselor"),
    (MIGUEL, "counselor"),
    ("June Abbott", "counselor"),
    ("Ruth Okafor", "supervisor"),
    ("Omar Haddad", "operator"),
)

Answers = tuple[int, int, int, int] | None
"""Mood, craving, slept (1 ok, 2 badly), used (1 no, 2 yes); None: no answer that day."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody who has been with the clinic for four weeks."""

    name: str = field(repr=False)
    phone: Phone
    language: Language
    counselor: str
    hour: str
    zip: str
    days: tuple[Answers, ...] = field(repr=False)
    """Thirteen days of the last two weeks; those after them are lived through."""
    lately: tuple[str, ...] = field(repr=False)
    """What they answer on the last day or two."""
    plain: bool = False
    plan: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The lines of their own safety plan, by its parts."""
    shares_plan: bool = False


_STEADY: tuple[Answers, ...] = (
    (6, 3, 1, 1), (7, 3, 1, 1), (6, 4, 2, 1), (7, 2, 1, 1), (8, 2, 1, 1), (7, 3, 1, 1),
    (6, 3, 1, 1), (8, 1, 1, 1), (7, 2, 1, 1), (8, 2, 1, 1), (7, 1, 1, 1), (8, 1, 1, 1),
    (8, 2, 1, 1),
)  # fmt: skip
_UPHILL: tuple[Answers, ...] = (
    (3, 8, 2, 2), (4, 7, 2, 1), (3, 6, 2, 1), None, (5, 6, 1, 1), (4, 6, 2, 1),
    (5, 5, 1, 1), (6, 4, 1, 1), (5, 5, 2, 1), (6, 3, 1, 1), (7, 3, 1, 1), (6, 3, 1, 1),
    (6, 4, 1, 1),
)  # fmt: skip
_WAVES: tuple[Answers, ...] = (
    (5, 5, 1, 1), (7, 2, 1, 1), (3, 7, 2, 1), (4, 6, 2, 1), (8, 1, 1, 1), None,
    (6, 3, 1, 1), (2, 8, 2, 1), (4, 5, 1, 1), (7, 2, 1, 1), (5, 4, 2, 1), (6, 3, 1, 1),
    (5, 4, 1, 1),
)  # fmt: skip
_FADING: tuple[Answers, ...] = (
    (7, 2, 1, 1), (6, 3, 1, 1), (7, 3, 1, 1), (6, 3, 1, 1), (5, 4, 2, 1), (5, 4, 1, 1),
    (4, 5, 2, 1), None, (4, 6, 2, 1), (3, 6, 2, 1), None, (4, 5, 2, 1),
    (3, 6, 2, 1),
)  # fmt: skip

_MARCUS = (
    ("signs", "I skip supper and stop answering my brother"),
    ("signs", "Sunday evenings"),
    ("alone", "walk the long way round the park"),
    ("alone", "the old Motown tape, loud"),
    ("places", "the gym on Broad, front desk side"),
    ("people", "my brother Andre, 215-555-0147"),
    ("professionals", "Dana at the clinic; 988 at night"),
    ("safer", "Andre keeps the cash card on weekends"),
    ("worth", "Nia's graduation in June"),
)
_LUCIA = (
    ("signs", "no duermo y no le contesto a nadie"),
    ("alone", "regar las plantas"),
    ("places", "la iglesia de San Luis"),
    ("people", "mi comadre Tere, 215-555-0164"),
    ("worth", "mis nietos"),
)
PATIENTS = (
    Patient(
        "Marcus Webb",
        "telegram",
        "en",
        COUNSELOR,
        "18:00",
        "19103",
        _WAVES,
        ("6 3 1 1",),
        plan=_MARCUS,
        shares_plan=True,
    ),
    Patient(
        "Lucía Paredes",
        "telegram",
        "es",
        MIGUEL,
        "20:00",
        "19140",
        _STEADY,
        ("8 1 1 1",),
        plan=_LUCIA,
    ),
    Patient("Joan Keller", "telegram", "en", COUNSELOR, "18:00", "08102", _FADING, ()),
    Patient(
        "Rosa Ibarra", "sms", "es", COUNSELOR, "09:00", "19122", _UPHILL, ("7 3 1 1", "6 4 1 1")
    ),
    Patient("Tyrone Banks", "sms", "en", MIGUEL, "20:00", "19143", _STEADY, ("7 2 1 1",), True),  # noqa: FBT003
    Patient("Emily Hart", "sms", "en", COUNSELOR, "09:00", "19081", _WAVES, ("5 4 2 1", "7 2 1 1")),
)
