"""Somebody with seats in sessions, in the core alone: what they say is decided and kept in memory.

For tests that ask much of the talk about sessions, and need no database.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

from handlers.flow import Effect, Find, Turn
from handlers.programme import (
    HERE,
    SEAT,
    OpenTask,
    Programme,
    ReplySeat,
    Seat,
    Session,
    TellFacilitator,
)
from tests.notebook import NOW, Notebook
from tests.timetabled import HOUSE, ROOM, WORD, ZONE


def hour(day: int, at: int, minute: int = 0) -> datetime:
    """An hour of that week in New York; 0 is its Monday."""
    monday = NOW.astimezone(ZONE).date()
    on = date.fromordinal(monday.toordinal() + day)
    return datetime(on.year, on.month, on.day, at, minute, tzinfo=ZONE)


class Seated(Notebook):
    """Their seats, the sessions that are free for them, and what humans were asked to do."""

    def __init__(self, **person: Any) -> None:
        super().__init__(**person)
        self.seats: list[Seat] = []
        self.free: list[Session] = []
        self.tasks: list[OpenTask] = []
        self.told: list[TellFacilitator] = []
        self.quick = False
        """Somebody else takes every place before they do."""

    def sits(self, start: datetime, minutes: int = 180, **given: Any) -> int:
        """A place of theirs; returns its number."""
        seat = {name: given.pop(name) for name in ("mark", "reply", "barrier") if name in given}
        number = len(self.seats) + 1
        self.seats.append(Seat(number, self.session(number, start, minutes, **given), **seat))
        return number

    def session(self, number: int, start: datetime, minutes: int = 180, **given: Any) -> Session:
        values = {"place": HOUSE, **given}
        end = start + timedelta(minutes=minutes)
        return Session(number, 1, "group", "Relapse group", start, end, **values)

    def opens(self, start: datetime, *, online: bool = False) -> None:
        """A free place somewhere else."""
        where: dict[str, Any] = {"place": None, "link": ROOM} if online else {}
        self.free.append(self.session(100 + len(self.free), start, **where))

    def one(self, number: int) -> Seat:
        return self.seats[number - 1]

    def turn(self) -> Turn:
        turn = super().turn()
        programme = Programme(
            seats=lambda a, b: tuple(
                sorted(
                    (s for s in self.seats if a <= s.session.start < b),
                    key=lambda seat: seat.session.start,
                )
            ),
            seat=lambda which: self.one(which) if 0 < which <= len(self.seats) else None,
            instead=lambda _: tuple(self.free),
            helpers="They read it.",
        )
        around = dataclasses.replace(turn.around, programme=programme)
        return dataclasses.replace(turn, around=around)

    def change(self, number: int, **values: Any) -> None:
        self.seats[number - 1] = dataclasses.replace(self.one(number), **values)

    def _looked_up(self, find: Find) -> str | None:
        if find.kind == HERE:
            return "1" if find.query.casefold() == WORD.casefold() else None
        if find.kind != SEAT:
            return super()._looked_up(find)
        which = int(find.query.partition(":")[0])
        mine = next((s for s in self.seats if s.session.id == which), None)
        if self.quick:
            self.free = [each for each in self.free if each.id != which]
            return "full"
        if mine is not None:
            self.change(mine.id, state="held", reply=None)
            return "booked"
        (taken,) = [each for each in self.free if each.id == which]
        self.free.remove(taken)
        self.seats.append(Seat(len(self.seats) + 1, taken, "make_up"))
        return "booked"

    def _keep(self, effect: Effect) -> None:
        match effect:
            case ReplySeat(seat, reply, barrier):
                gives_up = reply == "cannot" and self.one(seat).mark is None
                state = "given_up" if gives_up else self.one(seat).state
                self.change(seat, reply=reply, barrier=barrier, state=state)
            case OpenTask():
                self.tasks.append(effect)
            case TellFacilitator():
                self.told.append(effect)
            case _:
                super()._keep(effect)
