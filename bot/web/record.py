"""What a person logged and answered, as their page shows it: check-ups, urges, lapses, medicines.

Each is text first; a picture of the same can be opened beside it. What they keep for themselves
(reasons, goals, reviews, what they learned) is not here. Lapses are shown where the clinic's rules
tell the counselor of them, as its alerts do; one that was taken back is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from babel.dates import format_date
from sqlalchemy import Connection, Row

from bot.config import House
from bot.web import medicine_list
from bot.web.times import Times
from content import wording
from content.instrument import Questionnaire, Scale
from content.questionnaires import questionnaires
from handlers import charts, skills
from handlers.scoring import score
from storage import checkups, entries

_CHECKUPS: Final = 6
"""Of each questionnaire, the newest."""
_URGES: Final = 15
_LAPSES: Final = 20
_NO_ANSWER: Final = "–"
_PLAIN: Final = ("alone",)
"""Codes that say it better than the label, which speaks as the person does."""


@dataclass(frozen=True, slots=True)
class Score:
    """One scale of a check-up."""

    name: str
    points: str
    """Of how many; a dash where it can't be scored."""
    band: str
    beyond: bool
    """Beyond the published cut-off: a reason to look closer."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """One time that a questionnaire was asked."""

    day: str
    scores: list[Score] = field(repr=False)
    notes: list[str]
    """What to know before reading the scores: not finished, items left out, answers that differ."""


@dataclass(frozen=True, slots=True)
class Questions:
    """A questionnaire and the times that it was asked, newest first."""

    name: str
    title: str
    times: list[Checkup] = field(repr=False)
    details: list[tuple[str, str]] = field(repr=False)
    """Single items of the newest that have a name of their own."""
    drawn: bool
    """Whether there is a picture: once it was answered twice."""


@dataclass(frozen=True, slots=True)
class Urge:
    """One urge: when, how strong before and after, what was around it, what they did."""

    at: str
    level: str
    around: str = field(repr=False)
    did: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lapse:
    """One day on which they used, as kinds."""

    day: str
    told: str
    what: str = field(repr=False)
    company: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taking:
    """A medicine, and what became of it lately."""

    name: str = field(repr=False)
    hours: str
    lately: str
    missed: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The part of a person's page that shows what they logged and answered."""

    checkups: list[Questions] = field(repr=False)
    urges: list[Urge] = field(repr=False)
    lapses: list[Lapse] | None = field(repr=False)
    """None: the clinic's rules don't tell the counselor of them."""
    medicines: list[Taking] = field(repr=False)


def read(tx: Connection, house: House, person: Row[Any], times: Times) -> Record:
    """What a person logged, for staff who may see them."""
    shows_lapses = house.clinic.rules.use
    return Record(
        checkups=list(_checkups(tx, person.id, times)),
        urges=[_urge(row.data, times.at(row.at)) for row in _log(tx, person, "craving", _URGES)],
        lapses=list(_lapses(tx, person, times)) if shows_lapses else None,
        medicines=[_taking(each) for each in medicine_list.read(tx, person, times) if each.current],
    )


def _log(tx: Connection, person: Row[Any], kind: str, most: int) -> list[Row[Any]]:
    return entries.latest(tx, person.id, kind, most)


def _checkups(tx: Connection, person_id: int, times: Times) -> Iterator[Questions]:
    for name, asked in questionnaires().items():
        rows = checkups.latest(tx, person_id, name, _CHECKUPS)
        if not rows:
            continue
        newest = rows[0].scores or {}
        yield Questions(
            name=name,
            title=asked.title,
            times=[_checkup(asked, row, times) for row in rows],
            details=[
                (scale.name, _points(asked, scale, newest.get(scale.name)))
                for scale in asked.scales
                if scale.detail and newest.get(scale.name) is not None
            ],
            drawn=name in charts.CHECKUPS and sum(bool(row.scores) for row in rows) > 1,
        )


def _checkup(asked: Questionnaire, row: Row[Any], times: Times) -> Checkup:
    found = row.scores or {}
    scores = [
        _score(asked, scale, found.get(scale.name))
        for scale in asked.scales
        if not scale.detail and found
    ]
    return Checkup(times.day(row.asked_at), scores, list(_notes(asked, row)))


def _score(asked: Questionnaire, scale: Scale, points: Any) -> Score:
    number = points if isinstance(points, int) else None
    bands = [band.name for band in scale.bands if number is not None and number >= band.least]
    beyond = scale.flag is not None and scale.flag.holds(number)
    return Score(
        scale.name, _points(asked, scale, number), bands[-1] if bands else "", beyond=beyond
    )


def _points(asked: Questionnaire, scale: Scale, points: Any) -> str:
    return _NO_ANSWER if points is None else f"{points} of {asked.range(scale)[1]}"


def _notes(asked: Questionnaire, row: Row[Any]) -> Iterator[str]:
    if not row.scores:
        yield "Not finished."
    if row.version != asked.version:
        yield f"Asked in an earlier version ({row.version})."
        return
    result = score(asked, row.answers)
    left_out = sum(answer is None for answer in row.answers.values())
    if left_out:
        yield "1 item left out." if left_out == 1 else f"{left_out} items left out."
    for more, less in result.inconsistent:
        yield f"Items {more} and {less} don't fit together: ask."


def _urge(data: Mapping[str, Any], at: str) -> Urge:
    before, after = data.get("intensity"), data.get("after")
    level = _NO_ANSWER if before is None else str(before)
    around = [_label(f"craving.{name}", data.get(name)) for name in skills.SCENE]
    did = skills.name(str(data.get("skill")), "en")
    told = data.get("helped")
    helped = "" if told is None else "helped" if told else "did not help"
    return Urge(
        at=at,
        level=level if after is None else f"{level} → {after}",
        around=", ".join(filter(None, around)),
        did=": ".join(filter(None, (did, helped if did else ""))),
    )


def _lapses(tx: Connection, person: Row[Any], times: Times) -> Iterator[Lapse]:
    for row in _log(tx, person, "lapse", _LAPSES):
        if row.data.get("undone"):
            continue
        yield Lapse(
            day=_day(row.data.get("day")) or times.day(row.at),
            told=times.at(row.at),
            what=_label("lapse.what", row.data.get("what")) or "not said",
            company=_label("lapse.company", row.data.get("with")) or "not said",
        )


def _taking(medicine: medicine_list.Medicine) -> Taking:
    out = sum(each[2] for each in medicine.doses)
    asked = len(medicine.doses)
    lately = f"{asked - out} of the last {asked} done" if asked else "nothing heard yet"
    return Taking(medicine.name, medicine.hours, lately, missed=bool(medicine.missed))


def _label(question: str, code: object) -> str:
    """A kind as the question offers it in English; one that it no longer has, as it is stored."""
    if not isinstance(code, str) or code in _PLAIN:
        return str(code or "")
    entry = wording.entries("en").get(question)
    return entry.choices.get(code, code) if entry is not None else code


def _day(stored: object) -> str:
    try:
        day = date.fromisoformat(str(stored))
    except ValueError:
        return ""
    return str(format_date(day, "EEE d MMM", locale="en_US"))


PICTURES: Final[Sequence[str]] = (charts.MOOD, charts.URGES, *charts.CHECKUPS)
"""What can be drawn."""
