"""What every measurement stands on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.house import Databases
from tests.bench.service import Service


@dataclass(frozen=True, slots=True)
class Scene:
    """The stand-in, the databases, and how long to take over it."""

    service: Service
    databases: Databases
    folder: Path
    rounds: int
    quick: bool

    def say(self, what: str) -> None:
        """What is being measured now, for who waits."""
        sys.stderr.write(f"  … {what}\n")
