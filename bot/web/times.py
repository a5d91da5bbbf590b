"""Moments as staff read them: the clinic's time, and the person's beside it where they differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_location

from content.wording import clock

_DAY = 24 * 60


class Times:
    """Says moments for one clinic and one person, seen from one moment."""

    def __init__(self, now: datetime, clinic: str, theirs: str) -> None:
        self.now = now
        self._clinic = clinic
        self._theirs = theirs

    def at(self, moment: datetime) -> str:
        """`9:02 pm`, with the day unless it is today, and their time if it is another."""
        there = f" ({clock(moment, 'en', self._theirs)} there)"
        return self.here(moment) + ("" if self._same(moment) else there)

    def here(self, moment: datetime) -> str:
        """The same, at the clinic only."""
        return f"{self._day(moment)}{clock(moment, 'en', self._clinic)}"

    def ago(self, moment: datetime) -> str:
        """How long ago, in words."""
        return f"{span(self.now - moment)} ago" if self.now - moment > _MINUTE else "just now"

    def day(self, moment: datetime) -> str:
        """The day at the clinic: `today`, `yesterday`, `Tuesday`, and after a week the date."""
        zone = ZoneInfo(self._clinic)
        day = moment.astimezone(zone).date()
        days = (self.now.astimezone(zone).date() - day).days
        if days in (0, 1):
            return ("today", "yesterday")[days]
        style = "EEEE" if 0 < days < _WEEK else "EEE d MMM"
        return str(format_date(day, style, locale="en_US"))

    def there(self, moment: datetime | None = None) -> str:
        """Weekday and time where the person is: `Friday, 8:02 pm`."""
        local = (moment or self.now).astimezone(ZoneInfo(self._theirs))
        weekday = format_date(local, "EEEE", locale="en_US")
        return f"{weekday}, {clock(moment or self.now, 'en', self._theirs)}"

    def clock_there(self, moment: datetime) -> str:
        """The time of day where the person is."""
        return clock(moment, "en", self._theirs)

    def today_there(self) -> date:
        """The date where the person is."""
        return self.now.astimezone(ZoneInfo(self._theirs)).date()

    def hour_there(self) -> int:
        """The hour of the day where the person is."""
        return self.now.astimezone(ZoneInfo(self._theirs)).hour

    def place(self) -> str:
        """The city that names the person's zone."""
        return str(get_timezone_location(self._theirs, locale="en_US", return_city=True))

    def zone(self) -> str:
        """The name of the clinic's zone, short: `EST`."""
        return self.now.astimezone(ZoneInfo(self._clinic)).tzname() or self._clinic

    def usual(self, moments: list[datetime], asked: str | None) -> str | None:
        """The median time of day of these, where the person is; None of fewer than three.

        Counted from the hour of asking (`18:00`), so that answers after midnight are late
        ones and not early ones.
        """
        if len(moments) < _ENOUGH:
            return None
        hour, _, minute = (asked or "04:00").partition(":")
        start = int(hour) * 60 + int(minute)
        zone = ZoneInfo(self._theirs)
        late = [
            (local.hour * 60 + local.minute - start) % _DAY
            for local in (moment.astimezone(zone) for moment in moments)
        ]
        minutes = (round(median(late)) + start) % _DAY
        said = datetime(2000, 1, 1, minutes // 60, minutes % 60, tzinfo=zone)
        return clock(said, "en", self._theirs)

    def _same(self, moment: datetime) -> bool:
        here = moment.astimezone(ZoneInfo(self._clinic)).utcoffset()
        return here == moment.astimezone(ZoneInfo(self._theirs)).utcoffset()

    def _day(self, moment: datetime) -> str:
        zone = ZoneInfo(self._clinic)
        day = moment.astimezone(zone).date()
        days = (self.now.astimezone(zone).date() - day).days
        if days == 0:
            return ""
        return f"{format_date(day, 'EEE d MMM', locale='en_US')}, "


def day_said(day: date) -> str:
    """A day as staff read it: `Tue 17 Nov`."""
    return str(format_date(day, "EEE d MMM", locale="en_US"))


def span(length: timedelta) -> str:
    """A length of time in its two largest units: `2 h 10 min`."""
    minutes = int(length / _MINUTE)
    days, hours = minutes // _DAY, minutes % _DAY // 60
    if days:
        return f"{days} {'day' if days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min"


_MINUTE = timedelta(minutes=1)
_ENOUGH = 3
_WEEK = 7
