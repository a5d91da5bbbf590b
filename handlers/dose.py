"""A reminder of what they take at an hour: done, later, or not today and why.

Never advice, never a second one to make up for the first. What is flagged and left out twice in a
row is told the team the same day; one that is left out while pregnant, at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal

from handlers import medicines, moments, named
from handlers.answers import Choice, Skippable
from handlers.flow import Effect, Flow, Outcome, Raise, Record, Say, Step, Turn
from handlers.medicines import ASKED, LATER, LOG, SILENT, SKIPPED, TAKEN, is_quiet
from handlers.named import Named
from handlers.own import Amend, Entry, Item, Remind
from handlers.phrases import Sense, sense
from handlers.risk import Level
from handlers.said import UNREAD, Said, Unread, picked
from handlers.spelling import words
from handlers.talking import asked

dose = Flow("dose")

AGAIN: Final = "medicine_late"
UNTOLD: Final = "medicine_silent"
TOLD: Final = "medicine_missed"
WINDOW: Final = timedelta(hours=4)
"""How long after a reminder no answer counts as none."""
_LATER: Final = timedelta(hours=1)
_TWICE: Final = 2
_LIVES: Final = 12


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


_DONE: Final = _phrases(
    "yes,yep,yeah,took it,i took it,taken,i did,did it,i have,already,already did,already done,"
    "already took it,i already took it,done,all done,i took it already,just took it,"
    "i just took it,si,ya,ya la tome,ya lo tome,ya me la tome,ya me lo tome,la tome,lo tome,"
    "me la tome,me lo tome,tomada,tomado,hecho,ya esta"
)
_NOT_YET: Final = _phrases("no,nope,not yet,no not yet,in a bit,todavia no,aun no,no todavia,luego")
_LEFT_OUT: Final = _phrases(
    "skip,skip it,skipped,skipped it,i skipped,i skipped it,missed it,i missed it,not taking it,"
    "im not taking it,saltar,la salte,lo salte,me la salte,me lo salte,hoy no la tomo,"
    "hoy no lo tomo,no la voy a tomar,no lo voy a tomar"
)
_WHEN: Final = re.compile(
    r" (?:(?:at|around|a las?|como a las?) [0-9]{1,2}(?: [0-9]{2})?(?: ?[ap] ?m)?"
    r"|this morning|earlier|today|an hour ago|hoy|esta manana|hace rato|hace una hora)$"
)
"""When it was, after what was done; a bare number might say how many."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of it: a choice, or said in a few words that mean nothing else.

    "No" is "not yet" here: then it is asked once more, or left open.
    """

    answer: Choice

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of the choice; "I took two" is none."""
        spoken = " ".join(words(said.text))
        if said.choice is None and _WHEN.sub("", spoken) in _DONE:
            return "taken"
        if said.choice is None and spoken in _NOT_YET:
            return "later" if "later" in self.answer.options else "leave"
        if said.choice is None and spoken in _LEFT_OUT:
            return "skipped"
        if said.choice is None and sense(words(said.text)) is Sense.YES:
            # "OK" is no news of what was taken.
            return picked(said, self.answer.options) or UNREAD
        return self.answer.read(said)


def comings(turn: Turn) -> dict[str, datetime]:
    """When each hour of the day comes next, by its four digits."""
    return _comings(turn, lambda at: not is_quiet(at))


def quiet_comings(turn: Turn) -> dict[str, datetime]:
    """The same for hours of rest that they said yes to."""
    return _comings(turn, is_quiet)


def _comings(turn: Turn, fits: Callable[[time], bool]) -> dict[str, datetime]:
    those = {
        at
        for item in medicines.current(turn)
        for at in medicines.hours(item)
        if fits(at) and medicines.reminded(item, at)
    }
    found = {
        at.strftime("%H%M"): moments.coming(moments.every_day, at, turn.person.zone, turn.now)
        for at in sorted(those)
    }
    return {slot: moment for slot, moment in found.items() if moment is not None}


def ask(turn: Turn, slot: str) -> Outcome | None:
    """All that is for this hour, one after the other; an older question of today comes first."""
    at = time(int(slot[:2]), int(slot[2:]))
    those = [item for item in medicines.current(turn) if medicines.reminded(item, at)]
    return _begin(turn.keep(slot=slot), those, due) if those else None


def ask_again(turn: Turn, number: str) -> Outcome | None:
    """Once more, an hour after "later"; not if they told in the meantime."""
    item = medicines.find(turn, number)
    if item is None or not medicines.open_since(medicines.log(turn), item.id, LATER):
        return None
    return _begin(turn, [item], again)


def _begin(turn: Turn, those: list[Item], first: Step[str]) -> Outcome:
    """Ask about the first; what else is open would be covered by it, and waits behind it."""
    entries, effects = medicines.log(turn), list[Effect]()
    for item in those:
        if first is due and medicines.open_since(entries, item.id):
            # Its next hour is here, and nothing was heard of the last one.
            effects += _missed(turn, item, SILENT)
        effects.append(_record(item, ASKED))
        effects.append(Remind(f"{UNTOLD}:{item.id}", turn.now + WINDOW))
    waiting = [
        item
        for item in medicines.current(turn)
        if item not in those
        and (since := medicines.open_since(entries, item.id, ASKED))
        and turn.now - since < WINDOW
    ]
    queue = [*waiting, *those] if first is due else [*those, *waiting]
    turn = turn.keep(queue=[item.id for item in queue])
    return _next(turn, *effects, step=first)


