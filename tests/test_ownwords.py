from __future__ import annotations

import pytest

from handlers.ownwords import DURESS, PANIC, Problem, heard, problem, same

OWN = {PANIC: "Blue heron", DURESS: "linterna de papel"}


@pytest.mark.parametrize(
    "text", ["blue heron", "BLUE HERON!!", "blueheron", "Blue  herón", "/blue_heron", "bluue heron"]
)
def test_the_panic_word_is_known_however_it_is_typed(text: str) -> None:
    assert heard(text, OWN) == PANIC


@pytest.mark.parametrize("text", ["linterna de papel", "Linterna de papel.", "LINTERNADEPAPEL"])
def test_the_duress_word_is_known_however_it_is_typed(text: str) -> None:
    assert heard(text, OWN) == DURESS


@pytest.mark.parametrize("text", ["", "!!", "blue", "a blue heron flew by", "heron blue", "papel"])
def test_it_is_the_whole_message_or_none(text: str) -> None:
    assert heard(text, OWN) is None
    assert heard(text, None) is None
    assert heard(text, {PANIC: "", DURESS: "!!"}) is None


def test_of_two_that_are_the_same_nothing_is_shown() -> None:
    assert heard("fox", {PANIC: "fox", DURESS: "fox"}) == DURESS


@pytest.mark.parametrize("word", ["blue heron", "linterna de papel", "zafiro", "quetzal", "tulip"])
@pytest.mark.parametrize("kind", [PANIC, DURESS])
def test_a_word_that_nobody_writes_by_chance_is_fine(word: str, kind: str) -> None:
    assert problem(word, kind) is None


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("fox", Problem.SHORT),
        ("1234 x", Problem.SHORT),
        ("...", Problem.SHORT),
        ("four words are many", Problem.LONG),
        ("supercalifragilisticexpialidocious", Problem.LONG),
        ("menu", Problem.TAKEN),
        ("/menu", Problem.TAKEN),
        ("check in", Problem.TAKEN),
        ("hablar", Problem.TAKEN),
        ("NOW", Problem.TAKEN),
        ("Ahora", Problem.TAKEN),
        ("help", Problem.TAKEN),
        ("ayuda", Problem.TAKEN),
        ("STOP", Problem.TAKEN),
        ("optout", Problem.TAKEN),
        ("alto", Problem.TAKEN),
        ("baja", Problem.TAKEN),
        ("stop texting me", Problem.TAKEN),
        ("unstop", Problem.TAKEN),
        ("reanudar", Problem.TAKEN),
        ("yes", Problem.TAKEN),
        ("sí", Problem.TAKEN),
        ("not sure", Problem.TAKEN),
        ("skip", Problem.TAKEN),
        ("seven", Problem.TAKEN),
        ("6 pm", Problem.TAKEN),
        ("a", Problem.TAKEN),
        ("Badly", Problem.TAKEN),
        ("Puerto Rico", Problem.TAKEN),
        ("hello", Problem.TAKEN),
        ("good night", Problem.COMMON),
        ("Gracias", Problem.COMMON),
        ("doctor", Problem.COMMON),
    ],
)
def test_what_a_word_may_not_be(word: str, why: Problem) -> None:
    assert problem(word, DURESS) is why


def test_a_panic_word_may_be_shorter() -> None:
    assert problem("sos", PANIC) is None
    assert problem("sos", DURESS) is Problem.SHORT


def test_two_words_that_cannot_be_told_apart() -> None:
    assert same("Blue heron", "blue-heron!")
    assert not same("blue heron", "blue herring")
