"""What a search for a meeting remembers, and what its questions show of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content.wording import Language, Value
from handlers import meeting_list, meetings, moments
from handlers.flow import Turn
from handlers.meetings import Meeting, Wish
from handlers.own import Json, whole
from handlers.shown import Shows, numbered


def wished(turn: Turn) -> Wish:
    """What they look for, as far as it was said."""
    kept = turn.data.get("wish")
    return meetings.wish(kept) if isinstance(kept, str) else Wish()


def found(data: Mapping[str, Json]) -> list[Meeting]:
    """All that the store gave, also what is on other pages."""
    kept = data.get("found")
    rows: list[Any] = kept if isinstance(kept, list) else []
    return [meetings.meeting(each) for each in rows]


def first(data: Mapping[str, Json]) -> int:
    """How many of them stand before the page that is shown."""
    return whole(data.get("at")) or 0


def page(data: Mapping[str, Json]) -> list[Meeting]:
    """Those that are shown together."""
    at = first(data)
    return found(data)[at : at + meeting_list.PAGE]


def goes_on(data: Mapping[str, Json]) -> bool:
    """Whether there are more than are shown."""
    return data.get("further") is True or first(data) + meeting_list.PAGE < len(found(data))


def chosen(data: Mapping[str, Json]) -> Meeting | None:
    """The one that they picked."""
    kept = data.get("picked")
    return meetings.meeting(kept) if isinstance(kept, dict) else None


def places(data: Mapping[str, Json], _: Language) -> Shows:
    """The places that have the name they said."""
    return numbered(data.get("which"))


def results(data: Mapping[str, Json], language: Language) -> Shows:
    """The page, by numbers, and of when it is."""
    those, today = page(data), moments.day(data.get("today"))
    if not those or today is None:
        return Shows({"found": "", "date": ""})
    labels = {
        str(n): meeting_list.label(n, each, today, language) for n, each in enumerate(those, 1)
    }
    values: dict[str, Value] = {
        "found": meeting_list.listed(those, today, language, more=goes_on(data)),
        "date": meeting_list.as_of(those, language),
    }
    return Shows(values, labels)


def card(data: Mapping[str, Json], language: Language) -> Shows:
    """The one that they picked, in words."""
    one, today = chosen(data), moments.day(data.get("today"))
    if one is None or today is None:
        return Shows({"one": ""})
    return Shows({"one": meeting_list.one(one, today, language)})
