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

from bot import alerts, away, danger, followups, lookups, post, private, signals, wishes
from bot.channels import Inbound, Kind
from bot.config import House
from bot.effects import Scene
from bot.surroundings import around, view
from handlers import away as absence
from handlers import commands, meetings, ownwords
from handlers.answers import Said
from handlers.crisis import crisis
from handlers.decide import ask_withdrawal, decide, found, near_here
from handlers.entrances import ENTRANCES
from handlers.flow import Effect, Raise, Say, Turn
from handlers.flows import FLOWS, step_of
from handlers.place import place_from, place_to
from handlers.risk import Level, Risk
from handlers.settling import Decision, begin
from handlers.talking import unpack
from storage import alerts as alert_rows
from storage import messages, outbox, people
from storage.prepared import savepoint
from storage.store import is_passing

_log = logging.getLogger("companion.turn")

LATE = timedelta(minutes=15)
UNREADABLE = (Kind.VOICE, Kind.PHOTO, Kind.STICKER, Kind.LOCATION, Kind.FILE, Kind.CONTACT)


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
        self.unreadable = inbound.kind in UNREADABLE and inbound.point is None

    def handle(self, *, joined: bool) -> None:
        """Do all of it."""
        if ownwords.DURESS in self.risk.labels:
            danger.in_duress(self)
        if self.person.status == "deceased":
            away.deceased(self)
            return
        if self.address.state == "frozen":
            away.frozen(self)
            return
        people.change(self.tx, self.person.id, turn=self.turn, heard_at=self.now, misses=0)
        if wishes.moved(self):
            return
        stopped = wishes.heard(self)
        doubt = away.doubt(self)
        if doubt is not None:
            if not self._in_danger(doubt):
                away.freeze(self)
                return
            # Whoever it is, danger is heard to its end first.
            self.raise_(Level.CONCERN, away.SOMEBODY_ELSE, known=False)
        self._take(joined=joined, stopped=stopped)

    def _take(self, *, joined: bool, stopped: bool) -> None:
        """What was said: danger first, then what can be said at all, then the talk."""
        if self.closed():
            # Only what was asked in danger is still answered; no talk comes back after it.
            self.place = self.place if self.in_crisis() else None
            self.parked = None
        self._hear()
        private.hide(self)
        if stopped or self.serious or self._silenced():
            if self._silenced() and self.unreadable and not self.serious:
                self.raise_(Level.CONCERN, f"sent_{self.inbound.kind}", known=False)
            return
        if self.inbound.kind is Kind.EDITED:
            return
        if self.person.status in absence.PRESENT or self.asked_in_danger():
            self._talk(joined=joined)
        else:
            away.answer(self)

    def _hear(self) -> None:
        """An alert and help, as far as the person's status lets anybody hear of it."""
        hears = away.heard_from(self)
        if self.serious and hears is None:
            away.over(self)
        elif self.serious:
            danger.answer(self, may_answer=not self.closed())
        elif self.risk.level is Level.CONCERN and hears is Level.CONCERN:
            if private.is_sign(self) or self._opens_a_talk():
                return
            self.raise_(Level.CONCERN, ",".join(self.risk.labels), known=False)

    def _opens_a_talk(self) -> bool:
        """One word that begins a talk ("CRAVE"): what is said there decides who must hear of it."""
        one_word = len(self.inbound.text.split()) == 1
        return one_word and commands.heard(self.inbound.text) in ENTRANCES

    def _near_danger(self) -> bool:
        return self.serious or self.in_crisis()

    def _in_danger(self, doubt: absence.Doubt) -> bool:
        """Danger that nobody has closed, or in words that say nothing of a wrong number."""
        return self.in_crisis() or (self.serious and doubt is absence.Doubt.WHO) or self._grave()

    def _grave(self) -> bool:
        """Whether an alert is open that cannot wait."""
        row = alert_rows.open_of(self.tx, self.person.id)
        return row is not None and Level(row.level).rank >= Level.URGENT.rank

    def asked_in_danger(self) -> bool:
        """An answer to what was asked in danger counts, however the person stands."""
        if not self.in_crisis():
            return False
        return commands.heard(self.inbound.text) in (None, "talk", "help")

    def closed(self) -> bool:
        """Whether nothing may be written there, by the person's wish or by the carrier."""
        return self.address.state in wishes.CLOSED

    def in_crisis(self) -> bool:
        """Whether they stand at something that was asked in danger."""
        return self.place is not None and self.place.flow == crisis.name

    def _silenced(self) -> bool:
        """Closed, and not in the middle of danger that we may still answer."""
        if self.address.state == "carrier" or (self.closed() and not self.in_crisis()):
            return True
        # After a stop no other talk is begun from there.
        return self.closed() and commands.heard(self.inbound.text) not in (None, "talk", "help")

    def reread(self) -> None:
        """The address as it is stored by now."""
        row = people.address_of(self.tx, self.inbound.channel, self.inbound.address)
        self.address = row if row is not None else self.address

    def raise_(self, level: Level, reason: str, *, known: bool = True, hush: bool = False) -> None:
        """Somebody needs a human, because of this message."""
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

    def _talk(self, *, joined: bool) -> None:
        try:
            with savepoint(self.tx):
                self._decide(joined=joined)
        except Exception as error:  # a bug must not lose the message or the alert
            if is_passing(error):
                raise
            _log.exception("flow_failed", extra={"person": self.person.id})
            self.raise_(self._meant, "software_error")
            words = self.to().words("system.error", {})
            post.put(self.tx, self.to(), words, self.now)

    def _decide(self, *, joined: bool) -> None:
        turn = self.view()
        if self.inbound.point is not None:
            self._located(turn, *self.inbound.point)
            return
        if self.unreadable:
            # Who sends a voice message when asked about danger may be unable to type.
            level = Level.URGENT if self.in_crisis() and self._grave() else Level.CONCERN
            self.raise_(level, f"sent_{self.inbound.kind}", known=False)
            self.apply((Say("system.unreadable"),))
            return
        if joined:
            self.settle(begin(FLOWS["menu" if self.person.agreed else "joining"], turn))
            return
        if signals.STOPPED in self.risk.labels and self.person.agreed and not self.in_crisis():
            self.settle(ask_withdrawal(turn, self.place, self.parked))
            return
        said = Said(self.inbound.text, self.inbound.choice, self.labels())
        self.settle(decide(turn, said, self.place, self.parked, self.inbound.asked_in))

    def _located(self, turn: Turn, lat: float, lng: float) -> None:
        """Where they are: beside an alert for who helps them, else to find what is near."""
        where = f"{lat:.5f}, {lng:.5f}"
        if self.in_crisis() or self._grave():
            messages.rewrite(self.tx, self.message_id, where)
            self.raise_(Level.URGENT, f"sent_{self.inbound.kind}", known=False)
            self.apply((Say("system.located"),))
        elif self.person.agreed:
            spot = meetings.Spot(round(lat, 2), round(lng, 2), "", turn.person.zone)
            self.settle(near_here(turn, spot, self.place, self.parked))
        else:
            self.apply((Say("system.unreadable"),))

    def labels(self) -> dict[str, str]:
        """The choices of the open question as this person was shown them."""
        top, aside, _ = unpack(self.place, self.parked, self.now)
        place = top if top is not None else aside
        step = step_of(place)
        if place is None or step is None:
            return {}
        language = self.person.language
        shows = step.shows(place.data, language) if step.shows is not None else post.NOTHING
        return dict(self.to().labels(step.key, shows))

    def settle(self, decision: Decision, priority: int = outbox.REPLY) -> None:
        """Write down what was decided."""
        while decision.find is not None:
            decision = found(decision, lookups.answer(self, decision.find))
        # If writing this down fails, the alert that was meant is still raised at its level.
        raised = [e for e in decision.effects if isinstance(e, Raise)]
        self._meant = max([self._meant, *(e.level for e in raised)], key=lambda level: level.rank)
        place = decision.place
        if place is not None and place is not self.place:
            place = dataclasses.replace(place, asked_in=self.turn)
        stored = {"place": place_to(place), "parked": place_to(decision.parked)}
        people.change(self.tx, self.person.id, **stored)
        self.apply(decision.effects, priority)
        if any(e.known and e.level.rank >= Level.URGENT.rank for e in raised):
            followups.after_danger(self.tx, self.person, self.now)
        if place is not self.place:
            followups.asked(self.tx, self.person, place, self.turn, self.now)

    def apply(self, effects: Sequence[Effect], priority: int = outbox.REPLY) -> None:
        """Write the rows of each effect."""
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
        scene.apply(self.timed(effects))

    def timed(self, effects: Sequence[Effect]) -> Sequence[Effect]:
        """The effects; who was heard late is told first when it was sent."""
        if not effects or self.now - self.inbound.sent_at <= LATE:
            return effects
        return (Say("system.late", {"time": self.inbound.sent_at}, alone=True), *effects)

    def to(self) -> post.Recipient:
        """Where it came from."""
        return post.recipient(self.person, self.address)

    def view(self, *, said: tuple[str, ...] = ()) -> Turn:
        """The turn as the core sees it; `said` is help in danger that they read lately."""
        alert_open = alert_rows.open_of(self.tx, self.person.id) is not None
        facts = around(self.tx, self.house, self.person, self.now, danger=self._near_danger())
        facts = dataclasses.replace(facts, said=said)
        if self.inbound.channel == "sms" and not self.person.plain:
            facts = danger.covered(facts)
        return Turn(view(self.person, alert_open=alert_open, now=self.now), facts, self.now)
