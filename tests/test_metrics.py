"""Figures are read with a token only, are right, and speak of nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from bot.channels import Inbound
from bot.config import House
from bot.metrics import Metrics
from bot.outbox import Sender
from bot.web.status import Status
from storage.store import Store
from tests.conftest import HandClock
from tests.line import Provider
from tests.world import World

TOKEN = "a-token-that-is-long-enough"


def _value(text: str, name: str, **labels: str) -> float:
    said = ",".join(f'{k}="{v}"' for k, v in labels.items())
    line = f"companion_{name}{{{said}}}" if labels else f"companion_{name}"
    found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
    assert found is not None, line
    return float(found[1])


def _client(token: str) -> httpx.AsyncClient:
    async def health() -> dict[str, Any]:
        return {"ok": True, "open_alerts": 3}

    async def figures() -> bytes:
        return Metrics().text(ok=True)

    status = Status(health, figures, token)
    app = Starlette(routes=[Route("/health", status.health), Route("/metrics", status.metrics)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house")


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        ("", None, 404), ("", "Bearer ", 404), (TOKEN, None, 401), (TOKEN, "Bearer wrong", 401),
        (TOKEN, TOKEN, 401), (TOKEN, f"Bearer {TOKEN}", 200), (TOKEN, "Bearer ñ", 401),
    ],
)  # fmt: skip
async def test_figures_and_details_need_the_token(
    token: str, given: str | None, status: int
) -> None:
    headers = [(b"Authorization", given.encode())] if given is not None else []
    async with _client(token) as client:
        answer = await client.get("/metrics", headers=headers)
        assert answer.status_code == status
        health = await client.get("/health", headers=headers)
        assert ("open_alerts" in health.json()) == (status == 200)
        assert health.json()["ok"] is True


async def test_what_happens_is_counted_and_speaks_of_nobody(
    store: Store, house: House, clock: HandClock
) -> None:
    metrics = Metrics()
    store.committed = metrics.committed
    world = await World(store, house, clock, heard=metrics.heard).staffed()
    await world.joined(name="Zebulon Pike")
    words = "i want to kill myself tonight"
    await metrics.timed(world.door.receive)(
        Inbound("telegram", "100", "danger", clock.now(), words)
    )
    clock.at += timedelta(minutes=2)
    line = Provider("telegram")
    sender = Sender(
        store, house, clock, line, lambda row, outcome: metrics.sent(row, outcome, clock.now())
    )
    store.read_now(lambda tx: metrics.stand(tx, clock.now()))
    text = metrics.text(ok=True).decode()
    assert _value(text, "messages_in_total", channel="telegram", risk="emergency") == 1
    assert _value(text, "turn_seconds_count", channel="telegram") == 1
    assert _value(text, "outbox_waiting", priority="crisis") >= 1
    assert _value(text, "outbox_oldest_seconds", priority="crisis") == 120
    assert _value(text, "outbox_waiting", priority="broadcast") == 0
    assert _value(text, "alerts_open", level="emergency") == 1
    assert _value(text, "alerts_untaken_oldest_seconds", level="emergency") == 120
    assert _value(text, "commit_seconds_count") > 5
    await sender.drain()
    metrics.ticks({"alerts": clock.now() - timedelta(seconds=65)}, clock.now(), clock.now())
    store.read_now(lambda tx: metrics.stand(tx, clock.now()))
    text = metrics.text(ok=False).decode()
    assert _value(text, "sends_total", channel="telegram", outcome="sent") >= 2
    assert _value(text, "alert_notice_seconds_sum") == 120
    assert _value(text, "job_lag_seconds", job="alerts") == 60
    assert _value(text, "job_lag_seconds", job="reminders") == 0
    assert _value(text, "healthy") == 0
    for private in ("Zebulon", "Pike", "Dana", "kill", "+1215", 'staff="', 'person="'):
        assert private not in text
