"""`companion meetings`: lists of support meetings, found, fetched, loaded, looked at, removed."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import meeting_find
from bot.config import read_settings
from bot.errand import fail
from bot.meeting_options import AsJson, Fellowship, Zone, checked

if TYPE_CHECKING:
    from bot.feeds.hands import Hands
    from bot.feeds.keep import Told
    from bot.feeds.lists import List
    from bot.feeds.sync import Taken

meetings_app = typer.Typer(help="Lists of support meetings.", no_args_is_help=True)
meeting_find.register(meetings_app)
_log = logging.getLogger("companion.feeds")
_BEHIND = 10
"""How much everything else on the machine goes before the fetching that a job started."""
_PAGE = 500
_FIRST = 2000
"""The year before which nobody published a list."""


@meetings_app.command("load")
def load(
    files: Annotated[list[Path], typer.Argument(help="Saved lists; BMLT formats beside theirs.")],
    source: Annotated[str | None, typer.Option(help="What we call it, if not as the file.")] = None,
    fellowship: Fellowship = None,
    zone: Zone = None,
    page: Annotated[str | None, typer.Option(help="Where people can look at it.")] = None,
    phone: Annotated[str | None, typer.Option(help="The helpline of who keeps it.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Of which day it is, 2026-10-01.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Load lists from files, each under its own name: a newer copy takes the place of the older.

    A file that is no list is said to be none, and the others are loaded; then the exit code is 1.
    """
    from bot.feeds import lists
    from bot.feeds.hands import opened
    from bot.feeds.sync import Taken

    given = checked(fellowship, zone, page=page, phone=phone)
    now = _day(as_of)
    found = lists.read(files)
    if source is not None and len(found.lists) > 1:
        fail("--source names one list, and these are several", 2)
    done = [Taken(each.name, "", refused=each.error) for each in found.refused]
    if found.lists:
        with opened(read_settings()) as hands:
            done += [
                _loaded(hands, each, _named(source or each.name), given, now)
                for each in found.lists
            ]
    _tell_whose(done)
    _tell(done, as_json=as_json)


