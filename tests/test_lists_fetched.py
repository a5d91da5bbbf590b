"""Lists over real HTTP: conditional requests, what is refused, and what a site says of itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.demo.lists_api import Fault, ListsApi
from bot.feeds import FeedError
from bot.feeds.fetch import AGENT, NEW, Mark, Site, bmlt_asked, fetched
from bot.feeds.helpline import helpline

ROWS = [{"slug": f"group-{n}", "name": "Noon Group", "day": 1, "time": "12:00"} for n in range(50)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def code(site: Site, url: str) -> str:
    with pytest.raises(FeedError) as refused:
        await fetched(site, url, "harbor")
    return refused.value.code


async def test_a_list_comes_whole_and_packed(sites: ListsApi, site: Site) -> None:
    url = sites.publish("/feed", ROWS)
    come = await fetched(site, url, "harbor")
    assert [file.name for file in come.files] == ["harbor.json"]
    assert b'"group-49"' in come.files[0].read_bytes()
    asked = sites.ledger[0].headers
    assert asked["user-agent"] == AGENT
    assert "gzip" in asked["accept-encoding"]


async def test_what_has_not_changed_is_not_sent_again(sites: ListsApi, site: Site) -> None:
    url = sites.publish("/feed", ROWS)
    first = await fetched(site, url, "harbor")
    for mark in (first.mark, Mark(None, first.mark.last_modified)):
        again = await fetched(site, url, "harbor", mark)
        assert (again.unchanged, again.files) == (True, ())
    sites.publish("/feed", ROWS[1:])
    assert not (await fetched(site, url, "harbor", first.mark)).unchanged
    assert [asked.status for asked in sites.ledger] == [200, 304, 304, 200]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html", "html"), ("cut", "truncated"), ("slow", "timeout"), ("401", "refused"),
        ("403", "refused"), ("404", "not_found"), ("500", "away"), ("503", "away"),
    ],
)  # fmt: skip
async def test_what_fails_is_said_by_its_name(
    sites: ListsApi, site: Site, fault: Fault, said: str
) -> None:
    url = sites.publish("/feed", ROWS)
    sites.fail_next("/feed", fault)
    sites.slow_seconds = 60
    quick = replace(site, patience=aiohttp.ClientTimeout(sock_read=1))
    assert await code(quick if fault == "slow" else site, url) == said
    assert (await fetched(site, url, "harbor")).files


async def test_nobody_there(site: Site) -> None:
    assert await code(site, "http://127.0.0.1:1/feed") == "unreachable"
    assert await code(site, "http://") == "not_https"


async def test_a_list_that_never_ends_is_left(sites: ListsApi, site: Site) -> None:
    url = sites.publish("/feed", b"[" + b" " * 300_000)
    with pytest.raises(FeedError) as refused:
        await site.get(url, largest=200_000)
    assert refused.value.code == "too_big"


@pytest.mark.parametrize(
    "target", ["http://meetings.example/feed", "ftp://meetings.example/feed", "javascript:1"]
)
async def test_nobody_is_followed_to_an_open_address(
    sites: ListsApi, site: Site, target: str
) -> None:
    assert await code(site, sites.move("/old", target)) == "not_https"
    assert await code(site, target) == "not_https"


async def test_a_site_that_moved_is_followed(sites: ListsApi, site: Site) -> None:
    sites.publish("/new", ROWS)
    assert (await fetched(site, sites.move("/old", "/new"), "harbor")).files
    sites.move("/a", "/b")
    assert await code(site, sites.move("/b", "/a")) == "away"


async def test_a_bmlt_server_is_asked_for_its_words_and_its_helpline(
    sites: ListsApi, site: Site
) -> None:
    url = bmlt_asked(f"{sites.origin}/main_server/", "GetSearchResults")
    root = "/main_server/client_interface/json/?switcher="
    sites.publish(f"{root}GetSearchResults", [{"id_bigint": "1"}])
    sites.publish(f"{root}GetFormats", [{"key_string": "O"}])
    sites.publish(f"{root}GetServiceBodies", [{"parent_id": "0", "helpline": "555-555-0100"}])
    come = await fetched(site, url, "harbor", NEW)
    assert [file.name for file in come.files] == ["harbor.json", "harbor_formats.json"]
    assert come.phone == "555-555-0100"
    sites.fail_next("/main_server/client_interface/json/", "500")
    assert await code(site, url) == "away"


_TWO = (
    b'[{"parent_id": "3", "helpline": "555-555-0101"},'
    b' {"parent_id": "0", "helpline": "555-555-0100"}]'
)


@pytest.mark.parametrize(
    ("bodies", "number"),
    [
        (b'[{"helpline": "call (555) 555-0100 | any hour"}]', "(555) 555-0100"),
        (_TWO, "555-555-0100"),
        (b'[{"helpline": ""}, {"helpline": "ask us"}, {"helpline": "1"}]', None),
        (b'{"error": 1}', None),
        (b"<html>", None),
        (b"[1, null]", None),
    ],
)  # fmt: skip
def test_the_number_of_an_area(bodies: bytes, number: str | None) -> None:
    assert helpline(bodies) == number
