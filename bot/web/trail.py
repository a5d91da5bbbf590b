"""What became of a seat, line by line, as staff read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from bot.web import programme_words as words
from bot.web.times import Times


def lines(
    events: list[Row[Any]], names: Mapping[int, str], times: Times
) -> tuple[tuple[str, str], ...]:
    """When, and what: `marked late, 150 min, by Dana Reyes; before: absent`."""
    return tuple((times.here(each.at), _said(each, names)) for each in events)


def _said(event: Row[Any], names: Mapping[int, str]) -> str:
    after, before = event.after, event.before
    what = words.named(words.HAPPENED, event.what)
    if event.what == "marked":
        what = f"marked {_mark(after)}" if after.get("mark") else "mark changed"
        if "mark" in after and after["mark"] is None:
            what = "mark taken back"
        elif "mark" not in after and after.get("minutes") is not None:
            what = f"{after['minutes']} min count"
    elif event.what in ("replied", "given_up"):
        said = words.reply(after.get("reply"), after.get("barrier"), after.get("late_minutes"))
        what = f"{what}: {said}" if said else what
    by = f", by {names.get(event.staff_id, 'staff')}" if event.staff_id is not None else ""
    had = _mark(before) if before.get("mark") else ""
    if event.what == "marked" and not had and before.get("minutes") is not None:
        had = f"{before['minutes']} min"
    return f"{what}{by}" + (f"; before: {had}" if had else "")


def _mark(values: Mapping[str, Any]) -> str:
    said = words.named(words.MARKS, values.get("mark")).lower()
    counted = values.get("minutes")
    return f"{said}, {counted} min" if counted is not None else said
