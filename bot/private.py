"""What a person writes for themselves alone: lines of their plan, and their PIN.

A line of the plan is marked as one, so that staff read it only where the plan is shared; a PIN is
kept nowhere. What is said in danger stays as it is, for whoever helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import Kind
from handlers import answers, commands, lapse, pin, settling, temperature
from handlers.answers import Said
from handlers.flows import step_of
from handlers.lines import Line, Written
from handlers.place import Place
from handlers.plan import KIND, SIGNS
from handlers.private import ALONE, OWN, PLAN
from handlers.talking import unpack
from storage import messages

if TYPE_CHECKING:
    from bot.visit import Visit


_DOT = "\u2022"


def is_sign(visit: Visit) -> bool:
    """Whether it is a line of their own and no danger, so that nobody is told of it.

    Into their plan that is a craving, which its first part asks for; what weighs more is heard. In
    talks that they opened for themselves alone it is all that is no danger: a reason may tell of
    use, and a text to a friend asks to be called.
    """
    top, _ = _open(visit)
    expected = lapse.EXPECTED if top is not None and top.flow == lapse.lapse.name else frozenset()
    alone = top is not None and top.flow in ALONE
    return _is_line(visit) and (alone or set(visit.risk.labels) <= SIGNS | expected)


def hide(visit: Visit) -> None:
    """Mark a line of the plan; keep neither what may be a PIN nor an answer without a name."""
    if visit.serious:
        return
    top, aside = _open(visit)
    if _is_nobodys(visit, top):
        messages.rewrite(visit.tx, visit.message_id, _DOT)
    elif visit.inbound.kind in (Kind.TEXT, Kind.EDITED):
        _hide_words(visit, top, aside)


def _hide_words(visit: Visit, top: Place | None, aside: Place | None) -> None:
    text, has_pin = visit.inbound.text, visit.person.pin is not None
    if pin.hides(text, (top, aside), step_of(top), has_pin=has_pin):
        messages.rewrite(visit.tx, visit.message_id, pin.hidden(text))
    elif _is_line(visit) and (_kind(top) != OWN or is_sign(visit)):
        messages.mark(visit.tx, visit.message_id, _kind(top))


def _is_nobodys(visit: Visit, top: Place | None) -> bool:
    """Whether it answers what is asked of a whole room, so that it may stand on nobody's page."""
    step = step_of(top)
    if top is None or step is None or top.flow != temperature.temperature.name:
        return False
    said = Said(visit.inbound.text, visit.inbound.choice, visit.labels())
    return settling.read(said, step, visit.view()) is not answers.UNREAD


def _kind(top: Place | None) -> str:
    if top is not None and top.flow in PLAN:
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
