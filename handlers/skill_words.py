"""What is said of a thing to do against an urge: how it is done, and how it went the last time."""

from __future__ import annotations

from typing import Final

from content.skills import Skill
from handlers.contact import KIND, SPONSOR, spaced
from handlers.flow import Say, Turn
from handlers.own import Item
from handlers.skills import Drop, name

_CALL: Final = "call"


def last_time(turn: Turn, down: Drop) -> Say:
    """How far an urge went down with it."""
    what, before, after = name(down.skill, turn.person.language), str(down.before), str(down.after)
    return Say("craving.last_time", {"what": what, "before": before, "after": after})


def how(turn: Turn, skill: Skill) -> Say:
    """What to do; somebody to call by name, unless a PIN shuts who that is."""
    person = None if turn.person.shut or skill.name != _CALL else _to_call(turn)
    if person is None:
        return Say(f"skills.{skill.name}")
    return Say("craving.call", {"who": person.text("name"), "phone": spaced(person.text("phone"))})


def _to_call(turn: Turn) -> Item | None:
    """Their sponsor, or else the first of their people, with a number."""
    people = [each for each in turn.around.own.items(KIND) if each.text("phone")]
    return min(people, key=lambda each: each.text("kind") != SPONSOR, default=None)
