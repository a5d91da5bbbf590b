"""What stands in the way of coming: one question, and for each answer its next step.

The team sees the answer, and it is said before. Nobody is asked twice, and nothing is held
against anybody: who is not up to it may come late, only listen, or speak to a person.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from handlers.answers import Answer, Choice, Free, Skippable
from handlers.booking import SOURCE, asked, hold, offer, offer_online
from handlers.crisis import check_withdrawal
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.named import Named
from handlers.own import Json, Remind
from handlers.programme import BARRIERS, OpenTask, ReplySeat, Seat, TellFacilitator
from handlers.replies import WHY, Reason, Reply
from handlers.session_said import said
from handlers.talking import talk

barrier = Flow("barrier")

MISSED: Final = "missed"
"""What a reply is that came once it was over."""
HAND: Final = "session_hand"
"""The prompt that asks a human, where they need a hand and don't say with what."""
_HAND: Final = timedelta(minutes=20)
_CLOSE: Final = timedelta(hours=6)
_NOTICE: Final = timedelta(hours=3)
"""Who says so little before that they can't come, of them the facilitator hears at once."""
_AHEAD: Final = timedelta(days=8)
_WHY: Final[Answer[str | None]] = Skippable(Reason(Named(Choice(*BARRIERS), WHY)))


def begin(turn: Turn, seats: Sequence[Seat], reply: str, *effects: Effect) -> Outcome:
    """They can't come, or need a hand: it is written down at once, and asked why."""
    turn = _about(turn, seats, reply)
    noted = [*effects, *_replied(turn, seats, reply), *_notice(turn, seats, reply)]
    if reply == "help":
        noted.append(Remind(f"{HAND}:{seats[0].id}", turn.now + _HAND))
    return turn.then(why, *noted)


def named(turn: Turn, seats: Sequence[Seat], kind: str) -> Outcome:
    """They said at once what stands in the way."""
    turn = _about(turn, seats, "cannot")
    return _next(turn, kind, *_notice(turn, seats, "cannot"))


def after(turn: Turn, seat: Seat) -> Outcome:
    """One went by without them: asked once, warmly."""
    turn = _about(turn, [seat], MISSED)
    return turn.then(missed, Say("barrier.went_by", said(turn, seat.session)))


def _about(turn: Turn, seats: Sequence[Seat], reply: str) -> Turn:
    ids: list[Json] = [seat.id for seat in seats]
    return turn.anew().keep(seats=ids, reply=reply)


def _replied(
    turn: Turn, seats: Sequence[Seat], reply: str, kind: str | None = None
) -> list[ReplySeat]:
    over = [] if reply == MISSED else [s for s in seats if s.session.end <= turn.now]
    return [ReplySeat(seat.id, reply, kind) for seat in seats if seat not in over]


def _notice(turn: Turn, seats: Sequence[Seat], reply: str) -> list[TellFacilitator]:
    near = [s for s in seats if timedelta() <= s.session.start - turn.now < _NOTICE]
    return [TellFacilitator(seat.id, "cannot") for seat in near if reply == "cannot"]


def seats_of(turn: Turn) -> list[Seat]:
    """Those that the talk is about, as far as they are still theirs."""
    ids = turn.data.get("seats")
    found = [
        turn.around.programme.seat(each)
        for each in (ids if isinstance(ids, list) else [])
        if isinstance(each, int)
    ]
    return [seat for seat in found if seat is not None]


@barrier.step(_WHY, hours=20)
def why(turn: Turn, answer: str | None) -> Outcome:
    """What gets in the way."""
    return turn.end(Say("barrier.left")) if answer is None else _next(turn, answer)


@barrier.step(_WHY, hours=20)
def missed(turn: Turn, answer: str | None) -> Outcome:
    """What got in the way, once it was over."""
    return _end(turn, Say("barrier.left")) if answer is None else _next(turn, answer)


def _is_after(turn: Turn) -> bool:
    return turn.data.get("reply") == MISSED


def _next(turn: Turn, kind: str, *effects: Effect) -> Outcome:
    """What follows from each."""
    seats = seats_of(turn)
    if not seats:
        return turn.end(*effects, Say("barrier.left"))
    reply = str(turn.data.get("reply"))
    if kind == "ill" and reply == "help":
        # Who is told to rest is not asked again whether they come.
        reply = "cannot"
    noted = (*effects, *_replied(turn, seats, reply, kind))
    if kind == "ride":
        return _ride(turn, seats, *effects)
    if kind in ("work", "care"):
        return offer(turn, seats[0], kind, *noted, Say(f"barrier.{kind}"))
    if kind == "ill":
        return _ill(turn, *noted)
    if kind == "unready":
        return turn.then(low if _is_after(turn) else gentle, *noted)
    return turn.then(words, *noted)


