"""Queries of support meetings: by square and hour, by zone and hour, and what the lists know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import NullType

from storage.models import feed, meeting
from storage.prepared import Prepared


class Slot(NamedTuple):
    """Part of a weekday, of a square or a zone: 0 is Sunday; both minutes are meant to be in it."""

    place: int | str
    day: int
    first: int
    last: int


class Box(NamedTuple):
    """What a circle fits into, in degrees."""

    south: float
    north: float
    west: float
    east: float


@dataclass(frozen=True, slots=True)
class Sort:
    """What a meeting must be; empty: anything."""

    fellowships: Sequence[str] = ()
    kinds: Sequence[str] = ()
    """All of these; the database asks for the first three, the others are left to the caller."""


def near(tx: Connection, slots: Iterable[Slot], box: Box, sort: Sort) -> list[Any]:
    """What one can go to that starts then, by square; only what tells it apart from others."""
    return _NEAR.rows(tx, slots=_packed(slots), **box._asdict(), **_patterns(sort))


def online(tx: Connection, slots: Iterable[Slot], sort: Sort, *, phone: bool = False) -> list[Any]:
    """What can be joined from anywhere that starts then, by its zone; `phone`: by dialling in."""
    query = _BY_PHONE if phone else _ONLINE
    return query.rows(tx, slots=_packed(slots), **_patterns(sort))


def prepare(tx: Connection) -> None:
    """Have every query ready, so that nobody waits for it later."""
    near(tx, (), Box(0, 0, 0, 0), Sort())
    for phone in (False, True):
        online(tx, (), Sort(), phone=phone)
    whole(tx, ())
    online_zones(tx)


def online_zones(tx: Connection) -> list[str]:
    """The zones of all that can be joined from anywhere."""
    return [row.zone for row in _ZONES.rows(tx) if row.zone is not None]


def whole(tx: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """All that is told of some meetings, with their list's name, phone and age, by their ids."""
    return {row.id: row for row in _WHOLE.rows(tx, ids=json.dumps(list(ids)))}


def helpline(tx: Connection, cells: Sequence[int], fellowships: Sequence[str]) -> str | None:
    """The phone of who keeps the list with most meetings in these squares, if one says any."""
    mine = meeting.c.fellowship.in_(fellowships) if fellowships else meeting.c.id.is_not(None)
    found = tx.execute(
        select(feed.c.phone)
        .join(meeting, meeting.c.feed_id == feed.c.id)
        .where(meeting.c.cell.in_(cells), feed.c.phone.is_not(None), mine)
        .group_by(feed.c.id, feed.c.phone)
        .order_by(func.count().desc(), feed.c.id)
        .limit(1)
    ).scalar()
    return str(found) if found else None


def towns(tx: Connection, name: str, state: str | None = None) -> list[Row[Any]]:
    """Places that the lists call so, where each lies in the middle, those most met in first."""
    return _places(tx, func.lower(meeting.c.city) == name.strip().lower(), state)


def postal(tx: Connection, code: str) -> list[Row[Any]]:
    """A postal code that the lists know, and where it lies in the middle."""
    return _places(tx, or_(meeting.c.postal == code, meeting.c.postal.like(f"{code}-%")), None)


def _places(tx: Connection, where: ColumnElement[bool], state: str | None) -> list[Row[Any]]:
    asked = (
        select(
            func.min(meeting.c.city).label("city"),
            meeting.c.state,
            func.avg(meeting.c.lat).label("lat"),
            func.avg(meeting.c.lng).label("lng"),
            func.min(meeting.c.zone).label("zone"),
        )
        .where(where, meeting.c.cell.is_not(None))
        .group_by(meeting.c.state)
        .order_by(func.count().desc(), meeting.c.state)
        .limit(8)
    )
    if state is not None:
        asked = asked.where(func.upper(meeting.c.state) == state)
    return list(tx.execute(asked))


def _patterns(sort: Sort) -> dict[str, str]:
    """What is looked for in the text of `fellowships`, and in that of the kinds."""
    kinds = [f'%"{kind}"%' for kind in sort.kinds] + ["%"] * _KINDS
    given = {f"kind{number}": kinds[number] for number in range(_KINDS)}
    return {"fellowships": f",{','.join(sort.fellowships)},", **given}


def _packed(slots: Iterable[Slot]) -> str:
    return json.dumps([slot._asdict() for slot in slots])


_KINDS = 3
_GIST = (
    meeting.c.id,
    meeting.c.fellowship,
    meeting.c.name,
    meeting.c.day,
    meeting.c.minute,
    meeting.c.zone,
    # As text: whether a word is in it is seen without reading it as JSON.
    type_coerce(cast(meeting.c.kinds, String), NullType).label("kinds"),
    # As the driver gives them.
    type_coerce(meeting.c.weekly, NullType).label("weekly"),
    type_coerce(meeting.c.lat, NullType).label("lat"),
    type_coerce(meeting.c.lng, NullType).label("lng"),
)


