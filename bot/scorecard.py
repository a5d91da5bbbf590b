"""How well the screen does on messages whose level somebody wrote down: counted, never guessed.

Two kinds of files are read, JSON lines both: messages with a `level` and `labels`, and messages
with a `label` of 1 or 0 (1: the writer tells of wanting to die or to harm themselves).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from handlers.risk import Level, Risk
from handlers.screening import screen
from handlers.spelling import normal

Screen = Callable[[str], Risk]

_DESPAIR: Final = frozenset(
    {
        "suicidal_ideation_passive",
        "suicidal_ideation_active",
        "suicidal_plan_or_attempt",
        "self_harm",
    }
)
CORPUS: Final = Path(str(resources.files("content"))) / "corpus"


class CorpusError(Exception):
    """A file of messages that can't be read; says where."""


@dataclass(frozen=True, slots=True)
class Example:
    """One message with what is true of it."""

    text: str = field(repr=False)
    language: str
    level: Level | None
    labels: frozenset[str]
    despairs: bool | None = None
    """Of a message without a level: whether its writer tells of wanting to die."""


@dataclass(slots=True)
class Share:
    """So many of so many."""

    of: int = 0
    found: int = 0

    def add(self, *, found: bool) -> None:
        """Count one."""
        self.of += 1
        self.found += found

    @property
    def percent(self) -> float | None:
        """0 to 100; None of nothing."""
        return 100 * self.found / self.of if self.of else None

    def __str__(self) -> str:
        """A percentage, or a dash."""
        return "-" if self.percent is None else f"{self.percent:.1f}"


@dataclass(slots=True)
class Figures:
    """What one screen does on one set of messages."""

    emergency_seen: Share = field(default_factory=Share)
    """Emergencies taken for an emergency or urgent."""
    emergency_exact: Share = field(default_factory=Share)
    urgent_seen: Share = field(default_factory=Share)
    """Urgent ones raised to any level."""
    urgent_fast: Share = field(default_factory=Share)
    """Urgent ones raised to urgent or emergency."""
    concern_seen: Share = field(default_factory=Share)
    false_alarm: Share = field(default_factory=Share)
    """Ordinary ones raised to urgent or emergency."""
    false_concern: Share = field(default_factory=Share)
    """Ordinary ones raised to a concern."""
    precision: Share = field(default_factory=Share)
    """Of those raised to urgent or emergency, how many are."""
    despair_seen: Share = field(default_factory=Share)
    despair_precision: Share = field(default_factory=Share)
    labels: dict[str, Share] = field(default_factory=dict)
    """Of the messages with a label, how many are raised as high as they should be (to urgent, for
    emergencies)."""


LINES: Final = {
    "emergency_seen": "emergency taken for urgent or emergency",
    "emergency_exact": "emergency taken for emergency",
    "urgent_seen": "urgent raised to any level",
    "urgent_fast": "urgent raised to urgent or emergency",
    "concern_seen": "concern raised to any level",
    "false_alarm": "ordinary raised to urgent or emergency",
    "false_concern": "ordinary raised to concern",
    "precision": "raised to urgent or emergency: rightly so",
    "despair_seen": "tells of wanting to die: raised",
    "despair_precision": "raised as wanting to die: rightly so",
}


def read(file: Path) -> list[Example]:
    """The messages of a file; raises CorpusError."""
    found = []
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        message = f"{file} can't be read"
        raise CorpusError(message) from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_example(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError):
                message = f"{file}, line {number}: no message with a level or a label"
                raise CorpusError(message) from None
    return found


def files(folder: Path) -> list[tuple[str, list[Example]]]:
    """Each file of a folder as a set; raises CorpusError."""
    found = [(file.stem, read(file)) for file in sorted(folder.glob("*.jsonl"))]
    if not found:
        message = f"there are no .jsonl files in {folder}"
        raise CorpusError(message)
    return found


def corpus() -> list[tuple[str, list[Example]]]:
    """The messages kept with the program: those held out first, whole and by language."""
    found = []
    for part in ("held_out", "tuning"):
        name = part.replace("_", " ")
        examples = [example for _, some in files(CORPUS / part) for example in some]
        found.append((name, examples))
        for title, languages in (("English", {"en"}), ("Spanish and mixed", {"es", "mixed"})):
            some = [example for example in examples if example.language in languages]
            found.append((f"{name}, {title}", some))
    return found


