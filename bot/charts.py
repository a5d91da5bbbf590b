"""A person's pictures: what they answered over time, read from the store and drawn.

By name: `mood` (the daily check-ins), `urges` (each one that was logged, before and after), or
that of a questionnaire. What is missing is a gap, never a zero.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from sqlalchemy import Connection

from bot import drawing
from bot.drawing import Panel, Plot, Series, Tie
from content import wording
from content.instrument import Scale
from content.questionnaires import questionnaires
from content.wording import Language
from handlers.own import whole
from storage import checkins, checkups, entries, people
from storage.store import Store

_log = logging.getLogger("companion.charts")

DAYS: Final = 30
"""Check-ins in a picture, at most."""
URGES: Final = 10
CHECKUPS: Final = 12
_SECONDS: Final = 20
"""A message waits no longer for its picture: then its words go alone."""
_MOST_TICKS: Final = 5
_MISSED: Final = 1.5
"""So many times its usual distance without an answer: one was missed."""


async def picture(
    store: Store, person_id: int, name: str, language: Language | None = None
) -> bytes | None:
    """A PNG, in their language unless another is asked for; None: there is nothing to draw.

    Never raises: without its picture a message still has its words.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            plot = await store.read(lambda tx: read(tx, person_id, name, language))
            return None if plot is None else await asyncio.to_thread(drawing.png, plot)
    except Exception:  # noqa: BLE001 - whatever it is, the words must not wait for it
        _log.exception("chart_failed", extra={"chart": name})
        return None


def read(
    tx: Connection, person_id: int, name: str, language: Language | None = None
) -> Plot | None:
    """What a picture shows; None without anything to show. Raises KeyError for an unknown name."""
    person = people.get(tx, person_id)
    said: Language = language or person.language
    if name == "mood":
        return _mood(tx, person_id, said)
    if name == "urges":
        return _urges(tx, person_id, said, ZoneInfo(person.zone))
    return _questionnaire(tx, person_id, name, said, ZoneInfo(person.zone))


def _mood(tx: Connection, person_id: int, language: Language) -> Plot | None:
    rows = list(reversed(checkins.latest(tx, person_id, DAYS)))
    days = [row.day for row in rows]
    lines = tuple(
        Series(
            _word("line_mood" if name == "mood" else "line_urge", language),
            _points(days, [whole(row.answers.get(name)) for row in rows], usual=1),
            style,
        )
        for style, name in enumerate(("mood", "craving"))
    )
    if not any(y is not None for line in lines for _, y in line.points):
        return None
    return Plot(
        _word("title_mood", language), (Panel("", 0, 10, lines),), _date_ticks(days, language)
    )


def _urges(tx: Connection, person_id: int, language: Language, zone: ZoneInfo) -> Plot | None:
    rows = reversed(entries.latest(tx, person_id, "craving", URGES))
    there = [
        (row.at.astimezone(zone).date(), began, whole(row.data.get("after")))
        for row in rows
        if (began := whole(row.data.get("intensity"))) is not None
    ]
    if not there:
        return None
    ties = tuple(Tie(float(n), began, came) for n, (_, began, came) in enumerate(there))
    days = [(float(n), day) for n, (day, _, _) in enumerate(there)]
    # Two of one day stand under one date.
    first = [(x, day) for n, (x, day) in enumerate(days) if n == 0 or days[n - 1][1] != day]
    ticks = tuple((x, _day(day, language)) for x, day in _thinned(first))
    panel = Panel("", 0, 10, ties=ties)
    before, after = _word("line_before", language), _word("line_after", language)
    return Plot(_word("title_urges", language), (panel,), ticks, before, after)


def _questionnaire(
    tx: Connection, person_id: int, name: str, language: Language, zone: ZoneInfo
) -> Plot | None:
    asked = questionnaires()[name]
    rows = [
        row
        for row in reversed(checkups.latest(tx, person_id, name, CHECKUPS))
        if row.scores is not None
    ]
    days = [row.asked_at.astimezone(zone).date() for row in rows]
    panels = []
    for style, scale in enumerate(each for each in asked.scales if not each.detail):
        values = [whole(row.scores.get(scale.name)) for row in rows]
        if all(value is None for value in values):
            continue
        points = _points(days, values, usual=asked.recall_days)
        low, high = asked.range(scale)
        edges = tuple(band.least for band in scale.bands if low < band.least < high)
        line = Series(scale.name, points, style % 3)
        panels.append(Panel(_named(scale, language), low, high, (line,), edges=edges))
    if not panels:
        return None
    return Plot(_word("title_checkup", language), tuple(panels), _date_ticks(days, language))


def _points(
    days: Sequence[date], values: Sequence[int | None], *, usual: int
) -> tuple[tuple[float, float | None], ...]:
    """Points by day; where more than one was missed between two, the line breaks."""
    points: list[tuple[float, float | None]] = []
    for n, (day, value) in enumerate(zip(days, values, strict=True)):
        x = float(day.toordinal())
        if n and (day - days[n - 1]).days > usual * _MISSED:
            points.append((x - 0.5, None))
        points.append((x, value))
    return tuple(points)


def _date_ticks(days: Sequence[date], language: Language) -> tuple[tuple[float, str], ...]:
    places = [(float(day.toordinal()), day) for day in days]
    return tuple((x, _day(day, language)) for x, day in _thinned(places))


def _thinned(places: Sequence[tuple[float, date]]) -> list[tuple[float, date]]:
    """Some of them, the first and the last among them, each with room for its words."""
    if not places:
        return []
    last = places[-1]
    room = (last[0] - places[0][0]) / _MOST_TICKS
    chosen = [places[0]]
    for place in places:
        if place[0] - chosen[-1][0] >= room and last[0] - place[0] >= room:
            chosen.append(place)
    return chosen if last[0] == places[0][0] else [*chosen, last]


def _day(day: date, language: Language) -> str:
    return str(format_skeleton("MMMd", datetime(day.year, day.month, day.day), locale=language))  # noqa: DTZ001 - a day of theirs


def _named(scale: Scale, language: Language) -> str:
    """A scale as the person reads it, and which way is the better one."""
    name = scale.name.lower().replace(" ", "_")
    known = wording.entries(language).get(f"chart.scale_{name}")
    better = _word("higher" if scale.better == "higher" else "lower", language)
    return f"{known.text if known else scale.name}: {better}"


def _word(key: str, language: Language) -> str:
    return wording.entries(language)[f"chart.{key}"].text
