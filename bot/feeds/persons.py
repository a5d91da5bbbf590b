"""What lists tell of persons, left out: names, mail addresses, phone numbers.

Who goes to a meeting, and who opens its door, is nobody's business: a text that names somebody, or
says how to reach them, is dropped clause by clause.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from bot.feeds.prose import DIGIT, has_any, line, plain, short

NOTES: Final = 400
"""Characters of notes that are kept."""

_EMAIL: Final = re.compile(
    r"(?:mailto:)?[^\s@<>()\[\],;:|/]+(?:@|\s@\s?)"
    r"(?:[\w-]+(?:\.[\w-]+)+|(?:gmail|yahoo|hotmail|outlook|aol|icloud|msn|comcast)\b)"
    r"|@\s?[\w-]+\.(?:com|org|net|edu|info|us)\b",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"[aA](?<!\w.)(?:[tT]|[rR][rR][oO][bB][aA])\b")
_DOT: Final = r"(?:\.|\(dot\)|\[dot\]|\{dot\}|\bdot\b|\bpunto\b)"
_SPELLED: Final = re.compile(
    r"[\w.+-]+\s*(?:\(at\)|\[at\]|\{at\}|\bat\b|\barroba\b)\s*[\w-]+\s*"
    rf"(?:{_DOT}\s*[\w-]+\s*){{0,3}}{_DOT}\s*(?:com|org|net|edu|info|us)\b",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"(?<![\w/])[+(]?\d(?:[\s().\-/–—·•]{0,3}\d){6,}(?!\w)")
"""Seven digits or more, however they are set apart."""
_HOME: Final = re.compile(
    r"(?i:\b(?:home|residence|apartment) of)\s+[A-ZÁÉÍÓÚÑ][\w'’]+\s+[A-ZÁÉÍÓÚÑ][\w'’]+\s*$"
)
"""Where somebody lives, by their name."""
_LETTERED: Final = re.compile(r"\b(?:1[\s.-]?)?\(?8\d\d\)?[\s.-][A-Z\d]{3}[\s.-]?[A-Z\d]{4}\b")
_DATE: Final = re.compile(
    r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})|(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|(?:19|20)\d\d\s?[-–]\s?(?:19|20)\d\d"
)
_PHONE_IN_ADDRESS: Final = re.compile(
    r"(?<![\w-])(?:\+?1[\s.-]*)?\(?\d{3}(?:\)\s*|\)?[\s.\-–/]{1,3})\d{3}[\s.\-–]\d{4}(?!\d)"
    r"|\+\d[\d\s().-]{7,}\d|(?<!\d)\d{10,}(?!\d)|(?<![\d-])\d{3}-\d{4}(?![\d-])"
)
"""As `_PHONE`, but house numbers and ZIP codes stay."""
_LINK: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CLAUSE: Final = re.compile(
    r"[.;!?\s|](?:(?<=[.;!?])(?<!\b[A-Z].)(?<!\bSt.)(?<!\bMr.)(?<!\bMs.)(?<!\bDr.)\s+"
    r"|(?<=\s)\s*[\n|]+\s*|(?<=[\n|])[\n|]*\s*|(?<=\s)\s*(?:--+|/|•|–|—)\s+)"
)
"""A sign first: to such a one a search leaps."""
_PLACES: Final = (
    "Apt|Auditoriums?|Aves?|Avenues?|And|Between|Bldg|Block|Btwn|Building|Chapter|Classroom"
    "|Conference|Door|Entrance|Exit|Fl|Floor|Gate|Group|Gym|Hall|Haus|Highway|Hwy|Level|Library"
    "|Lot|Lounge|Option|Or|Part|Pavilion|Plan|Raum|Rm|Room|Route|Rt|Section|Shelter|St|Ste|Step"
    "|Street|Suite|Track|Type|Unit|Vitamin|Wing"
)
_PERSON: Final = re.compile(
    # Somebody's first name with the letter of the last one, as fellowships write names.
    rf"\b(?!(?:{_PLACES})\b)[A-ZÁÉÍÓÚÑ][a-záéíóúñü]+\s+[A-ZÁÉÍÓÚÑ](?![\w'’&])"
    r"(?:\.(?!\w)|(?=\s*(?:$|[,;:)]|(?:at|for|or|and|will|has|is|can|to"
    r"|leads|lets|opens|hosts|keeps|brings)\b)))"
)
_LETTER: Final = re.compile(r"[A-ZÁÉÍÓÚÑ](?<=\s.)(?![\w'’&])")
"""A letter by itself, as in each `_PERSON`."""
_CONTACT: Final = re.compile(
    r"\b(?:contact|contacto|contactar|call|llam[ae]r?|(?<!basic )(?<!fellowship )text|texto|phone"
    r"|tel|tel[eé]fono|cell|e-?mail|correo|ask for|pregunt[ae] por|hosted by|hosts?|secretary"
    r"|secretari[oa]|chair(?:ed by|(?:person|man|woman)?\s*:)|led by|facilitat(?:or|ed by)|leaders?"
    r"|moderator|gsr|isr|treasurer|coordinator|rsvp|reach out to|whatsapp)\b",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"(?i:\b(?:contact|ask for|hosted by|led by|chaired by)\b\s*:?)\s*"
    r"[A-ZÁÉÍÓÚÑ][a-záéíóúñü]+(?:\s+[A-ZÁÉÍÓÚÑ]\b\.?)?(?=\s*(?:$|[-–,;:.(]|at\b|for\b|or\b))"
)
"""Whom to ask for, in a name or a place."""
_CONTACTS: Final = (
    "contact", "call", "llam", "text", "phone", "tel", "cell", "mail", "correo", "ask for",
    "pregunt", "host", "secretar", "chair", "led by", "facilitat", "leader", "moderator", "gsr",
    "isr", "treasurer", "coordinator", "rsvp", "reach out", "whatsapp",
)  # fmt: skip
_ASKERS: Final = ("contact", "ask for", "ed by")
_PAYERS: Final = ("$", "venmo", "zelle", "paypal", "cash")
"""One of these is in all that `_CONTACT`, `_ASKED` or `_MONEY` finds, in plain letters."""
_MONEY: Final = re.compile(
    r"\b(?:venmo|zelle|paypal|cash ?app)\b|(?<!\w)\$[A-Za-z]\w+", re.IGNORECASE
)
_CAPITAL: Final = re.compile(r"\b[A-ZÁÉÍÓÚÑ][a-záéíóúñü]+\b")
_NO_NAMES: Final = frozenset(
    re.split(
        r"\s+",
        """A Aa Al Alanon Alateen Anon Ask Big Book Building Call Chair Chairperson Church Closed
        Contact Contacto Discussion Door Email Entrance Facebook First For Fourth Friday Group Hall
        Host Hosted In Info Intergroup Is Last Leader Llame Meeting Meetings Monday More Na No Note
        Notes On Open Or Parking Phone Please Ring Room Saturday Second Secretary See Speaker Step
        Steps Sunday Text The Third This Thursday To Topic Tradition Tuesday Website Wednesday Zoom
        January February March April May June July August September October November December""",
    )
)
_FEWEST: Final = 7
_NUMBERED: Final = re.compile(r"^#?\d{5,9}\s+(?=\S)")


@lru_cache(maxsize=8192)
def nobody(text: str) -> str:
    """A short text (a name, a place) without mail addresses and phone numbers."""
    kept = _no_mail(text)
    if _may(kept, _ASKERS):
        kept = _ASKED.sub(" ", kept)
    if " of " in kept:
        kept = _HOME.sub(" ", kept)
    # With few digits, as most texts have, there is no need to look closely.
    digits = DIGIT.findall(kept)
    if len(digits) >= _FEWEST:
        kept = _PHONE.sub(_but_dates, kept)
    if "8" in digits:
        kept = _LETTERED.sub(" ", kept)
    return text if kept == text else " ".join(kept.split()).strip(" ,;:|-–")


@lru_cache(maxsize=8192)
def address(text: str) -> str:
    """An address without mail addresses and phone numbers."""
    kept = _no_mail(text)
    if len(DIGIT.findall(kept)) >= _FEWEST:
        kept = _PHONE_IN_ADDRESS.sub(" ", kept)
    return text if kept == text else " ".join(kept.split()).strip(" ,;:|-–")


def named(value: Any) -> str:
    """A meeting's name, without the number that some lists put before it."""
    return _named(line(value, 400))


