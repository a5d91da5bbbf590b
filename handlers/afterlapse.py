"""The three days after use: one small question a day, and a card with what they learned.

No answer is fine, and the next one still comes. Another lapse in these days begins them anew.
"""

from __future__ import annotations

from typing import Final

from handlers import counting, named
from handlers.answers import Answer, Choice, Skippable
from handlers.counting import LAPSE
from handlers.flow import Effect, Outcome, Say, Turn
from handlers.lapse import CARD, STOPPING, lapse, step
from handlers.lines import MORE, Line, Written
from handlers.named import Named
from handlers.own import Amend, KeepItem
from handlers.talking import talk

LONGEST: Final = 140
"""Characters of a line of the card: it has to fit beside other words in a text."""
COMPANY: Final = ("alone", "friends", "partner", "family", "others")
_LINE: Final[Answer[Written | str]] = Line(Choice("skip"), LONGEST, ends="skip")


def first(turn: Turn, detail: str) -> Outcome | None:
    """A day after: how it is. Of some kinds the body is asked after too."""
    del detail
    entry = counting.latest(turn)
    if entry is None:
        return None
    stopping = entry.data.get("what") in STOPPING or turn.person.withdrawal
    return turn.then(day_one, Say("lapse.day_body" if stopping else "lapse.day"))


def second(turn: Turn, detail: str) -> Outcome | None:
    """Two days after: easier or harder."""
    del detail
    return turn.then(day_two) if counting.latest(turn) is not None else None


def third(turn: Turn, detail: str) -> Outcome | None:
    """Three days after: what they learned, for the next time."""
    del detail
    return turn.then(company) if counting.latest(turn) is not None else None


@lapse.step(Skippable(Named(Choice("ok", "rough", "person"), named.HOW_IT_IS)), hours=20)
def day_one(turn: Turn, answer: str | None) -> Outcome:
    """How it is, a day after."""
    if answer == "person":
        return talk(turn)
    if answer == "rough":
        return turn.then(step, Say("lapse.rough"))
    return turn.end(Say("lapse.good" if answer == "ok" else "lapse.left"))


@lapse.step(Skippable(Named(Choice("easier", "same", "harder"), named.EASIER)), hours=20)
def day_two(turn: Turn, answer: str | None) -> Outcome:
    """Easier, the same or harder, two days after."""
    if answer == "harder":
        return turn.then(step, Say("lapse.rough"))
    keys = {"easier": "lapse.good", "same": "lapse.steady"}
    return turn.end(Say(keys.get(str(answer), "lapse.left")))


@lapse.step(Skippable(Named(Choice(*COMPANY), named.WAS_THERE)), hours=20)
def company(turn: Turn, answer: str | None) -> Outcome:
    """In what kind of company it was."""
    kept = (Amend(LAPSE, {"with": answer}),) if answer else ()
    return turn.then(before, *kept)


@lapse.step(_LINE, hours=20)
def before(turn: Turn, answer: Written | str) -> Outcome:
    """What came before it."""
    if answer == MORE:
        return turn.then(before, Say("lapse.go_ahead"), ask=False)
    if not isinstance(answer, Written) or is_numbers(answer):
        return turn.then(next_time)
    text = _one(answer)
    kept = KeepItem(CARD, {"text": text, "before": text})
    return turn.keep(card=True).then(next_time, kept)


@lapse.step(_LINE, hours=20)
def next_time(turn: Turn, answer: Written | str) -> Outcome:
    """What they would try the next time: that is what is shown then."""
    if answer == MORE:
        return turn.then(next_time, Say("lapse.go_ahead"), ask=False)
    begun = bool(turn.data.get("card"))
    if not isinstance(answer, Written) or is_numbers(answer):
        return turn.end(Say("lapse.card_kept" if begun else "lapse.left"))
    return turn.end(_card(turn, _one(answer), begun=begun), Say("lapse.card_kept"))


def _card(turn: Turn, text: str, *, begun: bool) -> Effect:
    there = turn.around.own.items(CARD)
    if begun and there:
        return KeepItem(CARD, {**there[-1].data, "text": text}, there[-1].id)
    return KeepItem(CARD, {"text": text, "before": ""})


def is_numbers(written: Written) -> bool:
    """Whether it is a late answer to a check-in ("6 3 1 1") and no line of words."""
    return not any(letter.isalpha() for line in written.lines for letter in line)


def _one(written: Written) -> str:
    return " ".join(written.lines)[:LONGEST]
