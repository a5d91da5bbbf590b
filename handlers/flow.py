"""What a talk is made of: a Flow of named Steps; a Turn goes in, an Outcome comes out.

A step is an answer type and a small pure function. Its question is content under the same
name (`content/en/<flow>.toml`, key = step). What is stored between turns is `Place`: two
names and JSON, so that a release in mid-talk finds its way, or says kindly that it can't.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from content.wording import Language, Later, Value
from handlers.answers import Answer
from handlers.links import Link
from handlers.own import (
    Amend,
    Answers,
    Chart,
    Choose,
    DropItem,
    Json,
    KeepItem,
    Own,
    Remind,
    SendTo,
)
from handlers.programme import Programme, ProgrammeEffect
from handlers.shown import Shows

A = TypeVar("A")


class Level(StrEnum):
    """How much a message needs a human; in rising order."""

    NONE = "none"
    CONCERN = "concern"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for none to 3 for emergency."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Risk:
    """What the screen said of a text: a level, labels, and the words that triggered it."""

    level: Level
    labels: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=(), repr=False)
    bystander: bool = False
    """The body in danger is somebody else's: the help is for who stands beside it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in a talk: names and JSON, the turn that asked, and its life."""

    flow: str
    step: str
    data: Mapping[str, Json] = field(default_factory=dict)
    asked_in: int = 0
    until: datetime | None = None
    tries: int = 0
    under: Place | None = None
    """Of a question that was put aside: the one that lies under it."""


_PLACE = tuple(each.name for each in dataclasses.fields(Place) if each.name != "under")


def place_to(place: Place | None) -> dict[str, Any] | None:
    """A place as JSON: names only, never a number of a step."""
    if place is None:
        return None
    until = place.until.isoformat() if place.until else None
    # As `asdict`, without copying what is in it.
    stored = {name: getattr(place, name) for name in _PLACE}
    under = {} if place.under is None else {"under": place_to(place.under)}
    return {**stored, **under, "data": dict(place.data), "until": until}


def place_from(stored: Mapping[str, Any] | None) -> Place | None:
    """A stored place; None for one of a form that this release does not know."""
    if stored is None:
        return None
    until = stored.get("until")
    try:
        moment = datetime.fromisoformat(until) if until else None
        return Place(**{**stored, "until": moment, "under": place_from(stored.get("under"))})
    except (TypeError, ValueError):
        # Written by another release: as good as no place, and nobody is stuck in it.
        return None


Answered = Literal["plain", "short", "nothing"]
"""How danger is answered: in full, in one line, or not at all; staff hear of it in any case."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the core may know of somebody who writes."""

    id: int
    name: str = field(repr=False)
    language: Language = "en"
    zone: str = "UTC"
    plain: bool = False
    """Chose plain words on SMS; else texts speak in cover words."""
    status: str = "active"
    agreed: bool = True
    checkin_at: time | None = None
    alert_open: bool = False
    answered: Answered = "plain"
    """How they chose danger to be answered."""
    withdrawal: bool = False
    """Staff flagged that stopping may be dangerous for them: then it is asked about."""
    pin: bool = False
    """Has set a PIN that guards what shows history."""
    shut: bool = False
    """The PIN has to be asked for before anything of that is shown."""
    rests_until: datetime | None = None
    """After wrong tries no PIN is looked at before then."""
    plan_shared: bool = False
    """The team may read their safety plan."""
    since: date | None = None
    """The day they were invited, where they live."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line of somebody's own safety plan: its number in the store, its part, their words."""

    id: int
    part: str
    text: str = field(repr=False)


def _no_lines() -> tuple[PlanLine, ...]:
    return ()


def _no_link(link: Link) -> str:
    del link
    return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """A clinic's own limits: when an answer becomes a concern that a counselor sees."""

    craving_at_least: int = 7
    low_mood_at_most: int = 3
    low_moods_in_a_row: int = 2
    use: bool = True
    silent_days: int = 2


