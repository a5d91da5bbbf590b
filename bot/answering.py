"""Staff and a person write to each other: an answer to their safe channel, and what comes back.

An answer is the only text that no file of `content/` holds: a member of staff wrote it, and the
outbox says who (`said_by`). What a person writes to their team opens an alert, so that it climbs
like everything else until somebody has answered or says that no answer is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, escalation, post
from bot.config import House
from bot.escalation import SETTLED_BY_AN_ANSWER, WROTE
from content import wording
from content.segments import segments
from content.unsaid import fold, unsaid
from handlers import talking
from handlers.place import place_from, place_to
from handlers.risk import Level
from storage import access, messages, outbox, people, staff
from storage import alerts as alert_rows

MOST = 1_000
"""The longest answer, in characters."""


class AnswerError(Exception):
    """An answer that was not sent: the words may be shown to staff."""

    key = ""
    """The words in `content`, so that they can be said in another language."""

    def __init__(self, **values: wording.Value) -> None:
        """Hold what fills the gaps of the words."""
        super().__init__(_english(self.key, values))
        self.values = values


class NotTheirsError(AnswerError):
    """Not a person whom this member of staff may see."""

    key = "staff.refused_access"


class EmptyError(AnswerError):
    """No words."""

    key = "staff.refused_empty"


class TooLongError(AnswerError):
    """More than `MOST` characters."""

    key = "staff.refused_long"


class NotActiveError(AnswerError):
    """Paused, in hospital, in custody, discharged or deceased."""

    key = "staff.refused_status"


class NotAgreedError(AnswerError):
    """No consent to messages."""

    key = "staff.refused_agreed"


class SilentError(AnswerError):
    """Somebody else may hold the phone, as far as an open alert says."""

    key = "staff.refused_silent"


class FrozenError(AnswerError):
    """The number may be somebody else's now."""

    key = "staff.refused_frozen"


class NoChannelError(AnswerError):
    """No channel is open, verified and marked safe."""

    key = "staff.refused_address"


def _english(key: str, values: Mapping[str, wording.Value]) -> str:
    said = wording.word(key, values, language="en", zone="UTC", channel="", plain=True)
    return said.text


def answer(
    tx: Connection, house: House, person_id: int, worker: Row[Any], text: str, now: datetime
) -> None:
    """Queue a member of staff's own words to a person, on their safe channel; audited here.

    Their next words go to the team. An alert that only asked for a person is closed as answered;
    any other stays. Raises AnswerError, and then nothing has changed.
    """
    del house
    text = text.strip()
    person = people.locked(tx, person_id)
    check(tx, person, worker, text, now)
    to = _reach(tx, person)
    key = "talk.from_counselor" if worker.id == person.counselor_id else "talk.from_team"
    words = wording.Wording(f"{to.words(key, {}).text}\n{text}")
    post.put(tx, to, words, now, kind="answer", said_by=worker.id)
    opened = talking.open_line(place_from(person.place), place_from(person.parked), now)
    place, parked = (place_to(each) for each in opened)
    people.change(tx, person_id, place=place, parked=parked, waiting_since=None)
    _close_if_only_asked(tx, person_id, worker, now)
    staff.looked(tx, worker.id, person_id, "answered", now)


def check(tx: Connection, person: Row[Any], worker: Row[Any], text: str, now: datetime) -> None:
    """Raise AnswerError if this may not be sent: by them, to this person, now."""
    if not access.may_see(tx, person.id, worker, now):
        raise NotTheirsError
    if not text.strip():
        raise EmptyError
    if len(text) > MOST:
        raise TooLongError(most=str(MOST))
    if person.status != "active":
        raise NotActiveError
    if not person.agreed:
        raise NotAgreedError
    if escalation.hands_off(tx, person.id):
        raise SilentError
    _reach(tx, person)


def _reach(tx: Connection, person: Row[Any]) -> post.Recipient:
    """Their safe channel; raises AnswerError where there is none."""
    to = post.safe_recipient(tx, person)
    if to is not None:
        return to
    states = {row.state for row in people.addresses(tx, person.id)}
    raise FrozenError if "frozen" in states else NoChannelError


def warnings(person: Row[Any], channel: str, text: str) -> list[str]:
    """What staff should see before they send: words that out, and how many texts it takes."""
    return [_english(key, values) for key, values in warned(person, channel, text)]


def warned(person: Row[Any], channel: str, text: str) -> list[tuple[str, dict[str, wording.Value]]]:
    """The same, as keys of `staff.toml` and their values."""
    if channel != "sms":
        return []
    found: list[tuple[str, dict[str, wording.Value]]] = []
    if not person.plain:
        lists = unsaid().values()
        outing = [hit.group() for each in lists for hit in each.cover.finditer(fold(text))]
        if outing:
            found.append(("staff.warn_words", {"words": ", ".join(dict.fromkeys(outing))}))
    intro = wording.word(
        "talk.from_team",
        {},
        language=person.language,
        zone=person.zone,
        channel=channel,
        plain=person.plain,
    )
    count = segments(f"{intro.text}\n{text}")
    if count > 1:
        found.append(("staff.warn_long", {"count": str(count)}))
    return found


def settle(tx: Connection, person_id: int, worker: Row[Any], now: datetime) -> None:
    """They were answered another way, or need no answer: nobody waits any more; audited here."""
    people.locked(tx, person_id)
    people.change(tx, person_id, waiting_since=None)
    _close_if_only_asked(tx, person_id, worker, now)
    staff.looked(tx, worker.id, person_id, "settled", now)


def _close_if_only_asked(tx: Connection, person_id: int, worker: Row[Any], now: datetime) -> None:
    row = alert_rows.open_of(tx, person_id)
    if row is None:
        return
    alert_rows.note(tx, row.id, now, "answered", staff_id=worker.id)
    only = escalation.reasons(tx, row.id) <= SETTLED_BY_AN_ANSWER and row.level == Level.CONCERN
    if not only or (row.state in escalation.TAKEN and row.taken_by != worker.id):
        return
    done = {"state": "closed", "closed_at": now, "next_at": None, "taken_by": worker.id}
    alert_rows.change(tx, row.id, **done, outcome="answered")
    alert_rows.note(tx, row.id, now, "closed", staff_id=worker.id, detail="answered")


def wrote(
    tx: Connection,
    house: House,
    person: Row[Any],
    message_id: int | None,
    now: datetime,
    *,
    earlier: bool = False,
) -> None:
    """A person wrote to their team; `earlier`: the message before this one is meant."""
    if earlier:
        before = messages.of_person(tx, person.id, now - talking.LIFE, 2)
        message_id = next((row.id for row in before if row.id != message_id), message_id)
    if person.waiting_since is None:
        people.change(tx, person.id, waiting_since=now)
    alerts.secure(tx, house, person, Level.CONCERN, WROTE, now, message_id, known=False)


def lost(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """An answer did not arrive: who wrote it hears of it, and the person still waits.

    Where no alert is open, one is opened, so that somebody finds another way.
    """
    if row.said_by is None or row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    if person.status == "deceased":
        return
    if person.waiting_since is None:
        people.change(tx, person.id, waiting_since=row.created_at)
    clinic = house.clinic
    to = post.staff_recipient(tx, row.said_by, clinic.language, clinic.zone)
    if alert_rows.open_of(tx, person.id) is None:
        alerts.secure(tx, house, person, Level.CONCERN, "not_delivered", now, known=False)
    alert = alert_rows.open_of(tx, person.id)
    if to is None or alert is None:
        return
    values = {"id": str(alert.id)}
    post.put(tx, to, to.words("staff.undelivered", values), now, priority=outbox.STAFF)
