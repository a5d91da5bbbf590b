"""Draws and screens in the store: made, told on the morning itself, heard from or not.

A day that was drawn is known to nobody before its morning. Who does not answer the notice has not
missed anything: staff are told that it was not read.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NoReturn

from sqlalchemy import Connection, Row

from bot.config import House
from bot.screens import paper
from bot.screens.draw import SEED, Member, Pool, PoolError, commitment, drawn
from bot.section import DAYS
from handlers import moments
from handlers.drug_screen import CANNOT, NOTICE, UNREAD
from handlers.programme import ReplyScreen, Screen
from storage import people, reminders, screens, tasks
from storage.store import Store

CHOSEN: Final = "screens"
"""In what is kept of a person: how many days they are drawn for in a draw, least and most."""
_NOBODY: Final = (
    "nobody is to be drawn: `companion screens set`, or the page Screens, says who, and how often"
)
_LONGEST: Final = timedelta(days=92)
_HOLD: Final[dict[str, tuple[str, ...]]] = {
    "told": ("planned",),
    "confirmed": ("told", "unread", "cannot"),
    "cannot": ("told", "unread", "confirmed", "cannot"),
}
"""What may be said of a screen in which state."""


class DrawError(ValueError):
    """It can't be drawn so; the words say why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom and what days a draw would be of."""

    name: str
    days: tuple[date, ...]
    limits: dict[int, tuple[int, int]] = field(repr=False)
    """Of each person, least and most."""

    @property
    def expected(self) -> float:
        """Screens on an average day."""
        return sum(least + most for least, most in self.limits.values()) / 2 / len(self.days)


def plan(
    tx: Connection,
    house: House,
    name: str,
    first: date,
    last: date,
    weekdays: Collection[str],
    without: Collection[date],
    now: datetime,
) -> Plan:
    """What a draw would be of; raises DrawError."""
    name = " ".join(name.split())
    if not name or len(name) > 40:  # noqa: PLR2004 - as the column
        _refuse("a draw needs a name of at most 40 letters, as in 2026-12")
    if first <= now.astimezone(house.clinic.tz).date():
        _refuse("a draw is committed before its first day: begin tomorrow or later")
    if not first <= last <= first + _LONGEST:
        _refuse(f"a draw is of 1 to {_LONGEST.days} days")
    if screens.draw_named(tx, name) is not None:
        _refuse("there is a draw of that name already")
    there = screens.overlapping(tx, first, last)
    if there is not None:
        _refuse(f"{there.name} is of {there.from_on} to {there.until_on} already")
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days = tuple(d for d in span if DAYS[d.weekday()] in weekdays and d not in without)
    limits = limits_of(tx)
    if not days or not limits:
        _refuse(_NOBODY if days else "no day is left to draw")
    if any(least > len(days) for least, _ in limits.values()):
        _refuse(f"somebody is to be drawn more often than the {len(days)} days there are")
    return Plan(name, days, {i: (a, min(b, len(days))) for i, (a, b) in limits.items()})


def limits_of(tx: Connection) -> dict[int, tuple[int, int]]:
    """Who is drawn for at all, and how many days at the least and at the most."""
    found = {}
    for person_id, own in people.settings_of_active(tx):
        limits = limits_in(own)
        if limits is not None:
            found[person_id] = limits
    return found


def limits_in(own: dict[str, Any] | None) -> tuple[int, int] | None:
    """The same, of what is kept of one person."""
    match (own or {}).get(CHOSEN):
        case [int(least), int(most)]:
            return least, most
        case _:
            return None


def choose(tx: Connection, person: Row[Any], limits: Sequence[int] | None) -> None:
    """From the next draw on somebody is drawn for so many days, or for none."""
    own = {name: value for name, value in (person.own or {}).items() if name != CHOSEN}
    if limits is not None:
        own[CHOSEN] = list(limits)
    people.change(tx, person.id, own=own)


def commit(
    tx: Connection,
    house: House,
    planned: Plan,
    staff_id: int | None,
    now: datetime,
    seed: Callable[[int], bytes] = secrets.token_bytes,
) -> dict[str, Any]:
    """Draw, and keep it; returns what is published of it now. The seed stays shut until later."""
    names = _pseudonyms(list(planned.limits))
    members = tuple(sorted(Member(names[i], *limits) for i, limits in planned.limits.items()))
    try:
        pool = Pool(planned.name, planned.days, members)
    except PoolError as error:
        raise DrawError(str(error)) from None
    whose = {name: person_id for person_id, name in names.items()}
    drawn_from = seed(SEED)
    committed = commitment(drawn_from, pool)
    published = paper.published(pool, committed)
    draw_id = screens.add_draw(
        tx,
        name=pool.name,
        from_on=pool.days[0],
        until_on=pool.days[-1],
        commitment=committed,
        seed=drawn_from.hex(),
        pool=whose,
        published=published,
        staff_id=staff_id,
        at=now,
    )
    found = drawn(drawn_from, pool)
    order(tx, house, [(whose[who], day) for who in found for day in found[who]], draw_id)
    return published


