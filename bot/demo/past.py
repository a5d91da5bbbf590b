"""What the demo's people logged, answered and kept in the weeks before. All of it is made up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from bot.demo.travel import local
from content.questionnaires import questionnaires
from handlers.scoring import score
from storage import checkups, entries, items, people

DAYS: Final = 28
"""How long they have been with the clinic when the demo begins."""
_ITEMS: Final = ("1", "2", "3", "4", "5", "6", *"89", *(str(n) for n in range(10, 18)))
"""Of the BAM-IOP, without those about single drugs; a dash: not asked."""

Urge = tuple[int, str, int, str, str, str, str, int | None]
"""Day, hour, how strong, what set it off, where, with whom, what they did, how strong after."""


@dataclass(frozen=True, slots=True)
class Past:
    """Somebody's weeks: by day since they came."""

    urges: tuple[Urge, ...] = field(default=(), repr=False)
    weeks: Mapping[int, str] = field(default_factory=dict, repr=False)
    """Day to the answers of a BAM-IOP; a week that is not there was missed."""
    answered: tuple[tuple[int, str, str], ...] = field(default=(), repr=False)
    """Day, questionnaire, points by item."""
    lapses: tuple[tuple[int, str, str], ...] = field(default=(), repr=False)
    """Day, what, with whom."""
    kept: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), repr=False)
    """Items by kind."""
    doses: tuple[str, ...] = field(default=(), repr=False)
    """What became of the first medicine on the last days, oldest first."""
    counted: int | None = None
    """How many days they count at the demo's beginning."""
    path: str = "none"
    lived: tuple[tuple[int, str, str], ...] = field(default=(), repr=False)
    """Day, hour, and what they say then, besides their check-ins: these days run for real."""


def _person(name: str, phone: str, kind: str, text: str = "") -> tuple[str, Mapping[str, Any]]:
    return "contact", {"name": name, "phone": phone, "kind": kind, "text": text, "shared": False}


def _reason(text: str) -> tuple[str, Mapping[str, Any]]:
    return "reason", {"text": text}


def _medicine(label: str, name: str, kind: str, at: str) -> tuple[str, Mapping[str, Any]]:
    flagged = kind == "buprenorphine"
    taken = {"label": label, "name": name, "kind": kind, "times": [at], "flagged": flagged}
    return "medicine", {**taken, "reminders": True}


