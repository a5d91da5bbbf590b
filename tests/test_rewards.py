"""The ledger of rewards: every event once, mended where it was marked otherwise, never too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Connection, insert

from bot.config import House
from bot.programme_rules import Bowl, RewardRules
from bot.rewards import bowl, ledger
from bot.rewards.book import Book, Event, Line
from bot.rewards.ledger import RewardError
from storage import people, rewards, seats
from storage.models import screen, staff
from storage.store import Store
from tests.conftest import START, HandClock, clinic
from tests.sessions_held import held, series, sits, somebody

SINCE = date(2026, 11, 2)
SIGNED = {"by": "Dr. Ann Lee", "on": "2026-11-20"}
COUNTS: dict[str, int] = Bowl().model_dump()
CHI_SQUARE_3 = 16.3
"""What chance exceeds once in a thousand, of four kinds of slips."""


def house_with(bowl: bool = False, **rules: Any) -> House:  # noqa: FBT001, FBT002 - read as a name
    given: dict[str, Any] = {"enabled": True, "since": SINCE, **rules}
    if bowl:
        given["bowl"] = {}
    return House(clinic(rewards=given, signed={"bowl": SIGNED}), "https://companion.example")


def test_the_bowl_waits_for_a_signature() -> None:
    with pytest.raises(ValidationError, match="needs a signature"):
        clinic(rewards={"bowl": {}})
    with pytest.raises(ValidationError, match="since which day"):
        clinic(rewards={"enabled": True})
    with pytest.raises(ValidationError, match="fewer than slips"):
        clinic(rewards={"bowl": {"slips": 200}}, signed={"bowl": SIGNED})
    assert not clinic().rewards.enabled


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([True, True, True, True], [1, 2, 3, 4]),
        ([True] * 6 + [False, True], [1, 2, 3, 4, 4, 4, 4, 2]),
        ([False, False, True], [1, 1, 1]),
        ([True, True, None, True], [1, 2, 3, 3]),
    ],
)
def test_draws_rise_in_a_row_and_a_miss_halves_them(
    events: list[bool | None], expected: list[int]
) -> None:
    assert bowl.runs(events, 4) == expected


def test_the_bowl_is_fair_and_replays() -> None:
    slips = bowl.drawn(bytes(32), COUNTS, 4_000)
    found = Counter(slips)
    wins = {kind: COUNTS[kind] for kind in bowl.WINS}
    shares = {bowl.GOOD_JOB: 500 - sum(wins.values()), **wins}
    expected = {kind: count * 8 for kind, count in shares.items()}
    off = sum((found[kind] - expected[kind]) ** 2 / expected[kind] for kind in shares)
    assert off < CHI_SQUARE_3
    assert shares[bowl.GOOD_JOB] == 250
    assert slips == bowl.drawn(bytes(32), COUNTS, 4_000) != bowl.drawn(b"1" * 32, COUNTS, 4_000)
    detail = bowl.written(bytes(32), Bowl(), 9)
    detail["worth"] = bowl.worth(COUNTS, detail["slips"])
    assert bowl.replays(detail)
    assert not bowl.replays({**detail, "worth": detail["worth"] + 1})
    assert not bowl.replays({**detail, "seed": "00" * 31 + "01"})


class Case:
    """One person, eight sessions over New Year, and screens; marks come and go."""

    def __init__(self, tx: Connection, house: House, own: dict[str, Any] | None = None) -> None:
        self.tx = tx
        self.house = house
        (self.person,) = somebody(tx, START, "Sam Doe")
        people.change(tx, self.person, own=own or {})
        group = series(tx, START)
        first = datetime(2026, 12, 8, 23, tzinfo=UTC)
        times = [first + timedelta(days=7 * n) for n in range(8)]
        self.seats = [sits(tx, held(tx, group, at), self.person, START) for at in times]
        self.now = times[-1] + timedelta(days=1)

    def mark(self, which: int, mark: str | None, minutes: int = 180) -> None:
        counted = minutes if mark in ("present", "late", "left_early") else None
        given = {"mark": mark, "minutes": counted}
        seats.change(self.tx, self.seats[which], self.now, "marked", None, **given)

    def screened(self, day: date, came: str | None, state: str = "done") -> None:
        at = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
        row = {"person_id": self.person, "day": day, "from_at": at, "state": state}
        entered = {"until_at": at + timedelta(hours=7), "result": {"came": came}, "entered_at": at}
        self.tx.execute(insert(screen).values(**row, **entered))

    def settle(self) -> int:
        return ledger.settle(self.tx, self.house, self.person, self.now)

    def rows(self) -> list[Any]:
        return rewards.of(self.tx, self.person)

    def cents(self) -> int:
        return rewards.balance(self.tx, self.person)


@pytest.fixture
def tx(store: Store) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with store.engine.connect() as connection, connection.begin() as undone:
        yield connection
        undone.rollback()


def test_what_was_marked_and_entered_earns_once(tx: Connection) -> None:
    case = Case(tx, house_with())
    for which, mark in enumerate(("present", "late", "absent", "excused")):
        case.mark(which, mark)
    case.mark(4, "left_early", 89)
    case.mark(5, "left_early", 90)
    case.screened(date(2026, 12, 1), "negative")
    case.screened(date(2026, 12, 2), "positive")
    case.screened(date(2026, 12, 3), "unclear")
    case.screened(date(2026, 12, 4), None, "missed")
    case.screened(date(2026, 10, 30), "negative")
    assert case.settle() == 4
    assert case.cents() == 3 * 200 + 500
    assert case.settle() == 0
    case.mark(0, "absent")
    assert case.settle() == 1
    assert case.cents() == 2 * 200 + 500
    case.mark(0, "present")
    assert case.settle() == 1
    assert case.cents() == 3 * 200 + 500
    ours = [row for row in case.rows() if (row.source, row.source_id) == ("seat", case.seats[0])]
    assert [row.what for row in ours] == ["earned", "void", "earned:1"]


@pytest.mark.parametrize(
    ("own", "rule"),
    [({"gambling": False}, "bowl"), ({"gambling": True}, "voucher"), ({}, "voucher")],
)
def test_who_draws_was_asked_about_gambling_and_has_no_trouble(
    tx: Connection, own: dict[str, Any], rule: str
) -> None:
    case = Case(tx, house_with(bowl=True), own)
    for which in range(8):
        case.mark(which, "absent" if which == 4 else "present")
    assert case.settle() == 7
    assert {row.detail["rule"] for row in case.rows()} == {rule}
    if rule == "voucher":
        return
    assert [row.detail["draws"] for row in case.rows()] == [1, 2, 3, 4, 2, 3, 4]
    assert all(bowl.replays(row.detail) for row in case.rows())
    # Marked anew, nobody draws a second time.
    before = case.rows()[5].detail["slips"]
    for mark in ("absent", "present"):
        case.mark(6, mark)
        case.settle()
    assert case.rows()[-1].what == "earned:1"
    assert case.rows()[-1].detail["slips"] == before


@st.composite
def histories(pick: st.DrawFn) -> list[list[Event]]:
    """What was verified of eight events over New Year, look after look."""
    first = date(2026, 12, 8)
    good = st.sampled_from((True, True, None, False))
    looks = pick(st.lists(st.tuples(*([good] * 8)), min_size=1, max_size=6))
    return [
        [
            Event("seat" if n % 2 else "screen", n // 2, first + timedelta(days=7 * n), each)
            for n, each in enumerate(look)
        ]
        for look in looks
    ]


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 3_000), st.booleans())
def test_the_ledger_is_the_sum_of_what_stands_and_never_over_the_cap(
    looks: list[list[Event]],
    cap: int,
    with_bowl: bool,  # noqa: FBT001 - as hypothesis hands it over
) -> None:
    rules = house_with(bowl=with_bowl, yearly_cap_cents=cap).clinic.rewards
    lines: list[Line] = []
    for events in looks:
        lines += Book(rules, lines, lambda event: bytes([event.id]) * 32).follow(events)
        assert Book(rules, lines, None).follow(events) == []
        stands = Counter[tuple[str, int]]()
        sums = Counter[tuple[str, int]]()
        for line in lines:
            key = (line.source, line.source_id)
            stands[key] += 1 if line.what.startswith("earned") else -1
            sums[key] += line.cents
            assert stands[key] in (0, 1)
            assert stands[key] or not sums[key]
        assert {key for key in stands if stands[key]} == {
            (event.source, event.id) for event in events if event.good
        }
        assert len({(line.source, line.source_id, line.what) for line in lines}) == len(lines)
    years = Counter[str]()
    for line in lines:
        years[line.detail["day"][:4]] += line.cents
        assert 0 <= years[line.detail["day"][:4]] <= cap


def test_two_sign_for_a_payout_and_nothing_is_paid_twice(tx: Connection) -> None:
    case = Case(tx, house_with())
    case.mark(0, "present")
    case.mark(1, "present")
    case.settle()
    for cents in (0, -1, 401):
        with pytest.raises(RewardError):
            ledger.ask(tx, case.person, cents, 1, case.now)
    which = ledger.ask(tx, case.person, 300, 1, case.now)
    with pytest.raises(RewardError):
        ledger.ask(tx, case.person, 101, 1, case.now)
    row = rewards.payout_of(tx, which)
    assert row is not None
    with pytest.raises(RewardError, match="Somebody else"):
        ledger.sign(tx, row, 1, case.now)
    case.mark(1, "absent")
    case.settle()
    with pytest.raises(RewardError, match=r"2\.00 to pay out"):
        ledger.sign(tx, row, 2, case.now)
    case.mark(1, "late")
    case.settle()
    who = {"name": "Lee", "name_hash": "y", "role": "supervisor", "active": True}
    other = tx.execute(
        insert(staff).values(created_at=START, **who).returning(staff.c.id)
    ).scalar_one()
    ledger.sign(tx, row, other, case.now)
    with pytest.raises(RewardError, match="already"):
        ledger.sign(tx, row, other, case.now)
    assert case.cents() == 100


async def test_the_sweep_finds_whom_something_was_marked_of(store: Store, clock: HandClock) -> None:
    house = house_with()
    case = await store.write(lambda tx: Case(tx, house))

    def marked(tx: Connection) -> None:
        case.tx = tx
        case.mark(0, "present")

    await store.write(marked)
    assert await ledger.sweep(store, House(clinic(), ""), case.now) == 0
    assert await ledger.sweep(store, house, case.now) == 1
    assert await ledger.sweep(store, house, case.now) == 0
    assert await store.read(lambda tx: rewards.balance(tx, case.person)) == 200
    assert RewardRules().yearly_cap_cents == 59_900
    assert clock.at == START
