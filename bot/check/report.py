"""What was found, in words that help: what is wrong, why it matters, what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

_WIDTH = 88


class Report:
    """Sections of findings, in the order in which they were looked for."""

    def __init__(self) -> None:
        self.problems = 0
        self._lines: list[str] = []

    def section(self, title: str) -> None:
        """Begin another subject."""
        self._lines += ["", title]

    def fine(self, what: str) -> None:
        """Something is as it should be."""
        self._lines += _wrapped("  ok  ", what)

    def note(self, what: str) -> None:
        """Something to know, that is no problem."""
        self._lines += _wrapped("  --  ", what)

    def problem(self, what: str, why: str, do: str) -> None:
        """Something is wrong."""
        self.problems += 1
        self._lines += _wrapped(f"  {f'{self.problems})':<4}", what)
        self._lines += _wrapped("      ", why) if why else []
        self._lines += _wrapped("      Do: ", do)

    def lines(self, lines: Iterable[str]) -> None:
        """Something to read as it stands, a table."""
        self._lines += [f"      {line}".rstrip() for line in lines]

    def text(self) -> str:
        """All of it."""
        count = {0: "Nothing is wrong.", 1: "One thing to do; it has a 1)."}.get(
            self.problems,
            f"{self.problems} things to do, 1) to {self.problems}). Begin at the top.",
        )
        return "\n".join([*self._lines, "", count]).strip("\n")


def _wrapped(mark: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )
