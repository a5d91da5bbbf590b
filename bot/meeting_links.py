"""The addresses that stand in texts about a meeting, and what each leads to when it is opened.

The address is a keyed hash of what it leads to: it names nobody and nothing, is the same for
everybody, and can't be guessed. What it stands for is kept as a fact for as long as it works.
"""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final, Literal
from urllib.parse import quote

from sqlalchemy import Connection, Row

from bot.config import House
from content.wording import Language
from handlers import occasions
from handlers.links import Link
from storage import facts, listed, timetable
from storage.encryption import keyring_of

EARLY: Final = timedelta(minutes=15)
LATE: Final = timedelta(minutes=60)
"""A room can be entered from so long before the start to so long after it."""
_FACT: Final = "meet:"
_BYTES: Final = 9
_KINDS: Final[Mapping[str, str]] = {
    "way": "w",
    "join": "j",
    "calendar": "c",
    "finder": "f",
    "session": "s",
}
_MAP: Final = "https://www.google.com/maps/dir/?api=1&destination="
"""Opens the map that the phone has; in a browser where it has none."""
_MOMENT: Final = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Place:
    """What an address leads to."""

    language: Language
    is_: Literal["there", "room", "early", "gone", "date"]
    """A page elsewhere, a room that is open, one that is not yet, one that is no longer listed,
    or an entry of a calendar."""
    url: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    row: Row[Any] | None = field(default=None, repr=False)
    start: datetime | None = None
    weekly: bool = False


def made(tx: Connection, house: House, language: Language, link: Link) -> str:
    """The address of a link; empty where there is nothing behind it."""
    parts = _parts(tx, link)
    if parts is None:
        return ""
    what = " ".join((_KINDS[link.kind], language, *parts))
    token = _token(tx, what)
    facts.put_fact(tx, _FACT + token, f"{link.until.astimezone(UTC):{_MOMENT}} {what}")
    return f"{house.url}/m/{token}{'.ics' if link.kind == 'calendar' else ''}"


def _parts(tx: Connection, link: Link) -> tuple[str, ...] | None:
    if link.kind == "finder":
        at = f"{link.spot.lat:.2f},{link.spot.lng:.2f}" if link.spot is not None else "-"
        return (at, link.what) if link.what in finders() else None
    if link.kind == "session":
        return "-", link.what
    feed_id = listed.feed_of(tx, link.what)
    if feed_id is None:
        return None
    return "w" if link.weekly else "-", str(feed_id), listed.parted(link.what)[1]


def _token(tx: Connection, what: str) -> str:
    keyed = keyring_of(tx.dialect).digest(f"meeting {what}").partition(":")[2]
    return base64.urlsafe_b64encode(bytes.fromhex(keyed)[:_BYTES]).decode()


def look(tx: Connection, token: str, now: datetime) -> Place | None:
    """What is behind an address; None: nothing, or no longer."""
    said = facts.get_fact(tx, _FACT + token)
    if said is None:
        return None
    until, kind, said_in, more, *rest = said.split(" ", 5)
    if until <= f"{now.astimezone(UTC):{_MOMENT}}":
        return None
    language: Language = "es" if said_in == "es" else "en"
    if kind == "f":
        return Place(language, "there", _finder(rest[0], more))
    if kind == "s":
        return _session(tx, int(rest[0]), language)
    row = listed.get(tx, int(rest[0]), rest[1])
    return _held(row, kind, language, now, weekly=more == "w")


def _held(
    row: Row[Any] | None, kind: str, language: Language, now: datetime, *, weekly: bool
) -> Place:
    if row is None or row.attendance == "inactive":
        return Place(language, "gone")
    if kind == "c":
        start = occasions.next_start(row.day, row.minute, row.zone, now - LATE)
        return Place(language, "date", row=row, start=start, weekly=weekly)
    if kind == "w" and row.cell is not None:
        return Place(language, "there", _way(row))
    return _room(row, language, now)


def _session(tx: Connection, which: int, language: Language) -> Place:
    row = timetable.one(tx, which)
    if row is None or row.state != "planned" or not row.link:
        return Place(language, "gone")
    web = row.link.startswith(("https://", "http://"))
    return Place(language, "there", row.link) if web else Place(language, "room", note=row.link)


def _way(row: Row[Any]) -> str:
    return f"{_MAP}{row.lat:.5f},{row.lng:.5f}"


def _room(row: Row[Any], language: Language, now: datetime) -> Place:
    start = occasions.next_start(row.day, row.minute, row.zone, now - LATE)
    if now < start - EARLY:
        return Place(language, "early")
    url, phone, note = row.join_url or "", row.join_phone or "", row.join_note or ""
    if not url and not phone:
        return Place(language, "gone")
    return Place(language, "room", url, _dialled(phone), note)


def _dialled(phone: str) -> str:
    return "".join(c for c in phone if c in "0123456789+,*#")


@cache
def finders() -> Mapping[str, Mapping[str, str]]:
    """Where fellowships list their own, by fellowship."""
    text = resources.files("content").joinpath("meetings/finders.toml").read_text("utf-8")
    return tomllib.loads(text)


def _finder(fellowship: str, at: str) -> str:
    known = finders()[fellowship]
    lat, _, lng = at.partition(",")
    near = known.get("near")
    if near is None or not lng:
        return known["plain"]
    return near.format(lat=quote(lat), lng=quote(lng))


def forget(tx: Connection, now: datetime) -> int:
    """Forget those that work no longer; how many."""
    return facts.forget_facts(tx, _FACT, f"{now.astimezone(UTC):{_MOMENT}}")
