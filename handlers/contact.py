"""One person they can call, written down in small steps: name, number, who it is, a text.

Kept as soon as there is a name and a number or none, so that whoever stops in the middle has
that; what is told afterwards is added to it.
"""

from __future__ import annotations

import re
from typing import Final

from handlers import named
from handlers.answers import Answer, Choice, Skippable
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.named import Named
from handlers.own import Item, Json, KeepItem
from handlers.replies import Reply
from handlers.shelf import LONGEST

contact = Flow("contact")

KIND: Final = "contact"
MOST: Final = 9
SPONSOR: Final = "sponsor"
KINDS: Final = (SPONSOR, "friend", "family", "peer", "other")
_LONGEST_NAME: Final = 40
_NUMBER: Final = re.compile(r"\+?\(?\d(?:[\s().\-]*\d){8,14}")
_AMERICAN, _WITH_CODE = 10, 11
_WORLDWIDE: Final = range(8, 16)
_NAME: Final[Answer[Written | str]] = Line(Choice("later"), LONGEST, ends="later")
_DIGITS: Final[Answer[Written | str]] = Line(Choice("none", "later"), LONGEST, ends="none")
_WORDS: Final[Answer[Written | str]] = Line(Choice("none"), LONGEST, ends="none")


@contact.step(_NAME)
def name(turn: Turn, answer: Written | str) -> Outcome:
    """A name; a number typed beside it is not asked for again."""
    if answer == MORE:
        return turn.then(name, Say("shelf.go_ahead"), ask=False)
    if not isinstance(answer, Written):
        return turn.end(Say("contact.left"))
    line = answer.lines[0]
    found = _NUMBER.search(line)
    phone = e164(found[0]) if found else None
    if found and phone:
        line = f"{line[: found.start()]} {line[found.end() :]}".strip(" ,:;-")
    who = " ".join(line.split())[:_LONGEST_NAME].strip()
    if not who:
        return turn.then(name, Say("contact.a_name_too"), ask=False)
    turn = turn.keep(who=who)
    return turn.then(number) if phone is None else _keep(turn, phone)


@contact.step(_DIGITS)
def number(turn: Turn, answer: Written | str) -> Outcome:
    """The number; without one it is kept as well."""
    if answer == MORE:
        return turn.then(number, Say("shelf.go_ahead"), ask=False)
    if answer == "later":
        return turn.end(Say("contact.left"))
    phone = e164(answer.lines[0]) if isinstance(answer, Written) else ""
    if phone is None:
        return turn.then(number, Say("contact.no_such_number"), ask=False)
    return _keep(turn, phone)


@contact.step(Skippable(Named(Choice(*KINDS), named.RELATION)))
def relation(turn: Turn, answer: str | None) -> Outcome:
    """Who it is to them."""
    return turn.then(words, *_more(turn, kind=answer or "other"))


@contact.step(_WORDS)
def words(turn: Turn, answer: Written | str) -> Outcome:
    """A text for a hard hour, written while it is calm."""
    if answer == MORE:
        return turn.then(words, Say("shelf.go_ahead"), ask=False)
    kept = _more(turn, text=" ".join(answer.lines)) if isinstance(answer, Written) else ()
    return turn.then(share, *kept)


@contact.step(Reply(Choice("keep", "share"), "share", "keep", "keep"))
def share(turn: Turn, answer: str) -> Outcome:
    """Whether the team may see this one; not unless they say so."""
    kept = _more(turn, shared=True) if answer == "share" else ()
    return turn.end(*kept, Say("contact.kept", {"who": str(turn.data.get("who"))}))


def _keep(turn: Turn, phone: str) -> Outcome:
    if len(turn.around.own.items(KIND)) >= MOST:
        return turn.end(Say("shelf.full", {"count": str(MOST)}))
    kind = turn.data.get("kind")
    known = kind if kind in KINDS else "other"
    new: dict[str, Json] = {
        "name": turn.data.get("who"),
        "phone": phone,
        "kind": known,
        "text": "",
        "shared": False,
    }
    return turn.then(words if kind in KINDS else relation, KeepItem(KIND, new))


def _more(turn: Turn, **data: Json) -> tuple[Effect, ...]:
    """More about the one that was just kept, unless it is gone by now."""
    there = turn.around.own.items(KIND)
    if not there or there[-1].text("name") != turn.data.get("who"):
        return ()
    return (changed(there[-1], **data),)


def changed(item: Item, **data: Json) -> KeepItem:
    """The same one with something else about it."""
    return KeepItem(KIND, {**item.data, **data}, item.id)


def e164(text: str) -> str | None:
    """A phone number as networks know it, American where it says no country; None if it is none."""
    digits = re.sub(r"\D", "", text)
    if text.strip().startswith("+"):
        return f"+{digits}" if len(digits) in _WORLDWIDE else None
    if len(digits) == _WITH_CODE and digits[0] == "1":
        digits = digits[1:]
    # No area code or exchange begins with 0 or 1.
    fine = len(digits) == _AMERICAN and digits[0] not in "01" and digits[3] not in "01"
    return f"+1{digits}" if fine else None


def spaced(phone: str) -> str:
    """A number as it is read and tapped."""
    if phone.startswith("+1") and len(phone) == _WITH_CODE + 1:
        return f"+1 {phone[2:5]}-{phone[5:8]}-{phone[8:]}"
    return phone