PASTS: Final[Mapping[str, Past]] = {
    "Marcus Webb": Past(
        urges=(
            (3, "17:40", 8, "money", "work", "alone", "walk", 5),
            (7, "21:15", 7, "feeling", "home", "alone", "wave", 4),
            (12, "19:05", 6, "people", "out", "friends", "leave", 2),
            (16, "22:30", 8, "bored", "home", "alone", "wave", 3),
            (20, "18:10", 5, "place", "moving", "alone", "senses", 5),
            (24, "20:45", 7, "feeling", "home", "alone", "walk", None),
        ),
        weeks={
            1: "3 3 3 2 1 1 3 1 1 3 1 2 4 2 1 1",
            8: "2 3 3 0 - 0 3 2 1 2 1 2 4 2 2 2",
            22: "2 2 2 0 - 0 2 3 3 1 2 3 4 1 3 3",
        },
        answered=(
            (2, "phq2", "2 2"),
            (2, "phq9", "2 2 3 2 1 2 1 1 0 1"),
            (16, "phq2", "1 1"),
            (3, "gad2", "1 1"),
            (17, "gad2", "1 0"),
        ),
        kept=(
            _reason("Nia's graduation in June"),
            _reason("waking up without the dread"),
            _person("Ray", "+12155550152", "sponsor", "Got ten minutes? It's a loud one tonight."),
            _person("Andre", "+12155550147", "family"),
            ("hard_time", {
                "label": "Sunday evenings",
                "when": {"weekday": 6, "time": "20:00"},
                "line": "supper at Andre's, phone in the drawer",
            }),
            ("goal", {"text": "gym twice", "state": "open"}),
            ("goal", {"text": "call Ray before the weekend", "state": "open"}),
        ),
        counted=29,
        path="12step",
        lived=(
            (27, "19:34", "1"),
            (28, "15:02", "crave"),
            (28, "15:02", "7"),
            (28, "15:03", "1"),
            (28, "15:16", "1"),
            (28, "15:17", "3"),
            (28, "15:17", "1"),
            (28, "15:18", "3"),
            (28, "15:18", "1"),
            (28, "15:18", "1"),
        ),
    ),
    "Lucía Paredes": Past(
        urges=(
            (5, "16:20", 4, "feeling", "home", "family", "exhale", 2),
            (14, "20:10", 3, "bored", "home", "alone", "hands", 1),
            (23, "11:30", 5, "people", "out", "friends", "leave", 2),
        ),
        weeks={
            1: "2 2 1 0 - 0 1 3 2 1 3 2 4 1 4 3",
            8: "1 1 1 0 - 0 1 3 2 1 3 2 4 1 4 3",
            15: "1 1 1 0 - 0 1 4 2 0 3 3 4 0 4 4",
            22: "1 0 0 0 - 0 0 4 3 0 4 3 4 0 4 4",
        },
        answered=((2, "phq2", "0 1"), (16, "phq2", "0 0"), (3, "gad2", "1 1"), (17, "gad2", "0 1")),
        kept=(
            _reason("mis nietos"),
            _person("Tere", "+12155550164", "friend", "Comadre, ¿me acompañas un rato?"),
            ("goal", {"text": "caminar con Tere el sábado", "state": "open"}),
        ),
        counted=89,
        path="none",
    ),
    "Joan Keller": Past(
        weeks={1: "2 1 1 0 - 0 1 3 2 1 2 2 4 1 3 3", 15: "3 3 3 0 - 0 3 2 0 2 1 1 4 3 1 2"},
        answered=((2, "phq2", "1 1"), (16, "phq2", "2 1"), (16, "phq9", "2 1 3 3 2 1 1 0 0 1")),
    ),
    "Rosa Ibarra": Past(
        urges=(
            (15, "14:05", 7, "body", "home", "alone", "call", 4),
            (19, "21:40", 6, "money", "moving", "alone", "senses", 3),
            (25, "19:30", 5, "place", "moving", "alone", "other_way", 2),
        ),
        weeks={
            1: "3 4 3 0 - 0 3 2 1 2 3 1 4 2 2 2",
            8: "3 3 3 0 - 0 3 2 1 2 3 1 4 2 2 2",
            15: "3 4 4 0 - 1 4 1 0 3 3 0 4 2 2 1",
            22: "2 2 2 0 - 0 2 3 2 1 3 2 4 1 3 3",
        },
        answered=((2, "phq2", "1 2"), (2, "phq9", "1 2 2 2 1 1 1 0 0 1"), (16, "phq2", "1 1")),
        lapses=((14, "opioid", "friends"),),
        kept=(
            _reason("que mi hija me vea presente"),
            _person("Maribel", "+12155550171", "family"),
            ("learned", {
                "text": "llamar a Maribel antes de salir del trabajo",
                "before": "cobré y pasé por la esquina de siempre",
            }),
            _medicine("", "naltrexone 50 mg", "naltrexone", "10:00"),
        ),
        doses=("taken", "silent", "taken", "taken", "taken"),
        counted=13,
        path="none",
        lived=(
            (27, "10:06", "1"),
            (27, "18:36", "2"),
            (27, "18:36", "1"),
            (28, "10:03", "1"),
        ),
    ),
    "Tyrone Banks": Past(
        weeks={
            1: "1 1 1 0 - 0 1 3 3 1 1 4 4 0 3 3",
            8: "1 1 0 0 - 0 1 4 3 0 1 4 4 0 3 3",
            15: "1 0 0 0 - 0 0 4 3 0 1 4 4 0 4 4",
            22: "1 1 0 0 - 0 1 4 4 0 1 4 4 0 4 4",
        },
        counted=364,
        path="12step",
    ),
    "Emily Hart": Past(
        urges=(
            (10, "22:15", 6, "feeling", "home", "alone", "tape", 4),
            (21, "17:50", 8, "people", "out", "friends", "leave", 3),
        ),
        weeks={
            1: "2 2 3 0 - 0 3 2 1 2 1 2 4 2 2 2",
            8: "2 3 2 0 - 0 3 2 1 2 1 2 4 3 2 2",
            15: "2 2 2 0 - 0 2 3 2 1 1 3 4 2 2 3",
            22: "2 1 2 0 - 0 2 3 2 1 1 3 4 1 3 3",
        },
        answered=((3, "gad2", "2 2"), (3, "gad7", "2 2 2 1 1 2 1"), (17, "gad2", "1 1")),
        kept=(_medicine("morning item", "buprenorphine 8 mg", "buprenorphine", "08:30"),),
        doses=("taken", "taken", "taken", "skipped", "taken", "taken"),
        lived=((27, "08:41", "1"), (28, "08:33", "1")),
    ),
}  # fmt: skip


