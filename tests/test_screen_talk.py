"""What is said about a screen: in time or not at all, and sound after any answers."""

from __future__ import annotations

import dataclasses
import random
from datetime import date, timedelta
from typing import Any

from handlers.programme import Programme, ReplyScreen, Screen
from handlers.prompts import PROMPTS
from tests.conftest import START
from tests.notebook import Notebook


class Morning(Notebook):
    """Somebody who is to be told of one now, and what they said of it."""

    def __init__(self, **person: Any) -> None:
        super().__init__(**person)
        hours = timedelta(hours=1)
        self.screen = Screen(
            7, date(2026, 11, 23), START, START + 6 * hours, "planned", START - hours
        )

    def turn(self) -> Any:
        turn = super().turn()
        there = Programme(screens=lambda: (self.screen,), helpers="They read it.")
        return dataclasses.replace(turn, around=dataclasses.replace(turn.around, programme=there))

    def noted(self) -> list[ReplyScreen]:
        return [effect for effect in self.effects if isinstance(effect, ReplyScreen)]


def test_any_answers_leave_the_talk_sound_and_only_an_answer_confirms() -> None:
    pick = random.Random(7)
    said = ("1", "2", "3", "5", "6", "no", "sick", "can't, no ride", "skip", "??", "talk", "voy")
    for _ in range(60):
        one = Morning(language=pick.choice(["en", "es"]), withdrawal=pick.random() < 0.3)
        outcome = PROMPTS["screen"].ask(one.turn(), "7")
        assert outcome is not None
        one.put(outcome)
        assert [each.reply for each in one.noted()] == ["told"]
        one.screen = dataclasses.replace(one.screen, state="told")
        for _ in range(5):
            one.say(pick.choice(said))
            assert {each.reply for each in one.noted()} <= {"confirmed", "cannot"}


def test_it_is_told_in_time_or_not_at_all() -> None:
    one = Morning()
    ask, moments = PROMPTS["screen"].ask, PROMPTS["screen"].moments
    assert moments is not None
    one.now = one.screen.notice - timedelta(hours=5)
    assert moments(one.turn()) == {"7": one.screen.notice}
    assert ask(one.turn(), "7") is None
    one.now = one.screen.notice
    assert moments(one.turn()) == {"7": one.now + timedelta(minutes=15)}
    assert ask(one.turn(), "7") is not None
    one.now = one.screen.end - timedelta(minutes=59)
    assert moments(one.turn()) == {}
    assert ask(one.turn(), "7") is None
    assert ask(one.turn(), "8") is None


def test_a_word_that_they_come_confirms_it_also_once_its_question_is_gone() -> None:
    for said, reply in (("ahí voy", "confirmed"), ("I can't make it today", "cannot")):
        for state in ("told", "unread", "confirmed"):
            one = Morning()
            one.screen = dataclasses.replace(one.screen, state=state)
            one.say("checkin")
            one.say(said)
            assert [each.reply for each in one.noted()] == ([] if state == "confirmed" else [reply])
