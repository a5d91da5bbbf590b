"""No text that names an hour promises what the rota does not give: over rotas, zones, DST days.

What the sentence claims is read back from its words, as somebody reads them who has a clock and
a calendar, and held against a rota that is counted out minute by minute in this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import rota
from bot.config import Clinic
from bot.rota import Worker
from bot.section import DAYS
from tests.conftest import clinic

ZONES: Final = ("America/New_York", "America/Denver", "America/Phoenix", "Pacific/Honolulu")
DST: Final = (date(2026, 3, 8), date(2026, 11, 1), date(2026, 6, 17))
"""The two days on which clocks change, and one on which they don't."""
MINUTE: Final = timedelta(minutes=1)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LINE: Final = "802-555-0142"

hours = st.sampled_from(["00:00", "01:30", "02:00", "02:30", "03:00", "08:00", "17:30", "23:59"])
days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True)
shifts = st.lists(
    st.builds(
        lambda who, on, start, end: {"who": who, "days": sorted(on), "from": start, "to": end},
        st.sampled_from(["counselor", "supervisor", "Dana Reyes"]),
        days,
        hours,
        hours,
    ),
    min_size=1,
    max_size=4,
)
moments = st.builds(
    lambda day, minutes: datetime.combine(day, time(), UTC) + timedelta(minutes=minutes),
    st.sampled_from(DST),
    st.integers(-2 * 24 * 60, 3 * 24 * 60),
)
absences = st.lists(st.tuples(moments, st.integers(1, 6 * 24 * 60)), max_size=2)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Clinic, list[Worker], datetime, str]:
    line = draw(st.sampled_from([None, LINE]))
    after: dict[str, Any] = {"mode": "line", "line": line} if line else {"mode": "none"}
    made = clinic(zone=draw(st.sampled_from(ZONES)), after_hours=after, shifts=draw(shifts))
    team = [
        Worker(number, name, role, tuple((at, at + n * MINUTE) for at, n in draw(absences)))
        for number, (name, role) in enumerate(
            [("Dana Reyes", "counselor"), ("Lee Okafor", "supervisor")]
        )
    ]
    return made, team, draw(moments), draw(st.sampled_from(ZONES))


def reads(made: Clinic, team: list[Worker], moment: datetime) -> bool:
    """Whether somebody reads at a moment, by the shifts as they are written."""
    for worker in team:
        if any(start <= moment < end for start, end in worker.off):
            continue
        named = [s for s in made.shifts if s.who == worker.name]
        for shift in named or [s for s in made.shifts if s.who == worker.role]:
            here = moment.astimezone(made.tz).date()
            for day in (here - timedelta(days=1), here):
                if DAYS[day.weekday()] not in shift.days:
                    continue
                last = day if shift.end > shift.start else day + timedelta(days=1)
                start = datetime.combine(day, shift.start, made.tz).astimezone(UTC)
                end = datetime.combine(last, shift.end, made.tz).astimezone(UTC)
                if start <= moment < end:
                    return True
    return False


def said_times(sentence: str, now: datetime, zone: str, days_ahead: int) -> Iterator[datetime]:
    """When the clock of the reader next shows the hour of the sentence, that many days on."""
    found = re.search(r"(\d{1,2})(?::(\d\d))? ([ap])m", sentence)
    assert found, sentence
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    there = ZoneInfo(zone)
    day = now.astimezone(there).date() + timedelta(days=days_ahead)
    wall = datetime.combine(day, time(hour, int(found[2] or 0)))
    for fold in (0, 1):
        yield wall.replace(tzinfo=there, fold=fold).astimezone(UTC)


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    # Shifts, absences and clocks change on whole minutes; three apart finds any gap that counts.
    for step in range(int((end - start) / MINUTE / 3) + 1):
        if start + step * 3 * MINUTE < end:
            yield start + step * 3 * MINUTE


def keeps(sentence: str, made: Clinic, team: list[Worker], now: datetime, zone: str) -> bool:
    """Whether the rota gives what a sentence claims."""
    if "day and night" in sentence:
        return all(reads(made, team, m) for m in minutes(now, now + timedelta(days=2)))
    if "until" in sentence:
        ahead = [m for n in (0, 1) for m in said_times(sentence, now, zone, n) if m > now]
        # Whoever reads an hour that the clock shows twice may take it for either.
        return all(
            reads(made, team, m) or reads(made, team, m + MINUTE) for m in minutes(now, min(ahead))
        )
    if "No one" in sentence or "don't know" in sentence:
        return not reads(made, team, now)
    day = re.search("|".join(WEEKDAYS), sentence)
    if day is not None:
        today = now.astimezone(ZoneInfo(zone)).weekday()
        ahead_days = (WEEKDAYS.index(day[0]) - today) % 7
        times = [
            m for n in (ahead_days, ahead_days + 7) for m in said_times(sentence, now, zone, n)
        ]
        meant = [m for m in times if m > now][:2]
        return any(reads(made, team, m) for m in meant)
    days_ahead = 1 if "tomorrow" in sentence else 0
    return any(reads(made, team, m) for m in said_times(sentence, now, zone, days_ahead) if m > now)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(cases())
def test_what_a_sentence_says_of_the_team_the_rota_gives(
    case: tuple[Clinic, list[Worker], datetime, str],
) -> None:
    made, team, now, zone = case
    for line in (rota.team_line, rota.closed_line):
        text = line(team, made, now, language="en", zone=zone)
        for sentence in re.split(r"(?<=\.) ", text):
            if sentence and LINE not in sentence:
                assert keeps(sentence, made, team, now, zone), text


@settings(max_examples=100, deadline=None, derandomize=True)
@given(cases())
def test_both_languages_promise_the_same(
    case: tuple[Clinic, list[Worker], datetime, str],
) -> None:
    made, team, now, zone = case
    english = rota.team_line(team, made, now, language="en", zone=zone)
    spanish = rota.team_line(team, made, now, language="es", zone=zone)
    assert re.findall(r"\d+(?::\d+)?", english) == re.findall(r"\d+(?::\d+)?", spanish)


def test_the_check_finds_a_promise_that_is_not_kept() -> None:
    by_day = clinic(
        after_hours={"mode": "none"},
        shifts=[{"who": "counselor", "days": "mon-fri", "from": "08:00", "to": "17:00"}],
    )
    team = [Worker(1, "Dana Reyes", "counselor")]
    now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    for sentence, kept in (
        ("Your team reads this until 5 pm.", True),
        ("Your team reads this until 5:30 pm.", False),
        ("Your team reads this day and night.", False),
        ("Your team reads this tomorrow from 8 am.", True),
        ("Your team reads this tomorrow from 7 am.", False),
        ("Your team reads this Saturday from 8 am.", False),
        ("No one on the team reads this now.", False),
    ):
        assert keeps(sentence, by_day, team, now, "America/New_York") is kept, sentence
