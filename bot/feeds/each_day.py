"""A row as the `Listing`s of its days."""

from __future__ import annotations

from datetime import datetime

from bot.feeds import Listing
from bot.feeds.attendance import Attendance
from bot.feeds.reading import Begins, Gone, Joined, Named


def each_day(
    key: str,
    fellowship: str | None,
    named: Named,
    begins: Begins,
    zone: str,
    ways: tuple[Attendance, Gone, Joined],
    url: str | None = None,
    updated: datetime | None = None,
) -> tuple[Listing, ...]:
    """One for each day; of several, each under its own key."""
    attendance, gone, joined = ways
    return tuple(
        Listing(
            key=key if len(begins.days) == 1 else f"{key}:{day}",
            fellowship=fellowship,
            name=named.name,
            group_name=named.group,
            day=day,
            minute=begins.minute,
            minutes=begins.minutes,
            zone=zone,
            weekly=named.weekly,
            attendance=attendance,
            location=gone.location,
            address=gone.address,
            city=gone.city,
            state=gone.state,
            postal=gone.postal,
            lat=gone.lat,
            lng=gone.lng,
            join_url=joined.url,
            join_phone=joined.phone,
            join_note=joined.note,
            kinds=named.kinds,
            labels=named.labels,
            notes=named.notes,
            url=url,
            updated_at=updated,
        )
        for day in begins.days
    )
