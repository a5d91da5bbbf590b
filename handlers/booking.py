"""Another time in place of one: what is free is offered, and whoever is first has the place.

Where nothing is free, the team can be asked; that is a task, and they hear when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from content.wording import Language
from handlers import links
from handlers.answers import Choice
from handlers.flow import Effect, Find, Flow, Outcome, Say, Turn
from handlers.named import Named
from handlers.own import Json, whole
from handlers.picked import Picked
from handlers.programme import SEAT, OpenTask, ReplySeat, Seat, Session
from handlers.replies import Reply
from handlers.session_said import label, said
from handlers.shown import Shows, numbered

booking = Flow("booking")

SOURCE: Final = "barrier"
OTHER_TIME: Final = "other_time"
_MOST: Final = 3
_AHEAD: Final = timedelta(days=15)
_SHORTLY: Final = timedelta(days=1)
_FOR_WHY: Final = {"ride": "ride", "care": "child_care", "ill": "excuse"}
"""What the team is asked for, by what stands in the way."""


def offer(turn: Turn, seat: Seat, why: str, *effects: Effect) -> Outcome:
    """What could stand in for a seat of theirs; where nothing could, whether to ask the team."""
    turn = turn.keep(seat=seat.id, why=why)
    there = _instead(turn, seat.id)
    if not there:
        return turn.then(ask, *effects, Say("booking.none"))
    return _offered(turn, there, *effects)


def online(turn: Turn, seat: Seat) -> list[Session]:
    """What could stand in for a seat and is joined from where they are."""
    return [each for each in turn.around.programme.instead(seat.id) if each.link]


def offer_online(turn: Turn, seat: Seat, why: str, *effects: Effect) -> Outcome | None:
    """The same of what needs no way there; None where there is none."""
    there = online(turn, seat)
    turn = turn.keep(seat=seat.id, why=why, online=True)
    return _offered(turn, there, *effects) if there else None


def _instead(turn: Turn, which: int) -> list[Session]:
    there = [s for s in turn.around.programme.instead(which) if s.free is None or s.free > 0]
    if turn.data.get("online"):
        return [each for each in there if each.link]
    # Who has no ride or has to stay with somebody can join from where they are.
    stays = turn.data.get("why") in ("ride", "care")
    return sorted(there, key=lambda each: (stays and not each.link, each.start))


def _offered(turn: Turn, there: Sequence[Session], *effects: Effect) -> Outcome:
    those = there[:_MOST]
    ids: list[Json] = [each.id for each in those]
    labels: list[Json] = [label(turn, each) for each in those]
    return turn.keep(ids=ids, labels=labels).then(other, *effects)


def shown(data: Mapping[str, Json], _: Language) -> Shows:
    """What was offered, by number."""
    return numbered(data.get("labels"))


@booking.step(Picked(), hours=20, shows=shown)
def other(turn: Turn, answer: str | None) -> Outcome:
    """One of those that are free, or none of them."""
    ids = turn.data.get("ids")
    if answer is None or not isinstance(ids, list) or not answer.isdecimal():
        asked = turn.data.get("why") == "ride"
        return turn.end(Say("booking.left")) if asked else turn.then(ask, Say("booking.fine"))
    which = whole(ids[int(answer) - 1])
    seat = whole(turn.data.get("seat"))
    return turn.keep(which=which).then(Find(SEAT, f"{which}:{seat}", taken))


def taken(turn: Turn, found: str | None) -> Outcome:
    """It is theirs, or somebody was faster and what is left is offered."""
    old, which = whole(turn.data.get("seat")), whole(turn.data.get("which"))
    if found == "booked":
        return turn.end(*_given(turn, old), *_have(turn, which))
    late = Say("booking.full" if found == "full" else "booking.gone")
    there = [each for each in _instead(turn, old or 0) if each.id != which]
    if there:
        return _offered(turn, there, late)
    if turn.data.get("online"):
        # They have asked for a ride, and other places there may be.
        return turn.end(late, Say("booking.left"))
    return turn.then(ask, late, Say("booking.none"))


def _given(turn: Turn, old: int | None) -> list[Effect]:
    """The place that it stands in for is free for others, if it still lies ahead."""
    seat = turn.around.programme.seat(old) if old is not None else None
    if seat is None or seat.mark is not None or seat.session.end <= turn.now:
        return []
    why = turn.data.get("why")
    return [ReplySeat(seat.id, "cannot", str(why) if why else None)]


def _have(turn: Turn, which: int | None) -> list[Effect]:
    for seat in turn.around.programme.seats(turn.now, turn.now + _AHEAD):
        if seat.session.id == which:
            values = said(turn, seat.session)
            told = Say("booking.booked", values)
            if seat.session.start - turn.now >= _SHORTLY:
                return [told]
            # Who takes a place of the next day has said that they come, and is asked no more.
            if seat.session.link and not seat.session.place:
                values["link"] = links.session(turn, seat.session)
                told = Say("booking.booked_online", values)
            return [ReplySeat(seat.id, "coming"), told]
    return [Say("booking.kept")]


ASK: Final = Reply(Named(Choice("ask", "later"), {}), yes="ask", no="later")


@booking.step(ASK, hours=20)
def ask(turn: Turn, answer: str) -> Outcome:
    """Whether the team is asked for another way."""
    if answer != "ask":
        return turn.end(Say("booking.left"))
    kind = _FOR_WHY.get(str(turn.data.get("why")), OTHER_TIME)
    return turn.end(*asked(turn, kind, whole(turn.data.get("seat"))))


def asked(turn: Turn, kind: str, seat: int | None, words: str | None = None) -> list[Effect]:
    """A task for the team, and the truth about when it is read."""
    task = OpenTask(kind, SOURCE, seat, words)
    return [task, Say("booking.asked", {"team": turn.around.programme.helpers})]


def hold(
    turn: Turn, seats: Sequence[Seat], after: Callable[[Turn, bool], Outcome], *, kept: bool = True
) -> Outcome:
    """Have the places again that they gave up, then go on; False: somebody else has one by now."""
    for n, seat in enumerate(seats):
        if seat.state != "held":
            rest = seats[n + 1 :]

            def found(turn: Turn, result: str | None, rest: Sequence[Seat] = rest) -> Outcome:
                return hold(turn, rest, after, kept=kept and result == "booked")

            return turn.then(Find(SEAT, str(seat.session.id), found))
    return after(turn, kept)