@dataclass(frozen=True, slots=True)
class Around:
    """The facts around a turn that were looked up before it: the rota's and the clinic's words."""

    sender: str
    """The neutral name that messages come from."""
    clinic_phone: str
    team: str | Later = field(default="")
    """When the team reads what is no danger, in the person's language; computed from the rota."""
    on_call: str | Later = field(default="")
    """When somebody reads what is urgent."""
    closed: str | Later = field(default="")
    """Where nobody reads it now: whom to call instead, if anybody, and when the team is back."""
    low_moods_before: int = 0
    checked_in: bool = True
    """Whether today's check-in is answered."""
    rules: Rules = field(default_factory=Rules)
    frequency: str = "1-3"
    said: tuple[str, ...] = ()
    """Which help in danger they were given a short while ago, by content key."""
    plan: tuple[str, ...] = field(default=(), repr=False)
    """In danger: some lines of their own plan, what helps first in front; none behind a PIN."""
    plan_shut: bool = False
    """In danger: they have a plan, and their PIN has to be asked for first."""
    lines: Callable[[], tuple[PlanLine, ...]] = field(default=_no_lines, repr=False)
    """Their whole plan, in the order of writing; looked up each time it is asked for."""
    own: Own = field(default_factory=Own, repr=False)
    """What else they have kept here."""
    checkups: Mapping[str, int] = field(default_factory=dict)
    """Which questionnaires the clinic asks by itself, and every how many weeks."""
    nurse: str | None = None
    """The number for questions about medicines, where it is one of its own."""

    @property
    def medication_phone(self) -> str:
        """Whom to ask about medicines."""
        return self.nurse or self.clinic_phone

    programme: Programme = field(default_factory=Programme, repr=False)
    """Their timetable, and what belongs to it."""
    link: Callable[[Link], str] = field(default=_no_link, repr=False)
    """An address of ours for a meeting; made when a text has its gap."""


@dataclass(frozen=True, slots=True)
class Say:
    """A text by its content key, with the values for its gaps."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    private: bool = False
    alone: bool = False
    """A message of its own; else it is joined to the question that follows it."""
    forward: bool = False
    """It is theirs to hand on: where a channel can forbid that, it does not."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The question of a step; made by `decide`, never by a flow."""

    flow: str
    step: str
    values: Mapping[str, Value] = field(default_factory=dict)
    bare: bool = False
    """Only the choices: the words before it have asked already."""
    shows: Shows | None = None
    """What it shows of the data that it asks about."""


@dataclass(frozen=True, slots=True)
class Record:
    """Something answered that is kept: a check-in, or an entry of its own kind."""

    kind: str
    data: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Raise:
    """Somebody needs a human: open an alert, or add to the one that is open."""

    level: Level
    reason: str
    known: bool = True
    """The words that go with it say so: then the person hears who read it."""


@dataclass(frozen=True, slots=True)
class ToTeam:
    """What was said is for the team: the person waits for an answer from now on."""

    earlier: bool = False
    """Not this message but the one before it, which a tap has given them."""


@dataclass(frozen=True, slots=True)
class Agree:
    """Consent to messages was given, declined or withdrawn: a ledger row."""

    granted: bool


@dataclass(frozen=True, slots=True)
class Prefer:
    """What the person chose; None leaves it as it was."""

    language: Language | None = None
    zone: str | None = None
    checkin_at: time | None = None
    panic: str | None = field(default=None, repr=False)
    """A word of their own that asks for somebody at once."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop all messages to the address that this came from."""


@dataclass(frozen=True, slots=True)
class KeepLine:
    """A line was written for a part of their safety plan."""

    part: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropLine:
    """A line is taken out of their safety plan, by its number in the store."""

    line: int


@dataclass(frozen=True, slots=True)
class Share:
    """Whether the team may read their safety plan."""

    shared: bool


@dataclass(frozen=True, slots=True)
class SetPin:
    """From now on these digits guard what shows history; None: nothing does."""

    digits: str | None = field(repr=False)


