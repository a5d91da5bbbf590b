"""Each Effect to rows, inside the turn's transaction: one exhaustive match.

Texts that follow each other become one message: a thank-you and the next question arrive
together. A text marked `alone` is a message of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import alerts, answering, consent, keeping, post, programme, recurring, schedule
from bot.config import House
from bot.post import NOTHING, Recipient
from content import wording
from handlers import ownwords
from handlers.flow import (
    Agree,
    Ask,
    DropLine,
    Effect,
    KeepLine,
    Prefer,
    Raise,
    Record,
    Say,
    SetPin,
    Share,
    Stop,
    ToTeam,
)
from handlers.flows import FLOWS
from handlers.own import Chart, Choose, DropItem, KeepItem
from handlers.plan import KIND, shows_lines
from handlers.private import OWN, shows_own
from handlers.programme import (
    OpenTask,
    ReplyScreen,
    ReplySeat,
    RevokeFeed,
    TellFacilitator,
    Voice,
)
from storage import checkins, entries, outbox, people, pins, plans, reminders

_MOVES_PROMPTS = (Choose, KeepItem, DropItem, Prefer, Agree, ReplySeat, ReplyScreen)


@dataclass(slots=True)
class Scene:
    """One turn while its effects are applied."""

    tx: Connection
    house: House
    now: datetime
    person: Row[Any]
    to: Recipient
    turn: int
    message_id: int | None = None
    priority: int = outbox.REPLY
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Columns of the outbox rows: kind, window, not_after…"""
    put: Callable[..., object] = post.put
    """What queues a message, where it is not queued at once."""
    _texts: list[wording.Wording] = field(default_factory=list)
    _private: bool = False
    _picture: str | None = None
    """The chart that goes with it."""
    _posted: int = 0
    _asked: bool = False
    _plan: bool = False
    """Lines of their plan stand in it: it is marked, so that staff see them only where shared."""
    _words: bool = False
    """Other words of their own stand in it, which staff never see here."""
    _forward: bool = False
    """It is theirs to hand on."""

    def apply(self, effects: Iterable[Effect]) -> None:
        """Write the rows of each effect, in order."""
        changed = False
        for effect in effects:
            self._apply(effect)
            changed |= isinstance(effect, _MOVES_PROMPTS)
        self._post()
        if changed:
            recurring.arrange(self.tx, self.house, self.person.id, self.now)

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Say() | Ask() | Chart():
                self._speak(effect)
            case Record():
                self._record(effect)
            case Raise():
                alerts.secure(
                    self.tx,
                    self.house,
                    self.person,
                    effect.level,
                    effect.reason,
                    self.now,
                    self.message_id,
                    known=effect.known,
                )
            case ToTeam():
                answering.wrote(
                    self.tx,
                    self.house,
                    self.person,
                    self.message_id,
                    self.now,
                    earlier=effect.earlier,
                )
            case Agree():
                self._agree(granted=effect.granted)
            case Prefer():
                self._prefer(effect)
            case Stop():
                consent.stop(self.tx, self.to, self.now, how="chosen")
            case KeepLine() | DropLine() | Share() | SetPin():
                self._own(effect)
            case (
                ReplySeat()
                | OpenTask()
                | TellFacilitator()
                | ReplyScreen()
                | Voice()
                | RevokeFeed()
            ):
                programme.keep(self.tx, self.house, self.person.id, effect, self.now)
            case _:
                keeping.keep(self.tx, self.person.id, effect, self.now)

    def _speak(self, effect: Say | Ask | Chart) -> None:
        match effect:
            case Say():
                self._say(effect)
            case Ask():
                self._ask(effect)
            case Chart():
                self._draw(effect)
            case _:
                assert_never(effect)

    def _draw(self, chart: Chart) -> None:
        """A picture is a message of its own; it is drawn when it leaves."""
        self._post()
        self._picture = chart.name
        self._texts.append(self.to.words(chart.key, chart.values))
        self._private = True
        self._post()

    def _own(self, effect: KeepLine | DropLine | Share | SetPin) -> None:
        """What is theirs alone: their plan, who sees it, what guards it."""
        match effect:
            case KeepLine():
                plans.add(self.tx, self.person.id, effect.part, effect.text, self.now)
            case DropLine():
                plans.drop(self.tx, self.person.id, effect.line)
            case Share():
                people.change(self.tx, self.person.id, plan_shared=effect.shared)
            case SetPin():
                pins.put(self.tx, self.person.id, effect.digits)
            case _:
                assert_never(effect)

    def _say(self, say: Say) -> None:
        words = self.to.words(say.key, say.values)
        if say.alone:
            self._post()
        self._private |= say.private
        self._plan |= shows_lines(say.key)
        self._words |= shows_own(say.key)
        if say.alone:
            self._forward = say.forward
            self._texts.append(words)
            self._post(say.key)
        else:
            self._texts.append(words)

    def _ask(self, ask: Ask) -> None:
        step = FLOWS[ask.flow].steps[ask.step]
        shows = ask.shows or NOTHING
        if shows.explicit and self.to.covered:
            # It was begun where nobody reads along, and went on here.
            self._texts.append(self.to.words("checkup.elsewhere", {}))
            self._post()
            return
        words = self.to.words(step.key, ask.values, shows)
        keys = tuple((key, key) for key in step.answer.keys)
        words = dataclasses.replace(words, choices=keys + words.choices)
        if ask.bare:
            words = dataclasses.replace(words, text="")
        self._texts.append(words)
        self._asked = True
        self._plan |= shows_lines(step.key) and not ask.bare
        self._words |= shows_own(step.key) and not ask.bare
        self._post()

    def _post(self, key: str | None = None) -> None:
        """Queue what has been said so far.

        A crisis text keeps its key, so that it can be said in other words if a carrier filters it.
        """
        text = "\n".join(words.text for words in self._texts if words.text)
        if text or any(words.choices for words in self._texts):
            last = self._texts[-1]
            choices = last.choices
            bare = key is not None and f"{key}_bare" in wording.entries(self.to.language)
            crisis = key if bare or self.priority == outbox.CRISIS else None
            named = {**({"kind": crisis} if crisis else {}), **self.extra}
            if self._plan and not crisis:
                named["kind"] = KIND
            elif self._words:
                named["kind"] = f"{OWN} {named['kind']}" if "kind" in named else OWN
            if self._posted and "window" in named:
                # What is said at once in several messages is still said once each.
                named["window"] = f"{named['window']} {self._posted}"
            self._posted += 1
            self.put(
                self.tx,
                self.to,
                wording.Wording(text, choices, last.listed),
                self.now,
                priority=self.priority,
                private=not self._forward and (self._private or self.priority != outbox.CRISIS),
                asked_in=self.turn if self._asked and choices else None,
                **({"picture": self._picture} if self._picture else {}),
                **named,
            )
        self._texts, self._private, self._asked, self._plan = [], False, False, False
        self._words = self._forward = False
        self._picture = None

    def _record(self, record: Record) -> None:
        if record.kind == "checkin":
            answers = dict(record.data)
            asked = answers.pop("day", None)
            here = self.now.astimezone(ZoneInfo(self.person.zone)).date()
            day = date.fromisoformat(asked) if isinstance(asked, str) else here
            checkins.put(self.tx, self.person.id, day, answers, self.now)
            reminders.drop(self.tx, self.person.id, "checkin_nudge", "checkin_missed")
            return
        if record.kind != "word":
            entries.add(self.tx, self.person.id, record.kind, record.data, self.now)
            return
        latest = checkins.latest(self.tx, self.person.id, 1)
        if latest:
            answers = {**latest[0].answers, **record.data}
            checkins.put(self.tx, self.person.id, latest[0].day, answers, latest[0].answered_at)

    def _agree(self, *, granted: bool) -> None:
        consent.decided(self.tx, self.house, self.person, self.to, self.now, granted=granted)
        if not granted:
            # All that waited was taken back, but not what is said to it.
            self._post()

    def _prefer(self, prefer: Prefer) -> None:
        given = dataclasses.asdict(prefer)
        changed = {name: value for name, value in given.items() if value is not None}
        if prefer.language is not None:
            self.to = dataclasses.replace(self.to, language=prefer.language)
        if prefer.zone is not None:
            self.to = dataclasses.replace(self.to, zone=prefer.zone)
        if prefer.checkin_at is not None:
            changed["checkin_at"] = prefer.checkin_at.strftime("%H:%M")
        if (word := changed.pop("panic", None)) is not None:
            changed["words"] = {**(self.person.words or {}), ownwords.PANIC: word}
        people.change(self.tx, self.person.id, **changed)
        hour = changed.get("checkin_at", self.person.checkin_at)
        if hour is not None and (prefer.checkin_at is not None or prefer.zone is not None):
            due = schedule.next_at(time.fromisoformat(hour), self.to.zone, self.now)
            reminders.put(self.tx, self.person.id, "checkin", due)
