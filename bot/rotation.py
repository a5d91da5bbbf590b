"""`companion keys rotate`: writes everything anew with the first key, while people write and read.

The person puts a new key first in `.env`. The running companion takes it over, everything older
is rewritten in small steps, and only when nothing needs an old key is it said that it may go.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot import control
from bot.config import ConfigError, House, Settings
from bot.database import open_store, open_to_read
from bot.keys import BEAT_SECONDS, REREAD, alive
from storage import facts, rotation
from storage.encryption import Keyring
from storage.store import Store

_ROUNDS = 8
_PATIENCE_SECONDS = 60.0
Say = Callable[[str], None]
Do = Callable[[str, dict[str, Any]], dict[str, Any]]


def _step(tx: Connection, house: House, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Rewrite the next rows of a table."""
    del house, now
    after, done = rotation.step(tx, given["table"], given["after"])
    return {"after": after, "done": done}


def _gather(tx: Connection, house: House, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Move what belongs to the next addresses."""
    del house, now
    return {"after": rotation.gather(tx, given["after"]), "done": 0}


COMMANDS = {"keys_step": _step, "keys_gather": _gather}
"""What the running server carries out, a small transaction each."""


def rotate(settings: Settings, house: House, keyring: Keyring, say: Say) -> bool:
    """Do all of it; returns whether the old keys can go. Raises ConfigError."""
    new, *old = keyring.names
    do = _through_the_server(settings)
    if do is not None:
        _take(do, new, say)
        _rewrite(do, settings, old, say)
        return _verdict(settings, old, say)
    store = open_store(settings)
    try:
        if not store.sqlite:
            _all_take(store, keyring, say)
            store.take_keys(keyring)
        _rewrite(_directly(store, house), settings, old, say)
    finally:
        store.close()
    return _verdict(settings, old, say)


def _through_the_server(settings: Settings) -> Do | None:
    """The running server's hands on SQLite, which has one writer; None: there is none."""
    if not settings.database_url.startswith("sqlite"):
        return None
    path = control.path_beside(settings.database_file)
    if not path.exists() or control.ask(path, "keys_gather", {"after": 2**62}) is None:
        return None

    return partial(control.insist, path)


def _directly(store: Store, house: House) -> Do:
    def do(what: str, given: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC)
        return store.write_now(lambda tx: COMMANDS[what](tx, house, given, now))

    return do


def _take(do: Do, new: str, say: Say) -> None:
    writing = do("keys_take", {})["writing"]
    if writing != new:
        message = (
            f"the running companion writes with key {writing}, not with {new}: does it read "
            "another .env? Put the new key first there"
        )
        raise ConfigError(message)
    say(f"The running companion writes with key {new} now.")


def _all_take(store: Store, keyring: Keyring, say: Say) -> None:
    """Ask every process to read its `.env`, and wait until each writes with the new key."""
    asked = datetime.now(UTC)
    store.write_now(lambda tx: facts.put_fact(tx, REREAD, asked.isoformat()))
    wanted = keyring.marks[keyring.names[0]]
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        now = datetime.now(UTC)
        running = store.read_now(lambda tx, now=now: alive(tx, now))  # type: ignore[misc]
        late = [process.where for process in running if process.writing != wanted]
        if not late:
            break
        if time.monotonic() > until:
            message = (
                f"still writing with an older key: {', '.join(sorted(late))} (host:process). "
                "Put the new key first in COMPANION_KEYS there too, then run this again"
            )
            raise ConfigError(message)
        time.sleep(BEAT_SECONDS / 5)
    if running:
        say(f"{_count(len(running), 'running companion')} took key {keyring.names[0]} over.")


def _rewrite(do: Do, settings: Settings, old: list[str], say: Say) -> None:
    """Rounds over every table, until nothing is left that can be: what was busy is met again."""
    for n in range(_ROUNDS):
        done = sum(_table(do, table.name, say) for table in rotation.tables())
        after: int | None = 0
        while after is not None:
            after = do("keys_gather", {"after": after})["after"]
        if done:
            continue
        if all(_runs_out(needed) for needed, _ in _needed(settings, old).values()):
            break
        # Somebody is in a turn now; they won't be for long.
        time.sleep(n)


def _table(do: Do, name: str, say: Say) -> int:
    after: int | None = 0
    done = 0
    while after is not None:
        reply = do("keys_step", {"table": name, "after": after})
        after, done = reply["after"], done + reply["done"]
    if done:
        say(f"  {name}: {_count(done, 'row')} written anew")
    return done


def _needed(
    settings: Settings, old: list[str]
) -> dict[str, tuple[dict[str, int], datetime | None]]:
    """What needs each of the old keys (how many values of each column), and until when."""
    store = open_to_read(settings)
    now = datetime.now(UTC)

    def look(tx: Connection) -> dict[str, tuple[dict[str, int], datetime | None]]:
        return {
            key: (rotation.needing(tx, key, now), rotation.expiring_until(tx, key, now))
            for key in old
        }

    try:
        return store.read_now(look)
    finally:
        store.close()


def _verdict(settings: Settings, old: list[str], say: Say) -> bool:
    """Say of each old key whether something still needs it."""
    free = True
    for key, (needed, until) in _needed(settings, old).items():
        if not needed:
            say(f"Nothing needs key {key} any more: take it out of COMPANION_KEYS, then")
            say("`systemctl reload companion` (or restart). Keep it as long as you keep")
            say("backups that were made with it.")
            continue
        free = False
        say(f"Key {key} is still needed, by:")
        for column, count in needed.items():
            say(f"  {column}: {count}")
        if _runs_out(needed) and until is not None:
            say("These are links and sign-ins that people hold. They run out by themselves;")
            say(f"the last one on {until:%d %b %Y %H:%M} UTC. Run this again after that.")
        else:
            say("Run this again; it goes on where it stopped.")
    return free


def _runs_out(needed: dict[str, int]) -> bool:
    return set(needed) <= set(rotation.EXPIRING)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
