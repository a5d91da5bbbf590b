"""What a person logged and answered, as their page shows it: check-ups, urges, lapses, medicines.

Each is text first; a picture of the same can be opened beside it. What they keep for themselves
(reasons, goals, reviews, what they learned) is not here. Lapses are shown where the clinic's rules
tell the counselor of them, as its alerts do; one that was taken back is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.config import House
from bot.web import attended, medicine_list
from bot.web.attended import Week
from bot.web.times import Times, day_said
from content import wording
from content.instrument import Item, Questionnaire, Scale
from content.questionnaires import questionnaires
from handlers import charts, moments, skills
from handlers.checkup_days import SCREENER
from handlers.scoring import Result, score
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
    answers: list[tuple[str, str]] = field(repr=False)
    """Each question of the newest, as far as it came, and what was answered."""
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
    meetings: list[Week] | None = field(repr=False)
    """None: they keep it to themselves."""


def read(tx: Connection, house: House, person: Row[Any], times: Times) -> Record:
    """What a person logged, for staff who may see them."""
    shows_lapses = house.clinic.rules.use
    return Record(
        checkups=list(_checkups(tx, person.id, times)),
        urges=[_urge(row.data, times.at(row.at)) for row in _log(tx, person, "craving", _URGES)],
        lapses=list(_lapses(tx, person, times)) if shows_lapses else None,
        medicines=[_taking(each) for each in medicine_list.read(tx, person, times) if each.current],
        meetings=attended.read(tx, person, times),
    )


def _log(tx: Connection, person: Row[Any], kind: str, most: int) -> list[Row[Any]]:
    return entries.latest(tx, person.id, kind, most)


def _checkups(tx: Connection, person_id: int, times: Times) -> Iterator[Questions]:
    for name, asked in questionnaires().items():
        rows = checkups.latest(tx, person_id, name, _CHECKUPS)
        if not rows:
            continue
        yield Questions(
            name=name,
            title=asked.title,
            times=[_checkup(asked, row, times) for row in rows],
            answers=list(_answers(asked, rows[0])),
            drawn=name in charts.CHECKUPS and sum(bool(row.scores) for row in rows) > 1,
        )


def _checkup(asked: Questionnaire, row: Row[Any], times: Times) -> Checkup:
    found = row.scores or {}
    result = score(asked, row.answers) if row.version == asked.version else None
    scores = [
        _score(asked, scale, found.get(scale.name), result)
        for scale in asked.scales
        if not scale.detail and found
    ]
    return Checkup(times.day(row.asked_at), scores, list(_notes(asked, row, result)))


def _score(asked: Questionnaire, scale: Scale, points: Any, result: Result | None) -> Score:
    number = points if isinstance(points, int) else None
    bands = [band.name for band in scale.bands if number is not None and number >= band.least]
    flagged = scale.flag is not None and scale.flag.holds(number)
    # As the alerts have it: what was left out is no sign that support is low.
    beyond = flagged if result is None else scale.name in result.flags
    of = _NO_ANSWER if number is None else f"{number} of {asked.range(scale)[1]}"
    return Score(scale.name, of, bands[-1] if bands else "", beyond=beyond)


def _notes(asked: Questionnaire, row: Row[Any], result: Result | None) -> Iterator[str]:
    if not row.scores:
        yield "Not finished."
    if result is None:
        yield f"Asked in an earlier version ({row.version})."
        return
    grave = asked.leading_to(SCREENER)
    for key in grave:
        if key in row.answers and row.answers[key] is None:
            yield f"Item {key} (death, self-harm) was left out: ask."
        elif row.answers.get(key):
            yield f"Item {key} (death, self-harm): {_said(asked, asked.item(key), row.answers)}."
    left_out = [k for k, answer in row.answers.items() if answer is None and k not in grave]
    if left_out:
        yield f"Left out: {', '.join(left_out)}."
    for more, less in result.inconsistent:
        yield f"Items {more} and {less} don't fit together: ask."


def _answers(asked: Questionnaire, row: Row[Any]) -> Iterator[tuple[str, str]]:
    """In the instrument's order; of an earlier version nobody knows the words any more."""
    if row.version != asked.version:
        return
    for item in asked.items:
        if item.key in row.answers:
            yield f"{item.key}. {item.en}", _said(asked, item, row.answers)


def _said(asked: Questionnaire, item: Item, answers: Mapping[str, Any]) -> str:
    given = answers.get(item.key)
    return next((o.en for o in asked.choices(item) if o.points == given), "left out")


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
    day = moments.day(stored)
    return "" if day is None else day_said(day)


PICTURES: Final[Sequence[str]] = (charts.MOOD, charts.URGES, *charts.CHECKUPS)
"""What can be drawn."""
