"""The form of an invitation: what was typed, what is wrong with it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bot.invitations import HiddenNumberError, Invitation, InvitationError, check_age, phone
from bot.web.gate import Visitor
from content.wording import Language
from storage import staff
from storage.store import Store

TEXTS: Final[Mapping[str, int]] = {
    "never": 200, "emergency_contact": 200, "tonight": 200, "no_police_unless": 200,
}  # fmt: skip
"""Lines of the safe-contact card as they are typed, with the longest."""
FIELDS: Final = (
    "name", "born", "counselor", "consented", "channel", "sms", "language", "words",
    "phone", "calls", "from", "to", "voicemail", *TEXTS,
)  # fmt: skip
_YES: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}
_LONGEST_NAME: Final = 80
_FIRST_YEAR: Final = 1900


@dataclass(slots=True)
class Form:
    """One filled-in form."""

    typed: dict[str, str] = field(repr=False)
    errors: dict[str, str] = field(default_factory=dict, repr=False)
    """A sentence for each field that is wrong."""

    def read(self, counselors: Mapping[str, str], today: date) -> Invitation | None:
        """The invitation, or None and the errors. `counselors` are names by what is chosen."""
        counselor = counselors.get(self.typed["counselor"])
        if counselor is None:
            self.errors["counselor"] = "Choose whose person they will be."
        name = " ".join(self.typed["name"].split())
        if not name or len(name) > _LONGEST_NAME:
            self.errors["name"] = "A name is needed, of at most 80 letters."
        born = self._day("born", "Date of birth")
        if born is not None:
            try:
                check_age(born, today)
            except InvitationError as error:
                self.errors["born"] = sentence(error)
        consented = self._day("consented", "Date on the signed consent")
        if consented is not None and consented > today:
            self.errors["consented"] = "That is in the future. Messages start after the signature."
        by_text = self._one_of("channel", ("telegram", "sms"), "Choose where messages go.") == "sms"
        sms = self._phone("sms", needed=True) if by_text else None
        language = self._one_of("language", ("en", "es"), "Choose a language.")
        words = self._one_of("words", ("cover", "plain"), "Choose which words texts may use.")
        card = self._card()
        if self.errors or counselor is None or born is None or consented is None:
            return None
        spoken: Language = "es" if language == "es" else "en"
        return Invitation(name, counselor, born, consented, sms, spoken, words == "plain", card)

    def _card(self) -> dict[str, Any]:
        """The safe-contact card; what was not asked is None or empty, never a guess."""
        card: dict[str, Any] = {name: self.typed[name][:most] for name, most in TEXTS.items()}
        card["channel"] = self.typed["channel"]
        card["phone"] = self._phone("phone", needed=False)
        if card["phone"] is None and self.typed["channel"] == "sms" and "sms" not in self.errors:
            card["phone"] = self._phone("sms", needed=False)
        card["calls"] = _YES.get(self.typed["calls"])
        card["voicemail"] = _YES.get(self.typed["voicemail"])
        card["hours"] = self._hours()
        return card

    def _hours(self) -> str:
        first, last = self.typed["from"], self.typed["to"]
        if not first and not last:
            return ""
        if not (first.isdecimal() and last.isdecimal()) or int(first) > 24 or int(last) > 24:  # noqa: PLR2004
            self.errors["from"] = "Choose both, from and to, or neither."
            return ""
        if first == last:
            self.errors["from"] = (
                "From and to are the same. For any hour: from midnight to midnight."
            )
            return ""
        return f"{int(first)}-{int(last)}"

    def _day(self, name: str, what: str) -> date | None:
        try:
            day = date.fromisoformat(self.typed[name])
        except ValueError:
            day = None
        if day is None or day.year < _FIRST_YEAR:
            self.errors[name] = f"{what}: a date is needed."
            return None
        return day

    def _phone(self, name: str, *, needed: bool) -> str | None:
        if not self.typed[name]:
            if needed:
                self.errors[name] = "The number to text is needed."
            return None
        try:
            return phone(self.typed[name])
        except InvitationError as error:
            self.errors[name] = sentence(error)
            return None

    def _one_of(self, name: str, values: tuple[str, ...], else_: str) -> str:
        if self.typed[name] not in values:
            self.errors[name] = else_
        return self.typed[name]


def sentence(error: Exception) -> str:
    """An error as a sentence."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


async def refused(store: Store, visitor: Visitor, error: InvitationError) -> None:
    """Write down that somebody tried a number that belongs to whom they may not see."""
    if isinstance(error, HiddenNumberError):
        person_id = error.person_id
        await store.write(
            lambda tx: staff.looked(tx, visitor.id, person_id, "number_refused", visitor.now)
        )
