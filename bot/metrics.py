"""Figures for a monitoring system, in the words of Prometheus. No label names or hints at a person.

What happens is counted where it happens; how things stand is asked of the database when somebody
reads. With several processes on PostgreSQL the first kind is each process's own, and the second
is the same from all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from importlib.metadata import version
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from sqlalchemy import Connection, Row

from bot.channels import Inbound
from bot.jobs import JOBS
from storage import figures

PRIORITIES = ("crisis", "reply", "staff", "reminder", "broadcast")
LEVELS = ("concern", "urgent", "emergency")
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)
_LAG_SECONDS = 0.5
# When each figure was begun is noise: it doubles what is read.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The registry of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self.registry, "namespace": "companion"}
        self._heard = Counter("messages_in", "Messages taken in", ["channel", "risk"], **made)
        self._sends = Counter("sends", "What became of a send", ["channel", "outcome"], **made)
        self._turn = Histogram(
            "turn_seconds", "A message, until committed", ["channel"], buckets=_QUICK, **made
        )
        self._commit = Histogram(
            "commit_seconds", "A transaction, or some that share it", buckets=_QUICK, **made
        )
        self._notice = Histogram(
            "alert_notice_seconds", "A notice to staff, queued until taken by the provider",
            buckets=_SLOW, **made,
        )  # fmt: skip
        self._lag = Histogram(
            "loop_lag_seconds", "How late the event loop woke", buckets=_QUICK, **made
        )
        self._waiting = Gauge("outbox_waiting", "Messages not out yet", ["priority"], **made)
        self._oldest = Gauge(
            "outbox_oldest_seconds", "The longest any has been due", ["priority"], **made
        )
        self._alerts = Gauge("alerts_open", "Alerts that are open", ["level"], **made)
        self._untaken = Gauge(
            "alerts_untaken_oldest_seconds", "The longest nobody has had one", ["level"], **made
        )
        self._job = Gauge("job_lag_seconds", "How far a job is behind its rhythm", ["job"], **made)
        self._ok = Gauge("healthy", "1 while /health is green", **made)
        Info("build", "What runs here", **made).info({"version": version("recovery-companion")})
        ProcessCollector(namespace="companion", registry=self.registry)

    def heard(self, channel: str, risk: str) -> None:
        """A message was taken in, and screened so."""
        self._heard.labels(channel, risk).inc()

    def sent(self, row: Row[Any], outcome: str, now: datetime) -> None:
        """A row of the outbox was sent, or was not, for this reason."""
        self._sends.labels(row.channel, outcome).inc()
        if outcome == "sent" and row.alert_id is not None and row.staff_id is not None:
            self._notice.observe(max(0.0, (now - row.created_at).total_seconds()))

    def committed(self, seconds: float) -> None:
        """A transaction took so long."""
        self._commit.observe(seconds)

    def timed(
        self, receive: Callable[[Inbound], Awaitable[None]]
    ) -> Callable[[Inbound], Awaitable[None]]:
        """The door, with a watch on it."""

        async def timed(inbound: Inbound) -> None:
            with self._turn.labels(inbound.channel).time():
                await receive(inbound)

        return timed

    async def watch_loop(self, stop: asyncio.Event) -> None:
        """Measure how late the event loop wakes us, until told to stop."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            due = loop.time() + _LAG_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LAG_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))

    def stand(self, tx: Connection, now: datetime) -> None:
        """Ask the database how things stand."""
        waiting = figures.waiting(tx, now)
        for number, name in enumerate(PRIORITIES):
            count, since = waiting.get(number, (0, None))
            self._waiting.labels(name).set(count)
            self._oldest.labels(name).set(_age(since, now))
        alerts = figures.open_alerts(tx)
        for level in LEVELS:
            count, since = alerts.get(level, (0, None))
            self._alerts.labels(level).set(count)
            self._untaken.labels(level).set(_age(since, now))

    def ticks(self, ticks: dict[str, datetime], since: datetime, now: datetime) -> None:
        """How late each job is: `ticks` are their last ends, `since` when we began."""
        for job in JOBS:
            age = _age(ticks.get(job.name, since), now)
            self._job.labels(job.name).set(max(0.0, age - job.seconds))

    def text(self, *, ok: bool) -> bytes:
        """All of it, as it is read."""
        self._ok.set(ok)
        return generate_latest(self.registry)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
