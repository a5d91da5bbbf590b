"""Over the list of routes: what nobody, an operator and somebody else's counselor get to see.

A route that is added is tried by itself: what is not on a list here must be shut.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select
from starlette.routing import Route

from bot.config import House
from bot.web.site import build
from storage import staff, tasks
from storage.models import metadata
from storage.store import Store
from tests import sessions_held
from tests.conftest import HandClock
from tests.world import COUNSELOR, SUPERVISOR, World

NAME, WORDS = "Pia Quill", "I want to kill myself"
OTHER, OPERATOR = "Noa Iris", "Olga Lind"
PUBLIC = {
    "/telegram", "/sms", "/sms/status", "/health", "/metrics", "/static/page.css",
    "/sign-in", "/setup/{token}", "/q/{token}", "/m/{token}", "/m/{token}.ics", "/c/{token}.ics",
}  # fmt: skip
OWN = {
    "/sign-out", "/account", "/account/password", "/account/factor",
    "/account/sign-out-others", "/account/sign-out-everywhere",
}  # fmt: skip
OPERATORS = {*OWN, "/rota", "/staff", "/staff/{number}", "/settings"}
"""Pages that an operator may look at."""
OPERATORS_FORMS = {*OWN, "/staff", "/staff/{number}/reset", "/staff/{number}/notices"}
SUPERVISORS = {
    "/staff", "/staff/{number}", "/staff/{number}/reset", "/staff/{number}/notices",
    "/staff/{number}/leave", "/settings",
}  # fmt: skip
"""Pages and forms that are not for counselors."""
NOBODYS = "/rota/{number}/back"
"""Its number is of a time off; the others' are of what stands before it in the path."""


@dataclass
class Case:
    """A clinic with one patient and one alert, and every number that an address may hold."""

    world: World
    browser: httpx.AsyncClient
    routes: list[Route]
    numbers: dict[str, int]

    def paths(self, method: str) -> Iterator[tuple[str, str]]:
        """Every route that is not public, as it is written and as it is asked for."""
        for route in self.routes:
            assert route.methods is not None
            if method in route.methods and route.path not in PUBLIC:
                first = route.path.split("/")[1]
                number = str(self.numbers.get(first, 1))
                path = route.path.replace("{number}", number).replace("{name}", "mood")
                yield route.path, path

    def form(self) -> dict[str, str]:
        """Filled in so that every form would find what it needs."""
        colleague = str(self.numbers["colleague"])
        return {
            "form": self.world.form_key(self.browser),
            "text": "Hello there.", "note": "A note.", "status": "paused", "sure": "yes",
            "action": "seen", "outcome": "reached", "to": colleague, "heir": colleague,
            "address": str(self.numbers["address"]), "does": "freeze",
            "name": "Some Body", "role": "counselor", "channel": "sms", "sms": "215-555-0166",
            "who": colleague, "from_day": "2026-11-25", "from_time": "08:00",
            "to_day": "2026-11-26", "to_time": "20:00", "cover": "",
            "born": "1990-01-31", "consented": "2026-11-20", "counselor": COUNSELOR,
            "language": "en", "words": "cover", "hour": "19:00", "rules.silent_days": "1",
            "bam_iop": "off", "phq2": "off", "gad2": "off", "craving": "off",
        }  # fmt: skip

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """What stands in every table, but for when somebody was last seen."""

        def read(tx: Connection) -> dict[str, list[tuple[Any, ...]]]:
            return {
                table.name: sorted(
                    (tuple(map(str, row)) for row in tx.execute(select(*table.c))), key=str
                )
                for table in metadata.sorted_tables
                if table.name != "web_session"
            }

        return self.world.store.read_now(read)


@pytest.fixture
async def case(store: Store, house: House, clock: HandClock) -> AsyncIterator[Case]:
    world = await World(store, house, clock).staffed()
    other = await world.hired(OTHER, "counselor", "+12155550177")
    await world.hired(OPERATOR, "operator", "+12155550166")
    person_id = await world.joined(name=NAME)
    await world.say("checkin")
    await world.say("6 3 1 1")
    await world.say(WORDS)
    lee, now = await world.worker(SUPERVISOR), clock.at
    later = now + timedelta(days=30)
    off = await store.write(
        lambda tx: staff.add_absence(tx, lee.id, later, later + timedelta(days=1), None)
    )
    address = world.read(lambda tx: tx.execute(select(metadata.tables["address"])).all())
    programme = await store.write(lambda tx: _programme(tx, person_id, now))
    numbers = {
        "people": person_id,
        "alerts": world.alerts()[-1].id,
        "staff": lee.id,
        "rota": off,
        **programme,
        "colleague": other,
        "address": next(row.id for row in await address if row.person_id == person_id),
    }
    app = build(world.site())
    routes = [route for route in app.routes if isinstance(route, Route)]
    assert len(routes) == len(app.routes)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=house.url) as browser:
        yield Case(world, browser, routes, numbers)