Effect = (
    Say
    | Ask
    | Record
    | Raise
    | ToTeam
    | Agree
    | Prefer
    | Stop
    | KeepLine
    | DropLine
    | Share
    | SetPin
    | Choose
    | KeepItem
    | DropItem
    | Amend
    | Remind
    | Chart
    | Answers
    | SendTo
    | ProgrammeEffect
)


@dataclass(frozen=True, slots=True)
class Find:
    """A question for the store instead of the person; the door hands the result to `step`.

    `kind` names the look-up, `query` what to find; `step` gets what was found, or None. `zone`: a
    ZIP code or city to a time zone. `pin`: digits to "right", "wrong", or the moment (ISO) until
    which no PIN is looked at; a wrong try is counted, a right one opens for some minutes.
    `supporter`: the number of one of their people to "free" (a text may go to them now), "rests"
    (one went a short while ago) or None. `seat`, `here`: as in `handlers.programme`.
    """

    kind: str
    query: str = field(repr=False)
    step: Callable[[Turn, str | None], Outcome] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step decided: where to go, what to remember, what should happen."""

    next: Step[Any] | Flow | Find | None
    data: Mapping[str, Json]
    effects: tuple[Effect, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    """Values for the gaps in the next question."""
    ask: bool = True
    """False where the last text already asked: only the choices come with it."""
    back: bool = False
    """Where a talk was put aside, it comes back instead of `next`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or one due reminder, seen from inside a flow."""

    person: Person
    around: Around
    now: datetime
    data: Mapping[str, Json] = field(default_factory=dict)

    def keep(self, **values: Json) -> Turn:
        """Remember values until the talk ends."""
        return dataclasses.replace(self, data={**self.data, **values})

    def anew(self) -> Turn:
        """The same, of a talk that remembers nothing."""
        return dataclasses.replace(self, data={})

    @property
    def today(self) -> date:
        """The day that it is where they are."""
        return self.now.astimezone(ZoneInfo(self.person.zone)).date()

    def then(
        self,
        following: Step[Any] | Flow | Find,
        *effects: Effect,
        values: Mapping[str, Value] | None = None,
        ask: bool = True,
        back: bool = False,
    ) -> Outcome:
        """Do the effects, then ask the next step's question (or begin another flow)."""
        return Outcome(following, self.data, effects, values or {}, ask, back)

    def end(self, *effects: Effect) -> Outcome:
        """Do the effects and leave the talk."""
        return Outcome(None, {}, effects)


Decide = Callable[[Turn, A], Outcome]
Show = Callable[[Mapping[str, Json], Language], Shows]


@dataclass(frozen=True, slots=True)
class Step(Generic[A]):
    """A named question: how its answer is read, and what follows from the answer."""

    flow: str
    name: str
    answer: Answer[A]
    decide: Decide[A] = field(repr=False)
    hours: float = 24
    """How long the question may be answered."""
    shows: Show | None = field(default=None, repr=False)
    """What it shows that is no content under its name, by what the talk remembers."""

    @property
    def key(self) -> str:
        """Where its words are in the content."""
        return f"{self.flow}.{self.name}"


@dataclass(slots=True)
class Flow:
    """A named talk; its first step is where it begins."""

    name: str
    steps: dict[str, Step[Any]] = field(default_factory=dict)

    def step(
        self, answer: Answer[A], *, hours: float = 24, shows: Show | None = None
    ) -> Callable[[Decide[A]], Step[A]]:
        """Make the decorated function a step of this flow, under the function's name."""

        def add(decide: Decide[A]) -> Step[A]:
            name = getattr(decide, "__name__", "")
            if name in self.steps:
                message = f"{self.name} has two steps named {name}"
                raise ValueError(message)
            step = Step(self.name, name, answer, decide, hours, shows)
            self.steps[name] = step
            return step

        return add

    @property
    def first(self) -> Step[Any]:
        """The step it begins with."""
        return next(iter(self.steps.values()))
