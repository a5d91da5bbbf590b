"""The tables of what lists mean: their kinds, zones and codes are ones that there are."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from bot.feeds import codes, spellings, zones
from bot.states import CODES
from handlers.meetings import FELLOWSHIPS, KINDS

THEIRS = sorted(spellings.codes().keys() - {"languages"})


@pytest.mark.parametrize("fellowship", THEIRS)
def test_codes_have_a_label_and_our_own_kinds(fellowship: str) -> None:
    assert fellowship in FELLOWSHIPS
    book = codes.book(fellowship)
    assert book is not None
    for label, *kinds in book.codes.values():
        assert label
        assert set(kinds) <= set(KINDS)
    assert book.in_person <= book.codes.keys()


@pytest.mark.parametrize(
    ("fellowship", "code", "label"),
    [
        ("aa", "POA", "Proof of Attendance"),
        ("al-anon", "POA", "Parents of Alcoholics"),
        ("aa", "S", "Spanish"),
        ("aca", "S", "Speaker"),
        ("aa", "Y", "Young People"),
        ("al-anon", "Y", "Alateen"),
        ("aa", "A", "Secular"),
        ("aca", "A", "Age Restricted 18+"),
        ("na", "IW", "It Works"),
        ("rd", "IW", "Inquiry Writing"),
        ("aa", "IS", "Icelandic"),
        ("rd", "IS", "Inquiry Study"),
        ("slaa", "HR", "Healthy Relationships"),
        ("aa", "HR", "Croatian"),
    ],
)
def test_the_same_letters_mean_other_things_elsewhere(
    fellowship: str, code: str, label: str
) -> None:
    assert codes.said(fellowship, [code], there=True).labels == (label,)


def test_only_aa_has_a_proof_of_attendance() -> None:
    given = [one for one in THEIRS if "proof" in codes.said(one, ["POA"], there=True).kinds]
    assert given == ["aa"]


def test_every_zone_is_one() -> None:
    known = available_timezones()
    assert set(spellings.spellings("zones").values()) <= known
    assert set(spellings.spellings("provinces").values()) <= known
    assert {zones.of_state(code) for code in CODES} <= known


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("US/Eastern", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("EST", "America/New_York"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("Lantern Time", None),
        ("", None),
        (5, None),
    ],
)
def test_zones_as_lists_name_them(said: object, zone: str | None) -> None:
    assert zones.zone(said) == zone