def order(
    tx: Connection, house: House, which: Sequence[tuple[int, date]], draw_id: int | None = None
) -> None:
    """Plan screens, and the notices on their mornings."""
    rules, zone = house.clinic.screens, house.clinic.zone
    rows = [
        {
            "draw_id": draw_id,
            "person_id": person_id,
            "day": day,
            "from_at": moments.local(day, rules.start, zone),
            "until_at": moments.local(day, rules.end, zone),
        }
        for person_id, day in which
    ]
    notices = [
        {
            "person_id": row.person_id,
            "kind": f"{NOTICE}:{row.id}",
            "due_at": moments.local(row.day, rules.notice, zone),
            "turn": None,
        }
        for row in screens.add(tx, rows)
    ]
    if notices:
        reminders.put_all(tx, notices)


def reveal(tx: Connection, house: House, name: str, now: datetime) -> dict[str, Any]:
    """What is published once its last day is over; raises DrawError."""
    row = screens.draw_named(tx, name)
    if row is None:
        _refuse("there is no draw of that name")
    if now.astimezone(house.clinic.tz).date() <= row.until_on:
        _refuse(f"it holds until {row.until_on}: the seed would tell who comes when")
    screens.mark_revealed(tx, row.id, now)
    return paper.revealed(row.published, bytes.fromhex(row.seed))


def ahead(tx: Connection, house: House, person_id: int, now: datetime) -> tuple[Screen, ...]:
    """Somebody's screens whose time is not over, as a talk knows them."""
    rules, zone = house.clinic.screens, house.clinic.zone
    return tuple(
        Screen(
            row.id,
            row.day,
            row.from_at,
            row.until_at,
            row.state,
            moments.local(row.day, rules.notice, zone),
        )
        for row in screens.ahead(tx, person_id, now)
    )


def replied(tx: Connection, person_id: int, reply: ReplyScreen, now: datetime) -> None:
    """They were told, have read it, or can't come; once its time is over nothing changes."""
    row = screens.get(tx, reply.screen)
    if row is None or row.person_id != person_id or reply.reply not in _HOLD:
        return
    values: dict[str, Any] = {"state": reply.reply}
    if reply.reply == "told":
        values["told_at"] = now
    elif row.confirmed_at is None:
        # Whatever they answer, they have read it.
        values["confirmed_at"] = now
    if reply.reply == "cannot" and reply.barrier is not None:
        values["barrier"] = reply.barrier
    changed = screens.change(tx, row.id, _HOLD[reply.reply], now, **values)
    if changed and row.state == "unread":
        close(tx, person_id, now, UNREAD)
    if changed and reply.reply == "confirmed":
        close(tx, person_id, now, CANNOT)


def close(tx: Connection, person_id: int, now: datetime, *kinds: str) -> None:
    """Nothing is left to do about their screens, as far as these tasks go."""
    for task in tasks.of(tx, person_id, 20):
        if task.kind in kinds and task.state in ("open", "taken"):
            tasks.move(tx, task.id, "done", now)


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Notices that nobody has read for hours, or that could not be said: staff hear of them."""
    return await store.write(lambda tx: _sweep(tx, house, now))


def _sweep(tx: Connection, house: House, now: datetime) -> int:
    patience = timedelta(hours=house.clinic.screens.answer_hours)
    found = screens.unheard(tx, now - patience, now)
    for row in found:
        gone = row.state == "planned" and row.status != "active"
        new = "cancelled" if gone else "unread"
        # Who answers at this moment has read it: then there is nothing to do.
        if screens.change(tx, row.id, (row.state,), state=new) and not gone:
            tasks.open_(tx, row.person_id, UNREAD, "screen", now, due_at=row.until_at)
    return len(found)


def pseudonym(row: Row[Any], person_id: int) -> str | None:
    """Under which name somebody is in a draw, so that they can check it."""
    return next((name for name, whose in row.pool.items() if whose == person_id), None)


def _pseudonyms(person_ids: Sequence[int]) -> dict[int, str]:
    """Fresh ones each time: two draws tell nobody who was in both."""
    names: set[str] = set()
    while len(names) < len(person_ids):
        names.add(secrets.token_hex(4))
    return dict(zip(person_ids, names, strict=True))


def _refuse(message: str) -> NoReturn:
    raise DrawError(message)
