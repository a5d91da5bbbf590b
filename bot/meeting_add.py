"""`companion meetings add`: from a site's address to a list that is fetched by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from yarl import URL

from bot.config import read_settings
from bot.errand import fail
from bot.feeds import Defaults, lists
from bot.feeds.discover import address, discover
from bot.feeds.fetch import Site
from bot.feeds.hands import opened
from bot.feeds.keep import Told
from bot.feeds.quality import quality
from bot.feeds.sync import Taken, take_fetched
from handlers.meetings import FELLOWSHIPS
from storage import feeds


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said on the command line."""

    url: str
    name: str | None
    given: dict[str, Any]
    ask: bool


def add_found(
    folder: Path, asked: Asked, bar: Callable[[str, int], AbstractContextManager[Told]]
) -> Taken | None:
    """Find, tell, ask, bring in; None where it was not wanted. Raises FeedError."""
    name = asked.name or name_of(asked.url)
    found = asyncio.run(discover(Site(folder), asked.url, name))
    read = lists.read(found.fetched.files)
    if read.refused:
        raise read.refused[0].error
    (one,) = read.lists
    typer.echo(f"Found by {found.how}: {_shown(found.url)}")
    given = asked.given | _whose(one.kind, asked)
    good = quality(one.rows(Defaults(given.get("fellowship"), given.get("zone"))))
    typer.echo("\n".join(good.lines()))
    if asked.ask and not typer.confirm(f'Add it as "{name}"?', default=True):
        return None
    given = {"url": found.url, **({"page": found.page} if found.page else {}), **given}
    with opened(read_settings()) as hands:
        stood = hands.read(lambda tx: feeds.by_name(tx, name))
        if stood is not None and stood.url not in {None, found.url}:
            fail(f"{name} is another list already; give this one a --name", 2)
        with bar(name, good.rows) as told:
            return take_fetched(
                hands, found.fetched, name, datetime.now(UTC), given=given, told=told
            )


def name_of(url: str) -> str:
    """A list's name after its site: the host, without what all of them begin with.

    Raises FeedError where it is no address.
    """
    host = address(url).host or url
    return host.removeprefix("www.")[:80]


def _whose(kind: str, asked: Asked) -> dict[str, Any]:
    """Whose list it is, where neither its shape nor the command line says so."""
    if kind != "meeting_guide" or "fellowship" in asked.given:
        return {}
    if not asked.ask:
        typer.echo("Nobody said whose list it is (--fellowship): its codes are not read.", err=True)
        return {}
    while True:
        said = typer.prompt("Whose meetings are these (aa, al-anon, cma…)", default="aa")
        if said.strip().lower() in FELLOWSHIPS:
            return {"fellowship": said.strip().lower()}
        typer.echo(f"One of {', '.join(FELLOWSHIPS)}.")


def _shown(url: str) -> str:
    """Without a key that may stand in its query."""
    return str(URL(url, encoded=True).with_query(None))
