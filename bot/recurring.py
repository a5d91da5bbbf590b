"""When the prompts of one person come next: put in order after every change of what they chose.

Another release or another clinic.toml changes it for everybody: then all are put in order once.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from bot.config import House
from bot.surroundings import around, view
from handlers.flow import Turn
from handlers.prompts import PROMPTS, parted, stored
from storage import facts, people, reminders
from storage.prepared import savepoint
from storage.store import Store, is_passing

_log = logging.getLogger("companion.recurring")

ARRANGED: Final = "prompts_arranged"
"""The fact that says by which prompts and rhythms everybody was put in order."""
_TOGETHER: Final = 25
"""Of everybody: about a tenth of a second, for which on SQLite every turn waits."""


def arrange(tx: Connection, house: House, person_id: int, now: datetime) -> None:
    """Set each to its next moment, and forget those that come no longer.

    What is due this very moment stays, so that a change at six does not lose what is due at six.
    """
    person = people.get(tx, person_id)
    if person.status != "active" or not person.agreed:
        return
    turn = Turn(view(person, now=now), around(tx, house, person, now, moods=False), now)
    wanted = {
        stored(name, detail): moment
        for name, prompt in PROMPTS.items()
        if prompt.moments is not None
        for detail, moment in prompt.moments(turn).items()
    }
    there = {row.kind: row.due_at for row in reminders.of(tx, person_id)}
    for kind in there:
        name, _ = parted(kind)
        recurs = name in PROMPTS and PROMPTS[name].moments is not None
        if recurs and kind not in wanted:
            reminders.drop(tx, person_id, kind)
    for kind, moment in wanted.items():
        if kind not in there or (there[kind] > now and there[kind] != moment):
            reminders.put(tx, person_id, kind, moment)


async def arrange_all(store: Store, house: House, now: datetime) -> int:
    """Put everybody in order once for these prompts and the clinic's check-ups; how many it did.

    Broken off, it begins again; afterwards it costs one look.
    """
    mark = _mark(house)
    if await store.read(lambda tx: facts.get_fact(tx, ARRANGED)) == mark:
        return 0
    done = last = 0
    while True:
        those = await store.write(partial(_arrange_some, house=house, after=last, now=now))
        done += len(those)
        if len(those) < _TOGETHER:
            await store.write(lambda tx: facts.put_fact(tx, ARRANGED, mark))
            return done
        last = those[-1]


def _arrange_some(tx: Connection, house: House, after: int, now: datetime) -> list[int]:
    those = people.active_after(tx, after, _TOGETHER)
    for person_id in those:
        try:
            with savepoint(tx):
                arrange(tx, house, person_id, now)
        except Exception as error:  # one broken person must not keep the others waiting
            if is_passing(error):
                raise
            _log.exception("prompts_not_arranged", extra={"person": person_id})
    return those


def _mark(house: House) -> str:
    # Check-ups in the order of clinic.toml: it says which has its day first.
    rules = house.clinic.programme
    hours = (str(rules.evening), rules.soon_hours, rules.week_line)
    known = json.dumps([sorted(PROMPTS), list(house.clinic.checkups.items()), hours])
    return hashlib.sha256(known.encode()).hexdigest()[:16]
