"""What an event of a calendar says beside its time: title, kind, place, link, who leads it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.calendars import kinds
from bot.calendars.occurrence import LINK, MOST_PLACES, NAME, PLACE, TITLE
from bot.feeds import links

_OFF: Final = re.compile(r"^\s*(?:cancell?ed|cancelad[oa])\s*[:\-–]\s*", re.IGNORECASE)
_LEADS: Final = re.compile(
    r"^\s*(?:facilitator|led by|leader|facilita|facilitador[a]?)\s*:\s*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
_PLACES: Final = re.compile(
    r"^\s*(?:capacity|max(?:imum)?|seats|cupo)\s*:\s*(\d{1,3})\b", re.IGNORECASE | re.MULTILINE
)
_ANY: Final = re.compile(r"https://[^\s<>\"'|]{4,480}")
_SAYS_ONLINE: Final = re.compile(
    r"^(?:(?:microsoft )?teams meeting|zoom(?: meeting)?|google meet|online|virtual|telehealth"
    r"|en l[ií]nea)$",
    re.IGNORECASE,
)
_ROOMS: Final = (
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "CONFERENCE",
)
_HIDDEN: Final = ("PRIVATE", "CONFIDENTIAL")
_LONGEST_UID: Final = 255


@dataclass(frozen=True, slots=True)
class Details:
    """What is said of one time."""

    title: str = field(repr=False)
    kind: str
    place: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    facilitator: str | None = field(default=None, repr=False)
    capacity: int | None = None
    cancelled: bool = False


def of(event: Any, usual: Details | None = None) -> Details:
    """All of it; what one time does not say is as `usual` in its series."""
    written, prose = _line(event, "SUMMARY"), _prose(event)
    title = _OFF.sub("", written)
    place = _place(event)
    link = _link(event, place, prose)
    if place is not None and (_ANY.search(place) or _SAYS_ONLINE.match(place)):
        place = None
    kind = kinds.of(title, _categories(event))
    off = _line(event, "STATUS").upper() == "CANCELLED" or title != written
    said = Details(
        title[:TITLE] or "-",
        kind,
        place,
        link,
        _facilitator(event, prose),
        _capacity(prose),
        off,
    )
    return said if usual is None else _filled(said, usual, event)


def _filled(said: Details, usual: Details, event: Any) -> Details:
    elsewhere = "LOCATION" in event
    return replace(
        said,
        title=usual.title if said.title == "-" else said.title,
        kind=usual.kind if said.kind == "other" else said.kind,
        place=said.place if elsewhere else usual.place,
        link=said.link or (None if elsewhere else usual.link),
        facilitator=said.facilitator or usual.facilitator,
        capacity=said.capacity or usual.capacity,
    )


def is_private(event: Any) -> bool:
    """Whether it is somebody's own, by what it says of itself."""
    return _line(event, "CLASS").upper() in _HIDDEN


def uid(event: Any, split: re.Pattern[str]) -> str:
    """The name of its series; of one without any, a digest of what it is."""
    named = split.sub("", _line(event, "UID"))
    if named and len(named) <= _LONGEST_UID:
        return named
    start = event.get("DTSTART")
    told = f"{named} {'' if named else _line(event, 'SUMMARY')} {'' if named else start}"
    return hashlib.sha256(told.encode()).hexdigest()


def _line(event: Any, name: str) -> str:
    """A property on one line; the first where there are several."""
    value = event.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(str(value or "").replace("\0", "").split())


def _prose(event: Any) -> str:
    value = event.get("DESCRIPTION", "")
    text = str(value[0] if isinstance(value, list) and value else value)
    return re.sub(r"<br\s*/?>|</p>", "\n", text, flags=re.IGNORECASE)


def _categories(event: Any) -> tuple[str, ...]:
    found = event.get("CATEGORIES", [])
    lists = found if isinstance(found, list) else [found]
    return tuple(str(name) for each in lists for name in getattr(each, "cats", [each]))


def _place(event: Any) -> str | None:
    value = event.get("LOCATION", "")
    text = str(value[0] if isinstance(value, list) and value else value).replace("\0", "")
    lines = [" ".join(line.split()).rstrip(",") for line in text.splitlines()]
    return ", ".join(filter(None, lines))[:PLACE] or None


def _link(event: Any, place: str | None, prose: str) -> str | None:
    for name in (*_ROOMS, "URL"):
        found = _ANY.search(_line(event, name))
        # A page about the event is no room: of a URL only what is known for meetings.
        if found and (name != "URL" or links.known(found[0])):
            return found[0][:LINK]
    found = _ANY.search(place or "")
    return found[0][:LINK] if found else links.join(prose)


def _facilitator(event: Any, prose: str) -> str | None:
    found = _LEADS.search(prose)
    if found:
        return re.sub(r"<[^>]*>", "", found[1]).strip()[:NAME] or None
    organizer = event.get("ORGANIZER")
    named = str(getattr(organizer, "params", {}).get("CN", "")).strip("\"' ")
    return named[:NAME] if named and "@" not in named else None


def _capacity(prose: str) -> int | None:
    found = _PLACES.search(prose)
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST_PLACES else None
