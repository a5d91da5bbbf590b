"""The rows of a JSON file one by one, without holding the file."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final, TextIO

from bot.feeds.problems import problem

_CHUNK: Final = 1 << 16
_LARGEST: Final = 1 << 22
"""No single row is that long, in characters."""
EMPTY: Final = object()
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


class _Text:
    """A file as text, of which what is read is let go."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._ended = False

    def _more(self, size: int = _CHUNK) -> bool:
        if self._ended:
            return False
        chunk = self._file.read(size)
        self._ended = not chunk
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """The next character, which has to be one of these."""
        found = self.peek()
        if not found:
            raise problem(code="truncated")
        if found not in wanted:
            raise problem(code="not_json")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        size = _CHUNK
        while True:
            try:
                found, end = _decode(self._text, self._at)
            except (ValueError, RecursionError):
                end = -1
                found = None
            # A number may go on in the next chunk.
            if end >= 0 and (end < len(self._text) or not self._more()):
                self._at = end
                return found
            if end >= 0:
                continue
            if len(self._text) - self._at > _LARGEST:
                raise problem(code="not_json")
            if not self._more(size):
                raise problem(code="truncated" if self._unfinished() else "not_json")
            size *= 2

    def _unfinished(self) -> bool:
        """Whether what is left breaks off, rather than being wrong."""
        try:
            json.loads(self._text[self._at :])
        except json.JSONDecodeError as error:
            rest = self._text[self._at + error.pos :].strip()
            return error.msg.startswith("Unterminated") or any(
                word.startswith(rest) for word in ("true", "false", "null", "-")
            )
        except (ValueError, RecursionError):
            return False
        return False


def parts(path: Path) -> Generator[tuple[str, Any], None, None]:
    """Each row with the name of its list: "" for a bare one; of other keys their value, whole.

    Of an empty list its name with `EMPTY`. Raises FeedError where the file is no JSON, a web page,
    or breaks off.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        text = _Text(file)
        first = text.peek()
        if not first:
            raise problem(code="not_json")
        if first == "<":
            raise problem(code="html")
        if first == "[":
            yield from _rows(text, "")
        elif first == "{":
            yield from _keys(text)
        else:
            raise problem(code="not_json")
        if text.peek():
            raise problem(code="not_json")


def _keys(text: _Text) -> Generator[tuple[str, Any], None, None]:
    text.take("{")
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() not in {'"', ""}:
            raise problem(code="not_json")
        name = text.value()
        text.take(":")
        if text.peek() == "[":
            yield from _rows(text, name)
        else:
            yield name, text.value()
        if text.take(",}") == "}":
            return


def _rows(text: _Text, name: str) -> Generator[tuple[str, Any], None, None]:
    text.take("[")
    if text.peek() == "]":
        text.take("]")
        yield name, EMPTY
        return
    while True:
        yield name, text.value()
        if text.take(",]") == "]":
            return
