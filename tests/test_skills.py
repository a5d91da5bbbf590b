"""Which thing to do against an urge: what worked, else by rotation, and never what may do harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content import wording
from content.checking import SAMPLES
from content.segments import segments
from content.skills import CLEARANCES, COMPANIES, CONDITIONS, PLACES, TRIGGERS, _problems, skills
from content.wording import LANGUAGES, Language
from handlers.own import Entry, Own
from handlers.skills import (
    FEELINGS,
    HALT,
    after_halt,
    allowed,
    choose,
    levels,
    name,
    scene,
    worked,
)

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


def own(*entries: dict[str, Any], **settings: Any) -> Own:
    """Somebody with these urges, the newest first."""
    log = tuple(Entry("craving", NOW - timedelta(days=n), e) for n, e in enumerate(entries))
    return Own(settings, lambda kind, most: log[:most] if kind == "craving" else ())


def rode(skill: str, before: int, after: int, **more: Any) -> dict[str, Any]:
    helped = after < before
    return {"intensity": before, "after": after, "skill": skill, "helped": helped, **more}


def test_there_are_many_and_of_every_kind() -> None:
    kinds = {skill.kind for skill in skills().values()}
    assert len(skills()) - 1 >= 30
    assert kinds >= {"surf", "delay", "tape", "opposite", "ground", "breathe", "call", "meet"}
    assert kinds >= {f"halt_{feeling}" for feeling in FEELINGS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_has_its_words_and_a_name_that_fits_a_sentence(language: Language) -> None:
    texts = wording.entries(language)
    for skill in skills():
        if skill != HALT:
            assert texts[f"skills.{skill}"].text
            assert name(skill, language)[0].islower()
    named = {key.removeprefix("skills.").removesuffix("_name") for key in texts if "skills." in key}
    assert named == skills().keys() - {HALT}


@pytest.mark.parametrize(("language", "most"), [("en", 2), ("es", 3)])
@pytest.mark.parametrize("plain", [True, False])
def test_a_whole_text_message_stays_short(language: Language, most: int, *, plain: bool) -> None:
    def said(key: str) -> wording.Wording:
        return wording.word(key, SAMPLES, language=language, zone="UTC", channel="sms", plain=plain)

    for skill in skills():
        if skill != HALT:
            texts = (f"skills.{skill}", "craving.timer")
            whole = "\n".join([*(said(key).text for key in texts), said("craving.doing").listed])
            assert segments(whole) <= most, skill


def test_nothing_risky_before_staff_cleared_it() -> None:
    tried: list[str] = []
    while (skill := choose(own(), {}, tried)) is not None:
        assert not skill.cleared
        tried.append(skill.name)
    assert len(tried) > 20
    assert {s.name for s in skills().values() if s.cleared} == {"box", "stairs", "cold_face", "ice"}


@pytest.mark.parametrize("clearance", CLEARANCES)
def test_what_was_cleared_is_offered_unless_a_condition_speaks_against_it(clearance: str) -> None:
    there = {"place": "home"}
    risky = [s for s in skills().values() if s.cleared == {clearance}]
    assert risky
    for skill in risky:
        assert not allowed(skill, own(), there)
        assert allowed(skill, own(cleared=[clearance]), there)
        assert not allowed(skill, own(cleared=[clearance], conditions=["heart"]), there)


@pytest.mark.parametrize("setting", ["cold", ["cold", 7, None], {"cold": True}, None, 3])
def test_a_setting_of_another_form_clears_nothing_by_accident(setting: Any) -> None:
    clears = isinstance(setting, list)
    assert allowed(skills()["ice"], own(cleared=setting), {"place": "home"}) is clears


def test_everybody_has_a_next_step_for_each_of_the_four_anywhere() -> None:
    for feeling in FEELINGS:
        for place in PLACES:
            for company in COMPANIES:
                there = {"place": place, "company": company}
                found = after_halt(own(conditions=list(CONDITIONS)), feeling, there, ())
                assert found.kind == f"halt_{feeling}"
                assert allowed(found, own(conditions=list(CONDITIONS)), there)


def test_the_first_is_the_wave_and_the_next_is_of_another_kind() -> None:
    given: list[str] = []
    for _ in range(12):
        skill = choose(own(), {}, given)
        assert skill is not None
        assert not given or skill.kind != skills()[given[-1]].kind
        given.append(skill.name)
    assert given[:3] == ["wave", "delay", HALT]


@pytest.mark.parametrize(
    ("there", "kinds"),
    [
        ({"trigger": "money", "company": "alone"}, {"barrier"}),
        ({"trigger": "place", "company": "using"}, {"out"}),
        ({"trigger": "people", "place": "out", "company": "using"}, {"out"}),
        ({"place": "moving", "trigger": "place"}, {"out"}),
        ({"trigger": "feeling", "place": "out", "company": "alone"}, {"call"}),
    ],
)
def test_what_fits_comes_first(there: dict[str, str], kinds: set[str]) -> None:
    skill = choose(own(), there)
    assert skill is not None
    assert skill.kind in kinds


def test_every_scene_has_several_that_fit() -> None:
    for word in (*TRIGGERS, *PLACES, *COMPANIES):
        fitting = [s for s in skills().values() if word in s.fits and not s.cleared]
        assert len(fitting) >= 3, word


def test_what_was_tried_lately_rests() -> None:
    log = [{"tried": ["wave", "delay"]}, {"tried": ["senses"]}, {}, {}, {"tried": ["tape"]}]
    skill = choose(own(*log), {})
    assert skill is not None
    assert skill.name == HALT
    assert choose(own(*log), {}, [HALT]) == skills()["tape"]


def test_what_helps_nobody_twice_in_a_row_comes_last() -> None:
    in_vain = [{"skill": "wave", "helped": False}] * 2
    left = [s for s in skills() if s != "wave"]
    found = choose(own(*[{}] * 4, *in_vain), {}, [s for s in left if s != "delay"])
    assert found == skills()["delay"]
    assert choose(own(*[{}] * 4, *in_vain[:1]), {}) == skills()["wave"]


def test_what_took_them_furthest_down_is_offered_again() -> None:
    found = worked(own(rode("walk", 7, 5), rode("exhale", 8, 4), rode("senses", 6, 5)), {})
    assert found == ("exhale", 8, 4)


def test_the_same_trigger_counts_more_than_the_distance() -> None:
    log = own(rode("exhale", 9, 2, trigger="feeling"), rode("mute", 7, 5, trigger="people"))
    found = worked(log, {"trigger": "people"})
    assert found is not None
    assert found.skill == "mute"


@pytest.mark.parametrize(
    "log",
    [
        [rode("wave", 8, 8)],
        [rode("wave", 8, 9)],
        [{**rode("wave", 8, 3), "helped": False}],
        [rode("wave", 8, 8), rode("wave", 8, 2)],
        [rode("gone", 8, 2)],
        [rode("ice", 8, 2)],
        [{"intensity": 8, "skill": "wave"}],
        [{"intensity": None, "after": 2, "skill": "wave", "helped": True}],
        [{"intensity": True, "after": False, "skill": "wave", "helped": True}],
        [{}],
        [],
    ],
)
def test_what_did_not_help_or_may_not_be_offered_is_not_offered_again(
    log: list[dict[str, Any]],
) -> None:
    assert worked(own(*log), {}) is None


def test_what_may_not_be_done_there_is_not_offered_there() -> None:
    log = own(rode("shower", 8, 3))
    assert worked(log, {"place": "work"}) is None
    assert worked(log, {"place": "home"}) is not None


def test_of_several_in_one_urge_the_last_gets_its_own_drop() -> None:
    log = own({"intensity": 9, "from": 8, "after": 4, "skill": "walk", "helped": True})
    assert worked(log, {}) == ("walk", 8, 4)


def test_levels_for_a_chart_are_oldest_first() -> None:
    log = own({"intensity": 7, "after": 3}, {"intensity": None}, {"intensity": 5})
    assert levels(log, 9) == [(NOW - timedelta(days=2), 5, None), (NOW, 7, 3)]
    assert levels(log, 1) == [(NOW, 7, 3)]


def test_a_scene_is_what_is_known_of_it() -> None:
    assert scene({"trigger": "money", "place": None, "before": 3}) == {"trigger": "money"}


def test_data_with_a_mistake_says_where() -> None:
    wrong = {"minutes": 90, "fits": ["beach"], "cleared": ["fire"], "label": "x"}
    assert _problems("swim", wrong) == [
        "skills.toml swim: label is no field of a skill",
        "skills.toml swim: no kind",
        "skills.toml swim: minutes are 1 to 60",
        "skills.toml swim: beach is unknown in fits",
        "skills.toml swim: fire is unknown in cleared",
    ]
    assert _problems("swim", {"kind": "move", "minutes": 9}) == []
