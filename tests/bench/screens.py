"""How long the screen takes for a message, and how that grows with its length."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bot.scorecard import CORPUS, keywords, read
from bot.triage import with_voter
from handlers.risk import Risk
from handlers.screening import screen
from tests.bench.report import Line, at_most, median
from tests.bench.scene import Scene

_CHARACTERS = 160
_TIMES = 10
_AIM = 150
_EACH_AIM = 1.3


async def measure(scene: Scene) -> list[Line]:
    """One message after the other, in turn with a plain list of phrases."""
    texts = _texts(_CHARACTERS)
    longer = _texts(_CHARACTERS * _TIMES)
    screens: dict[str, Callable[[str], Risk]] = {
        "the rules": screen,
        "rules and voter": with_voter(),
    }
    found: dict[str, list[float]] = {name: [] for name in (*screens, "keywords", "long")}
    for number in range(scene.rounds):
        scene.say(f"screen, round {number + 1}")
        for name, run in screens.items():
            found[name].append(_microseconds(run, texts))
        found["keywords"].append(_microseconds(keywords, texts))
        found["long"].append(_microseconds(screens["rules and voter"], longer))
    plain = median(found["keywords"])
    lines = [
        Line(
            f"screen, {name}, {_CHARACTERS} characters",
            "us",
            median(found[name]),
            aim=at_most(_AIM, "us"),
            note=f"a plain list of phrases takes {plain:.0f} us",
        )
        for name in screens
    ]
    growth = median(found["long"]) / median(found["rules and voter"]) / _TIMES
    lines.append(
        Line(
            f"screen, {_TIMES} times as long: time for a character",
            "times",
            growth,
            aim=at_most(_EACH_AIM, "times"),
            note="1 is linear",
        )
    )
    return lines


def _texts(characters: int) -> list[str]:
    """Messages of the corpus, put together until each is so long."""
    said = [e.text for file in sorted((CORPUS / "held_out").glob("*.jsonl")) for e in read(file)]
    together = " ".join(said)
    ends = range(characters, min(len(together), 500 * characters), characters)
    return [together[end - characters : end] for end in ends]


def _microseconds(run: Callable[[str], Risk], texts: list[str]) -> float:
    """The median of a message; every text is another, so that nothing is remembered whole."""
    taken = []
    for text in texts:
        begun = time.perf_counter_ns()
        run(text)
        taken.append((time.perf_counter_ns() - begun) / 1000)
    return statistics.median(taken)
