from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import rules
from handlers.optout import AGAIN, CARRIER_START, CARRIER_STOP, Wish, heard, is_carrier_stop

RULES = rules.optout().rules


@pytest.mark.parametrize(
    ("label", "text"), [(rule.label, text) for rule in RULES for text in rule.match]
)
def test_what_each_rule_must_hear(label: str, text: str) -> None:
    assert heard(text) == label


@pytest.mark.parametrize(
    ("label", "text"), [(rule.label, text) for rule in RULES for text in rule.unmatched]
)
def test_what_each_rule_must_not_hear(label: str, text: str) -> None:
    assert heard(text) != label


@pytest.mark.parametrize(
    "text",
    [
        "hey can you please stop messaging me thanks",
        "STOP TEXTING ME I MEAN IT",
        "I don’t want to get these anymore texts",
        "ok please no more reminders",
        "stop. i said stop texting me",
        "wrong number, stop texting me",
        "this is not maria. take my number off your list",
        "i asked you to stop sending me these messages",
        "Please quit sending these",
        "ya dejen de mandar mensajes por favor",
        "por favor quiten mi número",
        "oigan ya no me manden nada",
        "No me escriban mas, gracias",
        "ya no quiero recibir sus mensajes",
        "dont send me texts anymore porfa",
        "s.t.o.p",
        "“Stop”",
        "🛑 stop 🛑",
        "stoooop",
        "st0p",
    ],
)
def test_a_wish_to_stop_in_plain_speech(text: str) -> None:
    assert heard(text) is Wish.STOP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "i stopped drinking in may",
        "i can't stop crying",
        "please make it stop",
        "i want the pain to end",
        "i want to end my life",
        "can we cancel tuesday",
        "cancelen mi cita del martes",
        "i quit my job today",
        "the messages help, thank you",
        "i like your texts",
        "mi mamá me quiere dar de alta en el gimnasio",
        "no puedo parar de pensar en ella",
        "nobody texts me anymore",
        "when does it end",
        "bus stop on 5th",
        "stop by after group?",
        "she won't leave me alone",
        "no more cravings today",
        "me dieron de baja en el trabajo",
        "no contesté sus mensajes, perdón",
        "hasta cuándo termina el grupo",
        "my dealer keeps texting me",
        "please don't stop",
        "text me at 6 instead",
        "mándenme mensajes más tarde",
    ],
)
def test_no_wish_about_messages(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize("word", sorted(CARRIER_STOP))
def test_the_carriers_words_always_stop(word: str) -> None:
    for typed in (word, word.lower(), f" {word.capitalize()}\n"):
        assert is_carrier_stop(typed)
        assert heard(typed) is Wish.STOP


@pytest.mark.parametrize("text", ["stop texting me", "ALTO", "stop!", "stop please", ""])
def test_the_carrier_hears_only_its_own_words(text: str) -> None:
    assert not is_carrier_stop(text)


def test_yes_starts_nothing_by_itself() -> None:
    assert "YES" in CARRIER_START
    assert AGAIN > CARRIER_START
    assert [heard(word) for word in ("YES", "SI", "sí")] == [None] * 3
    assert heard("START") is Wish.START


@given(st.text())
def test_hearing_never_fails(text: str) -> None:
    assert heard(text) in {None, *Wish}
