"""Addresses of ours to give for a meeting: they tell nobody what they lead to.

The way there or the room, an entry for a calendar, a finder outside. What stands behind one is
looked up when it is opened, so that a meeting that has moved since leads to where it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from content.wording import Later
from handlers.meetings import Meeting, Spot

if TYPE_CHECKING:
    from handlers.flow import Turn
    from handlers.programme import Session

Kind = Literal["way", "join", "calendar", "finder", "session"]
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_SEASON: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Link:
    """What an address leads to, and until when it works."""

    kind: Kind
    what: str
    """The meeting's `id`, or whose finder it is."""
    until: datetime
    weekly: bool = False
    """In a calendar it comes every week."""
    spot: Spot | None = field(default=None, repr=False)
    """Around which a finder looks."""


def go(turn: Turn, meeting: Meeting) -> Later:
    """The way there, or where nobody can go, the room it is joined in."""
    return join(turn, meeting) if meeting.miles is None else way(turn, meeting)


def way(turn: Turn, meeting: Meeting) -> Later:
    """Directions, in the map that their phone has."""
    return _made(turn, Link("way", meeting.id, _until(turn, meeting)))


def join(turn: Turn, meeting: Meeting) -> Later:
    """The room or the number to dial; it opens 15 minutes before the start."""
    return _made(turn, Link("join", meeting.id, _until(turn, meeting)))


def calendar(turn: Turn, meeting: Meeting, *, weekly: bool = False) -> Later:
    """An entry for their calendar, under a name that says nothing."""
    repeats = weekly and meeting.weekly
    return _made(turn, Link("calendar", meeting.id, _until(turn, meeting), weekly=repeats))


def session(turn: Turn, session: Session) -> Later:
    """The room of a session of theirs, where it is by the time that it is opened."""
    return _made(turn, Link("session", str(session.id), session.end + _HOUR))


def finder(turn: Turn, fellowship: str, spot: Spot | None = None) -> Later:
    """The finder that a fellowship has itself, around a place where it can be told one."""
    return _made(turn, Link("finder", fellowship, turn.now + 7 * _DAY, spot=spot))


def _made(turn: Turn, link: Link) -> Later:
    return Later(lambda: turn.around.link(link))


def _until(turn: Turn, meeting: Meeting) -> datetime:
    """Long enough for an entry in a calendar that names it."""
    return max(meeting.begins, turn.now) + (_SEASON if meeting.weekly else 2 * _DAY)