_TOLD = (
    "id", "key", "fellowship", "name", "day", "minute", "minutes", "zone", "weekly", "attendance",
    "location", "address", "city", "state", "postal", "join_url", "join_phone", "join_note",
)  # fmt: skip


def _starting(dialect: str, key: ColumnElement[Any], *also: ColumnElement[bool]) -> Select[Any]:
    """What starts in any of the slots: one index look-up for each."""
    slots = bindparam("slots", type_=String)
    if dialect == "sqlite":
        value = func.json_each(slots).table_valued("value", name="slot")
        told = [func.json_extract(value.c.value, f"$.{name}") for name in Slot._fields]
        return select(*_GIST).select_from(value.join(meeting, _in(key, *told))).where(*also)
    kinds: list[Any] = [key.type, Integer, Integer, Integer]
    each = (
        func.jsonb_to_recordset(cast(slots, JSONB))
        .table_valued(*map(column, Slot._fields, kinds))
        .render_derived(name="slot", with_types=True)
    )
    hit = _in(key, *(each.c[name] for name in Slot._fields))
    # Kept apart by OFFSET: PostgreSQL thinks of a hundred slots, and would rather read the table.
    one = select(*_GIST).where(hit, *also).offset(literal_column("0")).lateral("found")
    return select(*one.c).select_from(each.join(one, true()))


def _in(
    key: ColumnElement[Any],
    place: ColumnElement[Any],
    day: ColumnElement[Any],
    first: ColumnElement[Any],
    last: ColumnElement[Any],
) -> ColumnElement[bool]:
    return and_(key == place, meeting.c.day == day, meeting.c.minute.between(first, last))


def _of_sort() -> list[ColumnElement[bool]]:
    wanted = bindparam("fellowships", type_=String)
    pattern = literal("%,").concat(meeting.c.fellowship).concat(",%")
    kinds = cast(meeting.c.kinds, String)
    return [
        or_(wanted == ",,", wanted.like(pattern)),
        *(kinds.like(bindparam(f"kind{number}", type_=String)) for number in range(_KINDS)),
    ]


def _near(dialect: str) -> Select[Any]:
    degrees = {name: bindparam(name, type_=Float) for name in Box._fields}
    return _starting(
        dialect,
        meeting.c.cell,
        or_(meeting.c.attendance == "in_person", meeting.c.attendance == "hybrid"),
        meeting.c.lat.between(degrees["south"], degrees["north"]),
        meeting.c.lng.between(degrees["west"], degrees["east"]),
        *_of_sort(),
    )


def _online(dialect: str) -> Select[Any]:
    return _starting(
        dialect,
        meeting.c.online_zone,
        or_(meeting.c.attendance == "online", meeting.c.attendance == "hybrid"),
        or_(meeting.c.join_url.is_not(None), meeting.c.join_phone.is_not(None)),
        *_of_sort(),
    )


def _by_phone(dialect: str) -> Select[Any]:
    return _starting(
        dialect,
        meeting.c.online_zone,
        or_(meeting.c.attendance == "online", meeting.c.attendance == "hybrid"),
        meeting.c.join_phone.is_not(None),
        *_of_sort(),
    )


def _whole(dialect: str) -> Select[Any]:
    ids = bindparam("ids", type_=String)
    listed: ColumnElement[Any]
    if dialect == "sqlite":
        listed = func.json_each(ids).table_valued("value", name="asked").c.value
    else:
        each = func.jsonb_array_elements_text(cast(ids, JSONB)).table_valued("value")
        listed = cast(each.c.value, Integer)
    return (
        select(
            *(meeting.c[name] for name in _TOLD),
            # As text: most of them are alike, and none is read twice.
            type_coerce(cast(meeting.c.kinds, String), NullType).label("kinds"),
            type_coerce(cast(meeting.c.labels, String), NullType).label("labels"),
            type_coerce(meeting.c.lat, NullType).label("lat"),
            type_coerce(meeting.c.lng, NullType).label("lng"),
            feed.c.name.label("feed_name"),
            feed.c.phone.label("feed_phone"),
            feed.c.good_at.label("good_at"),
        )
        .join(feed, feed.c.id == meeting.c.feed_id)
        .where(meeting.c.id.in_(select(listed)))
    )


def _zones() -> Select[Any]:
    """One look-up for each zone: DISTINCT would read the whole index."""
    first = select(func.min(meeting.c.online_zone).label("zone")).cte("zone", recursive=True)
    following = select(func.min(meeting.c.online_zone)).where(meeting.c.online_zone > first.c.zone)
    found = first.union_all(select(following.scalar_subquery()).where(first.c.zone.is_not(None)))
    return select(found.c.zone)


_NEAR = Prepared(_near)
_ONLINE = Prepared(_online)
_BY_PHONE = Prepared(_by_phone)
_ZONES = Prepared(_zones())
_WHOLE = Prepared(_whole)
