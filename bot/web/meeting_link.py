"""What a link in a text about a meeting opens: a map, a room, an entry for a calendar.

Nobody signs in and nothing is changed by looking; the page says nothing of what it is about.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import found, meeting_links
from bot.meeting_links import Place
from bot.web.pages import page
from bot.web.tries import Bucket
from content.wording import Language, entries

if TYPE_CHECKING:
    from bot.web.site import Site

_LONGEST: Final = 32
_START: Final = "going.page_"


class MeetingLinkPages:
    """`/m/{token}` and `/m/{token}.ics`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._strangers = Bucket()
        """Of links that lead nowhere: so many at once, then one a second."""

    def routes(self) -> list[Route]:
        """Open to whoever has the link."""
        return [
            Route("/m/{token}.ics", self.date, methods=["GET"]),
            Route("/m/{token}", self.open, methods=["GET"]),
        ]

    async def open(self, request: Request) -> Response:
        """The map, the room, or when it opens."""
        place = await self._look(request)
        if place is None or place.is_ == "date":
            return self._gone()
        bare = place.is_ == "room" and not (place.phone or place.note)
        if place.is_ == "there" or bare:
            return RedirectResponse(place.url, 302)
        status = 410 if place.is_ == "gone" else 200
        return page(
            "meeting_link", status, language=place.language, place=place, words=_words(place)
        )

    async def date(self, request: Request) -> Response:
        """The entry for a calendar."""
        place = await self._look(request)
        if place is None or place.is_ != "date":
            return self._gone()
        name = f'attachment; filename="{_words(place)["file"]}.ics"'
        return Response(
            calendar(place, str(request.path_params["token"]), self._site.clock.now()),
            media_type="text/calendar",
            headers={"Content-Disposition": name},
        )

    async def _look(self, request: Request) -> Place | None:
        token, now = str(request.path_params["token"])[:_LONGEST], self._site.clock.now()
        return await self._site.store.read(lambda tx: meeting_links.look(tx, token, now))

    def _gone(self) -> Response:
        if not self._strangers.take(self._site.clock.now().timestamp()):
            return Response(status_code=429, headers={"Retry-After": "60"})
        first = self._site.house.clinic.language
        return page(
            "meeting_link",
            404,
            language=first,
            place=Place(first, "gone"),
            words=_all_words(first),
        )


def calendar(place: Place, token: str, now: datetime) -> bytes:
    """The entry: its time in its own zone, its address, and a name that says nothing."""
    row, start = place.row, place.start
    if row is None or start is None:
        message = "there is no date"
        raise ValueError(message)
    zone = ZoneInfo(row.zone)
    event = Event()
    event.add("uid", f"{token}@m")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", start.astimezone(zone))
    event.add("dtend", (start + timedelta(minutes=row.minutes)).astimezone(zone))
    event.add("summary", _words(place)["event"])
    if row.cell is not None and (address := found.address(row)):
        event.add("location", address)
    if place.weekly and row.weekly:
        event.add("rrule", {"freq": "weekly"})
    whole = Calendar()
    whole.add("prodid", "-//m//m//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add_component(event)
    whole.add_missing_timezones()
    return bytes(whole.to_ical())


def _words(place: Place) -> dict[str, str]:
    return _all_words(place.language)


def _all_words(language: Language) -> dict[str, str]:
    texts = entries(language).items()
    return {key.removeprefix(_START): each.text for key, each in texts if key.startswith(_START)}
