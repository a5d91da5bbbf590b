"""Every fault, by the name under which the table has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from tests.faults import due, frozen, full, kill, peer, provider, repeated, restart, sigterm, window
from tests.faults.figures import Figures
from tests.faults.place import Place

Run = Callable[[Place, Random, int], Awaitable[Figures]]
BOTH = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Fault:
    """`rounds` on each database, and how many of them share one house; `short` in `make test`."""

    name: str
    run: Run
    rounds: int
    short: int
    together: int = 25
    databases: tuple[str, ...] = BOTH


FAULTS = (
    Fault("kill -9, Telegram polled, and SMS", kill.poll, 50, 5),
    Fault("kill -9, webhooks, and SMS", kill.webhook, 50, 5),
    Fault("kill -9 as it is accepted", window.accepted, 5, 1, together=5),
    Fault("SIGTERM under load", sigterm.sigterm, 10, 2),
    Fault("provider fails", provider.failing, 10, 2, databases=("sqlite",)),
    Fault("webhooks again, and in disorder", repeated.repeated, 10, 2),
    Fault("two processes, all due at once", due.both_look, 5, 1, databases=("postgresql",)),
    Fault("two processes, one frozen", frozen.frozen, 3, 1, databases=("postgresql",)),
    Fault("PostgreSQL restarted", restart.restarted, 8, 2, databases=("postgresql",)),
    Fault("disk full", full.full, 3, 1),
    Fault("the peer: python-telegram-bot", peer.python_telegram_bot, 20, 0, databases=("none",)),
)
