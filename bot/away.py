"""Messages of who is away or gone, and from numbers that may be somebody else's.

All of them were screened before this. What is said comes from `handlers.away`; what is here says
who hears of it, and that nothing is said more often than it has to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot import alerts, escalation, reassigned
from bot.channels import Kind, OptOut
from bot.consent import stop
from bot.effects import Scene
from handlers import away, commands, optout
from handlers.answers import Said
from handlers.crisis import DANGEROUS, silent
from handlers.flow import Effect, Say
from handlers.risk import Level
from handlers.talking import asked
from storage import alerts as alert_rows
from storage import outbox, people

if TYPE_CHECKING:
    from bot.visit import Visit

DECEASED = "wrote_after_death"
SOMEBODY_ELSE = "maybe_somebody_else"


def answer(visit: Visit) -> None:
    """Paused, in hospital, in custody, discharged: fixed words, once a day, and HELP always."""
    hears = heard_from(visit)
    if visit.unreadable and hears is Level.CONCERN:
        _raise(visit, Level.CONCERN, f"sent_{visit.inbound.kind}")
    if visit.unreadable:
        _say(visit, Say("system.unreadable"))
        return
    turn = visit.view()
    command = commands.heard(visit.inbound.text)
    if command == "talk" and hears is Level.CONCERN:
        _say(visit, *asked(turn))
        return
    if command == "help" and turn.person.alert_open and hears is not None:
        _raise(visit, Level.URGENT, "help_in_danger")
    said = away.fixed(turn, visit.person.status_at)
    _say(visit, said, once=command != "help")


def over(visit: Visit) -> None:
    """In danger, and long discharged: the lines, and that nobody reads it."""
    _say(visit, away.fixed(visit.view(), visit.person.status_at), priority=outbox.CRISIS)


def heard_from(visit: Visit) -> Level | None:
    """From which level on this person's messages open an alert."""
    return away.heard_from(visit.person.status, visit.person.status_at, visit.now)


def deceased(visit: Visit) -> None:
    """Nobody is answered: it is a relative, or the status is wrong. Staff hear of every message."""
    if visit.inbound.kind is Kind.UNBLOCKED:
        return
    _wish(visit, confirm=False)
    level = max(visit.risk.level, Level.CONCERN, key=lambda each: each.rank)
    _raise(visit, level, ",".join((*visit.risk.labels, DECEASED)), hush=silent(visit.risk))


def frozen(visit: Visit) -> None:
    """Whoever it is gets help in danger and the one question, and nothing of the person's."""
    if visit.inbound.kind in (Kind.BLOCKED, Kind.UNBLOCKED):
        return
    if _wish(visit, confirm=False) and not visit.serious:
        return
    reasons = ",".join((*visit.risk.labels, SOMEBODY_ELSE))
    if visit.serious:
        _raise(visit, visit.risk.level, reasons, hush=silent(visit.risk))
        _say(visit, away.lines(visit.risk), priority=outbox.CRISIS)
        return
    if _says_yes_in_danger(visit):
        _raise(visit, Level.EMERGENCY, f"said_yes_to_suicide,{SOMEBODY_ELSE}")
        _say(visit, away.lines(visit.risk), priority=outbox.CRISIS)
        return
    _raise(visit, Level.CONCERN, reasons)
    if commands.heard(visit.inbound.text) == "help":
        _say(visit, Say("system.stranger"), priority=outbox.CRISIS)
        return
    labels = dict(visit.to().labels("standing.right_number"))
    said = away.about_number(Said(visit.inbound.text, visit.inbound.choice, labels))
    if said is not None:
        _say(visit, said, once=True)
    elif not escalation.hands_off(visit.tx, visit.person.id):
        reassigned.ask(visit.tx, visit.person, visit.address, visit.now, visit.now)


def doubt(visit: Visit) -> away.Doubt | None:
    """What whoever holds the phone says of not being who is meant."""
    if visit.inbound.kind is not Kind.TEXT:
        return None
    found = away.doubt(visit.inbound.text, visit.person.name.split()[0])
    agreed = visit.person.agreed and visit.inbound.channel == "sms"
    return None if found is away.Doubt.WHO and not agreed else found


def freeze(visit: Visit) -> None:
    """The number may be somebody else's from now on."""
    house, number, why = visit.house, visit.address.id, reassigned.WRONG
    reassigned.freeze(visit.tx, house, number, why, visit.now, message_id=visit.message_id)
    if visit.serious:
        frozen(visit)


def _says_yes_in_danger(visit: Visit) -> bool:
    """The dangerous side of what was asked before the number was frozen."""
    row = alert_rows.open_of(visit.tx, visit.person.id)
    open_danger = row is not None and Level(row.level).rank >= Level.URGENT.rank
    said = visit.inbound.choice or visit.inbound.text.strip(" .!").casefold()
    return open_danger and said == DANGEROUS


def _wish(visit: Visit, *, confirm: bool) -> bool:
    """An opt-out is honoured here too; the address stays what it is: whether it was one."""
    inbound = visit.inbound
    said = None if inbound.kind is Kind.BUTTON else optout.heard(inbound.text)
    wants = inbound.opt_out is OptOut.STOP or said is optout.Wish.STOP
    if wants or inbound.kind is Kind.BLOCKED:
        carrier = inbound.opt_out is OptOut.STOP or optout.is_carrier_stop(inbound.text)
        how = "carrier" if carrier and inbound.channel == "sms" else "asked"
        state = visit.address.state
        stop(visit.tx, visit.to(), visit.now, how=how, confirm=confirm)
        if state == "frozen":
            people.set_address_state(visit.tx, visit.address.id, state)
    return wants


def _raise(visit: Visit, level: Level, reason: str, *, hush: bool = False) -> None:
    tx, house, person = visit.tx, visit.house, visit.person
    alerts.secure(
        tx, house, person, level, reason, visit.now, visit.message_id, known=False, hush=hush
    )


def _say(visit: Visit, *effects: Effect, once: bool = False, priority: int = outbox.REPLY) -> None:
    """`once`: not if the same was said today."""
    more: dict[str, Any] = {}
    if once:
        day = visit.now.astimezone(ZoneInfo(visit.person.zone)).date().isoformat()
        more = {"kind": "away", "window": day}
    Scene(
        visit.tx,
        visit.house,
        visit.now,
        visit.person,
        visit.to(),
        visit.turn,
        visit.message_id,
        priority,
        more,
    ).apply(visit.timed(effects) if priority == outbox.CRISIS else effects)