@meetings_app.command("sync")
def sync(
    name: Annotated[str | None, typer.Argument(help="One list; else all.")] = None,
    due: Annotated[bool, typer.Option("--due", help="What is due, behind all else.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Fetch lists from their addresses now; what can't be taken leaves the copy there is."""
    from bot import log
    from bot.feeds import sync as syncing
    from bot.feeds.hands import opened
    from storage import feeds

    if due:
        os.nice(_BEHIND)
        log.configure()
    with opened(read_settings()) as hands:
        if due:
            for taken in syncing.fetch_due(hands, lambda: datetime.now(UTC)):
                _noted(taken)
            return
        rows = hands.read(feeds.everything)
        wanted = [row for row in rows if row.url and name in {None, row.name}]
        if not wanted:
            fail("there is no list of that name with an address; `companion meetings list`")
        done = []
        for row in wanted:
            with _bar(row.name, row.rows) as told:
                done.append(syncing.fetch_one(hands, row.name, datetime.now(UTC), told))
    _tell(done, as_json=as_json)


@meetings_app.command("report")
def report(as_json: AsJson = False) -> None:  # noqa: FBT002
    """What each list came to: what is stored, what was left out and why, what is wrong."""
    from bot.meeting_report import standings

    with _reading() as hands:
        found = hands.read(standings)
    if as_json:
        typer.echo(json.dumps([each.as_json() for each in found], indent=1))
        return
    for each in found:
        typer.echo("\n".join(each.lines()))
    if not found:
        typer.echo("There is no list yet. `companion meetings add URL`, or `load FILE`.")


@meetings_app.command("list")
def list_() -> None:
    """The lists there are."""
    from bot.meeting_report import standings

    with _reading() as hands:
        found = hands.read(standings)
    for each in found:
        stored = f"{sum(each.stored.values()):,}"
        typer.echo(
            f"{each.name:<32}{each.fellowship or '-':<10}{stored:>8}  {each.as_of or '-':<12}"
            f"{each.url or 'from files'}"
        )


@meetings_app.command("remove")
def remove(name: str) -> None:
    """Forget a list and all its meetings; who saved one of them is told."""
    from bot.feeds.hands import opened
    from storage import feeds

    with opened(read_settings()) as hands:
        row = hands.read(lambda tx: feeds.by_name(tx, name))
        if row is None:
            fail("there is no list of that name; `companion meetings list` shows them")
        gone = 0
        while some := hands.read(lambda tx: feeds.page(tx, row.id, "", _PAGE)):
            hands.do("meetings_drop", {"list": row.id, "ids": [each.id for each in some]})
            gone += len(some)
        hands.do("meetings_forget", {"list": row.id})
    typer.echo(f"{name} and its {gone:,} meetings are gone.")


@meetings_app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="A site with meetings, or the list itself.")],
    name: Annotated[str | None, typer.Option(help="What we call it, if not as the site.")] = None,
    fellowship: Fellowship = None,
    zone: Zone = None,
    phone: Annotated[str | None, typer.Option(help="The helpline of who keeps it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,  # noqa: FBT002
) -> None:
    """Find the list behind a site, say how good it is, and fetch it daily from now on."""
    from bot.feeds import FeedError
    from bot.meeting_add import Asked, add_found

    given = checked(fellowship, zone, phone=phone)
    name = None if name is None else _named(name)
    with tempfile.TemporaryDirectory(prefix="lists") as folder:
        try:
            taken = add_found(Path(folder), Asked(url, name, given, ask=not yes), _bar)
        except FeedError as error:
            fail(f"{error} ({url})")
    if taken is not None:
        _tell([taken], as_json=False)


def _loaded(hands: Hands, found: List, name: str, given: dict[str, Any], now: datetime) -> Taken:
    from bot.feeds import FeedError
    from bot.feeds.sync import Taken, bring

    with _bar(name, found.count) as told:
        try:
            return bring(hands, found, name, now, given=given, fresh={}, by_hand=True, told=told)
        except FeedError as error:
            return Taken(name, found.kind, refused=error)


@contextlib.contextmanager
def _reading() -> Iterator[Hands]:
    from bot.database import open_to_read
    from bot.feeds.hands import Hands

    store = open_to_read(read_settings())

    def nothing(what: str, given: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError(what, given)

    try:
        yield Hands(store.read_now, nothing)
    finally:
        store.close()


@contextlib.contextmanager
def _bar(name: str, rows: int) -> Iterator[Told]:
    """How far it is with about so many rows, on a terminal; nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda _rows: None
        return
    # Each is read, and at most each is written.
    with typer.progressbar(length=max(2 * rows, 1), label=name, file=sys.stderr) as bar:
        yield bar.update
        bar.update(max(bar.length or 0, bar.pos) - bar.pos)


def _named(name: str) -> str:
    name = " ".join(name.split())[:80]
    if not name or "/" in name:
        fail("the name of a list is a word or two without /", 2)
    return name


def _day(text: str | None) -> datetime:
    now = datetime.now(UTC)
    if text is None:
        return now
    try:
        day = date.fromisoformat(text)
    except ValueError:
        fail("--as-of is a day like 2026-10-01", 2)
    if day.year < _FIRST:
        fail("--as-of is a day like 2026-10-01", 2)
    # At noon: it is that day wherever it is told.
    return min(datetime.combine(day, time(12), UTC), now)


def _tell(done: list[Taken], *, as_json: bool) -> None:
    from bot.meeting_report import taken_json, taken_line

    if as_json:
        typer.echo(json.dumps([taken_json(each) for each in done], indent=1))
    for each in done:
        if each.refused is not None:
            typer.echo(f"companion: {taken_line(each)}", err=True)
        elif not as_json:
            typer.echo(taken_line(each))
    if any(each.refused is not None for each in done):
        raise typer.Exit(1)


def _tell_whose(done: list[Taken]) -> None:
    for each in done:
        if each.tally is not None and each.tally.fellowships == {None}:
            said = "nobody said whose it is (--fellowship): its codes are not read"
            typer.echo(f"{each.name}: {said}", err=True)


def _noted(taken: Taken) -> None:
    if taken.refused is not None:
        _log.warning("list_not_taken", extra={"code": taken.refused.code, "kind": taken.kind})
    elif taken.tally is not None:
        _log.info("list_taken", extra={"count": taken.tally.meetings, "kind": taken.kind})
