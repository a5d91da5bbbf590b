"""What time it is. The only place that asks; a demo or a test hands in its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The wall clock, in UTC."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.now(UTC)


class MovableClock(Clock):
    """A clock that runs on from wherever it was pushed; it never goes back."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = (start - super().now()) if start else timedelta()

    def now(self) -> datetime:
        """This moment, as far ahead as it was pushed."""
        return super().now() + self._ahead

    def move_to(self, moment: datetime) -> None:
        """Push on to a moment; an earlier one changes nothing."""
        self._ahead += max(moment - self.now(), timedelta())
