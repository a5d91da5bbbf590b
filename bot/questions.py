"""The one-time page of a questionnaire: its address, what it asks, and what is answered there.

For who texts in cover words: the wording of an instrument is fixed, and nobody else may read it.
The address holds nothing but chance; only a hash of it is kept, for a day. The answers go the way
of the talk (`handlers.checkup.answered`): the same scores, alerts and help, in one transaction.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import alerts, escalation, followups, post, unasked
from bot.config import House
from bot.effects import Scene
from bot.surroundings import around, view
from content import wording
from content.instrument import Item, Questionnaire
from content.questionnaires import questionnaires
from content.wording import Language
from handlers import checkup
from handlers.checkup_days import SCREENER
from handlers.flow import Ask, Effect, Find, Outcome, Raise, Say, Turn
from handlers.own import Answers, Chart
from handlers.risk import Level
from handlers.scoring import is_asked
from storage import alerts as alert_rows
from storage import checkups, facts, people
from storage.prepared import savepoint
from storage.store import is_passing

_log = logging.getLogger("companion.web")

LIFE: Final = timedelta(hours=24)
_FACT: Final = "page:"
_HERE: Final = "page"
_ASKS: Final = (checkup.item.name, checkup.screener.name)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows: words, and the items that are asked, if any are left."""

    language: Language
    texts: tuple[str, ...] = field(default=(), repr=False)
    """What is said first, as their phone gets it."""
    asked: Questionnaire | None = None
    items: tuple[Item, ...] = ()
    empty: bool = False
    """Nothing was chosen: whether that is meant."""
    grave: bool = False
    """Help stands first."""

    @property
    def of(self) -> str:
        """What its form is about: a form of another is not taken for it."""
        return f"{self.asked.name} {self.asked.version}" if self.asked is not None else ""


def elsewhere(
    tx: Connection, house: House, person: Row[Any], to: post.Recipient, name: str, now: datetime
) -> str | None:
    """The address of a page, where the questions can't be asked in texts; else None."""
    if not (to.covered and questionnaires()[name].explicit):
        return None
    return link(tx, house, person.id, name, now)


def link(tx: Connection, house: House, person_id: int, name: str, now: datetime) -> str:
    """A new address; it works until its questions are answered, for a day."""
    token = secrets.token_urlsafe(18)
    _write(tx, token, now + LIFE, person_id, name)
    return f"{house.url}/q/{token}"


def forget(tx: Connection, now: datetime) -> int:
    """Forget those that nobody used in time; how many."""
    return facts.forget_facts(tx, _FACT, _text(now))


def _write(tx: Connection, token: str, until: datetime, person_id: int, name: str) -> None:
    facts.put_fact(tx, _name(token), f"{_text(until)} {person_id} {name}")


def _name(token: str) -> str:
    return _FACT + hashlib.sha256(token.encode()).hexdigest()[:32]


def _text(moment: datetime) -> str:
    """A moment that sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that works: whose it is, and what was answered so far."""

    token: str
    until: datetime
    person: Row[Any]
    asked: Questionnaire
    answers: dict[str, int | None] = field(repr=False)

    def items(self) -> tuple[Item, ...]:
        """What is still to be asked, as far as the answers so far tell."""
        return _left(self.asked, self.answers)


def _left(asked: Questionnaire, answers: Mapping[str, int | None]) -> tuple[Item, ...]:
    return tuple(i for i in asked.items if i.key not in answers and is_asked(i, answers))


def _found(tx: Connection, token: str, now: datetime, *, lock: bool) -> _Page | None:
    said = facts.get_fact(tx, _name(token))
    if said is None:
        return None
    until, person_id, name = said.split(" ")
    if datetime.fromisoformat(until) <= now or name not in questionnaires():
        return None
    person = people.locked(tx, int(person_id)) if lock else people.get(tx, int(person_id))
    if lock and facts.get_fact(tx, _name(token)) != said:
        return None  # used up while we waited
    asked = questionnaires()[name]
    row = checkups.open_of(tx, person.id, name)
    if person.status != "active" or not person.agreed or row is None:
        return None
    if row.version != asked.version or not _left(asked, row.answers):
        return None
    return _Page(token, datetime.fromisoformat(until), person, asked, dict(row.answers))


def look(tx: Connection, house: House, token: str, now: datetime) -> Sheet | None:
    """What the page asks; None: it is gone."""
    page = _found(tx, token, now, lock=False)
    if page is None:
        return None
    grave = page.asked.name == SCREENER
    team = around(tx, house, page.person, now, moods=False).on_call
    texts = _texts(page.person, (Say("crisis.heavy", {"team": team}),) if grave else ())
    return Sheet(page.person.language, texts, page.asked, page.items(), grave=grave)


