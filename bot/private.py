"""What a person writes for themselves alone: lines of their plan, and their PIN.

A line of the plan is marked as one, so that staff read it only where the plan is shared; a PIN is
kept nowhere. What is said in danger stays as it is, for whoever helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Kind
from handlers import commands, lapse, pin
from handlers.answers import Said
from handlers.flow import Place
from handlers.flows import step_of
from handlers.lines import Line, Written
from handlers.plan import KIND, SIGNS
from handlers.shelf import OWN
from handlers.talking import unpack
from storage import messages

if TYPE_CHECKING:
    from bot.visit import Visit


_PLAN = ("plan", "myplan")
"""Talks whose lines are the plan's: staff read them where the plan is shared."""
_ALONE = ("reasons", "contact", "contacts", "hard_time", "goals")
"""Talks that they open themselves, and in which they are told that only danger is passed on."""


def is_sign(visit: Visit) -> bool:
    """Whether it is a line of their own and no danger, so that nobody is told of it.

    Into their plan that is a craving, which its first part asks for; what weighs more is heard. In
    talks that they opened for themselves alone it is all that is no danger: a reason may tell of
    use, and a text to a friend asks to be called.
    """
    top, _ = _open(visit)
    expected = lapse.EXPECTED if top is not None and top.flow == lapse.lapse.name else frozenset()
    alone = top is not None and top.flow in _ALONE
    return _is_line(visit) and (alone or set(visit.risk.labels) <= SIGNS | expected)


def hide(visit: Visit) -> None:
    """Mark a line of the plan, take the digits out of what may be a PIN."""
    if visit.serious or visit.inbound.kind not in (Kind.TEXT, Kind.EDITED):
        return
    top, aside = _open(visit)
    text, has_pin = visit.inbound.text, visit.person.pin is not None
    if pin.hides(text, (top, aside), step_of(top), has_pin=has_pin):
        messages.rewrite(visit.tx, visit.message_id, pin.hidden(text))
    elif _is_line(visit) and (_kind(top) != OWN or is_sign(visit)):
        messages.mark(visit.tx, visit.message_id, _kind(top))


def _kind(top: Place | None) -> str:
    if top is not None and top.flow in _PLAN:
        return KIND
    return lapse.OWN_CARD if top is not None and top.flow == lapse.lapse.name else OWN


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
