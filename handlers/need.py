"""A need besides recovery itself: a ride, food, a place to live.

What the clinic knows of is said at once, and a human is asked where they want that; what became of
it is said when they look again.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from content import wording
from handlers.answers import Choice, Free, Skippable
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.named import Named, names
from handlers.phrases import Sense, sense
from handlers.programme import NEEDS, OpenTask, Task
from handlers.replies import Reply
from handlers.said import UNREAD, Said
from handlers.spelling import words as spelled

need = Flow("need")

SOURCE: Final = "need"
_NAMES: Final = {
    "ride": names("ride,a ride,rides,transport,transportation,bus pass,transporte,aventon"),
    "food": names("food,groceries,something to eat,comida,despensa,alimentos"),
    "housing": names("housing,shelter,a place to live,a place to stay,vivienda,techo,donde vivir"),
    "phone": names("phone,a phone,minutes,telefono,celular,un telefono,saldo"),
    "id_papers": names("id,papers,documents,my id,identificacion,papeles,documentos"),
    "child_care": names("child care,childcare,babysitter,daycare,guarderia,ninera"),
    "job": names("job,a job,work,job help,trabajo,empleo"),
    "legal": names("legal,legal help,lawyer,a lawyer,abogado,abogada,ayuda legal"),
}
_WANTED: Final = re.compile(
    r"(?:i |yo )?(?:need|necesito)(?: help with| ayuda con)?(?: an?| some| my| una?| mi)? (.+)"
)
_LATELY: Final = timedelta(days=14)
_MOST: Final = 2
"""So many asks are spoken of: a text has room for no more."""
_STATES: Final = ("open", "taken", "done", "dropped")


def opened(turn: Turn) -> Outcome:
    """What became of what they asked for lately, and what they need now."""
    return turn.anew().then(what, *_news(turn))


def heard(turn: Turn, text: str) -> Outcome | None:
    """The same where they name it at once ("need a ride"); None: they name none of them."""
    found = _WANTED.fullmatch(" ".join(spelled(text)))
    kind = UNREAD if found is None else _WHAT.worded(Said(found[1]))
    return None if kind is UNREAD else what.decide(turn.anew(), kind)


def _news(turn: Turn) -> tuple[Say, ...]:
    """Where their latest asks stand, one of a kind, the newest first."""
    latest: dict[str, Task] = {}
    for task in turn.around.programme.tasks():
        lately = task.state in ("open", "taken") or turn.now - task.opened_at < _LATELY
        if task.kind in NEEDS and task.state in _STATES and lately:
            latest.setdefault(task.kind, task)
    those = list(latest.values())[:_MOST]
    return tuple(Say(f"need.{each.state}", {"what": _named(turn, each.kind)}) for each in those)


def _named(turn: Turn, kind: str) -> str:
    return wording.entries(turn.person.language)[what.key].choices[kind]


_WHAT: Final = Named(Choice(*NEEDS), _NAMES)


@need.step(Skippable(_WHAT), hours=2)
def what(turn: Turn, answer: str | None) -> Outcome:
    """Which need; the clinic's own lines about it come with the next question."""
    if answer is None:
        return turn.end(Say("need.left"))
    lines = turn.around.programme.resources(answer)
    known = [Say("need.known", {"list": "\n".join(lines)})] if lines else []
    return turn.keep(need=answer, what=_named(turn, answer)).then(ask, *known)


_ASK: Final = Reply(Named(Choice("ask", "leave"), {}), yes="ask", no="leave")


@need.step(_ASK, hours=4)
def ask(turn: Turn, answer: str) -> Outcome:
    """Whether a human is asked for help with it; then it is a task, whatever they still write."""
    if answer == "leave":
        return turn.end(Say("need.left"))
    asked = Say("need.asked", {"team": turn.around.programme.helpers})
    return turn.then(words, OpenTask(_kind(turn), SOURCE), asked)


@need.step(Skippable(Free(500)), hours=4)
def words(turn: Turn, answer: str | None) -> Outcome:
    """In their own words what would help; they go to whoever takes the task."""
    if answer is None:
        return turn.end(Say("need.enough"))
    if sense(spelled(answer)) is Sense.YES:
        return turn.then(words, Say("need.go_ahead"), ask=False)
    return turn.end(OpenTask(_kind(turn), SOURCE, words=answer), Say("need.noted"))


def _kind(turn: Turn) -> str:
    """The need that the talk is about; of another release's talk, the first."""
    kept = turn.data.get("need")
    return str(kept) if kept in NEEDS else NEEDS[0]
