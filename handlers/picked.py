"""One of what was shown by number, a choice beside it, or a plain yes where one thing is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from handlers.phrases import Sense, is_done, is_not_now, sense
from handlers.said import UNREAD, Said, Unread
from handlers.shown import Shown
from handlers.spelling import words


@dataclass(frozen=True, slots=True)
class Picked:
    """The key of what was picked; None for what was left out or closed."""

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every choice needs its label."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD] | None:
        """As `Shown`; a label's first word, yes for the only one, and no for none of them."""
        read = Shown().read(said)
        if read is not UNREAD or said.choice is not None:
            return read
        spoken = words(said.text)
        for key, label in said.labels.items():
            if not key.isdecimal() and spoken and spoken == words(label)[:1]:
                return None if key == "skip" else key
        heard = sense(spoken)
        if heard is Sense.NO or is_done(spoken) or is_not_now(spoken):
            return None
        digits = [key for key in said.labels if key.isdecimal()]
        return digits[0] if heard is Sense.YES and len(digits) == 1 else UNREAD
