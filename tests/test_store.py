from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, insert, select

from storage import facts
from storage.models import fact
from storage.store import Store


async def test_what_is_written_is_read(store: Store) -> None:
    await store.write(lambda tx: facts.put_fact(tx, "a", "1"))
    await store.write(lambda tx: facts.put_fact(tx, "a", "2"))
    assert await store.read(lambda tx: facts.get_fact(tx, "a")) == "2"


async def test_one_that_fails_does_not_take_others_with_it(store: Store) -> None:
    def broken(tx: Connection) -> None:
        tx.execute(insert(fact).values(name="broken", value="x"))
        raise ValueError

    jobs = [store.write(lambda tx, i=i: facts.put_fact(tx, f"f{i}", "x")) for i in range(20)]  # type: ignore[misc]
    results = await asyncio.gather(*jobs, store.write(broken), return_exceptions=True)
    assert isinstance(results[-1], ValueError)
    names = await store.read(lambda tx: set(tx.execute(select(fact.c.name)).scalars()))
    assert names == {f"f{i}" for i in range(20)}


async def test_nothing_is_kept_of_a_failed_one(store: Store) -> None:
    def half(tx: Connection) -> None:
        facts.put_fact(tx, "half", "x")
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(half)
    assert await store.read(lambda tx: facts.get_fact(tx, "half")) is None
