"""The case manager's pages: what a human is to do for somebody, by kind and age, and each task.

Who asked for something hears in neutral words when it is taken and when it is closed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import casework, escalation
from bot.casework import STEPS
from bot.channels import clean
from bot.web import card as cards
from bot.web import leading, phrases
from bot.web import programme_words as words
from bot.web.gate import Gate, Visitor, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.times import Times, span
from storage import people, roster, staff, tasks

if TYPE_CHECKING:
    from bot.web.site import Site

_LATELY: Final = timedelta(days=14)
_OLD: Final = timedelta(days=2)
_LONGEST: Final = 1000
_SAID: Final = {
    "taken": "It is yours now.",
    "done": "Done. Who asked for it hears so.",
    "dropped": "Dropped. Who asked for it hears that it is closed.",
    "closed": "Closed. Nothing is sent.",
    "nothing": "It was closed already.",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One task in the list."""

    number: int
    name: str = field(repr=False)
    person_id: int
    counselor: str
    age: str
    old: bool
    """Nobody has taken it for days."""
    source: str
    when: str
    """The session that it is about."""
    standing: str
    mine: bool
    has_words: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """All that are of one kind."""

    code: str
    title: str
    tasks: list[Task]


class TasksPages:
    """`/tasks`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Their addresses, for counselors and supervisors."""
        gate, one = self._gate, "/tasks/{number}"
        return [
            gate.show("/tasks", self.show),
            gate.show(one, self.one),
            gate.take(one, self.move),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Everything that waits, and what was closed lately."""
        clinic, now = self._site.house.clinic, visitor.now
        said = said_of(request, _SAID)
        everybody = casework.sees_all(visitor.staff, clinic)

        def look(tx: Connection) -> tuple[list[Kind], list[Task]]:
            staff.looked(tx, visitor.id, None, "tasks", now)
            rows = tasks.listed(tx, visitor.staff, now, now - _LATELY, everybody=everybody)
            names, times = roster.names(tx), Times(now, clinic.zone, clinic.zone)
            return _kinds(rows, names, times, visitor), [
                _task(row, names, times, visitor)
                for row in reversed(rows)
                if row.closed_at is not None
            ]

        kinds, closed = await self._site.store.write(look)
        return page(
            "tasks",
            visitor=visitor,
            here="tasks",
            said=said,
            kinds=kinds,
            closed=closed,
            everybody=everybody,
            waiting=sum(len(each.tasks) for each in kinds),
            manager=clinic.programme.case_manager,
        )

    async def one(self, request: Request, visitor: Visitor) -> Response:
        """One task, and how to reach whose it is."""
        which, clinic, now = number(request), self._site.house.clinic, visitor.now
        said = said_of(request, _SAID)

        def look(tx: Connection) -> dict[str, Any]:
            row = self._seen(tx, which, visitor)
            person = people.get(tx, row.person_id)
            staff.looked(tx, visitor.id, person.id, "task_page", now, f"task {which}")
            times = Times(now, clinic.zone, person.zone)
            numbers = [a.value for a in people.addresses(tx, person.id) if a.channel == "sms"]
            silent = escalation.hands_off(tx, person.id)
            card = cards.read(
                person.card or {}, numbers, times, hands_off=silent, plain=person.plain
            )
            return {
                "task": _task(row, roster.names(tx), times, visitor),
                "kind": words.named(words.TASKS, row.kind),
                "theirs": row.words or "",
                "note": row.note or "",
                "happened": _happened(row, times),
                "open": row.state in ("open", "taken"),
                "language": phrases.LANGUAGES.get(person.language, person.language),
                "card": card,
                "opens": bool(leading.own(tx, [person.id], visitor)),
            }

        shown = await self._site.store.write(look)
        return page("task", visitor=visitor, here="tasks", said=said, longest=_LONGEST, **shown)

    async def move(self, request: Request, visitor: Visitor) -> Response:
        """Take it, or close it with a note."""
        which, now = number(request), visitor.now
        step = next((each for each in STEPS if each == visitor.field("do")), None)
        note = clean(visitor.field("note", _LONGEST))

        def work(tx: Connection) -> str:
            row = self._seen(tx, which, visitor)
            if step is None or not casework.move(tx, row, step, visitor.id, note, now):
                return "nothing"
            staff.looked(tx, visitor.id, row.person_id, "task", now, f"task {which}: {step}")
            return step if step == "taken" or casework.hears(tx, row) else "closed"

        said = await self._site.carry_out(work)
        back = "/tasks" if said in ("done", "dropped", "closed") else f"/tasks/{which}"
        return RedirectResponse(f"{back}?said={said}", 303)

    def _seen(self, tx: Connection, which: int, visitor: Visitor) -> Row[Any]:
        """A task that is the visitor's to see; raises RefusedError (404) for any other."""
        everybody = casework.sees_all(visitor.staff, self._site.house.clinic)
        row = tasks.one(tx, which, visitor.staff, visitor.now, everybody=everybody)
        if row is None:
            raise RefusedError(404)
        return row


def _kinds(
    rows: list[Row[Any]], names: dict[int, str], times: Times, visitor: Visitor
) -> list[Kind]:
    """By kind, that of the oldest first, and the oldest of each first."""
    found: dict[str, list[Task]] = {}
    for row in rows:
        if row.closed_at is None:
            found.setdefault(row.kind, []).append(_task(row, names, times, visitor))
    return [Kind(code, words.named(words.TASKS, code), those) for code, those in found.items()]


def _task(row: Row[Any], names: dict[int, str], times: Times, visitor: Visitor) -> Task:
    age: timedelta = times.now - row.opened_at
    who = "you" if row.staff_id == visitor.id else names.get(row.staff_id, "")
    standing = words.named(words.STATES, row.state)
    return Task(
        number=row.id,
        name=row.name,
        person_id=row.person_id,
        counselor=names.get(row.counselor_id, ""),
        age=span(age),
        old=row.state == "open" and age > _OLD,
        source=words.named(words.SOURCES, row.source),
        when=_when(row, times),
        standing=f"{standing} by {who}" if row.staff_id is not None and who else standing,
        mine=row.staff_id == visitor.id,
        has_words=bool(row.words),
    )


def _when(row: Row[Any], times: Times) -> str:
    if row.starts_at is None:
        return ""
    given_up = ", given up since" if row.kind == "ride" and row.seat_state == "given_up" else ""
    return f"{times.here(row.starts_at)}{given_up}"


def _happened(row: Row[Any], times: Times) -> list[tuple[str, str]]:
    those: list[tuple[str, datetime | None]] = [
        ("Opened", row.opened_at),
        ("Taken", row.taken_at),
        (words.named(words.STATES, row.state).capitalize(), row.closed_at),
    ]
    return [(what, times.at(at)) for what, at in those if at is not None]