def _next(turn: Turn, *effects: Effect, step: Step[str] | None = None) -> Outcome:
    """Ask about the next of them that is still taken, or leave it at that."""
    queue = turn.data.get("queue")
    for place, number in enumerate(queue if isinstance(queue, list) else []):
        item = medicines.find(turn, number)
        if item is not None and isinstance(queue, list):
            name = medicines.label(turn, item, _slot(turn, item))
            turn = turn.keep(queue=queue[place + 1 :], item=item.id, what=name)
            return turn.then(step or due, *effects, *_care(turn, item))
    return turn.end(*effects)


def _slot(turn: Turn, item: Item) -> time | None:
    slot = turn.data.get("slot")
    at = time(int(slot[:2]), int(slot[2:])) if isinstance(slot, str) else None
    return at if at in medicines.hours(item) else None


def _care(turn: Turn, item: Item) -> list[Effect]:
    """Said before the next one, where some were left out: then it is not for them to decide."""
    count = medicines.misses(medicines.log(turn), item.id)
    if item.data.get("flagged") and count >= _TWICE:
        return [Say("dose.careful", {"phone": turn.around.medication_phone})]
    return []


@dose.step(Outcomes(Choice("taken", "later", "skipped")), hours=_LIVES)
def due(turn: Turn, answer: str) -> Outcome:
    """Done, later, or not today."""
    item = medicines.find(turn, turn.data.get("item"))
    if item is None:
        return _next(turn, Say("dose.gone"))
    if answer == "later":
        once_more = turn.now + _LATER
        return _next(
            turn,
            _record(item, LATER),
            Remind(f"{AGAIN}:{item.id}", once_more),
            Remind(f"{UNTOLD}:{item.id}", once_more + WINDOW),
            Say("dose.later"),
        )
    return _told(turn, item, answer)


@dose.step(Outcomes(Choice("taken", "skipped", "leave")), hours=_LIVES)
def again(turn: Turn, answer: str) -> Outcome:
    """The second time, and the last."""
    item = medicines.find(turn, turn.data.get("item"))
    if item is None or answer == "leave":
        return _next(turn, Say("dose.left"))
    return _told(turn, item, answer)


def _told(turn: Turn, item: Item, answer: str) -> Outcome:
    if answer == "taken":
        return _next(turn, _record(item, TAKEN), Say("dose.done"))
    return turn.then(why, *_missed(turn, item, SKIPPED))


@dose.step(
    Skippable(Named(Choice("forgot", "effects", "out", "unwanted", "other"), named.MISSED)),
    hours=_LIVES,
)
def why(turn: Turn, answer: str | None) -> Outcome:
    """What got in the way; each has a next step, and none of them is advice."""
    values = {"phone": turn.around.medication_phone, "team": turn.around.team}
    if answer is None:
        return _next(turn, Say("dose.noted"))
    told = _because(turn, answer)
    if answer == "forgot":
        return _next(turn, *told, Say("dose.forgot", values))
    if answer == "effects":
        concern = Raise(Level.CONCERN, "medicine_effects")
        return _next(turn, *told, concern, Say("dose.effects", values))
    if answer == "out":
        return _next(turn, *told, Raise(Level.CONCERN, "medicine_out"), Say("dose.out", values))
    return turn.then(person, *told)


@dose.step(Choice("ask", "later"), hours=_LIVES)
def person(turn: Turn, answer: str) -> Outcome:
    """It is theirs to decide; somebody to talk it over with, if they like."""
    if answer == "ask":
        return _next(turn, *asked(turn))
    return _next(turn, Say("dose.noted"))


def untold(turn: Turn, number: str) -> Outcome | None:
    """Nothing was heard in time: kept as that, without a word to them."""
    item = medicines.find(turn, number)
    if item is None or not medicines.open_since(medicines.log(turn), item.id):
        return None
    return turn.end(*_missed(turn, item, SILENT))


def tell(turn: Turn, number: str) -> Outcome | None:
    """What matters once some went by unheard, at an hour at which they may be told."""
    item = medicines.find(turn, number)
    if item is None:
        return None
    said = list(_words(turn, item, medicines.misses(medicines.log(turn), item.id)))
    return turn.end(Say("dose.unheard"), *said) if said else None


def _missed(turn: Turn, item: Item, what: str) -> list[Effect]:
    """One more that was left out: kept, the team told where it matters, and they what to do."""
    record = _record(item, what)
    entries = (Entry(LOG, turn.now, record.data), *medicines.log(turn))
    count = medicines.misses(entries, item.id)
    effects: list[Effect] = [record]
    silent = what == SILENT
    if _while_pregnant(turn, item):
        reason = "medicine_missed_pregnant"
        effects.append(Raise(Level.CONCERN, reason, known=not silent))
    elif item.data.get("flagged") and count >= _TWICE:
        effects.append(Raise(Level.CONCERN, "medicine_missed", known=not silent))
    said = list(_words(turn, item, count))
    if not silent:
        return [*effects, *said]
    if said and count <= _TWICE:
        effects.append(Remind(f"{TOLD}:{item.id}", turn.now))
    return effects


def _words(turn: Turn, item: Item, count: int) -> Iterable[Effect]:
    values = {"phone": turn.around.medication_phone, "team": turn.around.team}
    if count and _while_pregnant(turn, item):
        yield Say("dose.go_on", values)
    if item.data.get("flagged") and count >= _TWICE:
        yield Say("dose.no_restart", values)


def _while_pregnant(turn: Turn, item: Item) -> bool:
    return turn.around.own.settings.get("pregnant") is True and not item.data.get("own")


def _record(item: Item, what: str) -> Record:
    return Record(LOG, {"item": item.id, "what": what})


def _because(turn: Turn, reason: str) -> list[Effect]:
    """The reason beside what was left out, unless another time has come in between."""
    entries = medicines.log(turn)
    ours = bool(entries) and entries[0].data.get("item") == turn.data.get("item")
    return [Amend(LOG, {"why": reason})] if ours and entries[0].data.get("what") == SKIPPED else []
