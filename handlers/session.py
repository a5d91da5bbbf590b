"""Before a session: the evening before and shortly before it, whether they come.

What is confirmed or given up is never asked about again. Said in cover words wherever others may
read along: an hour and a place, no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from content import wording
from content.wording import Language, Told
from handlers import barrier, links, moments
from handlers.answers import Choice, Skippable
from handlers.booking import SOURCE, hold, offer
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.named import Named
from handlers.own import Choose, Json
from handlers.picked import Picked
from handlers.programme import OpenTask, ReplySeat, Seat
from handlers.replies import COMING, WHY, Reply
from handlers.session_said import hour, later_on, together
from handlers.shown import Shows, numbered

session = Flow("session")

EVE: Final = "session_eve"
"""In their settings: the hour of the evening text, or `OFF`."""
OFF: Final = "off"
TOLD: Final = "session_told"
"""In their settings: the last day whose sessions they were told of the evening before."""
TOLD_SOON: Final = "session_soon"
"""In their settings: the seats that they were last told of shortly before."""
EVENINGS: Final = (time(16), time(20, 30))
_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=45)
_NEXT: Final = timedelta(days=8)
_MOST: Final = 8
"""So many are set ahead; each that comes sets the next."""
LONGEST: Final = timedelta(hours=12)
"""No session that goes on began earlier."""
_LATE: Final = timedelta(hours=3)
_AGAIN: Final = timedelta(minutes=15)
"""So much later it is tried again, where something else came in between."""
_TOGETHER: Final = timedelta(minutes=75)
"""With no longer a pause between them several are one to come to."""
_NOON: Final = 12
_OPEN: Final = (None, "help")
"""Replies that settle nothing yet."""
_TOLD_WHY: Final = ("cannot", barrier.MISSED)


def theirs(turn: Turn, since: datetime, until: datetime) -> list[Seat]:
    """Those that they hold a place in and that are held."""
    found = turn.around.programme.seats(since, until)
    return [s for s in found if s.state == "held" and s.session.state == "planned"]


def evening(turn: Turn) -> time | None:
    """When they hear of the next day; None: they don't want to."""
    chosen = turn.around.own.settings.get(EVE)
    if chosen == OFF:
        return None
    at = moments.clock(chosen, turn.around.programme.evening)
    return min(max(at, EVENINGS[0]), EVENINGS[1])


def eves(turn: Turn) -> Mapping[str, datetime]:
    """The next evening before a day with something that they have not answered."""
    at, told = evening(turn), moments.day(turn.around.own.settings.get(TOLD))
    if at is None:
        return {}
    ahead = [s for s in theirs(turn, turn.now, turn.now + _AHEAD) if s.reply is None]
    for day in sorted({day_of(turn, seat) for seat in ahead}):
        moment = moments.local(day - _DAY, at, turn.person.zone)
        if told is not None and day <= told:
            continue
        if moment > turn.now:
            return {"": moment}
        if turn.now < moment + _LATE:
            return {"": turn.now + _AGAIN}
    return {}


def day_of(turn: Turn, seat: Seat) -> date:
    """Its day, where they live."""
    return moments.today(seat.session.start, turn.person.zone)


def ask_eve(turn: Turn, _: str) -> Outcome | None:
    """All of tomorrow's in one text; said in the morning, of the same day."""
    here = turn.now.astimezone(ZoneInfo(turn.person.zone))
    day = turn.today + _DAY if here.hour >= _NOON else turn.today
    those = [
        seat
        for seat in theirs(turn, turn.now, turn.now + 2 * _DAY)
        if day_of(turn, seat) == day and seat.reply is None
    ]
    if not those:
        return None
    return ask(turn, those, Choose({TOLD: day.isoformat()}), join=True)


def soons(turn: Turn) -> Mapping[str, datetime]:
    """Shortly before each of the next days that they have not confirmed or given up."""
    told = turn.around.own.settings.get(TOLD_SOON)
    known = told if isinstance(told, list) else []
    found: dict[str, datetime] = {}
    before: Seat | None = None
    for seat in theirs(turn, turn.now - _DAY, turn.now + _AHEAD):
        if len(found) == _MOST:
            break
        follows = before is not None and _is_one(before, seat) and before.reply in _OPEN
        before = seat
        if follows or seat.reply not in _OPEN or seat.id in known:
            continue
        start = seat.session.start
        at = moments.ahead(start, turn.around.programme.soon, turn.person.zone)
        if moments.today(at, turn.person.zone) < day_of(turn, seat):
            # So early that they heard of it the evening before, or wanted not to.
            continue
        if at > turn.now:
            found[str(seat.id)] = at
        elif turn.now + _AGAIN < min(start, at + 3 * _AGAIN):
            found[str(seat.id)] = turn.now + _AGAIN
    return found


def _is_one(before: Seat, after: Seat) -> bool:
    return after.session.start - before.session.end <= _TOGETHER


