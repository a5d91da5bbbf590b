"""Whatever stands in a row, it comes to meetings or to one reason; nobody is told of."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds import Dropped, bmlt, clock, joining, meeting_guide, own_list
from bot.feeds.keys import Keys
from bot.feeds.links import HOSTS, join
from bot.feeds.persons import address, named, nobody, notes
from bot.feeds.reading import About, Raw
from bot.feeds.rows import row as stored

FIELDS = {
    "meeting_guide": re.split(
        r"\s+",
        """name slug id day time end_time timezone formatted_address address city state postal_code
        country latitude longitude coordinates approximate conference_url conference_url_notes
        conference_phone conference_phone_notes types notes location location_notes group
        group_notes updated url timeUTC duration""",
    ),
    "bmlt": re.split(
        r"\s+",
        """id_bigint weekday_tinyint venue_type start_time duration_time time_zone formats longitude
        latitude published meeting_name location_text location_info location_street
        location_municipality location_province location_postal_code_1 location_nation comments
        phone_meeting_number virtual_meeting_link virtual_meeting_additional_info
        format_shared_id_list root_server_id startTime day serviceBodyId""",
    ),
    "list": re.split(
        r"\s+",
        """id name program audiences languages utcStart hostCity hostState titleLocation schedule
        passcode pathminderUrl detailUrl joinUrl phone notes timezone""",
    ),
}
READERS = {
    "meeting_guide": meeting_guide.listings, "bmlt": bmlt.listings, "list": own_list.listings,
}  # fmt: skip
LIKELY = st.sampled_from(
    [
        "Lantern", "Monday", "20:00", "8:00 PM", "America/Chicago", "US/Eastern", "1", "7", 3,
        [1, 3], "12 Example Street, Media, PA 19063, USA", "PA", "19063", 19063, "USA", 39.9, -75.4,
        "0.0", "NaN", "https://zoom.us/j/123456789", "2155550100,,1#", ["O", "C", "W"], "[open]",
        "2026-08-22T14:00:00+00:00", "9/9/2020", "Ohio", "VM,HY", "01:30:00", "no", "yes", True,
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
PHONE = re.compile(r"\d{3}[-. )]{1,2}\d{3}[-. ]\d{4}")


@pytest.mark.parametrize("kind", list(READERS))
def test_any_row_is_meetings_or_a_reason(kind: str) -> None:
    read = READERS[kind]

    @settings(max_examples=300, deadline=None)
    @given(st.dictionaries(st.sampled_from(FIELDS[kind]), LIKELY | JSON, max_size=20))
    def holds(row: Raw) -> None:
        for fellowship in ("aa", None):
            result = Keys().row(read(row, About(fellowship)))
            assert bool(result.listings) != isinstance(result.dropped, Dropped)
            for one in result.listings:
                assert 0 <= one.day <= 6
                assert 0 <= one.minute < 1440
                assert 0 < one.minutes <= 1440
                assert one.join_url is None or one.join_url.startswith("https://")
                json.dumps(stored(one))

    holds()


@pytest.mark.parametrize(
    "day", ["9" * 5_000, float("inf"), [[1]], json.loads("[" * 600 + "]" * 600)]
)
def test_a_day_that_nobody_could_mean_is_a_reason(day: Any) -> None:
    said = {"name": "Lantern", "time": "20:00", "timezone": "America/Chicago", "day": day}
    assert meeting_guide.listings(said, About()) == Dropped("bad_day")
    admin = {"startTime": "20:00", "serviceBodyId": 1, "name": "Lantern", "day": day}
    assert bmlt.listings(admin, About(zone="America/Chicago")) == Dropped("bad_day")
    assert bmlt.zone_hint(admin) is None


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z"])
@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Sydney"])
def test_a_moment_at_the_end_of_time_is_none(moment: str, zone: str) -> None:
    own = {"name": "Lantern", "utcStart": moment, "timezone": zone}
    assert own_list.listings(own, About()) == Dropped("bad_time")
    guide = {"name": "Lantern", "timeUTC": moment, "timezone": zone}
    assert meeting_guide.listings(guide, About()) == Dropped("no_day")


def test_a_list_of_audiences_is_not_taken_whole() -> None:
    tags = [f"Tag {n}" for n in range(5_000)]
    own = {"name": "Lantern", "utcStart": "2026-11-23T19:00:00Z", "audiences": tags}
    result = own_list.listings(own, About(zone="America/Chicago"))
    assert not isinstance(result, Dropped)
    assert len(result[0].labels) == 60


MAILS = st.emails()
PHONES = st.from_regex(
    r"(\+1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}", fullmatch=True
)
WORDS = st.lists(
    st.sampled_from(["Ring", "the", "bell", "call", "at", "or", "-", "(", ")", ".", "Room 4", "\n"])
    | MAILS | PHONES,
    max_size=9,
).map(" ".join)  # fmt: skip


@settings(deadline=None)
@given(WORDS)
def test_no_mail_and_no_phone_is_left(text: str) -> None:
    for said in (notes(text), nobody(text), named(text), address(text)):
        assert not MAIL.search(said)
        assert not PHONE.search(said)


@pytest.mark.parametrize("number", ["555-0123", "888-4AL-ANON"])
def test_a_number_with_few_digits_is_none_the_less_one(number: str) -> None:
    assert nobody(f"Lantern {number}") == "Lantern"
    assert notes(f"Bring a cup. Ring {number}.") == "Bring a cup"


def test_the_shortest_number_of_a_meeting_is_told_beside_its_link_alone() -> None:
    assert joining.without("Zoom ID: 12345678") == " "


@settings(deadline=None)
@given(WORDS, WORDS)
def test_nor_in_a_listing(one: str, other: str) -> None:
    row: dict[str, Any] = {
        "slug": "a", "name": one, "day": 1, "time": "20:00", "location": other, "notes": one,
        "location_notes": other, "group": other, "group_notes": one,
        "formatted_address": "12 Example Street, Media, PA 19063, USA",
        "conference_url_notes": other,
    }  # fmt: skip
    result = meeting_guide.listings(row, About("aa"))
    assert not MAIL.search(repr(result))
    assert not PHONE.search(repr(result))


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["", "@", ".", "/", "\\", "%2e", "#", "?"]))
def test_a_link_leads_to_a_known_host_or_nowhere(text: str, sign: str) -> None:
    for value in (text, f"https://{text}{sign}zoom.us/j/123456789", f"https://zoom.us{sign}{text}"):
        found = join(value)
        if found is not None:
            host = found.removeprefix("https://").split("/", 1)[0]
            assert any(host == known or host.endswith(f".{known}") for known in HOSTS)


def test_an_hour_has_four_digits_or_six() -> None:
    said = ("1000", "10000", "193000", 10**30, "19:305", "730pm")
    assert [clock.minute(each) for each in said] == [600, None, 1170, None, None, 1170]


@pytest.mark.parametrize(
    "said",
    ["Thaddeus K will let you in", "Ask inside, Orla B has the key",
     "Email: ophelia (at) mail (dot) example dot com", "Home of Mortimer Xanthe"],
)  # fmt: skip
def test_nobody_is_told_of_in_other_ways_either(said: str) -> None:
    kept = notes(f"Park behind. {said}")
    assert kept.startswith("Park behind")
    assert not any(name in kept for name in ("Thaddeus", "Orla", "example", "Mortimer"))
    assert notes("Vitamin C is fine. House of Hope") == "Vitamin C is fine. House of Hope"
