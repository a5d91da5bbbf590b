"""The people they can call: a name, a number to tap, and a text that they wrote when calm.

The text leaves only when they press it: as a message of their own to forward, or, where staff have
asked that person alone and they agreed, sent for them.
"""

from __future__ import annotations

from typing import Final

from content import wording
from handlers import shelf
from handlers.answers import Answer, Choice, Scale, Skippable
from handlers.contact import KIND, MOST, SPONSOR, changed, name, spaced
from handlers.flow import Effect, Find, Flow, Outcome, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.own import Item, SendTo
from handlers.pin import guarded
from handlers.replies import Reply
from handlers.shelf import Shelf, behind_pin, look
from handlers.spelling import words as spelled

contacts = Flow("contacts")

_VIEW: Final[Answer[Written | str]] = Line(
    Choice("call", "add", "remove", "done"), shelf.LONGEST, ends="done"
)
_WORDS: Final[Answer[Written | str]] = Line(Choice("none"), shelf.LONGEST, ends="none")


def line(turn: Turn, item: Item) -> str:
    """One of them as the list shows them."""
    return f"{item.text('name')}, {_number(turn, item)}"


_SHELF: Final = shelf.put_up(
    Shelf(contacts.name, KIND, MOST, lambda turn: turn.around.own.items(KIND), line)
)


@guarded(contacts.name)
def opened(turn: Turn) -> Outcome:
    """All of them; whoever has none is asked for a first one."""
    turn = turn.anew()
    return look(turn, _SHELF, view) if _SHELF.items(turn) else turn.then(name)


@guarded(SPONSOR)
def sponsor(turn: Turn) -> Outcome:
    """Their sponsor at once, or writing down who it is."""
    turn = turn.anew()
    for item in turn.around.own.items(KIND):
        if item.text("kind") == SPONSOR:
            return shown(turn, item)
    return turn.keep(kind=SPONSOR).then(name)


@contacts.step(_VIEW, hours=1)
@behind_pin(contacts.name)
def view(turn: Turn, answer: Written | str) -> Outcome:
    """Whom to call; a typed name is enough."""
    if isinstance(answer, Written):
        return _named(turn, answer.lines[0])
    if answer in ("add", MORE):
        return _add(turn)
    there = _SHELF.items(turn)
    if answer == "call" and there:
        return shown(turn, there[0]) if len(there) == 1 else turn.then(which)
    if answer == "remove" and there:
        return turn.then(remove)
    return turn.end(Say("contacts.closed"))


def _named(turn: Turn, said: str) -> Outcome:
    item = _by_name(turn, said)
    if item is None:
        return look(turn, _SHELF, view, Say("contacts.not_found"))
    return shown(turn, item)


def _add(turn: Turn) -> Outcome:
    if _SHELF.full(turn):
        return look(turn, _SHELF, view, Say("shelf.full", {"count": str(MOST)}))
    return turn.anew().then(name)


@contacts.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(contacts.name)
def which(turn: Turn, answer: int | None) -> Outcome:
    """Whom, by the number on the list."""
    if answer is None:
        return look(turn, _SHELF, view)
    item = _SHELF.at(turn, answer)
    if item is None:
        return turn.then(which, Say("shelf.no_such"), ask=False)
    return shown(turn, item)


@contacts.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(contacts.name)
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Whom to take away, by the number on the list."""
    return shelf.take(turn, _SHELF, view, remove, answer)


def shown(turn: Turn, item: Item, *effects: Effect) -> Outcome:
    """One of them: the name, the number to tap, and what can be done."""
    about = {"who": item.text("name"), "number": _number(turn, item)}
    return turn.keep(contact=item.id, **about).then(card, *effects, values=about)


@contacts.step(Choice("text", "rewrite", "share", "done"), hours=1)
@behind_pin(contacts.name)
def card(turn: Turn, answer: str) -> Outcome:
    """One of them is shown."""
    item = _open(turn)
    if item is None or answer == "done":
        return turn.end(Say("contacts.closed"))
    if answer == "share":
        state = "contacts.team_sees" if item.data.get("shared") else "contacts.only_you"
        return turn.then(share, Say(state))
    if answer == "rewrite" or not item.text("text"):
        return turn.then(rewrite)
    mine = Say("contacts.words", {"words": item.text("text")}, alone=True, forward=True)
    if item.data.get("agreed") and item.text("phone"):
        return turn.then(send, mine)
    return turn.end(mine, Say("contacts.yours", {"number": _number(turn, item)}))


@contacts.step(_WORDS, hours=1)
@behind_pin(contacts.name)
def rewrite(turn: Turn, answer: Written | str) -> Outcome:
    """The text for this one, anew."""
    item = _open(turn)
    if item is None:
        return turn.end(Say("contacts.closed"))
    if answer == MORE:
        return turn.then(rewrite, Say("shelf.go_ahead"), ask=False)
    if not isinstance(answer, Written):
        return shown(turn, item)
    return shown(turn, item, changed(item, text=" ".join(answer.lines)), Say("shelf.kept"))


@contacts.step(Choice("keep", "share"), hours=1)
@behind_pin(contacts.name)
def share(turn: Turn, answer: str) -> Outcome:
    """Whether the team may see this one. Taken back, what they agreed to with staff ends too."""
    item = _open(turn)
    if item is None:
        return turn.end(Say("contacts.closed"))
    if answer == "share":
        return shown(turn, item, changed(item, shared=True), Say("contacts.shared"))
    return shown(turn, item, changed(item, shared=False, agreed=None), Say("contacts.kept_private"))


@contacts.step(Reply(Choice("send", "mine"), "send", "mine"), hours=1)
@behind_pin(contacts.name)
def send(turn: Turn, answer: str) -> Outcome:
    """They agreed: sent for them, or by their own phone."""
    item = _open(turn)
    if item is None or answer == "mine":
        return turn.end(Say("contacts.closed"))
    return turn.then(Find("supporter", str(item.id), sent))


def sent(turn: Turn, found: str | None) -> Outcome:
    """Whether it may go: "free", or "rests" after one a short while ago; else it may not."""
    item = _open(turn)
    if found == "free" and item is not None:
        who = {"who": item.text("name")}
        return turn.end(SendTo(item.id), Say("contacts.sending", who))
    if found == "rests":
        return turn.end(Say("contacts.rests"))
    return turn.end(Say("contacts.cannot", {"number": str(turn.data.get("number"))}))


def _open(turn: Turn) -> Item | None:
    """The one that is shown, if it is still there."""
    number = turn.data.get("contact")
    return next((each for each in _SHELF.items(turn) if each.id == number), None)


def _by_name(turn: Turn, said: str) -> Item | None:
    """The one whose name was typed, or a word of it that no other has."""
    spoken = spelled(said)
    found = [
        item
        for item in _SHELF.items(turn)
        if spoken and set(spoken) <= set(spelled(item.text("name")))
    ]
    return found[0] if len(found) == 1 else None


def _number(turn: Turn, item: Item) -> str:
    none = wording.entries(turn.person.language)["contacts.no_number"].text
    return spaced(item.text("phone")) or none
