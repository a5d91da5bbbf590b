"""What a person writes for themselves alone: lines of their plan, and their PIN.

A line of the plan is marked as one, so that staff read it only where the plan is shared; a PIN is
kept nowhere. What is said in danger stays as it is, for whoever helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Kind
from handlers import commands, pin
from handlers.answers import Said
from handlers.flow import Place
from handlers.flows import step_of
from handlers.lines import Line, Written
from handlers.plan import KIND, SIGNS
from handlers.talking import unpack
from storage import messages

if TYPE_CHECKING:
    from bot.visit import Visit


def is_sign(visit: Visit) -> bool:
    """Whether it is a line for the plan and no more than a craving, which its first part asks for.

    It is private and no danger, so nobody is told of it. What weighs more is heard.
    """
    return set(visit.risk.labels) <= SIGNS and _is_line(visit)


def hide(visit: Visit) -> None:
    """Mark a line of the plan, take the digits out of what may be a PIN."""
    if visit.serious or visit.inbound.kind not in (Kind.TEXT, Kind.EDITED):
        return
    top, aside = _open(visit)
    text, has_pin = visit.inbound.text, visit.person.pin is not None
    if pin.hides(text, (top, aside), step_of(top), has_pin=has_pin):
        messages.rewrite(visit.tx, visit.message_id, pin.hidden(text))
    elif _is_line(visit):
        messages.mark(visit.tx, visit.message_id, KIND)


def _is_line(visit: Visit) -> bool:
    """Whether what was typed, or typed anew, is taken for a line of the plan."""
    top, _ = _open(visit)
    step = step_of(top)
    if top is None or step is None or not isinstance(step.answer, Line):
        return False
    over = top.until is not None and top.until < visit.now
    if over or visit.inbound.choice is not None or commands.heard(visit.inbound.text) is not None:
        return False
    return isinstance(step.answer.read(Said(visit.inbound.text, None, visit.labels())), Written)


def _open(visit: Visit) -> tuple[Place | None, Place | None]:
    """The question that is open, and the one that was put aside for it."""
    top, aside, _ = unpack(visit.place, visit.parked, visit.now)
    return top, aside
