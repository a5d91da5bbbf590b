"""Which hours a wish for a meeting means, and in which order they are gone through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.starts import DAY, Span, at, weekday
from handlers.meetings import Wish

GRACE: Final = timedelta(minutes=10)
"""So late one may still come in."""
HOUR: Final = timedelta(hours=1)
MORNING: Final = 5 * 60
"""A night belongs to the day before it, until this minute of the day."""
EVENING: Final = 17 * 60
LONG: Final = timedelta(hours=4)
SHORT: Final = timedelta(minutes=15)
"""Hours are gone through in pieces: around one place less starts than online."""


@dataclass(frozen=True, slots=True)
class Part:
    """Hours to go through, for what can be gone to or for what is online."""

    online: bool
    spans: tuple[Span, ...]
    most: int | None = None
    """So many of them here; the others are told with what comes later."""
    close: bool = False
    """Only as far as one gets within the hour."""


def parts(wish: Wish, zone: ZoneInfo, now: datetime) -> list[Part]:
    """The hours of a wish, in the order in which what meets then is told."""
    since = now - GRACE
    today = (now.astimezone(zone) - timedelta(minutes=MORNING)).date()
    tomorrow = today + timedelta(days=1)
    match wish.when:
        case "now" if wish.begins is None and wish.ends is None:
            hour = Span(since, now + HOUR)
            rest = Span(now + HOUR, _hours(today, wish, zone).end)
            following = _hours(tomorrow, wish, zone)
            soon = (*_pieces(hour, SHORT), Span(now + HOUR, now + 2 * HOUR))
            return [
                Part(online=False, spans=(hour,), close=True),
                # Who can't wait joins one now; who can leave the house still reads of that too.
                Part(online=True, spans=soon, most=2),
                Part(online=False, spans=(hour, *_pieces(rest, LONG))),
                Part(online=True, spans=(*soon, *_pieces(rest, HOUR))),
                Part(online=False, spans=_pieces(following, LONG)),
                Part(online=True, spans=_pieces(following, HOUR)),
            ]
        case "now":
            spans = [_hours(day, wish, zone) for day in (today, tomorrow)]
        case "tonight":
            evening = replace(wish, begins=EVENING if wish.begins is None else wish.begins)
            # Somebody who is up at two may mean this night or the next evening.
            up_at_night = today != now.astimezone(zone).date()
            days = (today, tomorrow) if up_at_night else (today,)
            spans = [_hours(day, evening, zone) for day in days]
        case "tomorrow":
            spans = [_hours(tomorrow, wish, zone)]
        case "day_after":
            spans = [_hours(tomorrow + timedelta(days=1), wish, zone)]
        case _:
            wanted = today if wish.weekday is None else _next(today, wish.weekday)
            spans = [_hours(wanted + timedelta(days=more), wish, zone) for more in (0, 7)]
            # A week on only where that day is over, or nothing is left of it.
            spans = spans if wanted == today else spans[:1]
    left = [Span(max(span.begin, since), span.end) for span in spans]
    return [
        Part(online, _pieces(each, length))
        for each in left
        for online, length in ((False, LONG), (True, HOUR))
    ]


def week(now: datetime) -> list[Part]:
    """All that comes within a week."""
    begin = now - GRACE
    days = _pieces(Span(begin, begin + timedelta(days=7, minutes=-1)), timedelta(days=1))
    return [Part(online, days) for online in (False, True)]


def _hours(day: date, wish: Wish, zone: ZoneInfo) -> Span:
    """What a wish means on a day; without hours from morning to the end of the night after it."""
    first = MORNING if wish.begins is None else wish.begins
    last = DAY + MORNING - 1 if wish.ends is None else wish.ends
    # "From nine in the evening to two": the second is on the day after.
    if last < first:
        last += DAY
    return Span(at(day, first, zone), at(day, last, zone))


def _next(today: date, wanted: int) -> date:
    return today + timedelta(days=(wanted - weekday(today)) % 7)


def _pieces(span: Span, length: timedelta) -> tuple[Span, ...]:
    """A span in pieces, which are looked through one by one until enough is found."""
    found = []
    begin = span.begin
    while begin < span.end:
        end = min(begin + length, span.end)
        found.append(Span(begin, end))
        begin = end
    return tuple(found)
