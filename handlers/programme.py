"""The programme as a talk knows it: sessions, somebody's seats in them, tasks, hours of a week.

The door looks these up when they are asked for; what a talk decides goes back as effects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from content.wording import Later

KINDS: Final = (
    "group",
    "individual",
    "family",
    "couples",
    "medical",
    "medication",
    "drug_screen",
    "case_management",
    "education",
    "vocational",
    "complementary",
    "support_meeting",
    "other",
)
"""What a session can be."""
BARRIERS: Final = ("ride", "work", "care", "ill", "unready", "other")
"""What stands in the way of coming; `care` is of children or others, `unready` not feeling up to it
(the usual ones among people in treatment: Tofighi 2017)."""
NEEDS: Final = ("ride", "food", "housing", "phone", "id_papers", "child_care", "job", "legal")
"""What a case manager helps with."""
SEAT: Final = "seat"
"""The look-up (`Find`) that takes a place: "SESSION" or "SESSION:SEAT" for one in place of another;
gives "booked", "full" or "gone"."""
HERE: Final = "here"
"""The look-up that tries the day's word: gives the seat's number, or None where nothing fits."""


@dataclass(frozen=True, slots=True)
class Session:
    """One time that something is held."""

    id: int
    series: int
    kind: str
    title: str = field(repr=False)
    start: datetime
    end: datetime
    place: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    """Where it is joined from afar."""
    state: str = "planned"
    free: int | None = None
    """Places that are free; None: as many as come."""
    usual: bool = True
    """It is where its series is held."""

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return round((self.end - self.start).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in a session."""

    id: int
    session: Session
    via: str = "enrolled"
    state: str = "held"
    reply: str | None = None
    barrier: str | None = None
    here_at: datetime | None = None
    mark: str | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What has become of a seat since they last heard of it."""

    what: Literal["moved", "cancelled", "place", "back"]
    """`back`: they heard that it was cancelled, and it is held after all."""
    start: datetime
    """When it was, as they know it."""
    elsewhere: bool = False
    """It is held at another place, or from another link, than they know."""
    others: tuple[tuple[Seat, News], ...] = ()
    """What else of theirs changed and nobody told them yet, the soonest first."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a human does for them."""

    id: int
    kind: str
    state: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """The ledger of one week, in minutes."""

    first: date
    """Its Monday, in the clinic's zone."""
    prescribed: int | None
    """None: nothing is prescribed."""
    attended: int
    planned: int
    """Still to come, of what they hold a seat in."""
    excused: int
    open_: tuple[Session, ...] = ()
    """Sessions with a free place that could make up what is missing."""
    unmarked: int = 0
    """Over, and nobody has said yet who came."""

    @property
    def short(self) -> int:
        """What would still be missing if they come to all they hold a seat in; 0: nothing."""
        return max(0, (self.prescribed or 0) - self.attended - self.planned - self.unmarked)


@dataclass(frozen=True, slots=True)
class Rewards:
    """What they have earned, as far as the clinic gives rewards."""

    cents: int
    """That they can pick up."""
    lines: tuple[tuple[date, int], ...] = ()
    """The latest, the newest first: of which day, and how many cents."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A drug screen that they were told of, or are to be told of today."""

    id: int
    day: date
    start: datetime
    end: datetime
    state: str
    notice: datetime
    """When they are told, at the earliest."""


def _seats(since: datetime, until: datetime) -> tuple[Seat, ...]:
    del since, until
    return ()


def _nothing(of: object) -> None:
    del of


def _instead(which: int) -> tuple[Session, ...]:
    del which
    return ()


def _no() -> bool:
    return False


def _tasks() -> tuple[Task, ...]:
    return ()


def _resources(kind: str) -> tuple[str, ...]:
    del kind
    return ()


def _screens() -> tuple[Screen, ...]:
    return ()


def _no_rewards() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Programme:
    """The look-ups; without them somebody has no timetable."""

    seats: Callable[[datetime, datetime], tuple[Seat, ...]] = field(default=_seats, repr=False)
    """Theirs that start from a moment until before another, in order; cancelled sessions and seats
    among them."""
    evening: time = time(18, 30)
    """When they hear of the next day's sessions, unless they choose another hour."""
    soon: timedelta = timedelta(hours=2)
    """How long before a session they hear of it once more."""
    helpers: str | Later = ""
    """When those read who do what is asked for; computed from the rota."""
    seat: Callable[[int], Seat | None] = field(default=_nothing, repr=False)
    """One of theirs by its number."""
    news: Callable[[int], News | None] = field(default=_nothing, repr=False)
    """What has become of one of theirs that was moved or cancelled; None: nothing new."""
    feed: Callable[[], str] = field(default=str, repr=False)
    """The address at which their calendar can be subscribed to; made when it is said."""
    instead: Callable[[int], tuple[Session, ...]] = field(default=_instead, repr=False)
    """What could stand in for a seat of theirs: the same kind, within the week, a place free."""
    week: Callable[[date], Week | None] = field(default=_nothing, repr=False)
    """The ledger of the week that a day is in; None: they have no programme."""
    tells_week: Callable[[], bool] = field(default=_no, repr=False)
    """Whether they hear of their hours each week: some are prescribed, and the clinic tells."""
    tasks: Callable[[], tuple[Task, ...]] = field(default=_tasks, repr=False)
    """Open and lately closed ones, the newest first."""
    resources: Callable[[str], tuple[str, ...]] = field(default=_resources, repr=False)
    """The clinic's own lines about a need."""
    screens: Callable[[], tuple[Screen, ...]] = field(default=_screens, repr=False)
    """Of today and later, told or still to be told."""
    rewards: Callable[[], Rewards | None] = field(default=_no_rewards, repr=False)
    """Their ledger; None: the clinic gives none."""


@dataclass(frozen=True, slots=True)
class ReplySeat:
    """What they say of coming: coming, cannot (their place is free for others), help or late."""

    seat: int
    reply: str
    barrier: str | None = None
    late_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A human is asked to do something for them; one open task of a kind and a seat at most."""

    kind: str
    source: str
    seat: int | None = None
    words: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TellFacilitator:
    """Who leads a session hears something of it, without a name: `late`, `cannot`."""

    seat: int
    what: str


@dataclass(frozen=True, slots=True)
class ReplyScreen:
    """They were told of a screen, or say of it: confirmed, or cannot and why."""

    screen: int
    reply: str
    barrier: str | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """An answer about the temperature of a room: kept apart from who gave it."""

    broadcast: int
    mood: int | None = None
    craving: int | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class RevokeFeed:
    """The address of their calendar works no longer; the next one is another."""


ProgrammeEffect = ReplySeat | OpenTask | TellFacilitator | ReplyScreen | Voice | RevokeFeed
