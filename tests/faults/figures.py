"""What the rounds of one fault add up to, and how that reads as a line of the table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

HEAD = ("fault", "database", "rounds", "messages", "lost", "doubled", "alert")
NOTES = """\
messages   what people wrote, and what was queued for them and for staff
lost       acknowledged to the provider and not stored, queued and never sent, or danger that no
           member of staff was told of
doubled    sent twice: where a provider had it and we had not yet heard so / anywhere else, which
           counts a message that was acted on twice and a reminder that came twice
alert      the worst delay, in seconds, from the provider taking a dangerous message out of the
           person's hands to its taking the notice for staff from ours; restarts included"""


@dataclass(slots=True)
class Figures:
    """Added up over rounds; `problems` say in words what should not have been."""

    rounds: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    elsewhere: int = 0
    delay: float | None = None
    problems: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What is worth a line under the table."""

    def add(self, other: Figures) -> None:
        """Count another's rounds too."""
        self.rounds += other.rounds
        self.messages += other.messages
        self.lost += other.lost
        self.doubled += other.doubled
        self.elsewhere += other.elsewhere
        delays = [one.delay for one in (self, other) if one.delay is not None]
        self.delay = max(delays, default=None)
        self.problems += other.problems
        self.told += other.told

    def line(self, fault: str, database: str) -> str:
        """One line of the table."""
        doubled = f"{self.doubled} / {self.elsewhere}"
        delay = "" if self.delay is None else f"{self.delay:.1f}"
        return row(fault, database, self.rounds, self.messages, self.lost, doubled, delay)

    def as_json(self, fault: str, database: str) -> dict[str, Any]:
        """The same for a program."""
        return {"fault": fault, "database": database, **asdict(self)}


def row(*cells: object) -> str:
    """Cells under the columns of HEAD."""
    fault, database, *numbers = cells
    widths = (7, 9, 5, 9, 6)
    shown = "".join(f"{cell!s:>{width}} " for cell, width in zip(numbers, widths, strict=True))
    return f"{fault!s:<34} {database!s:<11}{shown}".rstrip()
