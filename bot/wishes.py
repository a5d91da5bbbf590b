"""What a person wants of our messages: none, or again. Blocking the sender counts as a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Kind, OptOut
from bot.consent import stop
from handlers import away as absence
from handlers import optout
from handlers.answers import Scale
from handlers.flow import Say
from handlers.flows import FLOWS, step_of
from handlers.risk import Level
from handlers.settling import begin
from storage import people

if TYPE_CHECKING:
    from bot.visit import Visit

CLOSED = ("stopped", "carrier")
"""States of an address that must not be written to: by the person's wish, or by the carrier."""


def moved(visit: Visit) -> bool:
    """Blocked or unblocked: it carries no words. Whatever else comes shows a way back."""
    if visit.address.state == "unreachable":
        people.set_address_state(visit.tx, visit.address.id, "open")
        visit.reread()
    if visit.inbound.kind is Kind.BLOCKED and visit.closed():
        return True
    if visit.inbound.kind is Kind.BLOCKED:
        stop(visit.tx, visit.to(), visit.now, how="blocked", confirm=False)
        visit.reread()
        visit.raise_(Level.CONCERN, "address_closed", known=False)
        return True
    if visit.inbound.kind is Kind.UNBLOCKED:
        if _closed_by_blocking(visit):
            _open(visit, "unblocked")
        return True
    return False


def _closed_by_blocking(visit: Visit) -> bool:
    """A stop that was said stays until START: unblocking may only be to look."""
    hows = [
        row.how
        for row in people.ledger_of(visit.tx, visit.person.id)
        if row.kind == "stopped" and row.address_hash == visit.address.hash
    ]
    return bool(hows) and hows[-1] in ("blocked", "provider")


def heard(visit: Visit) -> bool:
    """Opt-out is honoured at once, whatever was being asked: whether it was one."""
    said = None if visit.inbound.kind is Kind.BUTTON else optout.heard(visit.inbound.text)
    if visit.inbound.opt_out is OptOut.STOP or said is optout.Wish.STOP:
        return _stop(visit)
    resumes = visit.inbound.opt_out is OptOut.START or said is optout.Wish.START
    if visit.address.state in CLOSED and (resumes or _pressed_start(visit)):
        _open(visit, "asked")
        on = visit.person.agreed and visit.person.status in absence.PRESENT
        visit.apply((Say("system.resumed"),) if on else ())
        # After a stop START only lifts it; where agreement was withdrawn it is asked again.
        return bool(on)
    return False


def _stop(visit: Visit) -> bool:
    carrier = visit.inbound.channel == "sms" and (
        visit.inbound.opt_out is OptOut.STOP or optout.is_carrier_stop(visit.inbound.text)
    )
    if not carrier and _answers_scale(visit):
        decision = begin(FLOWS["stopping"], visit.view(), visit.place)
        visit.settle(decision)
        return True
    if visit.address.state not in CLOSED:
        how = "carrier" if carrier else "asked"
        # The carrier has confirmed its own word already; one confirmation is the law's limit.
        stop(visit.tx, visit.to(), visit.now, how=how, confirm=not carrier)
        if carrier:
            people.set_address_state(visit.tx, visit.address.id, "carrier")
        visit.reread()
    return True


def _answers_scale(visit: Visit) -> bool:
    """One word like BAJA, typed into a question with a scale, may be an answer.

    So may "remove", where something can be taken off a list.
    """
    step = step_of(visit.place)
    inner = getattr(step.answer, "answer", step.answer) if step else None
    one_word = len(visit.inbound.text.split()) == 1
    return (
        one_word
        and not optout.is_carrier_stop(visit.inbound.text)
        and (
            isinstance(inner, Scale)
            or hasattr(inner, "parts")
            or "remove" in getattr(inner, "options", ())
        )
    )


def _pressed_start(visit: Visit) -> bool:
    return visit.inbound.channel == "telegram" and visit.inbound.text.startswith("/start")


def _open(visit: Visit, how: str) -> None:
    if visit.address.state in CLOSED:
        people.set_address_state(visit.tx, visit.address.id, "open")
        people.write_ledger(
            visit.tx,
            "resumed",
            visit.now,
            how,
            person_id=visit.person.id,
            address_hash=visit.address.hash,
            channel=visit.address.channel,
            language=visit.person.language,
        )
        visit.reread()
