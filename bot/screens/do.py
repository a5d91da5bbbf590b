"""The commands about draws that read or write the store, by the names the server knows them by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection

from bot.config import House
from bot.screens import keep
from bot.screens.keep import DrawError
from storage import people, screens

Given = dict[str, Any]
_Work = Callable[[Connection, House, Given, datetime], Given]


def _said(work: _Work) -> _Work:
    """What it refuses is answered in words."""

    def run(tx: Connection, house: House, given: Given, now: datetime) -> Given:
        with tx.begin_nested() as attempt:
            try:
                return work(tx, house, given, now)
            except DrawError as error:
                attempt.rollback()
                return {"error": str(error)}

    return run


def _planned(tx: Connection, house: House, given: Given, now: datetime) -> keep.Plan:
    first, last = (date.fromisoformat(given[name]) for name in ("first", "last"))
    without = {date.fromisoformat(day) for day in given["without"]}
    return keep.plan(tx, house, given["name"], first, last, given["weekdays"], without, now)


def _plan(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """What a draw would be of; nothing is kept."""
    planned = _planned(tx, house, given, now)
    days = [day.isoformat() for day in planned.days]
    return {"people": len(planned.limits), "days": days, "expected": planned.expected}


def _commit(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Draw and keep it; what is to be published."""
    return {"published": keep.commit(tx, house, _planned(tx, house, given, now), None, now)}


def _reveal(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """What is to be published once it is over."""
    return {"published": keep.reveal(tx, house, given["name"], now)}


def _show(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """All draws, or what was published of one; never a seed, and no day of anybody."""
    del house, now
    if given["name"] is None:
        return {"draws": [_listed(row) for row in screens.draws(tx)]}
    row = screens.draw_named(tx, given["name"])
    if row is None:
        message = "there is no draw of that name"
        raise DrawError(message)
    return {"published": row.published}


def _listed(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "from": row.from_on.isoformat(),
        "until": row.until_on.isoformat(),
        "people": len(row.pool),
        "commitment": row.commitment,
        "revealed": row.revealed_at is not None,
    }


def _choose(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """From the next draw on somebody is drawn for so many days, or for none."""
    del house, now
    person = people.locked_if_there(tx, given["person"])
    if person is None:
        message = "nobody has that number: it is the one in the address of their page"
        raise DrawError(message)
    keep.choose(tx, person, given["limits"])
    return {}


COMMANDS: Final[dict[str, _Work]] = {
    "screens_plan": _said(_plan),
    "screens_commit": _said(_commit),
    "screens_reveal": _said(_reveal),
    "screens_show": _said(_show),
    "screens_set": _said(_choose),
}
