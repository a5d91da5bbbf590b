"""Things to do against an urge: for whom and where each is; their words are under the same names.

What is risky for a body is data here (`cleared`, `not_with`), so that a clinician can read and
change it in one place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from content.wording import ContentError

TRIGGERS: Final = ("people", "place", "feeling", "money", "body", "bored", "unsure")
PLACES: Final = ("home", "work", "out", "moving")
COMPANIES: Final = ("alone", "friends", "family", "using")
CLEARANCES: Final = ("cold", "exercise", "breath")
"""What is never offered before staff have cleared it for a person."""
CONDITIONS: Final = (
    *("circulation", "eating", "heart", "lungs", "mobility"),
    *("panic", "pregnancy", "self_harm", "trauma"),
)
"""What staff may note of a person, and some skills are not for."""
_SCENE: Final = (*TRIGGERS, *PLACES, *COMPANIES)
_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "fits": _SCENE,
    "never": _SCENE,
    "cleared": CLEARANCES,
    "not_with": CONDITIONS,
}
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Skill:
    """One thing to do."""

    name: str
    kind: str
    minutes: int
    """How long it takes; 1 to 60."""
    fits: frozenset[str] = frozenset()
    """What set it off, where and with whom: there it comes first."""
    never: frozenset[str] = frozenset()
    """The same: there it is not offered."""
    cleared: frozenset[str] = frozenset()
    """What staff have to clear before it is offered."""
    not_with: frozenset[str] = frozenset()
    """What staff may have noted of a person whom it could harm."""


@cache
def skills() -> Mapping[str, Skill]:
    """Every skill by its name, in the order of the file; raises ContentError, a problem a line."""
    text = resources.files("content").joinpath("skills.toml").read_text("utf-8")
    found = tomllib.loads(text)
    problems = [p for name, data in found.items() for p in _problems(name, data)]
    if problems:
        raise ContentError("\n".join(problems))
    return {name: _skill(name, data) for name, data in found.items()}


def _problems(name: str, data: Mapping[str, Any]) -> list[str]:
    problems = [
        f"skills.toml {name}: {field} is no field of a skill"
        for field in data.keys() - {"kind", "minutes", *_LISTS}
    ]
    if not data.get("kind"):
        problems.append(f"skills.toml {name}: no kind")
    if data.get("minutes") not in range(1, _LONGEST + 1):
        problems.append(f"skills.toml {name}: minutes are 1 to {_LONGEST}")
    for field, known in _LISTS.items():
        problems += [
            f"skills.toml {name}: {word} is unknown in {field}"
            for word in data.get(field, ())
            if word not in known
        ]
    return problems


def _skill(name: str, data: Mapping[str, Any]) -> Skill:
    lists = {field: frozenset(data.get(field, ())) for field in _LISTS}
    return Skill(name, data["kind"], data["minutes"], **lists)
