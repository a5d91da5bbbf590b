"""Support meetings as a talk knows them: what somebody wants, what was found, what they keep.

The talk asks the store by `Find("meetings", wish.to_text(), step)` and gets an `Answer` as text.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from handlers.own import Json

FIND: Final = "meetings"
"""The kind of the look-up."""
PLACE: Final = "meeting_place"
"""Among what they chose for themselves: the place they look around, as `Spot.data()`."""
PATH: Final = "path"
"""Among what they chose for themselves: whose meetings they want."""
SAVED: Final = "meeting"
"""The kind of the item and of the entry: one they come back to; one they went to."""

FELLOWSHIPS: Final = (
    "aa", "na", "smart", "ca", "cma", "ma", "ha", "rd", "refuge", "lifering",
    "al-anon", "alateen", "nar-anon", "aca", "coda", "ga", "oa", "eda", "slaa", "other",
)  # fmt: skip
FAMILY: Final = ("al-anon", "alateen", "nar-anon")
"""For people beside somebody who drinks or uses: shown only where asked for by name."""

KINDS: Final = (
    "open", "closed", "newcomers", "women", "men", "lgbtq", "young", "spanish", "wheelchair",
    "child_friendly", "proof", "speaker", "discussion", "steps", "literature", "meditation",
    "secular", "candlelight", "outdoors", "family",
)  # fmt: skip
"""Our own words for what a meeting is. `women` and `men` are for these alone, and are not shown
to who did not ask; `family` is for people beside somebody who drinks or uses."""

When = Literal["now", "tonight", "tomorrow", "day_after", "day"]
How = Literal["any", "near", "online", "phone"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to look around: how it is named back to them, and its zone."""

    lat: float
    lng: float
    label: str = field(repr=False)
    zone: str = "UTC"

    def data(self) -> dict[str, Json]:
        """As it is kept."""
        return dict(dataclasses.asdict(self))


def spot(data: object) -> Spot | None:
    """A kept place; None for anything else."""
    if not isinstance(data, Mapping):
        return None
    try:
        return Spot(float(data["lat"]), float(data["lng"]), str(data["label"]), str(data["zone"]))
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for."""

    near: str = field(default="", repr=False)
    """A ZIP code or city as typed; empty: `spot`, else the place they keep."""
    spot: Spot | None = field(default=None, repr=False)
    when: When = "now"
    """`now`: from ten minutes ago on, the next hour first. `day` is the next `weekday`."""
    weekday: int | None = None
    """0 is Sunday."""
    begins: int | None = None
    ends: int | None = None
    """Between which minutes of the day it starts; None: at any time of it."""
    fellowships: tuple[str, ...] = ()
    """Empty: all but those for families."""
    how: How = "any"
    kinds: tuple[str, ...] = ()
    """It is all of these."""
    skip: int = 0
    """How many were shown already."""
    soon: bool = field(default=False, compare=False)
    """They said "now" or "today": another day that they asked for before is over."""

    def to_text(self) -> str:
        """As the look-up gets it."""
        return json.dumps(dataclasses.asdict(self))


def wish(text: str) -> Wish:
    """What `Wish.to_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    return Wish(
        **{
            **data,
            "spot": spot(data.get("spot")),
            "fellowships": tuple(data.get("fellowships") or ()),
            "kinds": tuple(data.get("kinds") or ()),
        }
    )


@dataclass(frozen=True, slots=True)
class Meeting:
    """One that was found, with its next start."""

    id: str
    """The list's name and its own name of it: `list/key`."""
    fellowship: str | None
    name: str
    start: str
    """ISO with offset, in the zone of who looks."""
    minutes: int
    zone: str
    """Its own zone: it stays at its hour there."""
    day: int
    minute: int
    """As listed, in its own zone; 0 is Sunday."""
    attendance: str
    miles: float | None
    """None: not to go to."""
    location: str = ""
    address: str = ""
    lat: float | None = None
    lng: float | None = None
    join_url: str = ""
    join_phone: str = ""
    join_note: str = ""
    labels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    weekly: bool = True
    as_of: str = ""
    """The day of the copy that it stands in, ISO."""

    @property
    def begins(self) -> datetime:
        """When it starts next."""
        return datetime.fromisoformat(self.start)

    def data(self) -> dict[str, Json]:
        """As it is kept."""
        data: dict[str, Json] = dataclasses.asdict(self)
        return {**data, "labels": list(self.labels), "kinds": list(self.kinds)}


def meeting(data: Mapping[str, Any]) -> Meeting:
    """A kept one."""
    labels, kinds = data.get("labels") or (), data.get("kinds") or ()
    return Meeting(**{**data, "labels": tuple(labels), "kinds": tuple(kinds)})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store had to say: there is always something."""

    spot: Spot | None = field(default=None, repr=False)
    """Where was looked; None: the place is not known."""
    which: tuple[str, ...] = ()
    """It could be several: "Springfield, IL" and so on, likeliest first."""
    found: tuple[Meeting, ...] = ()
    """At most nine, in the order in which they are told: who can't wait finds something first."""
    more: bool = False
    circle: int | None = None
    """Miles it was looked within; None: nothing to go to was found."""
    asked: bool = True
    """False: nothing fits as asked, and these begin later or lack some of the kinds."""
    helpline: str = ""
    """Of whose lists they are, where the lists say one."""
    stale: bool = False
    """The lists are more than two weeks old."""

    def to_text(self) -> str:
        """As the look-up hands it back."""
        data = dataclasses.asdict(self)
        return json.dumps({**data, "found": [each.data() for each in self.found]})


def answer(text: str) -> Answer:
    """What `Answer.to_text` wrote."""
    data: dict[str, Any] = json.loads(text)
    return Answer(
        **{
            **data,
            "spot": spot(data.get("spot")),
            "which": tuple(data.get("which") or ()),
            "found": tuple(meeting(each) for each in data.get("found") or ()),
        }
    )
