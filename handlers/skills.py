"""Which thing to do against an urge: what has worked for this person, else by rotation.

Looks only at what they logged and where they are. What is risky for a body is offered only after
staff have cleared it (setting `cleared`), and never against a condition that staff have noted
(setting `conditions`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from content import wording
from content.skills import CLEARANCES, CONDITIONS, Skill, skills
from handlers.own import Entry, Json, Own, whole

CRAVING: Final = "craving"
"""The kind of entry in which an urge is logged."""
HALT: Final = "halt"
FEELINGS: Final = ("hungry", "angry", "lonely", "tired")
_UNDER_HALT: Final = tuple(f"halt_{feeling}" for feeling in FEELINGS)
_LOOKED_AT: Final = 40
_RESTING: Final = 4
"""So many of the latest urges: what was tried in them comes after everything else."""
_TOO_OFTEN_IN_VAIN: Final = 2
_BY_TRIGGER: Final = 2
SCENE: Final = ("trigger", "place", "company")


class Drop(NamedTuple):
    """How far an urge went down with a skill, 0-10."""

    skill: str
    before: int
    after: int


class Level(NamedTuple):
    """One urge, for a chart: when, how strong it was, and how strong afterwards if they said."""

    at: datetime
    before: int
    after: int | None


def scene(data: Mapping[str, Json]) -> dict[str, str]:
    """What is known of an urge: what set it off, where, with whom."""
    return {name: str(data[name]) for name in SCENE if data.get(name)}


def allowed(skill: Skill, own: Own, there: Mapping[str, str]) -> bool:
    """Whether it may be offered to this person, in this place and company."""
    cleared = set(_listed(own, "cleared", CLEARANCES))
    noted = set(_listed(own, "conditions", CONDITIONS))
    at_odds = skill.never.intersection(there.values()) or skill.not_with & noted
    return skill.cleared <= cleared and not at_odds


def _listed(own: Own, name: str, known: Sequence[str]) -> Iterator[str]:
    given = own.settings.get(name)
    return (str(each) for each in given if each in known) if isinstance(given, list) else iter(())


def worked(own: Own, there: Mapping[str, str]) -> Drop | None:
    """What took this person furthest down before, if it may be offered here; else None.

    Only the latest time with each skill counts, so that what stopped to help is let go of. What
    helped against the same trigger comes first.
    """
    latest: dict[str, Entry] = {}
    for entry in own.entries(CRAVING, _LOOKED_AT):
        latest.setdefault(str(entry.data.get("skill")), entry)
    found: list[tuple[bool, int, Drop]] = []
    for name, entry in latest.items():
        skill, down = skills().get(name), drop(entry)
        if skill is None or down is None or not allowed(skill, own, there):
            continue
        if entry.data.get("helped") is False or down.after >= down.before:
            continue
        same = "trigger" in there and entry.data.get("trigger") == there["trigger"]
        found.append((same, down.before - down.after, down))
    return max(found, key=lambda each: each[:2])[2] if found else None


def choose(own: Own, there: Mapping[str, str], tried: Collection[str] = ()) -> Skill | None:
    """The next one to offer; None when everything that may be offered was tried.

    What was not tried lately comes first, then another kind than the last one, then what fits
    best, then the order of the file.
    """
    log = own.entries(CRAVING, _LOOKED_AT)
    resting = {name for entry in log[:_RESTING] for name in tried_in(entry.data)}
    last = next((skills()[name].kind for name in reversed([*tried]) if name in skills()), "")
    ready = [
        skill
        for skill in skills().values()
        if skill.name not in tried and not skill.kind.startswith(_UNDER_HALT)
        if allowed(skill, own, there)
    ]

    def rank(skill: Skill) -> tuple[bool, bool, bool, int]:
        in_vain = _in_vain(log, skill.name) >= _TOO_OFTEN_IN_VAIN
        return in_vain, skill.name in resting, skill.kind == last, -_fit(skill, there)

    return min(ready, key=rank, default=None)


def after_halt(own: Own, feeling: str, there: Mapping[str, str], tried: Collection[str]) -> Skill:
    """A next step for hungry, angry, lonely or tired: one that was not just tried, if there is.

    Each of the four has one that may be offered anywhere and to anybody.
    """
    kind = f"halt_{feeling}"
    resting = {name for entry in own.entries(CRAVING, _RESTING) for name in tried_in(entry.data)}
    ready = [s for s in skills().values() if s.kind == kind and allowed(s, own, there)]
    return min(ready, key=lambda s: (s.name in tried, s.name in resting, -_fit(s, there)))


def name(skill: str, language: wording.Language) -> str:
    """What it is called in a sentence; of one that is gone, empty."""
    entry = wording.entries(language).get(f"skills.{skill}_name")
    return entry.text if entry is not None else ""


def levels(own: Own, most: int) -> list[Level]:
    """The latest urges with a strength, oldest first, for a chart."""
    found = []
    for entry in reversed(own.entries(CRAVING, most)):
        before, after = (whole(entry.data.get(name)) for name in ("intensity", "after"))
        if before is not None:
            found.append(Level(entry.at, before, after))
    return found


def drop(entry: Entry) -> Drop | None:
    """How far it went down with its last skill; None where something of it is unknown.

    `from` is how strong it was before that skill, where others had been tried before.
    """
    before = whole(entry.data.get("from", entry.data.get("intensity")))
    after = whole(entry.data.get("after"))
    skill = entry.data.get("skill")
    if before is None or after is None or not isinstance(skill, str):
        return None
    return Drop(skill, before, after)


def _fit(skill: Skill, there: Mapping[str, str]) -> int:
    by_trigger = _BY_TRIGGER * (there.get("trigger") in skill.fits)
    return by_trigger + sum(there.get(name) in skill.fits for name in SCENE[1:])


def _in_vain(log: Sequence[Entry], skill: str) -> int:
    """How often in a row, until the latest, it did not help."""
    times = 0
    for entry in log:
        if entry.data.get("skill") != skill or entry.data.get("helped") is None:
            continue
        if entry.data["helped"]:
            break
        times += 1
    return times


def tried_in(data: Mapping[str, Json]) -> list[str]:
    """The names of what was tried against an urge, of its log entry or of the talk."""
    tried = data.get("tried")
    return [str(each) for each in tried] if isinstance(tried, list) else []
