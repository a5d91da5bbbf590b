"""The hours of a week, told: on Thursday, on Sunday, and whenever they ask.

On Thursday where some are missing that could be made up, on Sunday what the week came to. What is
planned counts as if it were done: nobody is asked to make up what is still to come. Nobody is ever
shown a zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from content import days
from content.wording import Language, Told, Value, clock
from handlers import moments
from handlers.flow import Effect, Find, Flow, Outcome, Say, Turn
from handlers.going import day_said
from handlers.own import Json
from handlers.picked import Picked
from handlers.pin import guarded
from handlers.programme import SEAT, ReplySeat, Session, Week
from handlers.shown import Shows

hours_week = Flow("hours_week")

_SHORT: Final = "thu"
_SUM: Final = "sun"
_AT: Final[Mapping[str, tuple[int, time]]] = {_SHORT: (3, time(12, 30)), _SUM: (6, time(17, 30))}
_WORTH: Final = 30
"""Minutes; who is short of less than that is not asked to come once more."""
_TENTH: Final = 6
_SHORTLY: Final = timedelta(days=1)


def comings(turn: Turn) -> dict[str, datetime]:
    """When they are told next."""
    if not turn.around.programme.tells_week():
        return {}
    found = {}
    for detail, (weekday, at) in _AT.items():
        moment = moments.coming(_on(weekday), at, turn.person.zone, turn.now)
        if moment is not None:
            found[detail] = moment
    return found


def _on(weekday: int) -> Callable[[date], bool]:
    return lambda day: day.weekday() == weekday


def ask(turn: Turn, detail: str) -> Outcome | None:
    """What is missing and could be made up, or what the week came to; None: nothing to say."""
    week = turn.around.programme.week(turn.today)
    if week is None or not week.prescribed or not turn.around.programme.tells_week():
        return None
    if detail == _SHORT:
        return _offer(turn, week) if week.short >= _WORTH and week.open_ else None
    return None if turn.person.shut else _sum(turn, week)


@guarded(hours_week.name)
def opened(turn: Turn) -> Outcome:
    """The week as it stands, and what could make it up."""
    week = turn.around.programme.week(turn.today)
    if week is None:
        return turn.end(Say("hours_week.no_week"))
    if week.short and week.open_:
        return _offer(turn, week, *_beside(week))
    return turn.end(*_so_far(week))


def said(minutes: int) -> str:
    """Hours as people say them, to a tenth that is not rounded up: "7.5", "9"."""
    whole, tenth = divmod(minutes // _TENTH, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def _so_far(week: Week) -> list[Effect]:
    found: list[Effect] = []
    if week.attended and week.prescribed:
        found.append(Say("hours_week.so_far", _of(week, week.attended)))
    elif week.attended:
        found.append(Say("hours_week.so_far_alone", {"hours": said(week.attended)}))
    if week.planned:
        found.append(Say("hours_week.ahead", {"hours": said(week.planned)}))
    return [*found, *_beside(week)] or [Say("hours_week.no_week")]


def _sum(turn: Turn, week: Week) -> Outcome | None:
    minutes = week.prescribed or 0
    if week.attended >= minutes:
        return turn.end(Say("hours_week.full", _of(week, week.attended)), *_beside(week))
    if week.attended:
        return turn.end(Say("hours_week.part", _of(week, week.attended)), *_beside(week))
    if week.planned or week.unmarked:
        return None
    return turn.end(Say("hours_week.none"))


def _beside(week: Week) -> list[Effect]:
    """What is shown beside the hours and lowers nothing."""
    found: list[Effect] = []
    if week.excused >= _TENTH:
        found.append(Say("hours_week.excused", {"hours": said(week.excused)}))
    if week.unmarked:
        found.append(Say("hours_week.unmarked"))
    return found


def _of(week: Week, minutes: int) -> dict[str, Value]:
    return {"hours": said(minutes), "of": said(week.prescribed or 0)}


def _offer(turn: Turn, week: Week, *before: Effect) -> Outcome:
    set_for = (week.prescribed or 0) - week.short
    there: list[Json] = [_stored(session) for session in week.open_]
    turn = turn.anew().keep(
        hours=said(set_for),
        of=said(week.prescribed or 0),
        zone=turn.person.zone,
        there=there,
    )
    return turn.then(begin if turn.person.shut or not set_for else offer, *before)


def _stored(session: Session) -> dict[str, Json]:
    return {"id": session.id, "start": session.start.isoformat(), "title": session.title}


def _there(data: Mapping[str, Json]) -> list[tuple[int, datetime, str]]:
    """What was offered: number, start, title."""
    stored = data.get("there")
    return [
        (int(str(each["id"])), datetime.fromisoformat(str(each["start"])), str(each["title"]))
        for each in (stored if isinstance(stored, list) else [])
        if isinstance(each, dict)
    ]


def _offers(data: Mapping[str, Json], language: Language) -> Shows:
    zone = str(data.get("zone", "UTC"))
    labels, full = {}, ""
    for number, (_, start, title) in enumerate(_there(data), 1):
        day = days.weekday(moments.today(start, zone), language)
        labels[str(number)] = f"{day} {clock(start, language, zone)}"
        full += f"\n{number}. {labels[str(number)]}: {title}"
    values: dict[str, Value] = {name: str(data.get(name, "")) for name in ("hours", "of")}
    return Shows({**values, "list": Told(full, "", "")}, labels)


@hours_week.step(Picked(), hours=8, shows=_offers)
def offer(turn: Turn, answer: str | None) -> Outcome:
    """One that could make it up, by its number; or not."""
    if answer is None:
        return turn.end(Say("hours_week.left"))
    which = _there(turn.data)[int(answer) - 1][0]
    return turn.keep(picked=int(answer)).then(Find(SEAT, str(which), _taken))


@hours_week.step(Picked(), hours=8, shows=_offers)
def begin(turn: Turn, answer: str | None) -> Outcome:
    """The same without a number: there is none yet, or a PIN guards it."""
    return offer.decide(turn, answer)


def _taken(turn: Turn, found: str | None) -> Outcome:
    """They have the place; else what is left is offered."""
    which, start, title = _there(turn.data)[int(str(turn.data["picked"])) - 1]
    if found == "booked":
        values: dict[str, Value] = {"what": title, "day": day_said(turn, start), "time": start}
        return turn.end(*_comes(turn, which, start), Say("hours_week.booked", values))
    said_ = Say("hours_week.taken" if found == "full" else "hours_week.off")
    week = turn.around.programme.week(turn.today)
    if week is not None and week.open_:
        return _offer(turn, week, said_)
    return turn.end(said_, Say("hours_week.nothing_left"))


def _comes(turn: Turn, which: int, start: datetime) -> list[ReplySeat]:
    """Who takes a place of the next day has said that they come; a way in is still to be told."""
    if start - turn.now >= _SHORTLY:
        return []
    return [
        ReplySeat(seat.id, "coming")
        for seat in turn.around.programme.seats(turn.now, turn.now + _SHORTLY)
        if seat.session.id == which and (seat.session.place or not seat.session.link)
    ]
