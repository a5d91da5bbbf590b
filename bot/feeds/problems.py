"""Why a list is not taken: the codes that the store keeps, and what staff read of them."""

from __future__ import annotations

from typing import Final

from bot.feeds import FeedError

WORDS: Final = {
    "empty": "it holds no meeting at all",
    "shrunk": "it is more than 40 % smaller than the copy we have",
    "unreadable": "not one of its rows can be used any more",
    "html": "a web page came back instead of a list",
    "not_json": "it is not JSON",
    "truncated": "it ends in the middle",
    "unreadable_file": "it can't be opened: it is not there, or a folder, or not ours to read",
    "no_meetings": "it is no list of meetings that we read",
    "vocabulary": "it is the formats of a list, without the list",
    "refused": "the site does not let us read it (401 or 403)",
    "not_found": "there is nothing at that address any more (404)",
    "away": "the site answers with an error of its own",
    "timeout": "the site takes too long to answer",
    "unreachable": "the site can't be reached",
    "too_big": "it is larger than 100 MB",
    "not_https": "the site sends us to an address that is not https",
    "bad_address": "that is no address of a site; one looks like https://site.example/meetings",
    "no_address": "it has no address: it is loaded from files",
    "no_list": (
        "there is no list that we read, neither named by the page nor at the usual addresses; "
        "whoever keeps the site can tell the address of its feed, or send it as a file"
    ),
    "failed": "it could not be read; the log says why",
}


def problem(code: str) -> FeedError:
    """The error of a code."""
    return FeedError(code, WORDS[code])


def words(code: str) -> str:
    """What staff read for a code that the store holds."""
    return WORDS.get(code, code.replace("_", " "))
