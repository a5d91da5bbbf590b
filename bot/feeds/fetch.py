"""Fetches a list into a file: conditional, bounded in size and time, never to an open address."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from bot.feeds import FeedError
from bot.feeds.problems import problem

AGENT: Final = "meeting-list-sync/1"
"""It says what is done and not by whom: a clinic's name would stand in the site's log."""
LARGEST: Final = 100_000_000
_PAGE: Final = 3_000_000
_HOPS: Final = 5
_PART: Final = 1 << 16
_MOVED: Final = (301, 302, 303, 307, 308)
_STATUS: Final = {401: "refused", 403: "refused", 404: "not_found", 410: "not_found"}
_PATIENCE: Final = aiohttp.ClientTimeout(total=600, connect=15, sock_read=60)


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a site knows which copy we have."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """As they are asked with."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


NEW: Final = Mark()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site said: its file, where it was at last, and of which copy it is."""

    file: Path
    url: str
    mark: Mark
    kind: str
    """The content type, in lower case."""
    unchanged: bool = False
    """It is the copy that we have, and there is no file."""

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, whatever it calls itself."""
        with self.file.open("rb") as opened:
            begins = opened.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")
        return begins.startswith(b"<")


@dataclass(slots=True)
class Site:
    """A client for lists; everything it is told raises FeedError where it does not work."""

    folder: Path
    patience: aiohttp.ClientTimeout = _PATIENCE
    _files: int = field(default=0, init=False)

    async def get(
        self, url: str, name: str = "", mark: Mark = NEW, largest: int = LARGEST
    ) -> Answer:
        """Fetch an address into a file of that name; raises FeedError."""
        self._files += 1
        file = self.folder / (name or f"{self._files}.answer")
        try:
            where = URL(url, encoded=True)
            async with aiohttp.ClientSession(
                timeout=self.patience, headers={"User-Agent": AGENT}, auto_decompress=True
            ) as session:
                for _ in range(_HOPS):
                    answer = await self._hop(session, where, file, mark, largest)
                    if isinstance(answer, Answer):
                        return answer
                    where = _followed(where, answer)
        except TimeoutError:
            raise problem(code="timeout") from None
        except aiohttp.ClientPayloadError:
            raise problem(code="truncated") from None
        except (aiohttp.ClientError, ValueError, OSError):
            # Which address it was stands in the store; a client's words may hold a key.
            raise problem(code="unreachable") from None
        raise problem(code="away")

    async def _hop(
        self, session: aiohttp.ClientSession, where: URL, file: Path, mark: Mark, largest: int
    ) -> Answer | str:
        _refuse_open(where)
        headers = mark.headers() | {"Accept": "application/json, text/html;q=0.5, */*;q=0.1"}
        async with session.get(where, headers=headers, allow_redirects=False) as response:
            if response.status in _MOVED:
                return response.headers.get("Location", "")
            kind = response.content_type.lower()
            if response.status == 304:  # noqa: PLR2004 - "not modified"
                return Answer(file, str(where), mark, kind, unchanged=True)
            if response.status != 200:  # noqa: PLR2004 - the only good one
                raise problem(_STATUS.get(response.status, "away"))
            size = 0
            with file.open("wb") as opened:
                async for part in response.content.iter_chunked(_PART):
                    size += len(part)
                    if size > largest:
                        raise problem(code="too_big")
                    opened.write(part)
            told = response.headers
            seen = Mark(_short(told.get("ETag"), 200), _short(told.get("Last-Modified"), 80))
            return Answer(file, str(where), seen, kind)


def _short(text: str | None, most: int) -> str | None:
    """A validator that does not fit is none: half of one would never be answered with 304."""
    return text if text and len(text) <= most else None


def _followed(where: URL, location: str) -> URL:
    if not location:
        raise problem(code="away")
    target = where.join(URL(location, encoded="%" in location))
    if loopback(target) and not loopback(where):
        raise problem(code="not_https")
    return target


def _refuse_open(where: URL) -> None:
    """Raise FeedError unless it is https; on the same machine http will do."""
    if where.scheme == "https" or (where.scheme == "http" and loopback(where)):
        return
    raise problem(code="not_https")


def loopback(where: URL) -> bool:
    """Whether it is this very machine."""
    if where.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(where.host or "").is_loopback
    except ValueError:
        return False


BMLT: Final = "client_interface/json"


def bmlt_root(url: str) -> str:
    """The root of a BMLT server, of any of its addresses."""
    return url.partition("client_interface/")[0].partition("?")[0].rstrip("/") + "/"


def bmlt_asked(url: str, what: str) -> str:
    """The address at which a BMLT server is asked for something."""
    return f"{bmlt_root(url)}{BMLT}/?switcher={what}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list's files, as `lists.read` takes them."""

    files: tuple[Path, ...]
    mark: Mark
    unchanged: bool
    phone: str | None = None


async def fetched(site: Site, url: str, name: str, mark: Mark = NEW) -> Fetched:
    """Fetch a list; of a BMLT server its formats and the helpline too. Raises FeedError."""
    answer = await site.get(url, f"{name}.json", mark)
    if answer.unchanged:
        return Fetched((), mark, unchanged=True)
    if answer.is_page:
        raise problem(code="html")
    if BMLT not in url:
        return Fetched((answer.file,), answer.mark, unchanged=False)
    formats, bodies = await asyncio.gather(
        site.get(bmlt_asked(url, "GetFormats"), f"{name}_formats.json"),
        _bodies(site, url),
    )
    if formats.is_page:
        raise problem(code="html")
    return Fetched((answer.file, formats.file), answer.mark, unchanged=False, phone=bodies)


async def _bodies(site: Site, url: str) -> str | None:
    """Whom to call, where the server says so; the list is as good without it."""
    from bot.feeds.helpline import helpline

    try:
        answer = await site.get(bmlt_asked(url, "GetServiceBodies"), "bodies.answer", largest=_PAGE)
    except FeedError:
        return None
    return helpline(answer.file.read_bytes())
