"""Words of a person's own: `panic` calls for somebody, `duress` does so and nothing shows it.

The panic word is chosen by text or tap and works beside NOW and AHORA. The duress word is agreed
on face to face and never by text, since whoever holds the phone may read along. Either is the
whole message; case, accents, spaces, marks and stretched letters don't matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from content import wording
from handlers import commands, optout, phrases
from handlers.numbers import Scale, Time
from handlers.said import UNREAD, Said
from handlers.spelling import bag, words

PANIC = "panic"
DURESS = "duress"
ALWAYS = ("now", "ahora")
"""Panic words that everybody has."""

_SHORTEST = {PANIC: 3, DURESS: 4}
_LONGEST = 30
_MOST_WORDS = 3
_REPEATED = re.compile(r"(.)\1+")
_COMMON = bag(
    "hello hey hiya yo sup morning evening night good fine great well bad sad mad tired sick sleep "
    "awake home work here there out busy back soon today tonight tomorrow yesterday monday tuesday "
    "wednesday thursday friday saturday sunday what when where why who how this that it them him "
    "her mom dad kids love you thanks thank please sorry maybe sure okay alright nothing something "
    "anything everything everyone again later wait never always really same better worse much more "
    "less done gone call text phone food money car bus ride group meeting doctor nurse counselor "
    "test testing hmm what lol haha nice cool wow true right left up down on off open close "
    "holaa buenas buenos dias tardes noches bien mal mas menos triste cansada cansado dormir casa "
    "trabajo aqui alla fuera ocupada ocupado hoy manana ayer lunes martes miercoles jueves viernes "
    "sabado domingo que cuando donde porque quien como esto eso ella mama papa hijos amor gracias "
    "perdon quizas nada algo todo todos otra vez luego espera nunca siempre igual mejor peor mucho "
    "poco listo llamar mensaje comida dinero carro doctora doctor enfermera prueba jaja cierto"
)


class Problem(StrEnum):
    """Why a word can't be one of these."""

    SHORT = "short"
    LONG = "long"
    TAKEN = "taken"
    """It means something here already: a command, an answer, a wish to stop."""
    COMMON = "common"
    """People write it without meaning it."""


def heard(text: str, own: Mapping[str, str] | None) -> str | None:
    """DURESS or PANIC if the whole text is that word of this person's, else None."""
    said = _spelled(text)
    for kind in (DURESS, PANIC):
        word = (own or {}).get(kind)
        if said and word and _spelled(word) == said:
            return kind
    return None


def same(one: str, other: str) -> bool:
    """Whether two words can't be told apart."""
    return _spelled(one) == _spelled(other)


def problem(word: str, kind: str) -> Problem | None:
    """What is wrong with a word that somebody would like to have, if anything."""
    said = words(word)
    letters = sum(len(each) for each in said if each.isalpha())
    if len(_spelled(word)) > _LONGEST or len(said) > _MOST_WORDS:
        return Problem.LONG
    if _is_taken(word):
        return Problem.TAKEN
    if letters < _SHORTEST[kind]:
        return Problem.SHORT
    if _COMMON.issuperset(said):
        return Problem.COMMON
    return None


def _is_taken(word: str) -> bool:
    said = words(word)
    if commands.heard(word) is not None or optout.heard(word) is not None:
        return True
    if optout.is_carrier_stop(word) or word.strip().upper() in {*optout.AGAIN, "HELP", "INFO"}:
        return True
    if phrases.sense(said) is not None or phrases.is_skip(said) or len("".join(said)) == 1:
        return True
    if any(answer.read(Said(word)) is not UNREAD for answer in (Scale(0, 10), Time())):
        return True
    return _spelled(word) in _spoken_for()


@cache
def _spoken_for() -> frozenset[str]:
    """What everybody's panic words, commands and the labels of answers come to."""
    labels = {
        label
        for language in wording.LANGUAGES
        for entry in wording.entries(language).values()
        for label in (*entry.choices.values(), *entry.cover_choices.values())
    }
    listed = {word for several in commands.COMMANDS.values() for word in several}
    return frozenset(map(_spelled, {*labels, *listed, *ALWAYS}))


def _spelled(text: str) -> str:
    return _REPEATED.sub(r"\1", "".join(words(text)))