def _ride(turn: Turn, seats: Sequence[Seat], *effects: Effect) -> Outcome:
    """The team is asked for one; until they say that there is none, the place stays theirs."""
    team = {"team": turn.around.programme.helpers}
    task = OpenTask("ride", SOURCE, seats[0].id)
    if _is_after(turn):
        noted = _replied(turn, seats, MISSED, "ride")
        return _end(turn, *effects, *noted, task, Say("barrier.ride_next", team))

    def held(turn: Turn, kept: bool) -> Outcome:  # noqa: FBT001 - as `hold` hands it over
        noted = _replied(turn, seats, "help" if kept else "cannot", "ride")
        words: list[Effect] = [Say("barrier.ride" if kept else "barrier.ride_only", team)]
        if seats[0].session.start - turn.now < _CLOSE:
            words.append(Say("barrier.close", {"phone": turn.around.clinic_phone}))
        all_ = (*effects, *noted, task, *words)
        return offer_online(turn, seats[0], "ride", *all_) or turn.end(*all_)

    return hold(turn, seats, held)


def _ill(turn: Turn, *effects: Effect) -> Outcome:
    """Rest; who may be in withdrawal is asked about that first (SAFETY.md, 6)."""
    if turn.person.withdrawal:
        asked_ = check_withdrawal(turn.anew())
        return dataclasses.replace(asked_, effects=(*effects, *asked_.effects))
    phone = {"phone": turn.around.clinic_phone}
    return turn.then(letter, *effects, Say("barrier.ill", phone))


_LETTER: Final = Reply(Named(Choice("letter", "none"), {}), yes="letter", no="none")


@barrier.step(_LETTER, hours=20)
def letter(turn: Turn, answer: str) -> Outcome:
    """Whether they need it in writing that they were ill."""
    if answer != "letter":
        return _end(turn, Say("barrier.rest"))
    seats = seats_of(turn)
    return _end(turn, *asked(turn, "excuse", seats[0].id if seats else None))


@barrier.step(Choice("listen", "person", "other", "leave"), hours=20)
def gentle(turn: Turn, answer: str) -> Outcome:
    """Not up to it: coming late or only listening counts, and so does talking to somebody."""
    seats = seats_of(turn)
    if answer == "listen" and seats:

        def held(turn: Turn, kept: bool) -> Outcome:  # noqa: FBT001 - as `hold` hands it over
            if not kept:
                return offer(turn, seats[0], "unready", Say("booking.full"))
            return turn.end(*_replied(turn, seats, "coming", "unready"), Say("barrier.listen"))

        return hold(turn, seats, held)
    return _beside(turn, seats, answer)


@barrier.step(Choice("person", "other", "leave"), hours=20)
def low(turn: Turn, answer: str) -> Outcome:
    """The same, once it was over."""
    return _beside(turn, seats_of(turn), answer)


def _beside(turn: Turn, seats: Sequence[Seat], answer: str) -> Outcome:
    if answer == "person":
        return talk(turn.anew())
    if answer == "other" and seats:
        return offer(turn, seats[0], "unready")
    return _end(turn, Say("barrier.enough"))


@barrier.step(Skippable(Free(500)), hours=20)
def words(turn: Turn, answer: str | None) -> Outcome:
    """In their own words, for the team."""
    if answer is None:
        return _end(turn, Say("barrier.left"))
    seats = seats_of(turn)
    thanks = Say("barrier.thanks")
    return _end(turn, thanks, *asked(turn, "other", seats[0].id if seats else None, answer))


def _end(turn: Turn, *effects: Effect) -> Outcome:
    """The end; who missed one hears when the next is."""
    return turn.end(*effects, *(_coming_next(turn) if _is_after(turn) else ()))


def _coming_next(turn: Turn) -> tuple[Say, ...]:
    for seat in turn.around.programme.seats(turn.now, turn.now + _AHEAD):
        if seat.state == "held" and seat.session.state == "planned":
            return (Say("barrier.next", said(turn, seat.session)),)
    return ()