def _example(row: dict[str, Any]) -> Example:
    text, language = str(row["text"]), str(row.get("lang", "en"))
    if "level" in row:
        return Example(text, language, Level(row["level"]), frozenset(row.get("labels", ())))
    return Example(text, language, None, frozenset(), bool(int(row["label"])))


def measure(examples: Iterable[Example], screening: Screen) -> Figures:
    """Run a screen over messages and count."""
    figures = Figures()
    for example in examples:
        risk = screening(example.text)
        if example.level is None:
            _count_despair(figures, risk, despairs=bool(example.despairs))
        else:
            _count(figures, example, risk)
    return figures


def _count(figures: Figures, example: Example, risk: Risk) -> None:
    fast, any_level = risk.level.rank >= Level.URGENT.rank, risk.level is not Level.NONE
    match example.level:
        case Level.EMERGENCY:
            figures.emergency_seen.add(found=fast)
            figures.emergency_exact.add(found=risk.level is Level.EMERGENCY)
        case Level.URGENT:
            figures.urgent_seen.add(found=any_level)
            figures.urgent_fast.add(found=fast)
        case Level.CONCERN:
            figures.concern_seen.add(found=any_level)
        case _:
            figures.false_alarm.add(found=fast)
            figures.false_concern.add(found=risk.level is Level.CONCERN)
    if fast:
        figures.precision.add(found=example.level in (Level.URGENT, Level.EMERGENCY))
    enough = Level.CONCERN if example.level is Level.CONCERN else Level.URGENT
    for label in example.labels - {"none"}:
        share = figures.labels.setdefault(label, Share())
        share.add(found=risk.level.rank >= enough.rank)


def _count_despair(figures: Figures, risk: Risk, *, despairs: bool) -> None:
    raised = not _DESPAIR.isdisjoint(risk.labels)
    if despairs:
        figures.despair_seen.add(found=raised)
    else:
        figures.false_alarm.add(found=risk.level.rank >= Level.URGENT.rank)
        figures.false_concern.add(found=risk.level is Level.CONCERN)
    if raised:
        figures.despair_precision.add(found=despairs)


def keywords(text: str) -> Risk:
    """What a plain list of phrases says: the yardstick that any screen must beat."""
    said = f" {normal(text)} "
    for level, phrases in _phrases().items():
        for phrase in phrases:
            if f" {phrase} " in said:
                return Risk(level, ("suicidal_ideation_active",), (phrase,))
    return Risk(Level.NONE)


@cache
def _phrases() -> dict[Level, list[str]]:
    lines = (CORPUS / "keywords.txt").read_text("utf-8").splitlines()
    found: dict[Level, list[str]] = {}
    for line in lines:
        level, _, phrase = line.partition(" ")
        if phrase and not line.startswith("#"):
            spelled = normal(phrase).strip(" .").strip()
            found.setdefault(Level(level), []).append(spelled)
    return found


@dataclass(frozen=True, slots=True)
class Card:
    """One set of messages, and each screen's figures on it."""

    name: str
    messages: int
    columns: dict[str, Figures]

    def as_json(self) -> dict[str, Any]:
        """Plain numbers: found and of."""
        return {
            "set": self.name,
            "messages": self.messages,
            "screens": {name: asdict(figures) for name, figures in self.columns.items()},
        }


def screens(voter: Screen | None) -> dict[str, Screen]:
    """A plain list of phrases, the rules alone, and the rules with the voter, if there is one."""
    found: dict[str, Screen] = {"keywords": keywords, "rules": screen}
    if voter is not None:
        found["with voter"] = voter
    return found


def card(name: str, examples: list[Example], voter: Screen | None) -> Card:
    """Measure every screen on a set."""
    columns = {each: measure(examples, run) for each, run in screens(voter).items()}
    return Card(name, len(examples), columns)


def in_words(found: Card) -> Iterator[str]:
    """A card as a table."""
    yield f"{found.name}: {found.messages:,} messages"
    yield f"  {'percent':<46}{'':>8}" + "".join(f"{name:>12}" for name in found.columns)
    figures = list(found.columns.values())
    for key, words in LINES.items():
        shares: list[Share] = [getattr(each, key) for each in figures]
        if any(share.of for share in shares):
            of = max(share.of for share in shares) if "precision" not in key else ""
            yield f"  {words:<46}{of:>8}" + "".join(f"{share!s:>12}" for share in shares)
    for label in sorted(figures[0].labels):
        shares = [each.labels[label] for each in figures]
        yield f"    {label:<44}{shares[0].of:>8}" + "".join(f"{share!s:>12}" for share in shares)
