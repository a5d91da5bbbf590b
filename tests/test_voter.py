"""The second voter: total, the same every time, and it can only raise."""

from __future__ import annotations

import hashlib
from datetime import date
from importlib import resources
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot import triage
from bot.config import House
from bot.scorecard import CORPUS, read
from bot.voter import raised, voter
from handlers.risk import Level, Risk
from handlers.screening import screen
from handlers.spelling import normal
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import World

SIGNED = {"voter": {"by": "Dr. Ruth Gray", "on": date(2026, 1, 5)}}
VOTER = voter()

risks = st.builds(
    Risk,
    st.sampled_from(Level),
    st.lists(st.sampled_from(["panic", "self_harm", "relapse_or_use"]), unique=True).map(tuple),
    st.lists(st.text(max_size=5)).map(tuple),
    st.booleans(),
)


@given(risks, risks)
def test_nothing_is_ever_lowered_or_forgotten(risk: Risk, vote: Risk) -> None:
    both = raised(risk, vote)
    assert both.level.rank == max(risk.level.rank, vote.level.rank)
    assert set(risk.labels) <= set(both.labels)
    assert set(risk.words) <= set(both.words)
    assert both.bystander or not risk.bystander


# The first text reads the tables.
@settings(deadline=None)
@given(st.text(max_size=400))
def test_it_is_total_and_the_same_every_time(text: str) -> None:
    vote = VOTER.vote(text)
    assert vote == VOTER.vote(text)
    assert (vote.level is Level.NONE) == (vote.labels == ())


@pytest.mark.parametrize("text", ["", " ", "7", "👍", "ok", "a" * 5_000, "\x00", "😶" * 300])
def test_what_says_nothing_raises_nothing(text: str) -> None:
    assert VOTER.vote(text).level is Level.NONE


def _heard_by_the_voter_alone() -> str:
    """A message that the rules leave alone and the voter does not."""
    examples = [e for file in sorted((CORPUS / "tuning").glob("*.jsonl")) for e in read(file)]
    return next(
        e.text
        for e in examples
        if e.level is Level.EMERGENCY
        and screen(e.text).level is Level.NONE
        and VOTER.vote(e.text).level.rank >= Level.URGENT.rank
    )


def test_staff_see_words_of_the_message() -> None:
    text = _heard_by_the_voter_alone()
    vote = VOTER.vote(text)
    said = normal(text).split()
    for words in islice(vote.words, 3):
        assert all(word == "_" or word in said for word in words.split())


def test_the_card_is_about_these_weights() -> None:
    folder = resources.files("content").joinpath("voter")
    digest = hashlib.sha256(folder.joinpath("weights.jsonl.gz").read_bytes()).hexdigest()
    assert digest in folder.joinpath("CARD.md").read_text("utf-8")


async def test_it_is_off_until_a_clinic_signs(store: Store, clock: HandClock) -> None:
    text = _heard_by_the_voter_alone()
    for changed, level in (({}, Level.NONE), ({"signed": SIGNED}, VOTER.vote(text).level)):
        made = clinic(**changed)
        world = World(store, House(made, "https://x.example"), clock)
        world.door._screen = triage.by_the_clinic(made)
        risk = world.door._screen(text)
        assert risk.level is level


def test_a_state_that_forbids_it_keeps_it_off() -> None:
    with pytest.raises(ValidationError, match="forbids"):
        clinic(state="IL", signed=SIGNED)
    assert clinic(state="IL").signed.voter is None
    assert clinic(state="PA", signed=SIGNED).signed.voter is not None
