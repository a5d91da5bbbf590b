"""What kind it was, as people say it: a choice, or the name of something in their own words.

Only the kind is kept. Where two are named it is the one that may stop a breath.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from handlers.answers import Choice
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import bag, words

_NAMES: Final = {
    "opioid": bag(
        "heroin heroina fentanyl fentanilo fent fenty opioid opioids opioide opioides opiates dope "
        "oxy oxys oxycodone percocet percocets perc percs blues norco vicodin hydro morphine "
        "morfina codeine codeina tramadol chiva smack tranq pill pills pastilla pastillas"
    ),
    "benzo": bag(
        "xanax xans bars benzo benzos klonopin ativan valium clonazepam alprazolam lorazepam "
        "diazepam rivotril"
    ),
    "alcohol": bag(
        "alcohol beer beers wine vodka whiskey whisky rum gin tequila liquor booze drank drink "
        "drinks drinking seltzer seltzers cerveza cervezas vino ron trago tragos copas bebi pisto"
    ),
    "other": bag(
        "meth ice crystal cristal speed adderall coke cocaine cocaina crack weed marijuana mota "
        "pot molly mdma kratom spice k2 ketamine ketamina mushrooms acid lsd gabapentin"
    ),
}


@dataclass(frozen=True, slots=True)
class Substance:
    """One of the kinds by choice or by name."""

    answer: Choice

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def options(self) -> tuple[str, ...]:
        """Those of the choice."""
        return self.answer.options

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a choice, or the kind of what was named."""
        key = self.answer.read(said)
        if key is not UNREAD or said.choice is not None:
            return key
        spoken = set(words(said.text))
        return next((kind for kind, names in _NAMES.items() if spoken & names), UNREAD)
