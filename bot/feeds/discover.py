"""Finds the list behind a site: what the page says of it, then the usual addresses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from yarl import URL

from bot.feeds import FeedError, fetch, lists
from bot.feeds.fetch import Answer, Fetched, Site
from bot.feeds.problems import problem

_USUAL: Final = ("/wp-admin/admin-ajax.php?action=meetings", "/wp-json/tsml/meetings")
_MARK: Final = "12_step_meeting_list"
_TITLE: Final = "meetings feed"
_BMLT: Final = ("main_server", "client_interface", "bmlt")
_PAGE: Final = 5_000_000
_LINKS: Final = 5
"""Of a page that are followed: no site has more lists."""


@dataclass(frozen=True, slots=True)
class Found:
    """A list, its address, and its files as they are now."""

    url: str
    page: str | None
    """Where people look at it; None: not there."""
    how: str
    """By what it was found, in words."""
    fetched: Fetched


class _Head(HTMLParser):
    """What a page says of its meetings."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.embedded: list[str] = []
        self.marked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the links to lists."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and "alternate" in given.get("rel", "").lower().split():
            if given.get("type", "").lower() == "application/json" and given.get("href"):
                titled = given.get("title", "").strip().lower() == _TITLE
                self.links.insert(0 if titled else len(self.links), given["href"])
        elif tag == "meta" and given.get("name", "").lower() == _MARK:
            self.marked = True
        elif given.get("id") == "tsml-ui" and given.get("data-src"):
            self.embedded.append(given["data-src"])


async def discover(site: Site, url: str, name: str) -> Found:
    """The list behind an address; raises FeedError with what was tried."""
    url = _closed(url)
    if any(part in url for part in _BMLT):
        asked = url if fetch.BMLT in url else fetch.bmlt_asked(url, "GetSearchResults")
        return await _as_list(site, asked, None, "a BMLT server", name)
    answer = await site.get(url, "first.answer", largest=fetch.LARGEST)
    if not answer.is_page:
        file = answer.file.rename(answer.file.with_name(f"{name}.json"))
        come = Fetched((file,), answer.mark, unchanged=False)
        origin = str(URL(answer.url, encoded=True).origin())
        return Found(answer.url, origin, "the address itself", come)
    tried: list[FeedError] = []
    for candidate, how in _candidates(answer, _read(answer)):
        try:
            return await _as_list(site, candidate, answer.url, how, name)
        except FeedError as error:
            tried.append(error)
    marked = next((error for error in tried if error.code == "refused"), None)
    if marked is not None:
        raise marked
    raise problem(code="no_list")


def _closed(url: str) -> str:
    """An address as it is asked: what stands in a leaflet has no https before it."""
    where = address(url)
    return str(where if fetch.loopback(where) else where.with_scheme("https"))


def address(url: str) -> URL:
    """An address as somebody typed it; raises FeedError where it is none."""
    try:
        where = URL(url if "://" in url else f"https://{url}", encoded="%" in url)
        if where.host and where.port and where.scheme in {"http", "https"}:
            return where
    except ValueError:
        pass
    raise problem(code="bad_address")


def _read(answer: Answer) -> _Head:
    head = _Head()
    head.feed(answer.file.read_bytes()[:_PAGE].decode("utf-8", "replace"))
    return head


def _candidates(answer: Answer, head: _Head) -> Iterator[tuple[str, str]]:
    where = URL(answer.url, encoded=True)
    for link in _joined(where, head.links):
        yield link, "the page's own link to its list"
    for link in _joined(where, head.embedded):
        yield link, "the list that the page shows"
    said = "the plugin that the page runs" if head.marked else "a usual address"
    for path in _USUAL:
        yield str(where.origin()) + path, said
    yield fetch.bmlt_asked(f"{where.origin()}/main_server/", "GetSearchResults"), "a BMLT server"


def _joined(page: URL, links: list[str]) -> Iterator[str]:
    """The first few links of a page, whole; without those that lead to this very machine."""
    for link in list(dict.fromkeys(links))[:_LINKS]:
        with contextlib.suppress(ValueError):
            where = page.join(URL(link, encoded="%" in link))
            if fetch.loopback(page) or not fetch.loopback(where):
                yield str(where)


async def _as_list(site: Site, url: str, page: str | None, how: str, name: str) -> Found:
    come = await fetch.fetched(site, url, name)
    found = lists.read(come.files)
    if found.refused:
        raise found.refused[0].error
    if not found.lists[0].count:
        raise problem(code="empty")
    return Found(url, page, how, come)
