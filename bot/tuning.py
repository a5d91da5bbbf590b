"""Settings of clinic.toml that supervisors may change while it runs, within what was signed.

The clinician signed the limits in clinic.toml. A change here may only make the team notice sooner;
noticing later needs the file, and the clinician's name under it again. What holds is always the
sooner of the two, so that a stricter file wins over an older change.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import phonenumbers
from sqlalchemy import Connection

from bot.config import Clinic, House
from storage import settings, staff
from storage.store import Store

Found = int | float | bool | str


class TuningError(Exception):
    """A change that can't be made here; its text is safe to show, and says what can."""


@dataclass(frozen=True, slots=True)
class Tunable:
    """A setting that may be changed here."""

    part: Literal["rules", "checkins"]
    field: str
    label: str
    hint: str
    unit: str
    sooner: Literal["lower", "higher", "yes"]
    """Which way the team notices sooner."""
    least: float = 0
    most: float = 0
    """The bounds that hold in either direction."""
    halves: bool = False

    @property
    def name(self) -> str:
        """As in clinic.toml: `rules.silent_days`."""
        return f"{self.part}.{self.field}"

    def of(self, clinic: Clinic) -> Found:
        """What a clinic has."""
        found: Found = getattr(getattr(clinic, self.part), self.field)
        return found

    def read(self, text: str) -> Found:
        """What somebody typed; raises TuningError."""
        if self.sooner == "yes":
            if text not in ("yes", "no"):
                message = "Choose yes or no."
                raise TuningError(message)
            return text == "yes"
        value = _number(text)
        step = 0.5 if self.halves else 1
        if value is None or value % step or not self.least <= value <= self.most:
            kind = "A number in half hours" if self.halves else "A whole number"
            message = f"{kind} from {self.least:g} to {self.most:g}, please."
            raise TuningError(message)
        return value if self.halves else int(value)

    def is_later(self, value: Found, than: Found) -> bool:
        """Whether the team would notice later with it."""
        if self.sooner == "higher":
            return float(value) < float(than)
        if self.sooner == "lower":
            return float(value) > float(than)
        return bool(than) and not value


TUNABLES = (
    Tunable(
        "rules", "craving_at_least", "Craving that the counselor sees",
        "A check-in with a craving of this or more becomes a concern. Lower: seen sooner.",
        "of 10", "lower", 1, 10,
    ),
    Tunable(
        "rules", "low_mood_at_most", "Low mood",
        "A day of this mood or less counts as a low one. Higher: seen sooner.",
        "of 10", "higher", 0, 9,
    ),
    Tunable(
        "rules", "low_moods_in_a_row", "Low moods in a row",
        "So many low days in a row become a concern. Fewer: seen sooner.",
        "days", "lower", 1, 14,
    ),
    Tunable(
        "rules", "use", "Tell the counselor of use",
        "A check-in that says \u201cused\u201d becomes a concern.",
        "", "yes",
    ),
    Tunable(
        "rules", "silent_days", "Quiet days",
        "So many check-ins without an answer become a concern. Fewer: seen sooner.",
        "days", "lower", 1, 30,
    ),
    Tunable(
        "checkins", "nudge_hours", "Asked once more after",
        "Nobody has answered: the question is put once more. Fewer hours: sooner.",
        "hours", "lower", 0.5, 12, halves=True,
    ),
    Tunable(
        "checkins", "answer_hours", "The question closes after",
        "From then on the check-in counts as missed. Fewer hours: sooner noticed, less time to "
        "answer.",
        "hours", "lower", 4, 24, halves=True,
    ),
)  # fmt: skip
PHONE = "phone"
_BY_NAME: Mapping[str, Tunable] = {each.name: each for each in TUNABLES}


def tuned(toml: Clinic, changed: Mapping[str, str]) -> Clinic:
    """A clinic with what was changed, as far as it may be; what no longer fits is left out."""
    clinic = toml
    for name, text in changed.items():
        with contextlib.suppress(TuningError):
            clinic = _with(clinic, name, _checked(toml, name, text))
    # The file may have moved since: a question is never closed before it was put twice.
    return clinic.model_copy(update={"checkins": toml.checkins}) if _crossed(clinic) else clinic


def now_holding(tx: Connection, toml: Clinic) -> Clinic:
    """A clinic as its file and the console's changes have it at this moment."""
    return tuned(toml, {name: row.value for name, row in settings.everything(tx).items()})


def change(
    tx: Connection, house: House, given: Mapping[str, str], worker_id: int, now: datetime
) -> dict[str, str]:
    """Write down what differs from now, an audit row each; returns what was refused, by name.

    Nothing is changed if anything was refused. What equals clinic.toml is the file's again.
    """
    toml = house.toml
    before = now_holding(tx, toml)
    after = before
    refused: dict[str, str] = {}
    for name, text in given.items():
        try:
            after = _with(after, name, _checked(toml, name, text))
        except TuningError as error:
            refused[name] = str(error)
    if not refused and _crossed(after) and after != before:
        refused["checkins.nudge_hours"] = "The question would close before it is put once more."
    if refused:
        return refused
    for name in given:
        old, value = get(before, name), get(after, name)
        if value == old:
            continue
        if value == get(toml, name):
            settings.drop(tx, name)
        else:
            settings.put(tx, name, text_of(value), worker_id, now)
        detail = f"{name}: {text_of(old)} → {text_of(value)}"
        staff.looked(tx, worker_id, None, settings.CHANGED, now, detail)
    return {}


async def reload(store: Store, house: House) -> int:
    """Let the house have what the database says; 1 if anything is different, else 0."""
    clinic = await store.read(lambda tx: now_holding(tx, house.toml))
    if clinic == house.clinic:
        return 0
    house.clinic = clinic
    return 1


def get(clinic: Clinic, name: str) -> Found:
    """What a clinic has under a name; raises KeyError."""
    return clinic.phone if name == PHONE else _BY_NAME[name].of(clinic)


def text_of(value: Found) -> str:
    """A value as it is typed and stored."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


def _checked(toml: Clinic, name: str, text: str) -> Found:
    """A value that may hold; raises TuningError."""
    if name == PHONE:
        return _phone(text, toml.phone)
    tunable = _BY_NAME.get(name)
    if tunable is None:
        message = "That can't be changed here."
        raise TuningError(message)
    value, said = tunable.read(text), tunable.of(toml)
    if tunable.is_later(value, said):
        message = (
            f"clinic.toml says {text_of(said)}, which is what your clinician signs for, and with "
            f"{text_of(value)} the team would notice later. Noticing later is changed in that "
            "file, and signed there anew."
        )
        raise TuningError(message)
    return value


def _with(clinic: Clinic, name: str, value: Found) -> Clinic:
    """A copy with one value."""
    part, _, field = name.rpartition(".")
    new = value if not part else getattr(clinic, part).model_copy(update={field: value})
    return clinic.model_copy(update={part or field: new})


def _crossed(clinic: Clinic) -> bool:
    return clinic.checkins.nudge_hours >= clinic.checkins.answer_hours


def _phone(text: str, toml: str) -> str:
    """A number that people can call, written as the clinic writes it; raises TuningError."""
    if text == toml:
        return toml
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed) or parsed.extension:
        message = "That is no phone number; write it like 215-555-0100."
        raise TuningError(message)
    if parsed.country_code == 1:
        number = str(parsed.national_number)
        return f"{number[:3]}-{number[3:6]}-{number[6:]}"
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