@lru_cache(maxsize=8192)
def _named(text: str) -> str:
    return short(nobody(_NUMBERED.sub("", text)), 255)


def notes(*texts: Any) -> str:
    """Notes for people who want to go: no clause with a person, their mail or phone, no link."""
    written = filter(None, map(plain, texts))
    kept = dict.fromkeys(clause for text in written for clause in _harmless(text))
    # Two that are harmless may tell something together.
    return short(nobody(". ".join(kept)), NOTES) if kept else ""


@lru_cache(maxsize=8192)
def _harmless(text: str) -> tuple[str, ...]:
    """Its clauses that tell of nobody."""
    written = _LINK.sub(" ", text)
    clauses = (clause.strip(" \t,;:|/-–*") for clause in _CLAUSE.split(written))
    if not _tells_of_somebody(written):
        return tuple(filter(None, clauses))
    return tuple(said for said in clauses if said and not _tells_of_somebody(said))


def _tells_of_somebody(clause: str) -> bool:
    if nobody(clause) != clause:
        return True
    if _LETTER.search(clause) and _PERSON.search(clause):
        return True
    if _may(clause, _PAYERS) and _MONEY.search(clause):
        return True
    if _NO_NAMES.issuperset(_CAPITAL.findall(clause)):
        return False
    return _may(clause, _CONTACTS) and bool(_CONTACT.search(clause))


def _may(text: str, hints: tuple[str, ...]) -> bool:
    """Whether a closer look pays; of letters that are not plain nobody knows all ways to write."""
    return not text.isascii() or has_any(text.lower(), hints)


def _no_mail(text: str) -> str:
    if "@" in text:
        text = _EMAIL.sub(" ", text)
    return _SPELLED.sub(" ", text) if _AT.search(text) else text


def _but_dates(found: re.Match[str]) -> str:
    # A group's number at its service office is none to call.
    numbered = found[0].isdigit() and found.string[: found.start()].endswith("#")
    return found[0] if numbered or _DATE.fullmatch(found[0]) else " "
