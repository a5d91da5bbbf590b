"""What is asked by itself after danger: an hour later, the next day, and where nobody answered.

- Neither the hour's nor the day's question dies because the person has spoken since: who is in
  danger speaks, and a word is no sign that it is over. The hour is counted from their last words,
  so that nobody is asked in the middle of a talk.
- The hour's ends when a human has closed the alert: they know how it went. The next day's is asked
  all the same, unless it was a false alarm: a day later somebody still asks.
- Nothing goes where somebody else may hold the phone, where the card says no, outside of the hours
  that the card calls safe, and to who wants no answer in danger. What is asked out of the blue
  keeps quiet hours too.
- What was asked in danger and got no answer is said once more in other words, with its letters.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import alerts, escalation, post, schedule, unasked
from bot.config import House
from bot.effects import Scene
from bot.surroundings import answered, around, view
from handlers.checkin import checkin
from handlers.checkup import UNSCREENED
from handlers.crisis import UNANSWERED, check_back, check_withdrawal, crisis, later, withdrawal
from handlers.flow import Effect, Outcome, Say, Turn
from handlers.flows import step_of
from handlers.lapse import lapse
from handlers.place import Place, place_from
from handlers.risk import Level
from handlers.settling import asking
from handlers.talking import unpack
from storage import alerts as alert_rows
from storage import outbox, people, reminders

HOUR = "crisis_hour"
DAY = "crisis_day"
SILENCE = "crisis_unanswered"
WITHDRAWAL = "crisis_withdrawal"
KINDS = (HOUR, DAY, SILENCE, WITHDRAWAL, UNSCREENED)
FIRST_DAYS = 7
"""For how many days after the last drink or pill the body is asked after."""

_AN_HOUR = timedelta(hours=1)
_SOON = timedelta(minutes=30)
_IN_A_TALK = timedelta(minutes=10)
_DAYTIME = time(10)
_NOT_BEFORE = timedelta(hours=6)
_TOO_LATE = timedelta(hours=12)
_LATER = (crisis.name, later.name)
_PATIENCE = {withdrawal.name: timedelta(hours=1), later.name: timedelta(hours=4)}
_ASKED_AGAIN = timedelta(minutes=15)
_FALSE_ALARM = "false_alarm"
_WENT_UNHEARD = {
    **{(crisis.name, step): key for step, key in UNANSWERED.items()},
    (lapse.name, "danger"): "lapse.danger_unanswered",
    (lapse.name, "body"): "crisis.withdrawal_unanswered",
    (checkin.name, "danger"): "lapse.danger_unanswered",
}
"""What is said, once, to who was asked about danger and gave no answer."""


def after_danger(tx: Connection, person: Row[Any], now: datetime) -> None:
    """Something grave was said: how it is is asked in an hour and the next day, if it may be."""
    if not _may_follow(person):
        return
    reminders.put(tx, person.id, HOUR, now + _AN_HOUR)
    reminders.put(tx, person.id, DAY, _next_day(person, now))


def asked(tx: Connection, person: Row[Any], place: Place | None, turn: int, now: datetime) -> None:
    """A question was asked in danger: that nobody answers it has an answer too."""
    if place is None or (place.flow, place.step) not in (*_WENT_UNHEARD, _LATER):
        return
    due = now + _PATIENCE.get(place.step, _ASKED_AGAIN)
    reminders.put(tx, person.id, SILENCE, due, turn)
    if place.step == withdrawal.name and _in_first_days(person, now):
        reminders.put(tx, person.id, WITHDRAWAL, _next_day(person, now))


def watch(tx: Connection, person: Row[Any], now: datetime) -> None:
    """Staff flagged dangerous withdrawal: it is asked about from now on, for the first days."""
    reminders.put(tx, person.id, WITHDRAWAL, schedule.allowed(now + _AN_HOUR, person.zone))


def handle(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """Do one due row; the person is locked."""
    due = _Due(tx, house, row, person.id, now)
    does = {HOUR: due.hour, DAY: due.day, SILENCE: due.silence, WITHDRAWAL: due.withdrawal}
    {**does, UNSCREENED: due.unscreened}[row.kind]()


def put_off(tx: Connection, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """Away: withdrawal is asked about when they are back in its days; the rest is over."""
    stays = row.kind == WITHDRAWAL and _in_first_days(person, now)
    reminders.move(tx, row, _next_day(person, now) if stays else None)


class _Due:
    """One row that has fallen due."""

    def __init__(
        self, tx: Connection, house: House, row: Row[Any], person_id: int, now: datetime
    ) -> None:
        self.tx = tx
        self.house = house
        self.row = row
        # With the card, which a wave of reminders is read without.
        self.person = people.get(tx, person_id)
        self.now = now
        self.alert = alert_rows.open_of(tx, person_id)

    def hour(self) -> None:
        """An hour after the last words, while the alert is open."""
        heard = self.person.heard_at
        grave = self._grave()
        if grave and heard is not None and heard + _AN_HOUR > self.now:
            self._move(heard + _AN_HOUR)
        elif self._move(None) and grave and not self._late(_TOO_LATE) and self._may_go():
            self._ask(check_back(self._turn(), next_day=False), outbox.CRISIS)

    def day(self) -> None:
        """The next day, at an hour that is allowed."""
        latest = alert_rows.latest_of(self.tx, self.person.id)
        was_none = latest is not None and latest.outcome == _FALSE_ALARM
        when = self._when()
        if was_none or when is None or self._late(timedelta(days=1)):
            self._move(None)
        elif when > self.now:
            self._move(when)
        elif self._move(None) and self._may_go():
            self._ask(check_back(self._turn(), next_day=True), outbox.REMINDER)

    def withdrawal(self) -> None:
        """Once a day in the first days after the last drink or pill."""
        when = self._when()
        if not _in_first_days(self.person, self.now):
            self._move(None)
        elif when is None or when > self.now:
            self._move(when or _next_day(self.person, self.now))
        elif self._move(_next_day(self.person, self.now)) and self._may_go():
            top = place_from(self.person.place)
            if top is None or top.flow != crisis.name or not self._grave():
                self._ask(check_withdrawal(self._turn()), outbox.REMINDER)

    def silence(self) -> None:
        """Staff hear of it; and once, in other words, it is asked again where that may be."""
        if not self._move(None) or self.person.turn != self.row.turn:
            return
        stored = place_from(self.person.place), place_from(self.person.parked)
        top, _, _ = unpack(*stored, self.now)
        if top is None or (top.flow, top.step) not in (*_WENT_UNHEARD, _LATER):
            return
        in_danger = top.flow == crisis.name
        without_alert = top.step in (withdrawal.name, later.name) or not in_danger
        if self.alert is None and not without_alert:
            return  # a human has closed it
        reason = f"no_answer_{top.step}"
        # A concern: what is open climbs by itself, and is not taken from who has it in hand.
        args = (self.tx, self.house, self.person, Level.CONCERN, reason, self.now)
        if in_danger or self.alert is not None or self.house.clinic.rules.use:
            # Else the team is not to hear of use from us, and only the question is repeated.
            alerts.secure(*args, known=False)
        by_day = top.step != withdrawal.name or self._in_daytime()
        to = post.safe_recipient(self.tx, self.person)
        unheard = _WENT_UNHEARD.get((top.flow, top.step))
        may = by_day and not self._late(_AN_HOUR) and self._may_go()
        step = step_of(top)
        if to is not None and unheard is not None and step is not None and may:
            turn = dataclasses.replace(self._turn(), data=top.data)
            # What comes from data is not in the words before it: it is asked whole.
            question = asking(step, turn, bare=step.shows is None)
            self._say(to, (Say(unheard), question), top.asked_in, outbox.CRISIS)

    def unscreened(self) -> None:
        """No triage came of the suicide screener: no answer is never taken for a no."""
        if not self._move(None) or self.alert is None or self._grave():
            return  # a human has closed it, or is on the way already
        args = (self.tx, self.house, self.person, Level.URGENT, "cssrs_unanswered", self.now)
        alerts.secure(*args, known=False)
        after_danger(self.tx, self.person, self.now)

    def _grave(self) -> bool:
        return self.alert is not None and Level(self.alert.level).rank >= Level.URGENT.rank

    def _move(self, due_at: datetime | None) -> bool:
        return reminders.move(self.tx, self.row, due_at)

    def _late(self, most: timedelta) -> bool:
        return bool(self.now - self.row.due_at > most)

    def _in_daytime(self) -> bool:
        return schedule.allowed(self.now, self.person.zone) == self.now

    def _may_go(self) -> bool:
        return (
            _may_follow(self.person)
            and in_safe_hours(self.person, self.now)
            and not escalation.hands_off(self.tx, self.person.id)
        )

    def _when(self) -> datetime | None:
        """The first moment that quiet hours, the card and a talk allow; None within a day."""
        heard = self.person.heard_at
        if heard is not None and self.now - heard < _IN_A_TALK:
            return self.now + _SOON
        return next_safe(self.person, self.now)

    def _turn(self) -> Turn:
        person, now = self.person, self.now
        seen = view(person, alert_open=self.alert is not None, now=now)
        return Turn(seen, around(self.tx, self.house, person, now, moods=False), now)

    def _ask(self, outcome: Outcome, priority: int) -> None:
        """A question of ours on top of whatever is open, as a turn of its own."""
        to = post.safe_recipient(self.tx, self.person)
        if to is None:
            return
        ours = unasked.put(self.tx, self.person, self._turn(), outcome)
        self._say(to, ours.effects, ours.number, priority)
        asked(self.tx, self.person, ours.place, ours.number, self.now)

    def _say(
        self, to: post.Recipient, effects: tuple[Effect, ...], number: int, priority: int
    ) -> None:
        """Queue it where they may be written to unasked."""
        late = self.now + 2 * _AN_HOUR
        if priority == outbox.REMINDER:
            late = min(late, schedule.quiet_from(self.now, self.person.zone))
        extra = {"kind": self.row.kind, "window": self.now.isoformat(), "not_after": late}
        scene = Scene(self.tx, self.house, self.now, self.person, to, number, extra=extra)
        scene.priority = priority
        scene.apply(effects)


def _next_day(person: Row[Any], now: datetime) -> datetime:
    return schedule.next_at(_DAYTIME, person.zone, now + _NOT_BEFORE)


def _in_first_days(person: Row[Any], now: datetime) -> bool:
    since = person.withdrawal_since
    today = now.astimezone(ZoneInfo(person.zone)).date()
    return since is not None and (today - since).days <= FIRST_DAYS


def _may_follow(person: Row[Any]) -> bool:
    """Whether the card lets anybody ask afterwards."""
    return (person.card or {}).get("follow_up") is not False and answered(person) != "nothing"


def next_safe(person: Row[Any], now: datetime) -> datetime | None:
    """The first moment from now on that quiet hours and the card allow; None within a day."""
    moment = schedule.allowed(now, person.zone)
    for _ in range(24):
        fine = schedule.allowed(moment, person.zone) == moment
        if fine and in_safe_hours(person, moment):
            return moment
        moment = (moment + _AN_HOUR).replace(minute=0, second=0, microsecond=0)
    return None


def in_safe_hours(person: Row[Any], moment: datetime) -> bool:
    """Whether it is inside the hours of theirs that the card calls safe, if it has hours."""
    first, _, last = str((person.card or {}).get("hours") or "").partition("-")
    if not (first.strip().isdecimal() and last.strip().isdecimal()):
        return True
    begin, end = int(first) % 24, int(last) % 24
    here = moment.astimezone(ZoneInfo(person.zone)).hour
    return begin <= here < end if begin < end else here >= begin or here < end