def take(
    tx: Connection, house: House, token: str, form: Mapping[str, str], now: datetime
) -> Sheet | None:
    """Keep what was answered, and do what follows from it; None: the page is gone."""
    page = _found(tx, token, now, lock=True)
    if page is None:
        return None
    shown = Sheet(page.person.language, (), page.asked, page.items())
    if form.get("of") != shown.of:
        return look(tx, house, token, now)  # an older form, sent again
    given = {item.key: _points(page.asked, item, form) for item in shown.items}
    if not form.get("sure") and all(points is None for points in given.values()):
        said = look(tx, house, token, now)
        return said and dataclasses.replace(said, empty=True)
    try:
        with savepoint(tx):
            return _Taken(tx, house, page, now).taken({**page.answers, **given})
    except Exception as error:  # a bug must not go unheard
        if is_passing(error):
            raise
        _log.exception("flow_failed", extra={"person": page.person.id})
        grave = page.asked.name == SCREENER or any(r.to == SCREENER for r in page.asked.leads_to)
        level = Level.URGENT if grave else Level.CONCERN
        alerts.secure(tx, house, page.person, level, "software_error", now)
        return Sheet(page.person.language, _texts(page.person, (Say("system.error"),)), grave=True)


def _points(asked: Questionnaire, item: Item, form: Mapping[str, str]) -> int | None:
    for option in asked.choices(item):
        if form.get(f"q{item.key}") == str(option.points):
            return option.points
    return None


def _texts(person: Row[Any], effects: tuple[Effect, ...]) -> tuple[str, ...]:
    """What is said, in full: a page is read by who opened it."""
    return tuple(
        wording.word(
            each.key,
            each.values,
            language=person.language,
            zone=person.zone,
            channel=_HERE,
            plain=True,
        ).text
        for each in effects
        if isinstance(each, Say)
    )


class _Taken:
    """Answers that came by the page: a turn of their own."""

    def __init__(self, tx: Connection, house: House, page: _Page, now: datetime) -> None:
        self.tx = tx
        self.house = house
        self.page = page
        self.person = page.person
        self.now = now

    def taken(self, answers: dict[str, int | None]) -> Sheet:
        turn, asked = self._turn(), self.page.asked
        outcome = checkup.answered(turn, asked, answers)
        if isinstance(outcome.next, Find):
            # The screener is asked here; their phone gets the one question of danger.
            there = dataclasses.replace(turn, data=outcome.data)
            following = outcome.next.step(there, _HERE)
            effects = (*outcome.effects, *following.effects)
            outcome = dataclasses.replace(following, effects=effects)
            return self._onward(SCREENER, {}, outcome, quiet=False)
        more = getattr(outcome.next, "name", None) in _ASKS
        name = str(outcome.data.get("of")) if more else ""
        if name == asked.name:
            return self._onward(name, answers, outcome, quiet=True)
        if name:
            kept = [effect for effect in outcome.effects if isinstance(effect, Answers)]
            return self._onward(name, kept[-1].answers, outcome, quiet=True)
        facts.drop_fact(self.tx, _name(self.page.token))
        self._apply(outcome)
        grave = asked.name == SCREENER
        return Sheet(self.person.language, _texts(self.person, outcome.effects), grave=grave)

    def _onward(
        self, name: str, answers: Mapping[str, Any], outcome: Outcome, *, quiet: bool
    ) -> Sheet:
        """More is asked here, of the same questionnaire or of the one it leads to."""
        asked, page = questionnaires()[name], self.page
        _write(self.tx, page.token, page.until, self.person.id, name)
        texts = _texts(self.person, outcome.effects)
        if quiet:
            silent = (e for e in outcome.effects if not isinstance(e, Say | Ask | Chart))
            outcome = Outcome(None, {}, tuple(silent))
        self._apply(outcome)
        items = _left(asked, answers)
        return Sheet(self.person.language, texts, asked, items, grave=name == SCREENER)

    def _turn(self) -> Turn:
        tx, person, now = self.tx, self.person, self.now
        alert_open = alert_rows.open_of(tx, person.id) is not None
        seen = view(person, alert_open=alert_open, now=now)
        return Turn(seen, around(tx, self.house, person, now, moods=False, danger=True), now)

    def _apply(self, outcome: Outcome) -> None:
        """As an answer by text, in a turn of its own."""
        raised = [effect for effect in outcome.effects if isinstance(effect, Raise)]
        tx, person, now = self.tx, self.person, self.now
        ours = unasked.put(tx, person, self._turn(), outcome, heard_at=now, misses=0)
        to = post.safe_recipient(tx, person)
        scene = Scene(tx, self.house, now, person, to or _nowhere(person), ours.number)
        if to is None or escalation.hands_off(tx, person.id):
            scene.put = _unsaid
        scene.apply(ours.effects)
        if any(e.known and e.level.rank >= Level.URGENT.rank for e in raised):
            followups.after_danger(tx, person, now)
        followups.asked(tx, person, ours.place, ours.number, now)


def _nowhere(person: Row[Any]) -> post.Recipient:
    return post.Recipient(_HERE, "", "", person.language, person.zone, plain=False)


def _unsaid(*what: object, **more: object) -> None:
    """Nothing may be written to them: the page says it."""
    del what, more