def _programme(tx: Connection, person_id: int, now: datetime) -> dict[str, int]:
    """A series with one session that the person sits in, and a task of theirs."""
    counselor = staff.by_name(tx, COUNSELOR)
    assert counselor is not None
    series = sessions_held.series(tx, now, staff_id=counselor.id)
    session = sessions_held.held(tx, series, now + timedelta(days=1))
    seat = sessions_held.sits(tx, session, person_id, now)
    task = tasks.open_(tx, person_id, "ride", "barrier", now, seat_id=seat)
    return {"series": series, "sessions": session, "tasks": task}


async def test_without_a_session_every_page_asks_to_sign_in(case: Case) -> None:
    for written, path in case.paths("GET"):
        answer = await case.browser.get(path)
        assert answer.status_code == 303, written
        assert answer.headers["location"] == f"/sign-in?next={path}", written
        assert answer.text == "", written


async def test_without_a_session_no_form_changes_anything(case: Case) -> None:
    before, form = case.everything(), case.form()
    for written, path in case.paths("POST"):
        answer = await case.browser.post(path, data=form)
        assert answer.status_code == 403, written
        assert NAME not in answer.text, written
    assert case.everything() == before


async def test_a_session_that_is_over_opens_nothing(case: Case) -> None:
    await case.world.signed_in(case.browser, SUPERVISOR)
    form = case.form()
    case.world.clock.at += timedelta(minutes=31)
    before = case.everything()
    for written, path in case.paths("GET"):
        assert (await case.browser.get(path)).status_code == 303, written
        await case.world.signed_in(case.browser, SUPERVISOR)
        case.world.clock.at += timedelta(minutes=31)
    for written, path in case.paths("POST"):
        assert (await case.browser.post(path, data=form)).status_code == 403, written
    assert case.everything() == before


@pytest.mark.parametrize("who", [COUNSELOR, SUPERVISOR])
async def test_a_form_without_its_key_changes_nothing(case: Case, who: str) -> None:
    await case.world.signed_in(case.browser, who)
    before = case.everything()
    for written, path in case.paths("POST"):
        for key in ("", "k1:" + "0" * 64):
            answer = await case.browser.post(path, data={**case.form(), "form": key})
            assert answer.status_code in (403, 404), written
    assert case.everything() == before


async def test_an_operator_sees_no_words_and_no_names_of_patients(case: Case) -> None:
    await case.world.signed_in(case.browser, OPERATOR)
    before = case.everything()
    for written, path in case.paths("GET"):
        answer = await case.browser.get(path)
        if written == "/":
            assert answer.status_code == 303
            assert answer.headers["location"] in OPERATORS
        else:
            assert answer.status_code == (200 if written in OPERATORS else 404), written
        assert NAME not in answer.text, written
        assert WORDS not in answer.text, written
    for written, path in case.paths("POST"):
        if written not in OPERATORS_FORMS:
            answer = await case.browser.post(path, data=case.form())
            assert answer.status_code == 404, written
    assert case.everything() == before


async def test_somebody_elses_counselor_finds_nothing(case: Case) -> None:
    await case.world.signed_in(case.browser, OTHER)
    for written, path in case.paths("GET"):
        answer = await case.browser.get(path)
        shut = "{number}" in written or written in SUPERVISORS
        assert answer.status_code == (404 if shut else 200), written
        assert NAME not in answer.text, written
    before = case.everything()
    assert all(row[3] == "None" for row in before["audit"])
    for written, path in case.paths("POST"):
        if "{number}" in written or written in SUPERVISORS:
            answer = await case.browser.post(path, data=case.form())
            assert answer.status_code == 404 or written == NOBODYS, written
            assert NAME not in answer.text, written
    assert case.everything() == before


async def test_a_number_that_is_none_is_nothing(case: Case) -> None:
    await case.world.signed_in(case.browser, SUPERVISOR)
    before, form = case.everything(), case.form()
    numbers = ("0", "-1", "999999", "9" * 30, "1e3", "1%2F2", "x", "١")
    for written in {route.path for route in case.routes if "{number}" in route.path}:
        for path in (written.replace("{number}", number) for number in numbers):
            shown = await case.browser.get(path)
            assert shown.status_code in (404, 405), path
            taken = await case.browser.post(path, data=form)
            assert taken.status_code in (404, 405) or written == NOBODYS, path
    assert case.everything() == before


async def test_the_right_one_finds_everything(case: Case) -> None:
    """Else the others would prove nothing: the numbers are good, and so is the form."""
    for who, shut in ((COUNSELOR, SUPERVISORS), (SUPERVISOR, set[str]())):
        await case.world.signed_in(case.browser, who)
        for written, path in case.paths("GET"):
            answer = await case.browser.get(path)
            assert answer.status_code == (404 if written in shut else 200), (who, written)
    await case.world.signed_in(case.browser, COUNSELOR)
    for path in ("/people/{}/reply", "/people/{}/note", "/people/{}/status", "/alerts/{}/act"):
        before = case.everything()
        number = case.numbers[path.split("/")[1]]
        answer = await case.browser.post(path.format(number), data=case.form())
        assert answer.status_code == 303, path
        assert case.everything() != before, path


async def test_no_route_is_written_twice_and_no_page_takes_what_changes(case: Case) -> None:
    written = [(method, route.path) for route in case.routes for method in route.methods or ()]
    assert len(written) == len(set(written))
    assert {method for method, _ in written} <= {"GET", "HEAD", "POST"}
