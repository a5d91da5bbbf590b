"""The random selection: fair, within its limits, and recomputed from what is published."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.screens import paper
from bot.screens.draw import Member, Pool, PoolError, below, commitment, drawn, numbers

FIRST = date(2026, 12, 1)
SEED = bytes(range(32))
CHI_SQUARE_19 = 43.8
"""What chance exceeds once in a thousand, of 20 days."""


def days(count: int) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(days=n) for n in range(count))


@st.composite
def pools(pick: st.DrawFn) -> Pool:
    count = pick(st.integers(1, 23))
    limits = st.tuples(st.integers(0, count), st.integers(0, count)).map(sorted)
    who = pick(st.dictionaries(st.text("abcdef0123", min_size=1, max_size=8), limits, min_size=1))
    members = (Member(name, least, most) for name, (least, most) in sorted(who.items()))
    return Pool("2026-12", days(count), tuple(members))


@settings(max_examples=40, deadline=None)
@given(pools(), st.binary(min_size=32, max_size=32))
def test_everybody_is_drawn_for_at_least_and_at_most_so_many_days(pool: Pool, seed: bytes) -> None:
    found = drawn(seed, pool)
    assert found == drawn(seed, pool)
    for member in pool.members:
        those = found[member.who]
        assert member.least <= len(those) <= member.most
        assert list(those) == sorted(set(those))
        assert set(those) <= set(pool.days)
    # Whoever else is in it changes nobody's days.
    alone = Pool(pool.name, pool.days, pool.members[:1])
    assert drawn(seed, alone) == {alone.members[0].who: found[alone.members[0].who]}


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in what was read from JSON."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, each in inside:
        here = (*at, key)
        found += paths(each, here) if isinstance(each, dict | list) and each else [here]
    return found


def changed(value: Any) -> Any:
    if isinstance(value, str):
        last = value[-1:]
        return value[:-1] + ("1" if last == "0" else "0")
    return value + 1 if isinstance(value, int) else ["2026-12-01"]


@settings(max_examples=30, deadline=None)
@given(pools(), st.binary(min_size=32, max_size=32), st.data())
def test_whatever_is_changed_is_noticed(pool: Pool, seed: bytes, data: st.DataObject) -> None:
    before = paper.published(pool, commitment(seed, pool))
    after = paper.revealed(before, seed)
    assert len(paper.verify(json.dumps(after), json.dumps(before))) == 3
    with pytest.raises(paper.PaperError, match="no seed yet"):
        paper.verify(json.dumps(before))
    forged = copy.deepcopy(after)
    *way, last = data.draw(st.sampled_from(paths(forged)))
    inside = forged
    for key in way:
        inside = inside[key]
    inside[last] = changed(inside[last])
    with pytest.raises(paper.PaperError):
        paper.verify(json.dumps(forged))
    # Another seed with a commitment of its own comes out, but is not what was published.
    other = hashlib.sha256(seed).digest()
    again = paper.revealed(paper.published(pool, commitment(other, pool)), other)
    assert len(paper.verify(json.dumps(again))) == 3
    with pytest.raises(paper.PaperError, match="published before"):
        paper.verify(json.dumps(again), json.dumps(before))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '"a"', "{}", '{"draw": "other"}', "[" * 20_000, "\ud800"]
)
def test_what_is_no_draw_is_refused_in_words(text: str) -> None:
    with pytest.raises(paper.PaperError):
        paper.verify(text)


@pytest.mark.parametrize(
    "broken",
    [
        {"days": "2026"}, {"days": [20261201]}, {"pool": {}}, {"pool": [{"who": "a"}]},
        {"pool": [{"who": "a", "least": True, "most": 1}]}, {"seed": "00"}, {"seed": None},
        {"pool": [{"who": "a", "least": 0, "most": 9}]}, {"name": 1.5}, {"pool": []},
        {"days": ["20261201"]},
    ],
)  # fmt: skip
def test_a_broken_draw_is_refused_in_words(broken: dict[str, Any]) -> None:
    pool = Pool("d", days(2), (Member("a", 1, 2),))
    after = paper.revealed(paper.published(pool, commitment(SEED, pool)), SEED)
    with pytest.raises(paper.PaperError):
        paper.verify(json.dumps({**after, **broken}))


def test_it_is_drawn_as_it_is_written_down() -> None:
    """Once more with nothing but what the description says."""
    pool = Pool("2026-12", days(10), (Member("k3", 2, 5),))
    written = (
        '{"days":["2026-12-01","2026-12-02","2026-12-03","2026-12-04","2026-12-05","2026-12-06",'
        '"2026-12-07","2026-12-08","2026-12-09","2026-12-10"],"name":"2026-12",'
        '"pool":[{"least":2,"most":5,"who":"k3"}]}'
    )
    assert commitment(SEED, pool) == hashlib.sha256(SEED + b"\n" + written.encode()).hexdigest()
    chance = [
        int.from_bytes(hmac.new(SEED, f"screens 1|k3|{i}".encode(), "sha256").digest()[:8], "big")
        for i in range(9)
    ]
    left = list(days(10))
    found = [left.pop(chance[n + 1] % len(left)) for n in range(2 + chance[0] % 4)]
    assert drawn(SEED, pool) == {"k3": tuple(sorted(found))}


def test_no_day_is_likelier_than_another() -> None:
    """1,500 people, 2 of 20 days each, by fixed seeds: within what chance allows."""
    members = tuple(Member(f"{n:04}", 1, 3) for n in range(1_500))
    found = drawn(SEED, Pool("fair", days(20), members))
    on = Counter(day for those in found.values() for day in those)
    expected = sum(on.values()) / 20
    assert sum((on[day] - expected) ** 2 / expected for day in days(20)) < CHI_SQUARE_19
    often = Counter(len(those) for those in found.values())
    assert all(abs(often[n] - 500) < 75 for n in (1, 2, 3))


def test_a_number_that_would_tilt_it_is_passed_over() -> None:
    top = (1 << 64) - 1
    assert below(3, iter([top, 7])) == 1
    assert below(1 << 63, iter([top])) == (1 << 63) - 1
    assert next(numbers(SEED, "a")) != next(numbers(SEED, "b"))


@pytest.mark.parametrize(
    ("those", "members"),
    [
        ((), (Member("a", 0, 0),)),
        (days(2), ()),
        (days(2)[::-1], (Member("a", 0, 1),)),
        (days(2), (Member("b", 0, 1), Member("a", 0, 1))),
        (days(2), (Member("a", 2, 1),)),
        (days(2), (Member("a", 0, 3),)),
    ],
)
def test_what_nobody_can_draw_from_is_refused(
    those: tuple[date, ...], members: tuple[Member, ...]
) -> None:
    with pytest.raises(PoolError):
        Pool("d", those, members)
