"""What somebody takes, as staff read it, with what became of the latest times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import keeping
from bot.web.times import Times, day_said
from content.wording import clock
from handlers import medicines, moments
from handlers.flow import Turn
from handlers.medicines import KIND, LOG
from handlers.own import Item
from handlers.person import Around, Person
from storage import entries, items

KINDS: Final[Mapping[str, str]] = {
    "methadone": "Methadone",
    "buprenorphine": "Buprenorphine",
    "naltrexone": "Naltrexone",
    "benzodiazepine": "Benzodiazepine",
    "alcohol_med": "Medicine against alcohol",
    "other": "Another",
}
BECAME: Final[Mapping[str, str]] = {
    medicines.ASKED: "asked",
    medicines.TAKEN: "done",
    medicines.LATER: "later",
    medicines.SKIPPED: "left out",
    medicines.SILENT: "no answer",
}
WHY: Final[Mapping[str, str]] = {
    "forgot": "forgot",
    "effects": "side effects",
    "out": "ran out",
    "unwanted": "does not want it",
    "other": "something else",
}
_SHOWN: Final = 60
_DOSES: Final = 14


@dataclass(frozen=True, slots=True)
class Medicine:
    """One of them as staff read it."""

    id: int
    name: str = field(repr=False)
    kind: str
    label: str = field(repr=False)
    hours: str
    reminders: str
    refill: str
    flagged: bool
    own: bool
    current: bool
    missed: int
    """How many times in a row it was left out."""
    doses: list[tuple[str, str, bool]] = field(repr=False)
    """When, what became of it, and whether it was left out."""


def read(tx: Connection, person: Row[Any], times: Times) -> list[Medicine]:
    """All of a person's, those that they take now in front."""
    log = [row for row in entries.latest(tx, person.id, LOG, _SHOWN) if _ended(row)]
    rows = items.of(tx, person.id, KIND)
    those = tuple(Item(row.id, row.kind, row.data, row.at) for row in rows)
    spoken = Person(person.id, "", language=person.language, zone=person.zone)
    own = keeping.own(tx, person.id, person.own)
    turn = Turn(spoken, Around("", "", own=own), times.now)
    found = [_medicine(item, turn, log, times) for item in those]
    return sorted(found, key=lambda each: not each.current)


def _ended(row: Row[Any]) -> bool:
    return row.data.get("what") not in (medicines.ASKED, medicines.LATER)


def _medicine(item: Item, turn: Turn, log: list[Row[Any]], times: Times) -> Medicine:
    theirs = [row for row in log if row.data.get("item") == item.id]
    left_out = [row.data.get("what") != medicines.TAKEN for row in theirs]
    own = bool(item.data.get("own"))
    return Medicine(
        id=item.id,
        name=item.text("name") or ("Something of their own" if own else "Without a name"),
        kind=KINDS.get(item.text("kind"), KINDS["other"]),
        label=medicines.label(turn, item),
        hours=hours(item.data),
        reminders=_reminders(item),
        refill=_refill(item, times.today_there()),
        flagged=bool(item.data.get("flagged")),
        own=own,
        current=item.data.get("state") != "stopped",
        missed=medicines.misses(medicines.log(turn), item.id),
        doses=[
            (times.at(row.at), _became(row), out)
            for row, out in zip(theirs[:_DOSES], left_out, strict=False)
        ],
    )


def _became(row: Row[Any]) -> str:
    what = BECAME.get(str(row.data.get("what")), "")
    why = WHY.get(str(row.data.get("why")), "")
    return f"{what}: {why}" if why else what


def hours(data: Mapping[str, Any]) -> str:
    """The hours of a stored one, in words."""
    return ", ".join(clock(at, "en", "UTC") for at in medicines.hours_of(data))


def _reminders(item: Item) -> str:
    if not item.data.get("reminders"):
        return "off"
    if medicines.waits(item):
        return "on, but not before 8 am or after 9 pm: they have not said yes to that under MEDS"
    return "on"


def _refill(item: Item, today: date) -> str:
    day = moments.day(item.text("refill_on"))
    if day is None:
        return ""
    done = item.text("refill_on") == item.text("refill_done")
    state = "arranged, they say" if done else ("over: set the next one" if day < today else "")
    return f"{day_said(day)}, {state}" if state else day_said(day)
