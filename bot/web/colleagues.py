"""Colleagues that somebody can be handed to: who is on duty now, and who has a caseload."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot import escalation, rota
from bot.config import House
from storage import staff


def on_duty(tx: Connection, house: House, now: datetime, *, but: int) -> list[tuple[int, str]]:
    """Who is on duty now and can be told, by number and name; operators see no patients."""
    return [
        (worker.id, worker.name)
        for worker in escalation.workers(tx, now)
        if worker.id != but
        and worker.role != "operator"
        and rota.on_duty(worker, house.clinic, now)
        and staff.reachable(tx, worker.id) is not None
    ]


def clinical(tx: Connection, *, but: int) -> list[tuple[int, str]]:
    """Everybody who can have people of their own, by number and name."""
    return [
        (row.id, row.name) for row in staff.everyone(tx) if row.id != but and row.role != "operator"
    ]
