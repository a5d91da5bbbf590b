"""Rows of seats and sessions as talks know them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from handlers.programme import Seat, Session


def as_seat(row: Row[Any]) -> Seat:
    """A seat with its session (`storage.seats`) as talks know it."""
    told = (row.reply, row.barrier, row.here_at, row.mark, row.minutes)
    return Seat(row.id, _session(row, row.session_id, row.session_state), row.via, row.state, *told)


def as_session(row: Row[Any]) -> Session:
    """A session with how many places are held (`storage.openings`) as talks know it."""
    left = None if row.capacity is None else max(0, row.capacity - row.held)
    return _session(row, row.id, row.state, left)


def _session(row: Row[Any], which: int, state: str, left: int | None = None) -> Session:
    when, usual = (row.starts_at, row.ends_at), row.usual_place in (None, row.place)
    return Session(
        which, row.series_id, row.kind, row.title, *when, row.place, row.link, state, left, usual
    )
