"""What kind it was, as people say it: a choice, or the name of something in their own words.

Only the kind is kept. Where two are named it is the one that may stop a breath.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from handlers.choices import OrWords
from handlers.named import names
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
_WRONG: Final = names(
    "wrong tap,a wrong tap,wrong button,mistake,a mistake,by mistake,it was a mistake,my mistake,"
    "error,fue un error,un error,por error,me equivoque"
)


@dataclass(frozen=True, slots=True)
class Substance(OrWords[str]):
    """One of the kinds by choice or by name."""

    def worded(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The kind of what was named."""
        spoken = words(said.text)
        if "none" in self.options and " ".join(spoken) in _WRONG:
            return "none"
        return next((kind for kind, names in _NAMES.items() if names.intersection(spoken)), UNREAD)
