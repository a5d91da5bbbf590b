"""One person in the core alone: what they say is decided, what they keep is kept, nothing is sent.

For tests that ask much of the talks about what is somebody's own, and need no database.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from content import wording
from handlers import meetings
from handlers.answers import Said
from handlers.decide import decide, found, interrupt
from handlers.flow import Ask, Effect, Find, Outcome, Record, Say, Turn
from handlers.flows import step_of
from handlers.own import Amend, Choose, DropItem, Entry, Item, KeepItem, Own, SendTo
from handlers.person import Around, Person, PlanLine
from handlers.place import Place
from handlers.prompts import PROMPTS
from handlers.settling import Decision

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""A Monday, 10 am in New York."""


class Notebook:
    """What one person has kept, where they stand, and what was said last."""

    def __init__(self, **person: Any) -> None:
        given = {"zone": "America/New_York", **person}
        self.person = Person(1, "Sam", **given)
        self.now = NOW
        self.place: Place | None = None
        self.parked: Place | None = None
        self.settings: dict[str, Any] = {}
        self.entries: list[Entry] = []
        self.items: list[Item] = []
        self.lines: list[PlanLine] = []
        self.effects: tuple[Effect, ...] = ()
        self.supporter: str | None = "free"
        self.near: Callable[[meetings.Wish], meetings.Answer] = lambda _: meetings.Answer()
        """What the store says of meetings."""
        self.wishes: list[meetings.Wish] = []
        self.channel = "telegram"
        self._ids = 0

    def turn(self) -> Turn:
        own = Own(
            dict(self.settings),
            lambda kind, most: tuple(e for e in reversed(self.entries) if e.kind == kind)[:most],
            lambda kind: tuple(i for i in self.items if i.kind == kind),
        )
        around = Around("Harbor", "215-555-0100", "They read it.", own=own)
        around = dataclasses.replace(around, lines=lambda: tuple(self.lines))
        return Turn(self.person, around, self.now)

    def say(self, text: str, choice: str | None = None) -> list[str]:
        """Something typed, or a button; returns what is said."""
        step = step_of(self.place)
        labels: dict[str, str] = {}
        if step is not None:
            entry = wording.entries(self.person.language)[step.key]
            if step.shows is not None and self.place is not None:
                entry = entry.showing(step.shows(self.place.data, self.person.language).labels)
            labels = dict(entry.labels(self.channel, plain=self.person.plain))
        said = Said(text, choice, labels)
        return self._take(decide(self.turn(), said, self.place, self.parked))

    def press(self, key: str) -> list[str]:
        return self.say(key, key)

    def prompt(self, name: str, detail: str = "") -> list[str] | None:
        """What falls due; None if nothing is said."""
        outcome = PROMPTS[name].ask(self.turn(), detail)
        return None if outcome is None else self.put(outcome)

    def put(self, outcome: Outcome) -> list[str]:
        """Something that comes by itself, on top of what is open."""
        return self._take(interrupt(self.turn(), outcome, self.place, self.parked))

    def at(self) -> str | None:
        return f"{self.place.flow}.{self.place.step}" if self.place else None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [dict(item.data) for item in self.items if item.kind == kind]

    def _take(self, decision: Decision) -> list[str]:
        while decision.find is not None:
            decision = found(decision, self._looked_up(decision.find))
        self.place, self.parked, self.effects = decision.place, decision.parked, decision.effects
        said = []
        for effect in decision.effects:
            match effect:
                case Say(key, values):
                    said.append(self._words(key, values))
                case Ask(flow, step, values, bare):
                    text = self._words(f"{flow}.{step}", values)
                    said.append("" if bare else text)
                case _:
                    self._keep(effect)
        return said

    def _looked_up(self, find: Find) -> str | None:
        if find.kind == meetings.FIND:
            self.wishes.append(meetings.wish(find.query))
            return self.near(self.wishes[-1]).to_text()
        return self.supporter if find.kind == "supporter" else None

    def _words(self, key: str, values: Any) -> str:
        return wording.word(
            key,
            values,
            language=self.person.language,
            zone=self.person.zone,
            channel=self.channel,
            plain=self.person.plain,
        ).body

    def _keep(self, effect: Effect) -> None:
        match effect:
            case Choose(values):
                merged = {**self.settings, **values}
                self.settings = {k: v for k, v in merged.items() if v is not None}
            case KeepItem(kind, data, which):
                self._item(kind, dict(data), which)
            case DropItem(which):
                self.items = [item for item in self.items if item.id != which]
            case Record(kind, data):
                self.entries.append(Entry(kind, self.now, dict(data)))
            case Amend(kind, data):
                at = max(n for n, e in enumerate(self.entries) if e.kind == kind)
                entry = self.entries[at]
                self.entries[at] = dataclasses.replace(entry, data={**entry.data, **data})
            case SendTo(which):
                assert which in [item.id for item in self.items]

    def _item(self, kind: str, data: dict[str, Any], which: int | None) -> None:
        if which is None:
            self._ids += 1
            self.items.append(Item(self._ids, kind, data, self.now))
            return
        at = next(n for n, item in enumerate(self.items) if item.id == which)
        self.items[at] = dataclasses.replace(self.items[at], data=data)
