from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot import standing
from bot.config import House
from storage import alerts as alert_rows
from storage import outbox as queue
from storage import people as people_rows
from storage import reminders
from storage.models import note, outbox, reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, title, words
from tests.world import COUNSELOR, SUPERVISOR, World

NAME = "Sam Doe"
NUMBER = "+12155550188"
NOA = "Noa Iris"
PAGES = ("", "/card", "/status", "/address", "/hand-over", "/settings")
FORMS = ("/reply", "/answered", "/note", "/card", "/status", "/address", "/hand-over", "/settings")
CARD = {"channel": "sms", "hours": "8-21", "calls": True, "never": "brother Al"}


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    """The counselor of one person who gets texts in cover words."""
    world = await World(store, house, clock).staffed()
    await world.joined(name=NAME, channel="sms", address=NUMBER, card=CARD)
    world.sent_since()
    async with Desk(world) as opened:
        yield opened


def number(desk: Desk) -> int:
    """The one person there is."""
    found = desk.world.store.read_now(lambda tx: people_rows.address_of(tx, "sms", NUMBER))
    assert found is not None
    return int(found.person_id)


def here(desk: Desk, more: str = "") -> str:
    return f"/people/{number(desk)}{more}"


def texts(desk: Desk) -> list[str]:
    return desk.world.texts(NUMBER)


async def changed(desk: Desk, **values: Any) -> None:
    who = number(desk)
    await desk.world.store.write(lambda tx: people_rows.change(tx, who, **values))


async def test_the_page_says_who_and_how_and_what_was_said(desk: Desk) -> None:
    await desk.world.say("I wanna kill myself <b>now</b>", channel="sms", address=NUMBER)
    text = await desk.text(here(desk))
    assert NAME in text
    assert "<strong>English</strong>" in text
    assert "brother Al" in text
    assert "I <mark>wanna kill myself</mark> &lt;b&gt;now&lt;/b&gt;" in text
    assert "The program</strong>" in text
    assert "waiting to be sent" in text
    assert f"/alerts/{desk.world.alerts()[-1].id}/act" in text
    # How to reach them safely comes before anything that can be done.
    assert text.index("Reach them safely") < text.index("/act")
    assert text.index("Reach them safely") < text.index('id="text"')
    assert not any(word in title(text) for word in (NAME, "Sam"))
    assert "<script" not in text
    assert " style=" not in text
    assert re.findall(r'(?:src|href|action)="(?!/|tel:|#)([^"]*)"', text) == []


async def test_every_look_is_written_down(desk: Desk) -> None:
    for path in PAGES:
        await desk.text(here(desk, path))
    worker = await desk.world.worker(COUNSELOR)
    for what in ("person", "card", "status", "address", "hand_over", "settings"):
        looks = await desk.looks(f"{what}_page")
        assert [(row.staff_id, row.person_id) for row in looks] == [(worker.id, number(desk))]


