"""The form of one medicine: what was typed, what is wrong with it, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final

from handlers.answers import UNREAD, Said, Time
from handlers.medicine import tells
from handlers.medicines import FLAGGED, KINDS, LONGEST, is_quiet

FIELDS: Final = ("name", "kind", "label", "times", "refill_on", "flagged", "reminders")
LONGEST_NAME: Final = 80
_MOST_HOURS: Final = 6
_SAID: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}


@dataclass(slots=True)
class Form:
    """One filled-in form."""

    typed: dict[str, str] = field(repr=False)
    errors: dict[str, str] = field(default_factory=dict, repr=False)
    """A sentence for each field that is wrong."""

    def read(self, before: Mapping[str, Any]) -> dict[str, Any] | None:
        """The medicine, on top of what it was before; None, and the errors."""
        name, label = (" ".join(self.typed[each].split()) for each in ("name", "label"))
        if not name or len(name) > LONGEST_NAME:
            self.errors["name"] = f"A name is needed, of at most {LONGEST_NAME} letters."
        if self.typed["kind"] not in KINDS:
            self.errors["kind"] = "Choose its kind."
        if len(label) > LONGEST:
            self.errors["label"] = f"At most {LONGEST} letters."
        elif tells(label, name):
            self.errors["label"] = "That tells others what it is. Neutral words, or nothing."
        times, day = self._times(), self._day()
        if self.typed["flagged"] not in _SAID:
            self.errors["flagged"] = "Choose whether it is flagged."
        if self.errors:
            return None
        flagged = _SAID[self.typed["flagged"]]
        found = {
            "name": name,
            "kind": self.typed["kind"],
            "label": label,
            "times": [at.strftime("%H:%M") for at in times],
            "refill_on": day,
            "flagged": self.typed["kind"] in FLAGGED if flagged is None else flagged,
            "reminders": self.typed["reminders"] == "yes" and bool(times),
        }
        # What they said yes to was about the hours that it had.
        same = before.get("times") == found["times"]
        early = bool(before.get("early")) and (same or not any(map(is_quiet, times)))
        return {"state": "current", **before, **found, "early": early, "own": False}

    def _times(self) -> list[time]:
        parts = [part for part in self.typed["times"].replace(";", ",").split(",") if part.strip()]
        read = [Time().read(Said(part)) for part in parts]
        found = sorted({at for at in read if at is not UNREAD})
        if any(at is UNREAD for at in read) or len(found) > _MOST_HOURS:
            self.errors["times"] = "Hours like 9 am, 9 pm; at most 6, with a comma between them."
        return found

    def _day(self) -> str | None:
        if not self.typed["refill_on"]:
            return None
        try:
            return date.fromisoformat(self.typed["refill_on"]).isoformat()
        except ValueError:
            self.errors["refill_on"] = "A date, or nothing."
            return None


def typed_from(data: Mapping[str, Any], hours: str) -> dict[str, str]:
    """A stored medicine as its form shows it; nothing of a new one."""
    flagged = data.get("flagged")
    return {
        **{name: str(data.get(name) or "") for name in ("name", "kind", "label", "refill_on")},
        "times": hours,
        "flagged": "" if flagged is None else ("yes" if flagged else "no"),
        "reminders": "yes" if data.get("reminders", True) else "",
    }
