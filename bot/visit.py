"""One message of one patient, inside the door's transaction.

Order: opt-out words, what can't be read, danger, and only then the talk, in a savepoint.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, away, escalation, places, post, reassigned
from bot.channels import Inbound, Kind, OptOut
from bot.config import House
from bot.effects import Scene, stop
from bot.surroundings import around, view
from handlers import away as absence
from handlers import commands, optout
from handlers.answers import Said, Scale
from handlers.crisis import Status, silent
from handlers.decide import Decision, begin, decide, found, in_danger
from handlers.flow import (
    Effect,
    Level,
    Raise,
    Risk,
    Say,
    Turn,
    place_from,
    place_to,
)
from handlers.flows import FLOWS, step_of
from storage import alerts as alert_rows
from storage import outbox, people
from storage.prepared import savepoint
from storage.store import is_passing

_log = logging.getLogger("companion.turn")

LATE = timedelta(minutes=15)
UNREADABLE = (Kind.VOICE, Kind.PHOTO, Kind.STICKER, Kind.LOCATION, Kind.FILE, Kind.CONTACT)
__all__ = ["Visit", "around", "place_from", "place_to", "view"]

CLOSED = ("stopped", "carrier")
"""States of an address that must not be written to: by the person's wish, or by the carrier."""


def _status(duty: bool, asked: bool) -> Status:  # noqa: FBT001 - two facts, one word
    if not duty:
        return Status.NOBODY_ON_DUTY
    return Status.ASKED if asked else Status.ASKING


