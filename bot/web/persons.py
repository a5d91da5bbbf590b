"""The person that a page or a form is about: theirs to see, or nothing here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from bot.web.gate import Visitor
from bot.web.hooks import RefusedError
from storage import access, people, roster


def seen(tx: Connection, person_id: int, visitor: Visitor) -> Row[Any]:
    """A person, to look at; raises RefusedError (404) if they are not the visitor's to see."""
    if not access.may_see(tx, person_id, visitor.staff, visitor.now):
        raise RefusedError(404)
    return people.get(tx, person_id)


def locked(tx: Connection, person_id: int, visitor: Visitor) -> Row[Any]:
    """The same, locked for a change."""
    seen(tx, person_id, visitor)
    return people.locked(tx, person_id)


def active(tx: Connection, visitor: Visitor) -> list[tuple[int, str]]:
    """Whoever is active of those the visitor sees, with their names, by which they are sorted."""
    there = [r for r in roster.everybody(tx, visitor.staff, visitor.now) if r.status == "active"]
    return sorted(((row.id, row.name) for row in there), key=lambda each: each[1].casefold())
