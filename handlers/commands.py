"""Words that work everywhere: a whole message, with or without a slash, in both languages."""

from __future__ import annotations

import re
import unicodedata

COMMANDS = {
    "menu": ("menu", "opciones", "options"),
    "checkin": ("checkin", "check in", "check-in", "registro", "registrar"),
    "talk": (
        "talk",
        "hablar",
        "persona",
        "human",
        "talk to someone",
        "talk to a person",
        "i want to talk to someone",
        "i want to talk to a person",
        "i need to talk to someone",
        "can i talk to someone",
        "quiero hablar con alguien",
        "quiero hablar con una persona",
        "necesito hablar con alguien",
        "puedo hablar con alguien",
        "hablar con alguien",
    ),
    "help": ("help", "ayuda", "info", "informacion"),
    "settings": ("settings", "ajustes", "configuracion", "time", "hora"),
    "english": ("english", "ingles", "in english please"),
    "spanish": ("spanish", "espanol", "en espanol", "en espanol por favor"),
    "plan": (
        "plan",
        "my plan",
        "mi plan",
        "safety plan",
        "my safety plan",
        "plan de seguridad",
        "mi plan de seguridad",
    ),
    "start": ("start", "join", "unirme", "empezar"),
    "hello": ("hola", "hi", "hello"),
}
_WORDS = {word: name for name, words in COMMANDS.items() for word in words}
_NOT_WORD = re.compile(r"[^\w\s-]+")


def heard(text: str) -> str | None:
    """The command that a whole message is, or None. `/menu@some_bot` is `menu` too."""
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain.startswith("/"):
        plain = plain[1:].split("@")[0].split(" ")[0]
    return _WORDS.get(" ".join(_NOT_WORD.sub(" ", plain).split()))
