"""What a facilitator says to a whole group: the week's theme, and one thing to practise.

Each person gets one message, outside of their quiet hours and within those that their card calls
safe. Who stopped, is away, or must not be written to now is left out, and counted. A text that
others may read is not sent in words that would out somebody.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import escalation, followups, post, schedule
from bot.config import House
from content import unsaid
from content.wording import LANGUAGES, Language
from handlers.risk import Level
from storage import alerts, broadcasts, outbox, people

REASONS: Final[Mapping[str, str]] = {
    "away": "paused or away",
    "stopped": "no messages: stopped, or none agreed to",
    "unsafe": "not to be written to now",
    "words": "gets cover words only, and these are not",
    "often": "has had two of these today",
}
"""Why somebody is left out, as staff read it."""
BACK: Final = "back"
"""Among those left out: taken back before it left."""
LONGEST: Final = {"what": 60, "line": 140}
A_DAY: Final = 2
_LIVES: Final = timedelta(hours=3)
_AN_HOUR: Final = timedelta(hours=1)
_AGAIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Theme:
    """What is said, in one language: what the week is about, and one thing to try."""

    what: str = field(repr=False)
    line: str = field(repr=False)


Words = Mapping[Language, Theme]
"""In at least one language; who reads another one gets what there is."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody of the group: how and when they are written to, or why not."""

    person: Row[Any] = field(repr=False)
    to: post.Recipient | None = field(default=None, repr=False)
    at: datetime | None = None
    left: str | None = None
    """One of `REASONS`."""
    foreign: bool = False
    """Gets it in a language that is not theirs."""


def audience(
    tx: Connection, house: House, series_id: int, words: Words, now: datetime
) -> list[Reached]:
    """Everybody who is enrolled today, and what becomes of the message for each."""
    today = now.astimezone(house.clinic.tz).date()
    ids = broadcasts.enrolled(tx, series_id, today)
    had = broadcasts.received(tx, ids, now - _AGAIN)
    return [_reached(tx, people.get(tx, each), words, had.get(each, 0), now) for each in ids]


def _reached(tx: Connection, person: Row[Any], words: Words, had: int, now: datetime) -> Reached:
    if person.status != "active":
        return Reached(person, left="stopped" if person.status == "invited" else "away")
    to = post.safe_recipient(tx, person)
    if to is None or not person.agreed:
        return Reached(person, left="stopped")
    at = followups.next_safe(person, now)
    if at is None or _is_in_danger(tx, person.id):
        return Reached(person, left="unsafe")
    theme = said_to(words, to.language)
    if to.covered and outing(theme):
        return Reached(person, left="words")
    if had >= A_DAY:
        return Reached(person, left="often")
    return Reached(person, to, at, foreign=to.language not in words)


def _is_in_danger(tx: Connection, person_id: int) -> bool:
    alert = alerts.open_of(tx, person_id)
    grave = alert is not None and Level(alert.level).rank >= Level.URGENT.rank
    return grave or escalation.hands_off(tx, person_id)


def said_to(words: Words, language: Language) -> Theme:
    """What somebody of a language reads."""
    return words[language] if language in words else next(iter(words.values()))


def outing(theme: Theme) -> list[str]:
    """Words in it that may not stand in a text that others may read."""
    text = unsaid.fold(f"{theme.what} / {theme.line}")
    found = (
        each.group() for avoid in unsaid.unsaid().values() for each in avoid.cover.finditer(text)
    )
    return list(dict.fromkeys(found))


def left_out(reached: Sequence[Reached]) -> dict[str, int]:
    """How many are left out, by reason."""
    return dict(Counter(each.left for each in reached if each.left is not None))


def queue(
    tx: Connection, house: House, series_id: int, staff_id: int, words: Words, now: datetime
) -> int | None:
    """Queue it for everybody whom it may reach; returns its number.

    The same words to the same group within a day are the same broadcast: a form that comes twice
    says nothing twice. None: there is no such group.
    """
    if broadcasts.lock_series(tx, series_id) is None:
        return None
    stored = json.dumps({language: [each.what, each.line] for language, each in words.items()})
    for row in broadcasts.of_series(tx, series_id, broadcasts.THEME, 5):
        if row.words == stored and row.at > now - _AGAIN and BACK not in row.left_out:
            return int(row.id)
    today = now.astimezone(house.clinic.tz).date()
    # Whoever says stop at this moment does so before or after, not in between.
    people.all_locked(tx, broadcasts.enrolled(tx, series_id, today))
    reached = audience(tx, house, series_id, words, now)
    there = [each for each in reached if each.to is not None]
    which = broadcasts.add(
        tx,
        series_id=series_id,
        staff_id=staff_id,
        kind=broadcasts.THEME,
        words=stored,
        at=now,
        sent=len(there),
        left_out=left_out(reached),
    )
    for each in there:
        _put(tx, each, words, which, now)
    return which


def _put(tx: Connection, each: Reached, words: Words, which: int, now: datetime) -> None:
    if each.to is None or each.at is None:
        return
    theme = said_to(words, each.to.language)
    text = each.to.words("group.theme", {"what": theme.what, "line": theme.line})
    post.put(
        tx,
        each.to,
        text,
        now,
        priority=outbox.BROADCAST,
        kind=broadcasts.KIND,
        window=str(which),
        not_before=each.at,
        not_after=_until(each.person, each.at),
    )


def _until(person: Row[Any], at: datetime) -> datetime:
    """How long it may still leave: some hours, if they may be written to so long."""
    last = min(at + _LIVES, schedule.quiet_from(at, person.zone))
    moment = at
    while moment + _AN_HOUR <= last and followups.in_safe_hours(person, moment + _AN_HOUR):
        moment += _AN_HOUR
    whole = followups.in_safe_hours(person, last)
    return last if whole else moment.replace(minute=59, second=0, microsecond=0)


def take_back(tx: Connection, which: int) -> int:
    """Take back what has not left; how many that was."""
    row = broadcasts.get(tx, which)
    count = broadcasts.take_back(tx, row) if row is not None else 0
    if row is not None and count:
        back = int(row.left_out.get(BACK, 0)) + count
        left = {**row.left_out, BACK: back}
        broadcasts.change(tx, which, sent=row.sent - count, left_out=left)
    return count


def words_of(row: Row[Any]) -> Words:
    """What a broadcast said."""
    known = json.loads(row.words or "{}")
    return {each: Theme(*known[each]) for each in LANGUAGES if each in known}
