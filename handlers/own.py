"""What somebody keeps here: as the core may know it when it asks, and the effects that keep it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from content.wording import Value

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def whole(value: object) -> int | None:
    """A stored whole number; None for anything else, yes and no among it."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, as they told it: a craving, a lapse, a dose, a review."""

    kind: str
    at: datetime
    data: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """Something of theirs that stays until they change it: a reason, somebody to call, a goal."""

    id: int
    kind: str
    data: Mapping[str, Json] = field(repr=False)
    at: datetime

    def text(self, name: str) -> str:
        """A word of it, empty where there is none."""
        value = self.data.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Checkup:
    """A questionnaire that was asked; its scores are None until it ended."""

    id: int
    name: str
    version: str
    asked_at: datetime
    ended_at: datetime | None
    answers: Mapping[str, Json] = field(repr=False)
    scores: Mapping[str, Json] | None = field(repr=False)


def _entries(kind: str, most: int) -> tuple[Entry, ...]:
    del kind, most
    return ()


def _items(kind: str) -> tuple[Item, ...]:
    del kind
    return ()


def _checkups(name: str, most: int) -> tuple[Checkup, ...]:
    del name, most
    return ()


@dataclass(frozen=True, slots=True)
class Own:
    """The look-ups; without them somebody has kept nothing."""

    settings: Mapping[str, Json] = field(default_factory=dict, repr=False)
    """What they chose: `path`, `since`, hours of their own. Names in `handlers.wants`."""
    entries: Callable[[str, int], tuple[Entry, ...]] = field(default=_entries, repr=False)
    """Of one kind, the newest first, at most so many."""
    items: Callable[[str], tuple[Item, ...]] = field(default=_items, repr=False)
    """Of one kind, in the order of writing."""
    checkups: Callable[[str, int], tuple[Checkup, ...]] = field(default=_checkups, repr=False)
    """Of one questionnaire, the newest first, at most so many."""


@dataclass(frozen=True, slots=True)
class Choose:
    """What they chose for themselves, by name (`Own.settings`); None forgets it."""

    values: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepItem:
    """Something of theirs that stays: a new one, or another text of the one with that number."""

    kind: str
    data: Mapping[str, Json] = field(repr=False)
    which: int | None = None


@dataclass(frozen=True, slots=True)
class DropItem:
    """One of theirs is taken away, and what was due because of it."""

    which: int


@dataclass(frozen=True, slots=True)
class Amend:
    """More about their newest entry of a kind: what is given is added to it."""

    kind: str
    data: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remind:
    """A prompt (`handlers.prompts`) falls due at a moment; None: it does no longer."""

    kind: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SendTo:
    """A text for one of their people leaves, by SMS, with who it is from."""

    which: int
    words: str | None = field(default=None, repr=False)
    """None: the one that they wrote for them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of theirs by its name, with the words beside it; where none can be sent, words."""

    name: str
    key: str
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered of a questionnaire so far; with scores, it is at its end."""

    name: str
    version: str
    answers: Mapping[str, Json] = field(repr=False)
    scores: Mapping[str, Json] | None = field(default=None, repr=False)