def ask_soon(turn: Turn, number: str) -> Outcome | None:
    """One that begins shortly, with what follows it; the way in, where it is joined from afar."""
    first = turn.around.programme.seat(int(number)) if number.isdecimal() else None
    if first is None or first.session.start <= turn.now or first.reply not in _OPEN:
        return None
    block: list[Seat] = []
    for seat in theirs(turn, first.session.start, first.session.start + _DAY):
        if not block or _is_one(block[-1], seat):
            block.append(seat)
    those = [seat for seat in block if seat.reply in _OPEN]
    if first.id not in [seat.id for seat in those]:
        return None
    told: list[Json] = [seat.id for seat in those]
    return ask(turn, those, Choose({TOLD_SOON: told}), join=True)


def ask_missed(turn: Turn, number: str) -> Outcome | None:
    """One went by without them, and they had not said so."""
    seat = turn.around.programme.seat(int(number)) if number.isdecimal() else None
    if seat is None or seat.mark != "absent" or seat.reply in _TOLD_WHY or seat.barrier:
        return None
    return barrier.after(turn, seat)


def ask_hand(turn: Turn, number: str) -> Outcome | None:
    """They need a hand and have not said with what: a human asks them, without a word here."""
    seat = turn.around.programme.seat(int(number)) if number.isdecimal() else None
    if seat is None or seat.reply != "help" or seat.barrier or seat.session.end <= turn.now:
        return None
    return turn.end(OpenTask("hand", SOURCE, seat.id))


def ask(
    turn: Turn, seats: Sequence[Seat], *effects: Effect, join: bool = False, asked: bool = False
) -> Outcome:
    """When and where, and whether they come; `asked`: they wanted to know."""
    when = together(turn, seats, asked=asked)
    link = next((seat.session for seat in seats if join and seat.session.link), None)
    if link is not None:
        way = wording.entries(turn.person.language)["session.join"].text
        way = f"\n{way.format(link=links.session(turn, link))}"
        when = Told(when.text + way, when.sms + way, when.cover + way)
    ids: list[Json] = [seat.id for seat in seats]
    hours: list[Json] = [hour(turn, seat.session.start) for seat in seats]
    turn = turn.anew().keep(seats=ids, hours=hours, list=later_on(turn, seats))
    return turn.then(there, *effects, values={"list": when})


def next_one(turn: Turn, *effects: Effect) -> Outcome | None:
    """The first that they can come to, and whether they do; None: nothing is planned."""
    those = [s for s in theirs(turn, turn.now, turn.now + _NEXT) if s.session.start > turn.now]
    return ask(turn, those[:1], *effects, asked=True) if those else None


_COMING: Final = Reply(
    Named(Choice("coming", "cannot", "help"), COMING), yes="coming", no="", maybe="help"
)


@session.step(Skippable(_COMING), hours=26)
def there(turn: Turn, answer: str | None) -> Outcome:
    """They come, can't, or need a hand; why is asked next, unless they said it."""
    seats = _open(turn)
    if answer is None:
        return turn.end(Say("session.left"))
    if not seats:
        return turn.end(Say("session.over"))
    if answer == "coming":
        return hold(turn, seats, _comes)
    if len(seats) > 1:
        return turn.keep(answer=answer).then(which)
    return _not_just_so(turn, seats, answer)


def _open(turn: Turn) -> list[Seat]:
    """Those that the talk is about and that one can still come to."""
    return [
        seat
        for seat in barrier.seats_of(turn)
        if seat.state != "cancelled"
        and seat.session.state == "planned"
        and seat.session.end > turn.now
    ]


def _comes(turn: Turn, kept: bool) -> Outcome:  # noqa: FBT001 - as `hold` hands it over
    seats = [seat for seat in _open(turn) if seat.state == "held"]
    replies = [ReplySeat(seat.id, "coming") for seat in seats]
    if not kept:
        lost = next((seat for seat in _open(turn) if seat.state != "held"), None)
        if lost is not None:
            return offer(turn, lost, "other", *replies, Say("booking.full"))
    return turn.end(*replies, Say("session.coming"))


def _not_just_so(turn: Turn, seats: Sequence[Seat], answer: str) -> Outcome:
    if answer in WHY:
        return barrier.named(turn, seats, answer)
    return barrier.begin(turn, seats, answer)


def _hours(data: Mapping[str, Json], language: Language) -> Shows:
    return numbered(data.get("hours"), wording.entries(language)["session.every"].text)


@session.step(Picked(), hours=20, shows=_hours)
def which(turn: Turn, answer: str | None) -> Outcome:
    """Which of several, or all of them."""
    seats, said_ = _open(turn), str(turn.data.get("answer"))
    ids = turn.data.get("seats")
    if not seats:
        return turn.end(Say("session.over"))
    if answer is None or not answer.isdecimal() or not isinstance(ids, list):
        return turn.end(Say("session.left"))
    if int(answer) > len(ids):
        return _not_just_so(turn, seats, said_)
    chosen = [seat for seat in seats if seat.id == ids[int(answer) - 1]]
    if not chosen:
        return turn.end(Say("session.over"))
    return _not_just_so(turn, chosen, said_)
