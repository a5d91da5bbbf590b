"""What somebody keeps here to rows: entries, what is their own, questionnaires, what falls due."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection

from bot import supporters
from handlers.own import (
    Amend,
    Answers,
    Checkup,
    Choose,
    DropItem,
    Entry,
    Item,
    KeepItem,
    Own,
    Remind,
    SendTo,
)
from storage import checkins, checkups, entries, items, people, reminders

Kept = Choose | KeepItem | DropItem | Amend | Remind | Answers | SendTo


def keep(tx: Connection, person_id: int, effect: Kept, now: datetime) -> None:
    """Write the rows of an effect."""
    match effect:
        case Choose():
            had = people.get(tx, person_id).own or {}
            own = {k: v for k, v in {**had, **effect.values}.items() if v is not None}
            people.change(tx, person_id, own=own)
        case KeepItem():
            items.keep(tx, person_id, effect.kind, effect.data, now, effect.which)
        case DropItem():
            items.drop(tx, person_id, effect.which)
        case Amend():
            entries.amend(tx, person_id, effect.kind, effect.data)
        case Remind():
            if effect.at is None:
                reminders.drop(tx, person_id, effect.kind)
            else:
                reminders.put(tx, person_id, effect.kind, effect.at)
        case Answers():
            named = (effect.name, effect.version, effect.answers, effect.scores)
            checkups.keep(tx, person_id, *named, now)
        case SendTo():
            supporters.pass_on(tx, person_id, effect.which, now, effect.words)
        case _:
            assert_never(effect)


def own(tx: Connection, person_id: int, settings: object) -> Own:
    """The look-ups of one person; nothing is read before it is asked for."""

    def of_kind(kind: str, most: int) -> tuple[Entry, ...]:
        if kind == "checkin":
            days = checkins.latest(tx, person_id, most)
            return tuple(Entry(kind, row.answered_at, row.answers) for row in days)
        rows = entries.latest(tx, person_id, kind, most)
        return tuple(Entry(row.kind, row.at, row.data) for row in rows)

    def theirs(kind: str) -> tuple[Item, ...]:
        return tuple(Item(r.id, r.kind, r.data, r.at) for r in items.of(tx, person_id, kind))

    def answered(name: str, most: int) -> tuple[Checkup, ...]:
        return tuple(
            Checkup(r.id, r.name, r.version, r.asked_at, r.ended_at, r.answers, r.scores)
            for r in checkups.latest(tx, person_id, name, most)
        )

    chosen = settings if isinstance(settings, dict) else {}
    return Own(chosen, of_kind, theirs, answered)
