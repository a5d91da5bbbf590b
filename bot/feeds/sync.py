"""Brings lists up to date: from files by hand, from their addresses about once a day."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from bot.feeds import Defaults, FeedError, lists, pace, spellings
from bot.feeds.fetch import NEW, Fetched, Mark, Site, fetched
from bot.feeds.hands import Hands
from bot.feeds.keep import Before, Intake, Tally, Told
from bot.feeds.problems import problem
from storage import feeds

_log = logging.getLogger("companion.feeds")


@dataclass(frozen=True, slots=True)
class Taken:
    """How it went with a list. Without a tally it was not taken, or was the copy we have."""

    name: str
    kind: str
    fellowship: str | None = None
    tally: Tally | None = None
    refused: FeedError | None = None


def bring(
    hands: Hands,
    found: lists.List,
    name: str,
    now: datetime,
    *,
    given: Mapping[str, Any],
    fresh: Mapping[str, Any],
    by_hand: bool = False,
    told: Told = lambda _rows: None,
) -> Taken:
    """Bring a list into the store under a name; raises FeedError where it is not taken.

    `given` is what staff say of it, and stands from now on; `fresh` is what stands once it is in.
    """
    stood = hands.read(lambda tx: feeds.by_name(tx, name))
    meetings = hands.read(lambda tx: feeds.count(tx, stood.id)) if stood else 0
    before = Before(stood.id, stood.rows, meetings) if stood else Before()
    said: dict[str, Any] = {} if stood is None else dict(stood._mapping)  # noqa: SLF001
    said |= given
    defaults = Defaults(said.get("fellowship"), said.get("zone"))
    with closing(Intake(hands, before, told)) as intake:
        intake.read(found.rows(defaults), by_hand=by_hand, says_so=bool(found.section))
        settled = hands.do(
            "meetings_settle", {"name": name, "change": {**given, "kind": found.kind}}
        )
        number = settled["list"]
        intake.write(number)
        tally = intake.tally
    fellowship = defaults.fellowship or _only(tally.fellowships)
    change = {
        "fellowship": fellowship,
        "rows": tally.rows,
        "dropped": dict(tally.dropped),
        "reading": found.reading[:40],
        "good_at": now.isoformat(),
        "checked_at": now.isoformat(),
        "failures": 0,
        "problem": None,
        **fresh,
    }
    hands.do("meetings_change", {"list": number, "change": change, "changed": tally.touched})
    return Taken(name, found.kind, fellowship, tally)


def _only(fellowships: set[str | None]) -> str | None:
    """Whose list it is, where all of it is of one fellowship."""
    return next(iter(fellowships)) if len(fellowships) == 1 else None


def fetch_one(
    hands: Hands,
    name: str,
    now: datetime,
    told: Told = lambda _rows: None,
    site: Site | None = None,
) -> Taken:
    """Fetch a list and bring it in; what is not taken is written down, and the last copy kept."""
    row = hands.read(lambda tx: feeds.by_name(tx, name))
    if row is None or not row.url:
        return Taken(name, "", refused=problem("no_address"))
    try:
        with tempfile.TemporaryDirectory(prefix="lists") as folder:
            return _fetch(hands, row, now, told, site or Site(Path(folder)))
    except FeedError as error:
        refused = error
    except Exception:  # noqa: BLE001 - one list must not hold back the others
        _log.exception("list_failed")
        refused = problem(code="failed")
    failures = row.failures + 1
    change = {
        "problem": refused.code[:40],
        "failures": failures,
        "checked_at": now.isoformat(),
        "due_at": pace.after_failure(now, failures).isoformat(),
    }
    hands.do("meetings_change", {"list": row.id, "change": change, "changed": False})
    return Taken(name, row.kind, row.fellowship, refused=refused)


def _fetch(hands: Hands, row: Row[Any], now: datetime, told: Told, site: Site) -> Taken:
    # What another release read is read again, though the site has nothing new.
    ours = f"{lists.VERSION}-{spellings.edition()}-"
    known = row.reading is not None and row.reading.startswith(ours)
    mark = Mark(row.etag, row.last_modified) if known and row.good_at is not None else NEW
    come = asyncio.run(fetched(site, row.url, row.name, mark))
    if come.unchanged:
        change = {**_fresh(now, come), "good_at": now.isoformat(), "checked_at": now.isoformat()}
        change |= {"failures": 0, "problem": None}
        hands.do("meetings_change", {"list": row.id, "change": change, "changed": False})
        return Taken(row.name, row.kind, row.fellowship)
    return take_fetched(hands, come, row.name, now, given={}, told=told)


def take_fetched(
    hands: Hands,
    come: Fetched,
    name: str,
    now: datetime,
    *,
    given: Mapping[str, Any],
    told: Told = lambda _rows: None,
) -> Taken:
    """Bring in what was fetched; raises FeedError where it is not taken."""
    found = lists.read(come.files)
    if found.refused:
        raise found.refused[0].error
    return bring(hands, found.lists[0], name, now, given=given, fresh=_fresh(now, come), told=told)


def _fresh(now: datetime, come: Fetched) -> dict[str, Any]:
    fresh: dict[str, Any] = {
        "etag": come.mark.etag,
        "last_modified": come.mark.last_modified,
        "due_at": pace.after(now, pace.DAY).isoformat(),
    }
    if come.phone:
        fresh["phone"] = come.phone[:40]
    return fresh


def fetch_due(hands: Hands, now: Callable[[], datetime]) -> list[Taken]:
    """Fetch what is due, one after the other; each is taken by one process only."""
    due = hands.read(lambda tx: feeds.due(tx, now()))
    names = pace.claimed(hands, "meetings_claim", due, now)
    return [fetch_one(hands, name, now()) for name in names]
