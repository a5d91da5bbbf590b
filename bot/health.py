"""How it stands: for `/health`, for the metrics and for the watchdog, which ask different things.

Red is what a patient would feel: a tick that is late, or an urgent message that has not left. The
watchdog asks only whether our own loops turn, since a restart brings no provider back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.metrics import Metrics
from bot.outbox import Sender
from storage import alerts as alert_rows
from storage import outbox as outbox_rows
from storage.store import Store, StoreDownError

_TICK_SECONDS = 60
_URGENT_SECONDS = 120
_CLOCKWORK = "alerts"
"""The job whose silence says that none runs."""


class Health:
    """Remembers when each job last ended, and looks the rest up when it is asked."""

    def __init__(
        self, store: Store, clock: Clock, metrics: Metrics, senders: Mapping[str, Sender]
    ) -> None:
        """Look at these, by the names of their channels."""
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._senders = list(senders.values())
        self._channels = list(senders)
        self._ticks: dict[str, datetime] = {}
        self._began = clock.now()

    def ticked(self, job: str) -> None:
        """A job has run to its end."""
        self._ticks[job] = self._clock.now()

    async def turning(self) -> bool:
        """Whether our own loops turn and the database answers, whatever a provider does."""
        loop = asyncio.get_running_loop()
        steps = [sender.stepped for sender in self._senders]
        tick = self._ticks.get(_CLOCKWORK, self._began)
        try:
            await asyncio.wait_for(self._store.read(outbox_rows.next_due), _TICK_SECONDS / 4)
        except (StoreDownError, TimeoutError):
            return False
        ticked = (self._clock.now() - tick).total_seconds() <= _TICK_SECONDS
        return ticked and all(loop.time() - step <= _TICK_SECONDS for step in steps)

    async def stands(self) -> dict[str, Any]:
        """How it stands; `ok` is false when a tick or an urgent message is late."""
        now = self._clock.now()
        oldest, waiting, alerts = await self._store.read(
            lambda tx: (
                outbox_rows.oldest_urgent(tx),
                outbox_rows.waiting(tx),
                alert_rows.open_count(tx),
            )
        )
        tick = self._ticks.get(_CLOCKWORK)
        tick_age = (now - tick).total_seconds() if tick else None
        unsent = (now - oldest).total_seconds() if oldest else 0.0
        late = tick_age is None or tick_age > _TICK_SECONDS or unsent > _URGENT_SECONDS
        return {
            "ok": not late,
            "tick_age_seconds": tick_age,
            "oldest_urgent_unsent_seconds": unsent,
            "waiting": waiting,
            "open_alerts": alerts,
            "channels": self._channels,
        }

    async def figures(self) -> bytes:
        """The metrics, brought up to this moment."""
        now = self._clock.now()
        self._metrics.ticks(self._ticks, self._began, now)
        try:
            await self._store.read(lambda tx: self._metrics.stand(tx, now))
            ok = (await self.stands())["ok"]
        except StoreDownError:
            ok = False
        return self._metrics.text(ok=ok)
