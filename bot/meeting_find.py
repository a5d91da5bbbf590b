"""`companion meetings find`: what starts near a place or online within hours, from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from bot.config import read_settings
from bot.errand import fail
from bot.meeting_options import AsJson
from handlers.meetings import FELLOWSHIPS, KINDS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.meetings import Meeting, Wish

_NOT_WEEKLY = "Not every week"
_AT = "--at is a moment like 2026-11-23T19:30"


def register(app: typer.Typer) -> None:
    """Add it to the commands about meetings."""
    app.command("find")(find)


def find(
    near: Annotated[str, typer.Option(help='A ZIP code, "City, ST", or "39.95, -75.17".')],
    at: Annotated[
        str | None, typer.Option(help="From when on, 2026-11-23T19:30, there; else now.")
    ] = None,
    fellowship: Annotated[
        str | None, typer.Option(help="Whose: aa,na… Else all but those for families.")
    ] = None,
    miles: Annotated[float, typer.Option(min=0.1, max=500, help="Within so many.")] = 25,
    hours: Annotated[float, typer.Option(min=0.1, max=168, help="Starting within so many.")] = 6,
    how: Annotated[Literal["any", "near", "online", "phone"], typer.Option()] = "any",
    kind: Annotated[str | None, typer.Option(help="All of these: newcomers,spanish…")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Which meetings start soon near a place or online, the soonest first.

    What is for women or for men alone, or for families, is shown where --kind or --fellowship asks
    for it.
    """
    from bot.database import open_to_read
    from handlers.meetings import Wish

    wish = Wish(
        near=near,
        fellowships=_among("--fellowship", fellowship, FELLOWSHIPS),
        how=how,
        kinds=_among("--kind", kind, KINDS),
    )
    begin = _moment(at)
    store = open_to_read(read_settings())
    try:
        found = store.read_now(lambda tx: _found(tx, wish, begin, timedelta(hours=hours), miles))
    except OverflowError:
        fail(_AT, 2)
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps([told(each) for each in found], indent=1, ensure_ascii=False))
        return
    for line in lines(found):
        typer.echo(line)


def _among(option: str, text: str | None, known: Sequence[str]) -> tuple[str, ...]:
    said = [each.strip().casefold() for each in (text or "").split(",")]
    wrong = [each for each in said if each and each not in known]
    if wrong:
        fail(f"{option}: {wrong[0]!r} is none of {', '.join(known)}", 2)
    return tuple(dict.fromkeys(each for each in said if each))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        fail(_AT, 2)


def _found(
    tx: Connection, wish: Wish, at: datetime | None, hours: timedelta, miles: float
) -> list[Meeting]:
    from bot import near, places
    from bot.starts import Span
    from bot.when import GRACE

    spot = places.spot(tx, wish.near)
    if spot is None:
        fail(f"--near: {wish.near!r} is no place that is known here", 2)
    if isinstance(spot, tuple):
        fail(f"--near: which is meant? {'; '.join(spot)}", 2)
    zone = ZoneInfo(spot.zone)
    if at is None:
        now = datetime.now(UTC)
        span = Span(now - GRACE, now + hours)
    else:
        begin = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        span = Span(begin, begin + hours)
    return near.within(tx, wish, spot, span, miles)


def told(meeting: Meeting) -> dict[str, Any]:
    """A meeting as another program reads it."""
    return {
        "id": meeting.id,
        "fellowship": meeting.fellowship,
        "name": meeting.name,
        "start": meeting.start,
        "attendance": meeting.attendance,
        "distance_miles": meeting.miles,
        "address": meeting.address or None,
        "join_url": meeting.join_url or None,
        "types": [*meeting.labels, *([] if meeting.weekly else [_NOT_WEEKLY])],
        "as_of": meeting.as_of or None,
    }


def lines(found: Sequence[Meeting]) -> list[str]:
    """The meetings as they are read."""
    if not found:
        return ["No meeting starts there then, by the lists that are stored."]
    return [line for meeting in found for line in _lines(meeting)]


def _lines(meeting: Meeting) -> list[str]:
    start = f"{meeting.begins:%a} {meeting.begins.hour % 12 or 12}:{meeting.begins:%M %p}"
    away = "online" if meeting.miles is None else f"{meeting.miles:.1f} mi"
    said = [meeting.name, *([] if meeting.weekly else [f"({_NOT_WEEKLY.lower()})"])]
    rest = [
        ", ".join(part for part in (meeting.location, meeting.address) if part),
        meeting.join_url,
        meeting.join_phone,
        ", ".join(meeting.labels),
    ]
    return [
        f"{start:<13}{away:>8}  {meeting.fellowship or '?':<8} {' '.join(said)}",
        *(f"{'':23}{each}" for each in rest if each),
    ]
