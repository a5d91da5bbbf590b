"""THE DOOR: receive() a message. One transaction; only after its commit does anything leave.

Screening comes before consent, opt-out, language, commands and parsing, and stands outside the
savepoint in which the talk is decided: a bug there loses neither the message nor its alert.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, desk, post, signals, supporters
from bot.channels import Inbound, Kind, OptOut, TryLaterError
from bot.clock import Clock
from bot.config import House
from bot.visit import Visit
from handlers import optout, ownwords
from handlers.crisis import silent
from handlers.risk import Level, Risk
from handlers.screening import screen
from storage import messages, outbox, people, staff, team
from storage.prepared import savepoint
from storage.store import Store, StoreDownError, is_passing

_log = logging.getLogger("companion.turn")

_STRANGER_REPLIES = 5
Screen = Callable[[str], Risk]


class Door:
    """The one way in, for every message of every channel."""

    def __init__(
        self,
        store: Store,
        house: House,
        clock: Clock,
        wake: Callable[[], None],
        screening: Screen = screen,
        heard: Callable[[str, Level], None] = lambda _channel, _level: None,
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._wake = wake
        self._screen = screening
        self._heard = heard

    async def receive(self, inbound: Inbound) -> None:
        """Screen, store and answer one message; returns once that is committed.

        Raises TryLaterError when nothing could be stored, so that the provider repeats it.
        """
        risk = screened(inbound, self._screen)
        try:
            try:
                await self._store.write(lambda tx: self._turn(tx, inbound, risk))
            except StoreDownError:
                raise
            except Exception:  # noqa: BLE001 - a bug must not lose the message or the alert
                _log.exception("turn_failed", extra={"channel": inbound.channel})
                await self._store.write(lambda tx: self._set_aside(tx, inbound, risk))
        except StoreDownError:
            raise TryLaterError from None
        except Exception:  # noqa: BLE001 - a bug must not lose the message or the alert
            _log.exception("not_stored", extra={"channel": inbound.channel})
            raise TryLaterError from None
        self._heard(inbound.channel, risk.level)
        self._wake()

    def _turn(self, tx: Connection, inbound: Inbound, risk: Risk) -> None:
        now = self._clock.now()
        address = people.address_of(tx, inbound.channel, inbound.address)
        person_id = address.person_id if address is not None else None
        staff_id = address.staff_id if address is not None else None
        invited = None
        if staff_id is None and (code := code_in(inbound)) is not None:
            invited = people.open_invite(tx, code, now)
        if person_id is None and invited is not None:
            person_id, staff_id = invited.person_id, invited.staff_id
        person = people.locked(tx, person_id) if person_id is not None else None
        if person is not None:
            # Once more: the turn that we have waited for may have stopped it.
            address = people.address_of(tx, inbound.channel, inbound.address)
            risk = signals.heard(tx, person, inbound, risk)
        message_id = _store(tx, inbound, risk, person_id, staff_id, now)
        if message_id is None:
            return
        if invited is not None and (address is None or address.person_id is None):
            address = _bind(tx, inbound, invited, now)
        if address is not None and address.staff_id is not None:
            self._staff(tx, address, inbound, now, joined=invited is not None)
            return
        if address is None or person is None:
            self._stranger(tx, inbound, now, code=code_in(inbound) is not None)
            return
        visit = Visit(tx, self._house, now, inbound, risk, person, address, message_id)
        visit.handle(joined=invited is not None)

    def _staff(
        self, tx: Connection, address: Row[Any], inbound: Inbound, now: datetime, *, joined: bool
    ) -> None:
        # "CLOSE 12 told me to stop writing" is about somebody else.
        stops = not desk.said(inbound) and optout.heard(inbound.text) is optout.Wish.STOP
        if inbound.kind is Kind.BLOCKED or inbound.opt_out is OptOut.STOP or stops:
            people.set_address_state(tx, address.id, "stopped")
            outbox.cancel(tx, address_hash=address.hash)
            return
        if address.state != "open":
            people.set_address_state(tx, address.id, "open")
        if not joined:
            desk.receive(tx, self._house, address, inbound, now)
            return
        clinic = self._house.clinic
        to = post.staff_recipient(tx, address.staff_id, clinic.language, clinic.zone)
        if to is not None:
            values = {"name": staff.get(tx, address.staff_id).name}
            post.put(tx, to, to.words("staff.linked", values), now, kind="staff_reply")

    def _stranger(self, tx: Connection, inbound: Inbound, now: datetime, *, code: bool) -> None:
        """A fixed kind answer with lines; no alert, and erased in a week."""
        address_hash = people.address_hash(tx, inbound.channel, inbound.address)
        if inbound.kind in (Kind.BLOCKED, Kind.UNBLOCKED, Kind.EDITED):
            return
        if supporters.wished(tx, inbound, address_hash, now):
            return
        known_as = people.digests(tx, f"{inbound.channel}:{inbound.address}")
        if messages.from_address(tx, known_as, now - timedelta(days=1)) > _STRANGER_REPLIES:
            return
        clinic = self._house.clinic
        to = post.Recipient(
            inbound.channel,
            inbound.address,
            address_hash,
            clinic.language,
            clinic.zone,
            plain=False,
        )
        key = "system.code_unknown" if code else "system.stranger"
        post.put(tx, to, to.words(key, {}), now, kind="stranger")

    def _set_aside(self, tx: Connection, inbound: Inbound, risk: Risk) -> None:
        """The turn failed as a whole: keep the message, tell the person and the team."""
        now = self._clock.now()
        address = people.address_of(tx, inbound.channel, inbound.address)
        person_id = address.person_id if address is not None else None
        staff_id = address.staff_id if address is not None else None
        message_id = _store(tx, inbound, risk, person_id, staff_id, now)
        if message_id is None or address is None or person_id is None:
            return
        person = people.locked(tx, person_id)
        risk = _meant(tx, person, inbound, risk)
        hush = silent(risk) or ownwords.DURESS in risk.labels
        level, reason = _at_least_concern(risk), ",".join((*risk.labels, "set_aside"))
        args = (tx, self._house, person, level, reason, now, message_id)
        alerts.secure(*args, known=not hush, hush=hush)
        if person.status == "deceased" or address.state == "frozen":
            return
        to = post.recipient(person, address)
        words = to.words("crisis.got_it" if hush else "crisis.fallback", {})
        post.put(tx, to, words, now, priority=outbox.CRISIS)


def _meant(tx: Connection, person: Row[Any], inbound: Inbound, risk: Risk) -> Risk:
    """What it means from this person, as far as that can be told after a failure."""
    try:
        with savepoint(tx):
            return signals.heard(tx, person, inbound, risk)
    except Exception as error:  # a bug must not lose the message or the alert
        if is_passing(error):
            raise
        _log.exception("signals_failed", extra={"person": person.id})
        return risk


def screened(inbound: Inbound, screening: Screen = screen) -> Risk:
    """What the screen says of a message; an exception inside it counts as a hit."""
    try:
        return screening(inbound.text)
    except Exception:  # noqa: BLE001 - a bug must not lose the message or the alert
        _log.exception("screen_failed", extra={"channel": inbound.channel})
        return Risk(Level.URGENT, ("screen_failed",))


def code_in(inbound: Inbound) -> str | None:
    """An invitation code: `/start CODE` on Telegram, the bare code from paper on SMS."""
    words = inbound.text.split()
    if len(words) == 2 and words[0].casefold() == "/start":  # noqa: PLR2004 - command and code
        return words[1].upper()
    if len(words) == 1 and len(words[0]) == CODE_LENGTH and _CODE.fullmatch(words[0]):
        return words[0].upper()
    return None


CODE_LENGTH = 10
_CODE = re.compile(r"(?=\D*\d)[A-Za-z0-9]+")
"""With a digit in it: ten letters alone are a word."""


def _store(
    tx: Connection,
    inbound: Inbound,
    risk: Risk,
    person_id: int | None,
    staff_id: int | None,
    now: datetime,
) -> int | None:
    return messages.insert(
        tx,
        channel=inbound.channel,
        provider_id=inbound.provider_id,
        person_id=person_id,
        staff_id=staff_id,
        address_hash=people.address_hash(tx, inbound.channel, inbound.address),
        kind=inbound.kind,
        text=inbound.text,
        risk=risk.level,
        labels=list(risk.labels),
        words=list(risk.words),
        sent_at=inbound.sent_at,
        received_at=now,
    )


def _bind(tx: Connection, inbound: Inbound, invited: Row[Any], now: datetime) -> Row[Any] | None:
    """An invitation's code proves the address: it belongs to that person or member of staff."""
    bound = people.add_address(
        tx,
        inbound.channel,
        inbound.address,
        person_id=invited.person_id,
        staff_id=invited.staff_id,
        created_at=now,
    )
    if invited.staff_id is not None:
        team.only_place(tx, invited.staff_id, bound)
    people.use_invite(tx, invited.hash, now)
    return people.address_of(tx, inbound.channel, inbound.address)


def _at_least_concern(risk: Risk) -> Level:
    return risk.level if risk.level.rank > Level.CONCERN.rank else Level.CONCERN
