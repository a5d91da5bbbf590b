from __future__ import annotations

import pytest
from sqlalchemy import Connection

from bot import places
from handlers.meetings import Spot
from storage.store import Store
from tests.meeting_rows import listed, put, row

PHILADELPHIA = Spot(39.95, -75.17, "", "America/New_York")
Found = Spot | tuple[str, ...] | None


def found(store: Store, text: str, near: Spot | None = None, state: str | None = None) -> Found:
    return store.read_now(lambda tx: places.spot(tx, text, near, state))


def label(store: Store, text: str, state: str | None = None) -> str | None:
    """Where it is taken for, in its own words; None where it is not known, or is several."""
    spot = found(store, text, None, state)
    return spot.label if isinstance(spot, Spot) else None


@pytest.mark.parametrize("text", ["19103", " 19103 ", "19103-1234", "191031234", "Oak St, 19103."])
def test_a_zip_code(store: Store, text: str) -> None:
    spot = found(store, text)
    assert spot == Spot(39.9513, -75.1741, "19103", "America/New_York")


def test_zip_codes_of_no_place(store: Store) -> None:
    # Unknown, military, too short, too long, Canadian.
    for text in ("00000", "09001", "9410", "191034", "K1A 0B6", ""):
        assert found(store, text) is None, text
    # Boxes stand in a post office: where there is nothing else, people have no other code.
    assert isinstance(found(store, "99634"), Spot)


def test_a_city_with_its_state(store: Store) -> None:
    assert label(store, "Reading, PA") == "Reading, PA"
    assert label(store, "reading pa.") == "Reading, PA"
    assert label(store, "Reading Pennsylvania") == "Reading, PA"
    assert label(store, "springfield, illinois") == "Springfield, IL"
    assert label(store, "Charleston West Virginia") == "Charleston, WV"
    assert label(store, "Washington DC") == "Washington, DC"
    assert label(store, "st. louis mo") == "Saint Louis, MO"
    assert label(store, "St Louis, MO") == "Saint Louis, MO"
    assert label(store, "Coeur d’Alene ID") == label(store, "coeur dalene id") is not None
    assert label(store, "Cañon City, CO") == "Canon City, CO"
    assert label(store, "Filadelfia, Pensilvania") == "Philadelphia, PA"
    assert label(store, "Nueva York") == label(store, "NYC") == "New York, NY"


def test_a_city_that_everybody_means_needs_no_state(store: Store) -> None:
    assert label(store, "Chicago") == "Chicago, IL"
    assert label(store, "philadelphia") == "Philadelphia, PA"
    assert label(store, "new york") == "New York, NY"


def test_of_several_towns_it_is_asked_which(store: Store) -> None:
    towns = found(store, "Springfield")
    assert isinstance(towns, tuple)
    assert {"Springfield, MA", "Springfield, IL", "Springfield, MO"} <= set(towns)
    assert len(towns) <= places.MOST
    # Each of them is understood when it is said.
    assert [label(store, town) for town in towns] == list(towns)
    nearby = found(store, "Springfield", PHILADELPHIA)
    assert isinstance(nearby, tuple)
    assert nearby[0] == "Springfield, PA"
    theirs = found(store, "Springfield", None, "OR")
    assert isinstance(theirs, tuple)
    assert theirs[0] == "Springfield, OR"


def test_typos_are_forgiven(store: Store) -> None:
    assert label(store, "Philadelpia") == "Philadelphia, PA"
    assert label(store, "Pittsburg PA") == "Pittsburgh, PA"
    assert label(store, "alantown pa") == "Allentown, PA"
    assert label(store, "Tuscon, AZ") == "Tucson, AZ"
    towns = found(store, "Sprngfield")
    assert isinstance(towns, tuple)
    assert "Springfield, IL" in towns


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", "HELP", "Ayuda", "cancel", "END", "quit", "START", "menu", "more", "MAS",
        "yes", "no", "here", "home", "online", "near me", "tonight", "mañana", "please", "friend",
        "nothing", "tomorrow", "another", "xx", "?", "🙏", "PA", "Pennsylvania",
    ],
)  # fmt: skip
def test_words_that_mean_something_else_are_no_places(store: Store, text: str) -> None:
    assert found(store, text) is None


def test_a_town_called_like_such_a_word_is_found_with_its_state(store: Store) -> None:
    assert label(store, "Home, PA") == "Home, PA"


def test_a_point(store: Store) -> None:
    spot = found(store, "39.95, -75.17")
    assert spot == Spot(39.95, -75.17, "39.95, -75.17", "America/New_York")
    assert found(store, "0.0, 0.0") is None
    assert found(store, "95.0, -75.0") is None
    assert places.here(47.6, -122.3, "you") == Spot(47.6, -122.3, "you", "America/Los_Angeles")


def test_places_that_only_the_lists_know(store: Store) -> None:
    def fill(tx: Connection) -> None:
        feed = listed(tx)
        there = {"city": "Made Up Borough", "postal": "00999", "lat": 40.0, "lng": -75.0}
        put(tx, [row(feed, 1, "19:00", **there), row(feed, 2, "19:00", **there)])

    store.write_now(fill)
    spot = found(store, "made up borough")
    assert spot == Spot(40.0, -75.0, "Made Up Borough, PA", "America/New_York")
    assert label(store, "Made up borough, PA") == "Made Up Borough, PA"
    assert label(store, "Made up borough, NJ") is None
    spot = found(store, "00999")
    assert spot == Spot(40.0, -75.0, "00999", "America/New_York")


def test_zones() -> None:
    assert places.zone_of("19103") == "America/New_York"
    assert places.zone_of("60601-1234") == "America/Chicago"
    assert places.zone_of("Reading, PA") == "America/New_York"
    assert places.zone_of("Phoenix") is None
    assert places.zone_of("Phoenix AZ") == "America/Phoenix"
    assert places.zone_of("00000") is None
    assert places.zone_of("Nowhere at all") is None
    assert places.zone_named("america/chicago") == "America/Chicago"
    around = places.zones_around(36.2, -110.3)
    assert {"America/Phoenix", "America/Denver"} <= around
    assert places.zones_around(PHILADELPHIA.lat, PHILADELPHIA.lng) == {"America/New_York"}
