"""What is counted of alerts, what is hidden of it, and what a rule would have done."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update
from typer.testing import CliRunner

from bot import alert_report, alerts, simulate
from bot.__main__ import app
from bot.alert_commands import report_lines, simulated_lines
from bot.alert_report import Figures, Report, Waited
from bot.check.budget import budget
from bot.check.report import Report as Checked
from bot.config import House, Settings
from content.questionnaires import questionnaires
from handlers.risk import Level
from storage import checkins, checkups, people
from storage.encryption import Keyring
from storage.models import checkup, person
from storage.store import Store
from tests.conftest import START, HandClock, clinic
from tests.world import COUNSELOR, SUPERVISOR, World

TODAY = START.date()


async def peopled(store: Store, house: House, clock: HandClock, count: int) -> World:
    world = await World(store, house, clock).staffed()
    row = {
        "counselor_id": 1, "language": "en", "zone": "America/New_York", "status": "active",
        "plain": False, "agreed": True, "card": {}, "checkin_at": "18:00",
        "created_at": START - timedelta(days=60),
    }  # fmt: skip

    def add(tx: Connection) -> None:
        for number in range(count):
            tx.execute(insert(person).values(name=f"Pat {number}", **row))

    await store.write(add)
    return world


async def opened(world: World, level: Level, reason: str, person_id: int) -> int:
    def work(tx: Connection) -> int:
        who = people.locked(tx, person_id)
        return alerts.raise_alert(tx, world.house, who, level, reason, world.clock.now())

    return await world.store.write(work)


async def test_the_report_counts_what_happened(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await peopled(store, house, clock, 4)
    for number, (level, reason) in enumerate(
        [(Level.EMERGENCY, "panic"), (Level.URGENT, "panic"), (Level.CONCERN, "craving")], 1
    ):
        await opened(world, level, reason, number)
    clock.at += timedelta(minutes=4)
    await world.say("SEEN 1", address="900")
    await world.say("CLOSE 1 reached", address="900")
    clock.at += timedelta(minutes=26)
    await world.say("CLOSE 2 false alarm", address="900")

    found = await store.read(lambda tx: alert_report.read(tx, house.clinic, clock.at, 30))
    assert found.all == Figures(3, 1, 1, 1, Waited(4.0, 30.0))
    assert found.levels["emergency"] == Figures(1, 1, 0, 0, Waited(4.0, 4.0))
    assert found.levels["urgent"] == Figures(1, 0, 1, 1, Waited(30.0, 30.0))
    assert found.levels["concern"] == Figures(1, 0, 0, 0, Waited())
    assert {name: line.count for name, line in found.reasons.items()} == {"panic": 2, "craving": 1}
    assert found.outcomes == {"reached": 1, "false_alarm": 1, "still_open": 1}
    assert any("sent the panic word" in line for line in report_lines(found))
    later = clock.at + timedelta(days=31)
    none = await store.read(lambda tx: alert_report.read(tx, house.clinic, later, 30))
    assert report_lines(none) == ["No alert in the last 30 days."]


def line(count: int, action: int = 0) -> Figures:
    return Figures(count, action, 0, 0, Waited(5, 9))


def test_what_leaves_the_house_gives_away_no_small_count() -> None:
    nothing = Figures(None, None, None, None, Waited())
    made = Report(
        30, line(40, 20), {"emergency": line(3), "urgent": line(12), "concern": line(25, 20)},
        {"panic": line(15), "craving": line(25)}, {"reached": 29, "other": 11},
    )  # fmt: skip
    found = alert_report.hidden(made)
    assert found.all.count == 40
    # Three alone would be 40 - 12 - 25: the next is hidden too, until together they are many.
    assert found.levels == {
        "emergency": nothing, "urgent": nothing, "concern": Figures(25, None, 0, 0, Waited(5, 9)),
    }  # fmt: skip
    assert found.reasons["panic"].count == 15
    assert found.outcomes == {"reached": 29, "other": 11}


# Rules


def answered(tx: Connection, who: int, day: date, **answers: Any) -> None:
    given = {"mood": 6, "craving": 2, "slept": "ok", "used": "no", **answers}
    checkins.put(tx, who, day, given, START - (TODAY - day) + timedelta(hours=9))


@pytest.mark.parametrize("text", ["craving", "craving=11", "low_mood=0", "mood=3", "craving=-1"])
def test_what_is_no_rule_is_said_so(text: str) -> None:
    with pytest.raises(simulate.RuleError, match="no rule that can be tried"):
        simulate.parse(text)


async def test_a_rule_is_tried_on_what_was(store: Store, house: House, clock: HandClock) -> None:
    world = await peopled(store, house, clock, 2)

    hard: dict[int, dict[str, Any]] = {
        10: {"craving": 8},
        8: {"used": "yes"},
        7: {"craving": 9, "mood": 2},
        6: {"mood": 1},
        1: {"craving": 7},
    }

    def lived(tx: Connection) -> None:
        for back in range(1, 15):
            day = TODAY - timedelta(days=back)
            answered(tx, 2, day)
            if back in (4, 5):
                continue
            answered(tx, 1, day, **hard.get(back, {}))

    await store.write(lived)
    clock.at = START - timedelta(days=5)
    await opened(world, Level.URGENT, "panic", 1)
    clock.at = START
    rules = [simulate.parse(each) for each in ("craving=7", "low_mood=2", "silence=2", "use=1")]
    craving, low, silent, used = await store.read(
        lambda tx: simulate.simulate(tx, house.clinic, rules, 14, START)
    )
    assert (craving.fired, craving.people, craving.busiest) == (3, 1, 1)
    assert craving.a_counselor_a_day == pytest.approx(3 / 14)
    # Ten days ago came a lapse after it; seven days ago silence and an alert; yesterday is young.
    assert craving.afterwards == simulate.Afterwards(2, danger=1, lapse=1, missed=1)
    assert craving.otherwise.days == 11 + 11 - 4
    assert (low.fired, silent.fired, used.fired) == (1, 1, 1)
    said = simulated_lines([craving], clinic().budget, 14)
    assert said[2].startswith("craving=7: would have fired 3 times, for 1 person; 0.2 a counselor")
    assert "an urgent" not in said[3]
    assert "danger 1 (50%), use 1 (50%), a missed check-in 1 (50%)" in said[3]
    world.clock.at = START


def a_checkup(tx: Connection, who: int, name: str, back: int, *points: int | None) -> None:
    """Each item in its order, so many days ago."""
    asked = questionnaires()[name]
    answers = dict(zip([item.key for item in asked.items if not item.only_if], points, strict=True))
    at = START - timedelta(days=back)
    checkups.keep(tx, who, name, asked.version, answers, {}, at)


async def test_the_rules_of_check_ups_are_tried_as_they_are_scored(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await peopled(store, house, clock, 2)
    # In the order of its items: health, sleep, distress, drink, drugs, urges, confidence…
    risks = {20: (4, 4, 4, 0), 12: (4, 4, 4, 1), 8: (4, 4, 1, 0), 5: (4, 4, 4, 0), 1: (4, 4, 4, 0)}

    def lived(tx: Connection) -> None:
        for back, (health, nights, upset, drink) in risks.items():
            rest = (0, 1, 4, 4, 0, 4, 4, 4, 1, 4, 4)
            a_checkup(tx, 1, "bam_iop", back, health, nights, upset, drink, *rest)
        a_checkup(tx, 2, "phq9", 6, *[1] * 8, 1)
        a_checkup(tx, 2, "phq9", 4, *[1] * 8, None)
        tx.execute(update(checkup).where(checkup.c.person_id == 2).values(version="older"))
        a_checkup(tx, 2, "phq9", 3, *[0] * 8, 2)

    await store.write(lived)
    typed = ("bam_risk=12", "bam_risk=15", "bam_use=1", "bam_protective=12", "phq_item9=1")
    risk, high, use, support, nine = await store.read(
        lambda tx: simulate.simulate(
            tx, house.clinic, [simulate.parse(each) for each in typed], 14, START
        )
    )
    # It held before the fortnight and is news when it begins again; the last is too young to tell.
    assert (risk.fired, risk.people, high.fired) == (1, 1, 0)
    assert risk.afterwards.days == 1
    assert risk.otherwise.days == 2
    assert (use.fired, support.fired, nine.fired) == (1, 0, 1)
    assert (nine.people, nine.afterwards.days) == (1, 0)
    assert world.alerts() == []


def test_a_clinic_has_the_rules_of_what_it_asks_and_of_what_that_leads_to() -> None:
    names = [rule.name for rule in simulate.in_force(clinic(checkups={"phq2": 2}))]
    assert {"phq_item9", "phq_high"} < set(names)
    assert not {"bam_use", "gad_high", "cssrs_high"} & set(names)
    assert simulate.parse("bam_protective=0").limit == 0
    for text in ("bam_risk=25", "bam_risk=0", "phq_item9=4", "cssrs_high=3", "cssrs_unanswered=1"):
        with pytest.raises(simulate.RuleError, match="bam_risk=1 to 24"):
            simulate.parse(text)


async def test_a_rule_over_the_budget_needs_a_supervisors_name(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await peopled(store, house, clock, 3)

    def lived(tx: Connection) -> None:
        for back in range(1, 15):
            for who in (1, 2, 3):
                answered(tx, who, TODAY - timedelta(days=back), craving=9)

    await store.write(lived)

    def looked(**more: Any) -> str:
        made = Checked()
        rules = clinic(budget={"alerts_a_day": 2, **more})
        store.read_now(partial(_look, made, rules))
        return " ".join(made.text().split())

    def _look(made: Checked, rules: Any, tx: Connection) -> None:
        budget(made, tx, rules, START)

    said = looked()
    assert "The rule craving=7 takes the alerts over the 2 a counselor and day" in said
    assert "3.0 of its own" in said
    by = {"on": "2026-11-01"}
    assert "Nothing is wrong" in looked(signed={"craving": {"by": SUPERVISOR, **by}})
    assert "is no supervisor here" in looked(signed={"craving": {"by": COUNSELOR, **by}})
    assert "Nothing is wrong" in looked(alerts_a_day=4)
    assert world.alerts() == []


async def test_the_commands_read_beside_the_running_server(
    database_url: str,
    house: House,
    clock: HandClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = Keyring.make()
    store = Store(database_url, Keyring.parse(key))
    world = await peopled(store, house, clock, 1)
    await opened(world, Level.URGENT, "panic", 1)
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    example = Path(__file__).parent.parent / "clinic.example.toml"
    (tmp_path / "clinic.toml").write_text(example.read_text("utf-8"))
    monkeypatch.setenv("COMPANION_KEYS", key)
    monkeypatch.setenv("DATABASE_URL", database_url)
    run = partial(CliRunner().invoke, app)
    shown = run(["alerts", "report", "--days", "730"])
    assert shown.exit_code == 0, shown.output
    assert "1       0      0" in shown.output
    told = json.loads(run(["alerts", "report", "--days", "730", "--json"]).output)
    assert told["hidden"] is True
    assert told["all"]["count"] is None
    tried = run(["alerts", "simulate", "--rule", "craving=7", "--days", "14"])
    assert tried.exit_code == 0, tried.output
    assert "craving=7: would have fired 0 times" in tried.output
    every = run(["alerts", "simulate"]).output
    assert "bam_protective=12: would have fired 0 times" in every
    assert "cssrs" not in every
    assert run(["alerts", "simulate", "--rule", "sadness=7"]).exit_code == 2
    store.close()
