"""Ten thousand check-ins due in one minute, decided, encrypted and queued."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from storage.models import reminder
from tests.bench.house import enrol
from tests.bench.processes import OURS, PEERS, run
from tests.bench.report import Line, at_most, median, times
from tests.bench.scene import Scene
from tests.crowd import noon

SIZE = 10_000
_SECONDS = 2.0
_LATE = 50.0
_TIMES = 50.0
_PEER = Path(__file__).parent / "peers" / "scheduler_wave.py"


async def measure(scene: Scene) -> list[Line]:
    """Ours every round; the peer, which takes a minute, once."""
    lines = []
    for kind in ("sqlite", "postgresql"):
        size = 1_000 if scene.quick else SIZE
        scene.say(f"wave on {kind}: APScheduler with {size:,} stored jobs")
        url = scene.databases.house(kind).database_url
        with_driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
        theirs = json.loads(await run([PEERS, _PEER, with_driver, str(size)], scene.folder))
        ours = []
        for round_ in range(1 if scene.quick else scene.rounds):
            scene.say(f"wave on {kind}, round {round_ + 1}: ours")
            ours.append(await _ours(scene, kind))
        took = median(one["seconds"] for one in ours)
        late = max(one["late"] for one in ours)
        missed = sum(one["missed"] for one in ours)
        lines += [
            Line(
                f"reminders of a wave, {kind}", "/s", SIZE / took,
                theirs["size"] / theirs["seconds"], "APScheduler, stored jobs", aim=times(_TIMES),
                note=f"its loop stood still for {theirs['late'] / 1000:.1f} s",
            ),
            Line(f"  until {SIZE:,} are queued, {kind}", "s", took, aim=at_most(_SECONDS, "s")),
            Line(f"  event loop late at most, {kind}", "ms", late, aim=at_most(_LATE, "ms")),
            Line(f"  missed, {kind}", "", missed, aim=at_most(0.5, "(none)")),
        ]  # fmt: skip
    return lines


async def _ours(scene: Scene, kind: str) -> dict[str, float]:
    house = scene.databases.house(kind)
    store = house.open()
    store.write_now(_enrol)
    store.close()
    env = house.environment(scene.service.origin, 0)
    found: dict[str, float] = json.loads(
        await run([OURS, "-m", "tests.bench.wave_ours"], house.folder, env)
    )
    return found


def _enrol(tx: Connection) -> None:
    """Who is asked at noon where it is noon now; the hour itself is still to come."""
    hour = datetime.now(UTC).strftime("12:%M")
    rows: list[dict[str, Any]] = [
        {"person_id": number, "kind": "checkin", "due_at": datetime.now(UTC) + timedelta(days=1)}
        for number in enrol(tx, SIZE, zone=noon(), checkin_at=hour)
    ]
    tx.execute(insert(reminder), rows)
