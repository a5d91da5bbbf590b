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
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from content.wording import Language, Value
from handlers.answers import Answer
from handlers.own import (
    Amend,
    Answers,
    Chart,
    Choose,
    DropItem,
    Json,
    KeepItem,
    Remind,
    SendTo,
)
from handlers.person import Around, Person
from handlers.programme import ProgrammeEffect
from handlers.risk import Level
from handlers.shown import Shows

A = TypeVar("A")


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
