"""The states and territories of the United States, as people write them."""

from __future__ import annotations

from typing import Final

_NAMED: Final = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut;
DE Delaware; DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois;
IN Indiana; IA Iowa; KS Kansas; KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts;
MI Michigan; MN Minnesota; MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada;
NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND North Dakota;
OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina;
SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia; WA Washington;
WV West Virginia; WI Wisconsin; WY Wyoming; PR Puerto Rico; VI Virgin Islands; GU Guam;
AS American Samoa; MP Northern Mariana Islands;
NY Nueva York; NJ Nueva Jersey; NM Nuevo Mexico; PA Pensilvania; PA Penna; FL Florida; TX Tejas;
NC Carolina del Norte; SC Carolina del Sur; LA Luisiana; HI Hawai; OR Oregón; NM Nuevo México
"""
STATES: Final = {
    name.casefold(): code
    for code, _, name in (each.strip().partition(" ") for each in _NAMED.split(";"))
}
"""Their names, in English and Spanish, to their two letters."""
CODES: Final = frozenset(STATES.values())


def state_at_end(text: str) -> tuple[str, str | None]:
    """A place without the state it ends with, and that state's two letters."""
    words = text.replace(",", " ").replace(".", " ").split()
    for count in (3, 2, 1):
        if len(words) > count:
            named = " ".join(words[-count:])
            code = STATES.get(named.casefold())
            if code is None and named.upper() in CODES:
                code = named.upper()
            if code is not None:
                return " ".join(words[:-count]), code
    return text, None