async def test_whoever_may_not_see_them_finds_nothing_here(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    await desk.world.hired("Olga Ops", "operator", "+12155550178")
    forms = {"text": "hi", "note": "hi", "status": "paused", "to": "1", "does": "verify"}
    more = {"address": "1", "language": "en", "words": "plain", "alone": "yes", "channel": ""}
    before = desk.world.person(number(desk))
    for name in (NOA, "Olga Ops"):
        async with Desk(desk.world, name) as other:
            for path in PAGES:
                answer = await other.get(here(desk, path))
                assert (answer.status_code, NAME in answer.text) == (404, False), path
            for path in FORMS:
                answer = await other.post(here(desk, path), **forms, **more)
                assert (answer.status_code, NAME in answer.text) == (404, False), path
    stranger = desk.world.client()
    for path in PAGES:
        assert (await stranger.get(here(desk, path))).status_code == 303
    for path in FORMS:
        assert (await stranger.post(here(desk, path), data=forms)).status_code == 403
    await stranger.aclose()
    for odd in ("0", "9999", "x", "99999999999"):
        assert (await desk.get(f"/people/{odd}")).status_code == 404
    assert desk.world.person(number(desk)) == before
    assert desk.world.sent_since(NUMBER) == []


async def test_an_answer_goes_to_their_safe_channel_and_says_who_wrote_it(desk: Desk) -> None:
    await changed(desk, waiting_since=desk.world.clock.at)
    assert "Waits for an answer since 10 am" in await desk.text(here(desk))
    woken = desk.world.woken
    answer = await desk.post(here(desk, "/reply"), text="See you at three?")
    text = await desk.follow(answer)
    assert "On its way." in text
    assert desk.world.woken == woken + 1
    assert texts(desk)[-1].endswith("See you at three?")
    assert f"<strong>{COUNSELOR}</strong>" in text
    assert "Waits for an answer" not in text
    row = desk.world.rows(NUMBER)[-1]
    assert row.said_by == (await desk.world.worker(COUNSELOR)).id
    assert len(await desk.looks("answered")) == 1
    # Pressed twice, it is sent once.
    await desk.post(here(desk, "/reply"), text="See you at three?")
    assert len([each for each in texts(desk) if "three" in each]) == 1


async def test_what_outs_somebody_is_shown_before_it_is_sent(desk: Desk) -> None:
    outing = "Your methadone is ready at the clinic"
    first = await desk.post(here(desk, "/reply"), text=outing)
    assert first.status_code == 400
    assert "Not sent yet" in first.text
    assert outing in first.text
    assert "Send anyway" in first.text
    assert desk.world.sent_since(NUMBER) == []
    seen = re.findall(r'name="seen" value="([^"]+)"', first.text)
    assert seen
    # Other words bring other warnings: what was not seen yet is shown again.
    longer = await desk.post(here(desk, "/reply"), text=outing + " now" * 60, seen=seen)
    assert longer.status_code == 400
    assert (await desk.post(here(desk, "/reply"), text=outing, seen=seen)).status_code == 303
    assert texts(desk)[-1].endswith(outing)


async def test_an_hour_that_is_not_safe_is_shown_before_it_is_sent(desk: Desk) -> None:
    desk.world.clock.at += timedelta(hours=14)
    async with Desk(desk.world) as late:
        page = await late.text(here(desk))
        assert "This is not one of their safe hours." in page
        assert "Nobody is on duty now: what they write back is read from 8 am." in words(page)
        answer = await late.post(here(desk, "/reply"), text="Hello")
        assert "not one of the safe hours" in answer.text
        seen = re.findall(r'name="seen" value="([^"]+)"', answer.text)
        again = await late.post(here(desk, "/reply"), text="Hello", seen=seen)
        assert again.status_code == 303


@pytest.mark.parametrize("text", ["", "   ", "x" * 1200])
async def test_an_answer_that_can_not_be_sent_is_not_lost(desk: Desk, text: str) -> None:
    answer = await desk.post(here(desk, "/reply"), text=text)
    assert answer.status_code in (303, 400)
    if text.strip():
        # Cut to what one message may hold, as the field itself does.
        assert len(text) > 1000
    else:
        assert "Write something first." in answer.text
        assert desk.world.sent_since(NUMBER) == []


async def test_while_somebody_else_may_hold_the_phone_nothing_is_sent(desk: Desk) -> None:
    await desk.world.say("he hits me", channel="sms", address=NUMBER)
    page = await desk.text(here(desk))
    assert "SILENT. Do not call or text." in page
    assert 'id="text"' not in page
    desk.world.sent_since(NUMBER)
    answer = await desk.post(here(desk, "/reply"), text="Are you all right?")
    assert answer.status_code == 400
    assert desk.world.sent_since(NUMBER) == []
    # Closed, it is still said before anybody writes.
    row = desk.world.alerts()[-1]
    closed = {"state": "closed", "closed_at": desk.world.clock.at}
    await desk.world.store.write(lambda tx: alert_rows.change(tx, row.id, **closed))
    assert "Somebody may be hurting or controlling them" in await desk.text(here(desk))


async def test_who_stopped_messages_gets_none(desk: Desk) -> None:
    await desk.world.say("STOP", channel="sms", address=NUMBER)
    page = await desk.text(here(desk))
    assert 'id="text"' not in page
    assert "stopped by them" in page
    desk.world.sent_since(NUMBER)
    assert (await desk.post(here(desk, "/reply"), text="Hello?")).status_code == 400
    assert desk.world.sent_since(NUMBER) == []


async def test_answered_another_way_ends_the_wait_and_sends_nothing(desk: Desk) -> None:
    await changed(desk, waiting_since=desk.world.clock.at)
    text = await desk.follow(await desk.post(here(desk, "/answered")))
    assert "answered another way" in text
    assert desk.world.person(number(desk)).waiting_since is None
    assert desk.world.sent_since(NUMBER) == []
    assert "it was so already" in await desk.follow(await desk.post(here(desk, "/answered")))


async def test_a_note_stands_beside_the_others_and_is_sealed(desk: Desk) -> None:
    for said in ("Has a new job <b>", "Lost it again", "Lost it again"):
        await desk.follow(await desk.post(here(desk, "/note"), note=said))
    text = await desk.text(here(desk))
    assert text.index("Lost it again") < text.index("Has a new job &lt;b&gt;")
    rows = await desk.world.read(lambda tx: list(tx.execute(select(note).order_by(note.c.id))))
    assert [row.text for row in rows] == ["Has a new job <b>", "Lost it again"]
    assert (await desk.post(here(desk, "/note"), note=" ")).status_code == 400


async def test_the_thread_is_read_in_pages_and_none_is_left_out(desk: Desk) -> None:
    for each in range(40):
        desk.world.clock.at += timedelta(minutes=1)
        await desk.world.say(f"number {each:02}", channel="sms", address=NUMBER)
    found: list[str] = []
    path = here(desk)
    await desk.world.signed_in(desk.browser, COUNSELOR)
    while path:
        text = await desk.text(path)
        found += re.findall(r"number \d\d", text)
        earlier = re.findall(r'href="([^"]+\?[^"]+)#thread"', text)
        assert not any(NAME in each for each in earlier)
        path = earlier[0].replace("&amp;", "&") if earlier else ""
    assert sorted(found) == [f"number {each:02}" for each in range(40)]


async def test_a_lost_message_stands_out_with_its_reason(desk: Desk) -> None:
    row = desk.world.rows(NUMBER)[-1]
    lost = {"state": "undelivered", "code": "30003"}
    await desk.world.store.write(lambda tx: queue.mark(tx, row.id, **lost))
    assert "did not arrive: the phone is off or out of reach" in await desk.text(here(desk))


@pytest.mark.parametrize("status", standing.STATUSES[1:])
async def test_every_status_says_what_it_does_and_final_ones_ask_again(
    desk: Desk, status: str
) -> None:
    page = words(await desk.text(here(desk, "/status")))
    assert "Nothing goes out unasked until they are back" in page
    answer = await desk.post(here(desk, "/status"), status=status)
    if status in ("discharged", "deceased"):
        assert answer.status_code == 200
        assert "are you sure?" in answer.text
        assert desk.world.person(number(desk)).status == "active"
        answer = await desk.post(here(desk, "/status"), status=status, sure="yes")
    text = await desk.follow(answer)
    assert "The status is changed." in text
    assert desk.world.person(number(desk)).status == status
    due = await desk.world.read(lambda tx: list(tx.execute(select(reminder))))
    assert due == []
    assert len(await desk.looks("status")) == 1
    again = await desk.post(here(desk, "/status"), status=status, sure="yes")
    assert "it was so already" in await desk.follow(again)


async def test_a_status_that_is_none_is_asked_again(desk: Desk) -> None:
    answer = await desk.post(here(desk, "/status"), status="well")
    assert (answer.status_code, "Choose a status." in answer.text) == (400, True)


async def test_an_address_is_frozen_and_taken_back_by_who_checked(desk: Desk) -> None:
    row = (await desk.world.read(lambda tx: people_rows.addresses(tx, number(desk))))[0]
    assert "(215) 555-0188" in await desk.text(here(desk, "/address"))
    form = {"address": str(row.id), "does": "freeze"}
    assert "Frozen" in await desk.follow(await desk.post(here(desk, "/address"), **form))
    assert "somebody else" in await desk.text(here(desk, "/address"))
    assert (await desk.post(here(desk, "/reply"), text="Hello?")).status_code == 400
    form["does"] = "verify"
    assert "theirs" in await desk.follow(await desk.post(here(desk, "/address"), **form))
    found = (await desk.world.read(lambda tx: people_rows.addresses(tx, number(desk))))[0]
    assert (found.state, found.verified) == ("open", True)
    assert len(await desk.looks("number_frozen")) == 1
    assert len(await desk.looks("number_verified")) == 1
    # Another's address is none of theirs.
    theirs = {"address": str(row.id + 100), "does": "freeze"}
    assert (await desk.post(here(desk, "/address"), **theirs)).status_code == 404
    assert (await desk.post(here(desk, "/address"), address="x", does="freeze")).status_code == 400


async def test_they_are_handed_over_and_gone_from_who_had_them(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    noa = await desk.world.worker(NOA)
    assert f">{NOA}</option>" in await desk.text(here(desk, "/hand-over"))
    assert (await desk.post(here(desk, "/hand-over"))).status_code == 400
    answer = await desk.post(here(desk, "/hand-over"), to=str(noa.id))
    assert answer.headers["location"] == "/people"
    assert (await desk.get(here(desk))).status_code == 404
    async with Desk(desk.world, NOA) as other:
        assert NAME in await other.text(here(desk))


async def test_who_was_only_asked_about_an_alert_hands_nobody_over(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    noa, lee = [await desk.world.worker(name) for name in (NOA, SUPERVISOR)]
    await desk.world.say("I wanna kill myself", channel="sms", address=NUMBER)
    alert, now = desk.world.alerts()[-1].id, desk.world.clock.at
    await desk.world.store.write(
        lambda tx: alert_rows.note(tx, alert, now, "notified", staff_id=noa.id)
    )
    async with Desk(desk.world, NOA) as other:
        assert "Hand over" not in await other.text(here(desk))
        assert (await other.get(here(desk, "/hand-over"))).status_code == 404
        answer = await other.post(here(desk, "/hand-over"), to=str(lee.id))
        assert answer.status_code == 404
    assert desk.world.person(number(desk)).counselor_id != lee.id


async def test_the_card_is_changed_alone_and_what_changed_is_written_down(desk: Desk) -> None:
    page = await desk.text(here(desk, "/card"))
    assert 'value="brother Al"' in page
    form = {
        "channel": "sms",
        "calls": "no",
        "from": "8",
        "to": "21",
        "never": "brother Al",
        "tonight": "at Pia's",
    }
    refused = await desk.post(here(desk, "/card"), **form)
    assert refused.status_code == 400
    assert "Only what they said alone" in refused.text
    assert "at Pia&#39;s" in refused.text
    assert desk.world.person(number(desk)).card["calls"] is True
    text = await desk.follow(await desk.post(here(desk, "/card"), **form, alone="yes"))
    assert "Do not call." in text
    card = desk.world.person(number(desk)).card
    assert (card["calls"], card["tonight"], card["never"]) == (False, "at Pia's", "brother Al")
    assert card["born"] == "1990-01-31"
    rows = await desk.looks("card_changed")
    assert [line.split(":")[0] for line in rows[0].detail.splitlines()] == ["tonight", "calls"]
    again = await desk.post(here(desk, "/card"), **form, alone="yes")
    assert "it was so already" in await desk.follow(again)
    assert len(await desk.looks("card_changed")) == 1


async def test_the_cards_hours_need_both_ends(desk: Desk) -> None:
    form = {"channel": "sms", "from": "8", "to": "", "alone": "yes"}
    answer = await desk.post(here(desk, "/card"), **form)
    assert (answer.status_code, "Choose both, from and to" in answer.text) == (400, True)


async def test_who_has_not_joined_is_given_a_new_link(desk: Desk) -> None:
    assert "Give them a new link" not in await desk.text(here(desk))
    given = {"counselor": COUNSELOR, "born": "1990-01-31", "consented": "2026-11-20"}
    more: dict[str, Any] = {"sms": None, "language": "en", "plain": False, "card": {}}
    await desk.world.do("invite", name="Ada Quinn", **given, **more)
    text = await desk.text(f"/people/{number(desk) + 1}")
    assert "Give them a new link" in text
    assert f'action="/people/{number(desk) + 1}/renew"' in text


async def test_hours_in_words_are_not_lost(desk: Desk) -> None:
    await changed(desk, card={"hours": "after church"})
    assert "So far in words: after church." in await desk.text(here(desk, "/card"))
    form = {"channel": "sms", "tonight": "home", "alone": "yes"}
    await desk.post(here(desk, "/card"), **form)
    assert desk.world.person(number(desk)).card["hours"] == "after church"
    await desk.post(here(desk, "/card"), **form, **{"from": "9", "to": "12"})
    assert desk.world.person(number(desk)).card["hours"] == "9-12"


async def test_settings_move_the_next_check_in(desk: Desk) -> None:
    form = {"language": "es", "words": "plain", "hour": "09:30"}
    await desk.follow(await desk.post(here(desk, "/settings"), **form))
    row = desk.world.person(number(desk))
    assert (row.language, row.plain, row.checkin_at) == ("es", True, "09:30")
    assert row.card["words"] == "plain"
    due = await desk.world.read(
        lambda tx: tx.execute(
            select(reminder.c.due_at).where(reminder.c.kind == "checkin")
        ).scalar()
    )
    assert due.isoformat() == "2026-11-24T14:30:00+00:00"
    detail = (await desk.looks("settings_changed"))[0].detail
    assert detail.splitlines() == [
        "language: en -> es",
        "plain: False -> True",
        "checkin_at: 18:00 -> 09:30",
    ]
    for wrong in ({"language": "fr"}, {"words": "loud"}, {"hour": "03:00"}):
        answer = await desk.post(here(desk, "/settings"), **{**form, **wrong})
        assert answer.status_code == 400


async def checkin_due(desk: Desk) -> str:
    query = select(reminder.c.due_at).where(reminder.c.kind == "checkin")
    found = await desk.world.read(lambda tx: tx.execute(query).scalar_one())
    return str(found.isoformat())


@pytest.mark.parametrize(
    ("typed", "zone", "due"),
    [
        ("America/Los_Angeles", "America/Los_Angeles", "2026-11-24T02:00:00+00:00"),
        ("america/los angeles", "America/Los_Angeles", "2026-11-24T02:00:00+00:00"),
        ("60614", "America/Chicago", "2026-11-24T00:00:00+00:00"),
        ("Honolulu, HI", "Pacific/Honolulu", "2026-11-24T04:00:00+00:00"),
        ("Europe/Madrid", "Europe/Madrid", "2026-11-23T17:00:00+00:00"),
    ],
)
async def test_where_they_live_is_changed_and_the_next_check_in_moves(
    desk: Desk, typed: str, zone: str, due: str
) -> None:
    assert await checkin_due(desk) == "2026-11-23T23:00:00+00:00"
    assert 'value="America/New_York"' in await desk.text(here(desk, "/settings"))
    form = {"language": "en", "words": "cover", "hour": "18:00", "zone": typed}
    await desk.follow(await desk.post(here(desk, "/settings"), **form))
    assert desk.world.person(number(desk)).zone == zone
    assert await checkin_due(desk) == due
    detail = (await desk.looks("settings_changed"))[0].detail
    assert detail == f"zone: America/New_York -> {zone}"


@pytest.mark.parametrize("typed", ["Nowhere, ZZ", "Springfield", "UTC+5", "../../etc", "<b>"])
async def test_a_place_that_is_none_is_said_and_changes_nothing(desk: Desk, typed: str) -> None:
    form = {"language": "es", "words": "cover", "hour": "18:00", "zone": typed}
    answer = await desk.post(here(desk, "/settings"), **form)
    assert answer.status_code == 400
    assert "No such place" in answer.text
    row = desk.world.person(number(desk))
    assert (row.zone, row.language) == ("America/New_York", "en")
    assert await desk.looks("settings_changed") == []


async def test_settings_of_who_is_away_queue_nothing(desk: Desk) -> None:
    def away(tx: Connection) -> None:
        people_rows.change(tx, number(desk), status="hospital")
        reminders.drop(tx, number(desk))

    await desk.world.store.write(away)
    await desk.post(here(desk, "/settings"), language="en", words="cover", hour="09:30")
    assert await desk.world.read(lambda tx: list(tx.execute(select(reminder)))) == []


async def test_what_staff_wrote_is_not_in_an_address_or_a_title(desk: Desk) -> None:
    await desk.world.store.write(lambda tx: tx.execute(update(outbox).values(said_by=1)).rowcount)
    answer = await desk.post(here(desk, "/note"), note="secret words")
    assert "secret" not in answer.headers["location"]
    for path in PAGES:
        assert NAME not in title(await desk.text(here(desk, path)))