class Visit:
    """What happens with one message."""

    def __init__(
        self,
        tx: Connection,
        house: House,
        now: datetime,
        inbound: Inbound,
        risk: Risk,
        person: Row[Any],
        address: Row[Any],
        message_id: int,
    ) -> None:
        self.tx = tx
        self.house = house
        self.now = now
        self.inbound = inbound
        self.risk = risk
        self.person = person
        self.address = address
        self.message_id = message_id
        self.place = place_from(person.place)
        self.parked = place_from(person.parked)
        self.turn = person.turn + 1
        self._meant = Level.CONCERN
        self.serious = risk.level.rank >= Level.URGENT.rank
        self.unreadable = inbound.kind in UNREADABLE

    def handle(self, *, joined: bool) -> None:
        """Do all of it."""
        if self.person.status == "deceased":
            away.deceased(self)
            return
        if self.address.state == "frozen":
            away.frozen(self)
            return
        people.change(self.tx, self.person.id, turn=self.turn, heard_at=self.now, misses=0)
        if self._moved():
            return
        stopped = self._wish()
        doubt = self._doubt()
        if doubt is not None:
            if not self._in_danger(doubt):
                self._freeze()
                return
            # Whoever it is, danger is heard to its end first.
            self._raise(Level.CONCERN, away.SOMEBODY_ELSE, known=False)
        self._take(joined=joined, stopped=stopped)

    def _take(self, *, joined: bool, stopped: bool) -> None:
        """What was said: danger first, then what can be said at all, then the talk."""
        if self._closed():
            # Only what was asked in danger is still answered; no talk comes back after it.
            self.place = self.place if self._in_crisis() else None
            self.parked = None
        self._hear()
        if stopped or self.serious or self._silenced():
            if self._silenced() and self.unreadable and not self.serious:
                self._raise(Level.CONCERN, f"sent_{self.inbound.kind}", known=False)
            return
        if self.inbound.kind is Kind.EDITED:
            return
        if self.person.status in absence.PRESENT or self._asked_in_danger():
            self._talk(joined=joined)
        else:
            away.answer(self)

    def _hear(self) -> None:
        """An alert and help, as far as the person's status lets anybody hear of it."""
        hears = away.heard_from(self)
        if self.serious and hears is None:
            away.over(self)
        elif self.serious:
            self._danger(may_answer=not self._closed())
        elif self.risk.level is Level.CONCERN and hears is Level.CONCERN:
            self._raise(Level.CONCERN, ",".join(self.risk.labels), known=False)

    def _doubt(self) -> absence.Doubt | None:
        """What whoever holds the phone says of not being who is meant."""
        if self.inbound.kind is not Kind.TEXT:
            return None
        doubt = absence.doubt(self.inbound.text, self.person.name.split()[0])
        if doubt is absence.Doubt.WHO and not (
            self.person.agreed and self.inbound.channel == "sms"
        ):
            return None
        return doubt

    def _freeze(self) -> None:
        house, number, why = self.house, self.address.id, reassigned.WRONG
        reassigned.freeze(self.tx, house, number, why, self.now, message_id=self.message_id)
        if self.serious:
            away.frozen(self)

    def _in_danger(self, doubt: absence.Doubt) -> bool:
        """Danger that nobody has closed, or in words that say nothing of a wrong number."""
        if self._in_crisis() or (self.serious and doubt is absence.Doubt.WHO):
            return True
        row = alert_rows.open_of(self.tx, self.person.id)
        return row is not None and Level(row.level).rank >= Level.URGENT.rank

    def _asked_in_danger(self) -> bool:
        """An answer to what was asked in danger counts, however the person stands."""
        if not self._in_crisis():
            return False
        return commands.heard(self.inbound.text) in (None, "talk", "help")

    def _moved(self) -> bool:
        """Blocked or unblocked: it carries no words. Whatever else comes shows a way back."""
        if self.address.state == "unreachable":
            people.set_address_state(self.tx, self.address.id, "open")
            self.address = self._again()
        if self.inbound.kind is Kind.BLOCKED and self._closed():
            return True
        if self.inbound.kind is Kind.BLOCKED:
            stop(self.tx, self.to(), self.now, how="blocked", confirm=False)
            self.address = self._again()
            self._raise(Level.CONCERN, "address_closed", known=False)
            return True
        if self.inbound.kind is Kind.UNBLOCKED:
            if self._closed_by_blocking():
                self._open("unblocked")
            return True
        return False

    def _closed_by_blocking(self) -> bool:
        """A stop that was said stays until START: unblocking may only be to look."""
        hows = [
            row.how
            for row in people.ledger_of(self.tx, self.person.id)
            if row.kind == "stopped" and row.address_hash == self.address.hash
        ]
        return bool(hows) and hows[-1] in ("blocked", "provider")

    def _wish(self) -> bool:
        """Opt-out is honoured at once, whatever was being asked: whether it was one."""
        said = None if self.inbound.kind is Kind.BUTTON else optout.heard(self.inbound.text)
        if self.inbound.opt_out is OptOut.STOP or said is optout.Wish.STOP:
            return self._stop()
        resumes = self.inbound.opt_out is OptOut.START or said is optout.Wish.START
        if self.address.state in CLOSED and (resumes or self._pressed_start()):
            self._open("asked")
            on = self.person.agreed and self.person.status in absence.PRESENT
            self._apply((Say("system.resumed"),) if on else ())
            # After a stop START only lifts it; where agreement was withdrawn it is asked again.
            return bool(on)
        return False

    def _stop(self) -> bool:
        carrier = self.inbound.channel == "sms" and (
            self.inbound.opt_out is OptOut.STOP or optout.is_carrier_stop(self.inbound.text)
        )
        if not carrier and self._answers_scale():
            decision = begin(FLOWS["stopping"], self.view(), self.place)
            self._settle(decision)
            return True
        if self.address.state not in CLOSED:
            how = "carrier" if carrier else "asked"
            # The carrier has confirmed its own word already; one confirmation is the law's limit.
            stop(self.tx, self.to(), self.now, how=how, confirm=not carrier)
            if carrier:
                people.set_address_state(self.tx, self.address.id, "carrier")
            self.address = self._again()
        return True

    def _answers_scale(self) -> bool:
        """One word like BAJA, typed into a question with a scale, may be an answer."""
        step = step_of(self.place)
        inner = getattr(step.answer, "answer", step.answer) if step else None
        one_word = len(self.inbound.text.split()) == 1
        return (
            one_word
            and not optout.is_carrier_stop(self.inbound.text)
            and (isinstance(inner, Scale) or hasattr(inner, "parts"))
        )

    def _pressed_start(self) -> bool:
        return self.inbound.channel == "telegram" and self.inbound.text.startswith("/start")

    def _open(self, how: str) -> None:
        if self.address.state in CLOSED:
            people.set_address_state(self.tx, self.address.id, "open")
            people.write_ledger(
                self.tx,
                "resumed",
                self.now,
                how,
                person_id=self.person.id,
                address_hash=self.address.hash,
                channel=self.address.channel,
                language=self.person.language,
            )
            self.address = self._again()

    def _closed(self) -> bool:
        return self.address.state in CLOSED

    def _in_crisis(self) -> bool:
        return self.place is not None and self.place.flow == "crisis"

    def _silenced(self) -> bool:
        """Closed, and not in the middle of danger that we may still answer."""
        if self.address.state == "carrier" or (self._closed() and not self._in_crisis()):
            return True
        # After a stop no other talk is begun from there.
        return self._closed() and commands.heard(self.inbound.text) not in (None, "talk", "help")

    def _again(self) -> Row[Any]:
        row = people.address_of(self.tx, self.inbound.channel, self.inbound.address)
        return row if row is not None else self.address

    def _raise(self, level: Level, reason: str, *, known: bool = True, hush: bool = False) -> None:
        alerts.secure(
            self.tx,
            self.house,
            self.person,
            level,
            reason,
            self.now,
            self.message_id,
            known=known,
            hush=hush,
        )

    def _danger(self, *, may_answer: bool) -> None:
        """The alert first, whatever else is broken; then the answer, lines first."""
        before = alert_rows.open_of(self.tx, self.person.id)
        hush = silent(self.risk)
        reason = ",".join(self.risk.labels)
        self._raise(self.risk.level, reason, known=not hush, hush=hush)
        after = alert_rows.open_of(self.tx, self.person.id)
        asked = before is not None and after is not None and before.clock_from == after.clock_from
        # After a stop by their own wish, one answer to their own message is still given;
        # what the carrier has blocked can't be answered.
        if not may_answer and self.address.state == "carrier":
            return
        try:
            with savepoint(self.tx):
                duty = escalation.anyone_on_duty(
                    self.tx, self.house, self.person.counselor_id, self.risk.level, self.now
                )
                decision = in_danger(
                    self.view(), self.risk, self.place, self.parked, _status(duty, asked)
                )
                self._settle(decision, priority=outbox.CRISIS)
        except Exception as error:  # a bug must not lose the message or the alert
            if is_passing(error):
                raise
            _log.exception("crisis_failed", extra={"person": self.person.id})
            words = self.to().words("crisis.fallback", {})
            post.put(self.tx, self.to(), words, self.now, priority=outbox.CRISIS)

    def _talk(self, *, joined: bool) -> None:
        try:
            with savepoint(self.tx):
                self._decide(joined=joined)
        except Exception as error:  # a bug must not lose the message or the alert
            if is_passing(error):
                raise
            _log.exception("flow_failed", extra={"person": self.person.id})
            self._raise(self._meant, "software_error")
            words = self.to().words("system.error", {})
            post.put(self.tx, self.to(), words, self.now)

    def _decide(self, *, joined: bool) -> None:
        turn = self.view()
        if self.unreadable:
            self._raise(Level.CONCERN, f"sent_{self.inbound.kind}")
            self._apply((Say("system.unreadable"),))
            return
        if joined:
            self._settle(begin(FLOWS["menu" if self.person.agreed else "joining"], turn))
            return
        said = Said(self.inbound.text, self.inbound.choice, self._labels())
        self._settle(decide(turn, said, self.place, self.parked, self.inbound.asked_in))

    def _labels(self) -> dict[str, str]:
        step = step_of(self.place)
        if step is None:
            return {}
        return dict(self.to().labels(step.key))

    def _settle(self, decision: Decision, priority: int = outbox.REPLY) -> None:
        if decision.find is not None:
            decision = found(decision, places.zone_of(decision.find.query))
        # If writing this down fails, the alert that was meant is still raised at its level.
        meant = [e.level for e in decision.effects if isinstance(e, Raise)]
        self._meant = max([self._meant, *meant], key=lambda level: level.rank)
        place = decision.place
        if place is not None and place is not self.place:
            place = dataclasses.replace(place, asked_in=self.turn)
        stored = {"place": place_to(place), "parked": place_to(decision.parked)}
        people.change(self.tx, self.person.id, **stored)
        self._apply(decision.effects, priority)

    def _apply(self, effects: Sequence[Effect], priority: int = outbox.REPLY) -> None:
        if self.now - self.inbound.sent_at > LATE:
            effects = (Say("system.late", {"time": self.inbound.sent_at}, alone=True), *effects)
        scene = Scene(
            self.tx,
            self.house,
            self.now,
            self.person,
            self.to(),
            self.turn,
            self.message_id,
            priority,
        )
        scene.apply(effects)

    def to(self) -> post.Recipient:
        """Where it came from."""
        return post.recipient(self.person, self.address)

    def view(self) -> Turn:
        """The turn as the core sees it."""
        alert_open = alert_rows.open_of(self.tx, self.person.id) is not None
        return Turn(
            view(self.person, alert_open=alert_open),
            around(self.tx, self.house, self.person, self.now),
            self.now,
        )