def write(tx: Connection, name: str, person_id: int, first: datetime, zone: str) -> None:
    """Put somebody's past into the store, dated from the day on which they came."""
    past, days = PASTS[name], _Days(first, zone)
    for day, week in past.weeks.items():
        _ended(tx, person_id, "bam_iop", zip(_ITEMS, week.split(), strict=True), days.at(day))
    for day, asked, points in past.answered:
        keys = [item.key for item in questionnaires()[asked].items]
        _ended(tx, person_id, asked, zip(keys, points.split(), strict=True), days.at(day))
    _logged(tx, person_id, past, days)
    medicine = _kept(tx, person_id, past, days)
    for back, what in enumerate(reversed(past.doses), 1):
        data = {"item": medicine, "what": what} | ({"why": "forgot"} if what == "skipped" else {})
        entries.add(tx, person_id, "dose", data, days.at(DAYS - 1 - back, "10:05"))
    told = days.at(2).date().isoformat()
    own = {"naloxone": "home", "naloxone_at": told, "naloxone_asked": told}
    if past.counted is not None:
        since = days.at(DAYS).date() - timedelta(days=past.counted)
        own |= {"path": past.path, "counter": "since", "since": since.isoformat()}
    people.change(tx, person_id, own=own)


@dataclass(frozen=True, slots=True)
class _Days:
    """Moments by day since they came."""

    first: datetime
    zone: str

    def at(self, day: int, hour: str = "17:20") -> datetime:
        return local(self.first + timedelta(days=day), time.fromisoformat(hour), self.zone)


def _ended(
    tx: Connection, person_id: int, name: str, given: Iterable[tuple[str, str]], at: datetime
) -> None:
    asked = questionnaires()[name]
    answers = {key: int(points) for key, points in given if points != "-"}
    kept = dict(score(asked, answers).scores)
    checkups.keep(tx, person_id, name, asked.version, answers, kept, at)


def _logged(tx: Connection, person_id: int, past: Past, days: _Days) -> None:
    for day, hour, before, trigger, place, company, skill, after in past.urges:
        told = {"intensity": before, "trigger": trigger, "place": place, "company": company}
        did: dict[str, Any] = {"skill": skill, "tried": [skill], "helped": None}
        if after is not None:
            did |= {"after": after, "helped": after < before}
        entries.add(tx, person_id, "craving", told | did, days.at(day, hour))
    for day, what, company in past.lapses:
        at = days.at(day, "20:10")
        data = {"day": at.date().isoformat(), "what": what, "with": company}
        entries.add(tx, person_id, "lapse", data, at)


def _kept(tx: Connection, person_id: int, past: Past, days: _Days) -> int | None:
    """Keep what stays; returns the number of their medicine."""
    year, week, _ = days.at(DAYS).isocalendar()
    found = None
    for kind, data in past.kept:
        # Goals are set on the Sunday before the week that they are for.
        at = days.at(DAYS - 1 if kind == "goal" else 4, "18:10")
        more = {"week": f"{year}-W{week:02}"} if kind == "goal" else {}
        number = items.keep(tx, person_id, kind, {**data, **more}, at)
        found = number if kind == "medicine" else found
    return found
