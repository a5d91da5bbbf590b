"""The pictures: of the right size, with gaps, in both languages; without one the words go alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot import charts, drawing
from bot.channels import Outgoing
from bot.charts import read
from bot.config import House
from bot.demo.telegram_photos import size_of
from bot.drawing import Panel, Plot, Series, Tie, png
from content.questionnaires import questionnaires
from content.wording import Language
from handlers.charts import chart
from handlers.flow import Turn
from handlers.own import Chart, Checkup, Entry, Json, Own
from handlers.person import Around, Person
from storage import checkins, checkups, entries
from storage.models import outbox, person
from storage.store import Store
from tests.conftest import START, HandClock
from tests.line import Line, Provider
from tests.world import World

WEEKS = ((5, 14, 10), (3, 15, 12), None, (2, 11, 13), (0, 9, 16))
URGES = ((8, 4), (6, None), (9, 7), (4, 4), (7, 2))
MOODS = ((6, 3), (7, 2), None, (3, 7), (4, None), (8, 1))


def lived(tx: Connection, who: int) -> None:
    """Some weeks of answers, with a day, a look back and a week missing."""
    today = START.date()
    for back, day in enumerate(reversed(MOODS)):
        if day is not None:
            answers = {"mood": day[0], "craving": day[1], "slept": "ok", "used": "no"}
            at = START - timedelta(days=back)
            checkins.put(tx, who, today - timedelta(days=back), answers, at)
    for back, (before, after) in enumerate(reversed(URGES)):
        data = {"intensity": before, "after": after}
        entries.add(tx, who, "craving", data, START - timedelta(hours=9 * back))
    for back, week in enumerate(reversed(WEEKS)):
        if week is not None:
            names = ("Use", "Risk Factors", "Protective Factors")
            found: dict[str, Any] = dict(zip(names, week, strict=True))
            at = START - timedelta(days=7 * back)
            checkups.keep(tx, who, "bam_iop", "1", {}, found, at)
    checkups.keep(tx, who, "phq9", "1", {}, {"PHQ9": 14}, START - timedelta(days=28))
    checkups.keep(tx, who, "phq9", "1", {}, {"PHQ9": 8}, START)


@pytest.fixture(scope="module", autouse=True)
def _library_is_read() -> None:
    """The first drawing of a process reads the library, which a busy machine is slow at."""
    png(Plot("", (Panel("", 0, 1, (Series("", ((1.0, 1.0),)),)),), ((1.0, ""),)))


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def living(world: World, language: Language = "en", **more: Any) -> int:
    who = await world.joined(language=language, **more)
    await world.store.write(lambda tx: lived(tx, who))
    return who


async def plot(world: World, who: int, name: str) -> Plot:
    found = await world.read(lambda tx: read(tx, who, name))
    assert isinstance(found, Plot)
    return found


async def test_the_daily_answers_break_where_there_was_none(world: World) -> None:
    found = await plot(world, await living(world), "mood")
    mood, urge = found.panels[0].series
    assert (mood.name, urge.name) == ("Mood", "Urge")
    assert [y for _, y in mood.points] == [6, 7, None, 3, 4, 8]
    assert [y for _, y in urge.points] == [3, 2, None, 7, None, 1]
    first, last = mood.points[0][0], mood.points[-1][0]
    assert date.fromordinal(int(last)) - date.fromordinal(int(first)) == timedelta(days=5)
    assert found.ticks[0][1] == "Nov 18"
    assert found.ticks[-1][1] == "Nov 23"


@pytest.mark.parametrize(
    ("there", "says", "language"),
    [
        ({"mood": 6, "craving": None}, "Mood: 6 to 6, last 6.", "en"),
        ({"mood": None, "craving": 3}, "Strongest urge: 3, last 3.", "en"),
        ({"mood": 6, "craving": None}, "Ánimo: de 6 a 6, el último 6.", "es"),
        ({"mood": None, "craving": 3}, "Ganas: hasta 3, las últimas 3.", "es"),
    ],
)
async def test_who_leaves_one_of_the_two_out_still_has_a_chart(
    world: World, there: dict[str, Any], says: str, language: Language
) -> None:
    who = await world.joined(language=language)
    await world.store.write(lambda tx: checkins.put(tx, who, START.date(), there, START))
    await world.say("/chart")
    await world.press("mood")
    assert says in world.texts()[-1]
    assert await charts.picture(world.store, who, "mood") is not None


async def test_each_urge_has_a_before_and_may_have_an_after(world: World) -> None:
    found = await plot(world, await living(world, "es"), "urges")
    assert [(tie.before, tie.after) for tie in found.panels[0].ties] == list(URGES)
    assert (found.before, found.after) == ("Antes", "Después")
    # Two of one day stand under one date.
    assert len({said for _, said in found.ticks}) == len(found.ticks) < len(URGES)


async def test_a_missing_week_is_a_gap_and_every_scale_has_its_range(world: World) -> None:
    found = await plot(world, await living(world), "bam_iop")
    use, risk, support = found.panels
    assert [y for _, y in use.series[0].points] == [5, 3, None, 2, 0]
    assert [(panel.low, panel.high) for panel in (use, risk, support)] == [
        (0, 12),
        (0, 24),
        (0, 24),
    ]
    assert use.title == "Use: lower is better"
    assert support.title == "Support: higher is better"
    phq9 = await plot(world, found_person(world), "phq9")
    assert phq9.panels[0].edges == (5, 10, 15, 20)
    assert [y for _, y in phq9.panels[0].series[0].points] == [14, None, 8]


def found_person(world: World) -> int:
    return int(world.store.read_now(lambda tx: tx.execute(person.select()).one().id))


@pytest.mark.parametrize("name", ["mood", "urges", "bam_iop", "gad7"])
async def test_without_answers_there_is_no_picture(world: World, name: str) -> None:
    who = await world.joined()
    assert await world.read(lambda tx: read(tx, who, name)) is None
    assert await charts.picture(world.store, who, name) is None


@pytest.mark.parametrize("name", ["mood", "urges", "bam_iop", "phq9"])
async def test_a_picture_is_a_png_as_large_as_it_says(world: World, name: str) -> None:
    who = await living(world)
    drawn = await charts.picture(world.store, who, name)
    assert drawn is not None
    assert size_of(drawn) == (drawing.WIDTH, (await plot(world, who, name)).height)
    assert b"atplotlib" not in drawn
    assert len(drawn) < 200_000


def test_one_answer_alone_can_be_drawn_and_the_same_twice_is_the_same() -> None:
    panel = Panel("", 0, 10, (Series("a", ((1.0, 3.0),)),), (Tie(1.0, 4.0, 4.0),))
    alone = Plot("", (panel,), ((1.0, "x"),), "b", "c")
    assert png(alone) == png(alone)


async def asked(world: World, *said: str, **more: Any) -> Any:
    """The last message that was queued after these words, and who said them."""
    for text in said:
        await world.say(text, **more)
    return world.rows(more.get("address", "100"))[-1]


@pytest.mark.parametrize(
    ("language", "said", "words"),
    [
        ("en", ("chart", "1"), "Days with an answer: 5. Mood: 3 to 8, last 8."),
        ("es", ("gráfica", "1"), "Días con respuesta: 5. Ánimo: de 3 a 8, el último 8."),
        ("en", ("chart", "2"), "You looked again after 4 of them, and 3 went down."),
        ("es", ("gráfica", "2"), "Volviste a mirar 4 veces, y en 3 bajaron."),
        ("en", ("chart", "3", "1"), "Use: 5, 3, 2, 0. Risks: 14, 15, 11, 9."),
        ("es", ("gráfica", "3", "2"), "de la más vieja a la más nueva: 14, 8, de 27."),
    ],
)
async def test_the_words_beside_it_say_what_is_in_it(
    world: World, language: Language, said: tuple[str, ...], words: str
) -> None:
    await living(world, language)
    row = await asked(world, *said)
    assert words in row.text
    assert row.picture in ("mood", "urges", "bam_iop", "phq9")
    assert row.private


async def test_nothing_yet_and_not_now_send_no_picture(world: World) -> None:
    await world.joined()
    for answer in ("1", "2", "3"):
        row = await asked(world, "chart", answer)
        assert row.text == "Nothing to show here yet. It grows as you answer."
        assert row.picture is None
    assert (await asked(world, "chart", "4")).picture is None


async def test_behind_a_pin_no_chart_is_shown(world: World) -> None:
    who = await living(world)
    for text in ("settings", "5", "4826"):
        await world.say(text)
    assert world.person(who).pin is not None
    await world.later(minutes=30)
    row = await asked(world, "chart")
    assert "PIN" in row.text
    assert "picture" not in (await asked(world, "1111")).text.casefold()
    assert not any(row.picture for row in world.rows("100"))
    await asked(world, "4826")
    assert (await asked(world, "1")).picture == "mood"


async def sent(world: World, channel: str, address: str = "100") -> Outgoing:
    """The last message that the sender of a channel handed to its provider."""
    provider = Provider(channel)
    provider.pictures = channel == "telegram"
    line = Line(world, provider)
    await line.sender.drain()
    return next(each for each in reversed(provider.taken) if each.address == address)


async def test_the_picture_is_drawn_when_it_leaves(world: World) -> None:
    await living(world)
    await asked(world, "chart", "1")
    message = await sent(world, "telegram")
    assert message.picture is not None
    assert size_of(message.picture) == (800, 600)
    assert message.text.startswith("Days with an answer")
    assert "picture" not in repr(message)


async def test_by_text_the_words_go_alone_and_out_nobody(world: World) -> None:
    phone = "+12155550188"
    await living(world, channel="sms", address=phone)
    await asked(world, "chart", "2", channel="sms", address=phone)
    message = await sent(world, "sms", phone)
    assert message.picture is None
    assert message.text.startswith("Last times: 5. Strongest pull: 9.")


async def test_a_picture_that_cannot_be_drawn_costs_nobody_the_words(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await living(world)
    row = await asked(world, "chart", "1")
    await world.store.write(
        lambda tx: tx.execute(
            update(outbox).where(outbox.c.id == row.id).values(picture="of_an_older_release")
        )
    )
    message = await sent(world, "telegram")
    assert message.picture is None
    assert message.text.startswith("Days with an answer")
    assert "chart_failed" in caplog.text


def _turn(*, shut: bool, full: bool) -> Turn:
    """Somebody with everything kept, or with nothing, behind a PIN or not."""

    def checkups_of(name: str, most: int) -> tuple[Checkup, ...]:
        del most
        found = {scale.name: 3 for scale in questionnaires()[name].scales}
        return (Checkup(1, name, "1", START, START, {}, found),)

    def entries_of(kind: str, most: int) -> tuple[Entry, ...]:
        del most
        data: dict[str, Json] = {"mood": 3, "craving": None, "intensity": 4, "after": "odd"}
        return (Entry(kind, START, data),)

    own = Own({}, entries=entries_of, checkups=checkups_of) if full else Own()
    person_ = Person(1, "Sam", pin=True, shut=shut)
    return Turn(person_, Around("Harbor", "215-555-0100", own=own), START)


@pytest.mark.parametrize("shut", [True, False])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("step", list(chart.steps))
def test_every_answer_leads_somewhere(step: str, *, full: bool, shut: bool) -> None:
    question: Any = chart.steps[step]
    for answer in question.answer.options:
        outcome = question.decide(_turn(shut=shut, full=full), answer)
        drawn = [effect for effect in outcome.effects if isinstance(effect, Chart)]
        assert not (shut and drawn)
        asks = getattr(outcome.next, "key", None)
        assert asks in (None, "chart.kind", "pin.enter")
        assert asks is not None or outcome.effects
        assert full or not drawn
