"""The demo's small clinic and four weeks of its life. Everybody in it is made up."""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot import recurring
from bot.config import Clinic
from bot.demo import month, past, town
from bot.demo.patients import COUNSELOR, PATIENTS, STAFF, Answers, Patient
from bot.demo.phones import Account, Stage
from bot.demo.telegram_chats import ChatMessage
from bot.demo.travel import local
from bot.feeds.hands import straight
from bot.feeds.lists import read
from bot.feeds.sync import bring
from storage import checkins, people, plans, staff

CLINIC = Clinic.model_validate(
    {
        "sender": "Harbor Check",
        "phone": "215-555-0100",
        "zone": "America/New_York",
        "after_hours": {"mode": "staffed"},
        "shifts": [
            {"who": "counselor", "days": "mon-fri", "from": "08:00", "to": "20:00"},
            {"who": "supervisor", "days": "mon-sun", "from": "00:00", "to": "00:00"},
            {"who": "June Abbott", "days": "mon-sun", "from": "00:00", "to": "00:00"},
            {"who": "operator", "days": "mon-fri", "from": "08:00", "to": "20:00"},
        ],
        "programme": {"case_manager": "June Abbott"},
        "resources": {
            "ride": {
                "en": ["Harbor rides, weekdays 8-5: 215-555-0161"],
                "es": ["Viajes Harbor, lunes a viernes 8-5: 215-555-0161"],
            },
            "food": {
                "en": ["Pantry on Vine Street: Tue and Fri 10-2, no papers asked"],
                "es": ["Despensa en la calle Vine: mar y vie 10-2, sin papeles"],
            },
        },
    }
)
_OLDER = 14
"""Days before those that are written out."""
_HARD_DAY = _OLDER + 9
_LIVED = timedelta(days=past.DAYS - 1)


async def populate(stage: Stage) -> None:
    """Let the clinic live for four weeks, up to the demo's first afternoon."""
    first = stage.clock.now()
    for name, role in STAFF:
        await stage.hire(name, role)
    joined = await asyncio.gather(*(_join(stage, patient) for patient in PATIENTS))
    people_there = list(zip(PATIENTS, joined, strict=True))
    for patient, account in people_there:
        await _answered(stage, patient, account, first)
    await _a_hard_evening(stage, joined[0], first + timedelta(days=_HARD_DAY))
    stage.clock.move_to(local(first + _LIVED, time(7), CLINIC.zone))
    await stage.app.store.write(lambda tx: _programme(tx, stage, people_there, first))
    await _last_days(stage, people_there, first + timedelta(days=past.DAYS))
    await asyncio.to_thread(_list_meetings, stage)


def _programme(
    tx: Connection, stage: Stage, there: list[tuple[Patient, Account]], first: datetime
) -> None:
    whose = {patient.name: _person(tx, account) for patient, account in there}
    workers = {row.name: row.id for row in staff.everyone(tx)}
    month.write(tx, stage.app.house, whose, workers, first, stage.clock.now())


def _list_meetings(stage: Stage) -> None:
    """The lists of the town, read as any others are."""
    now = stage.clock.now()
    shapes = {
        "harbor-aa": (town.meeting_guide(), "aa"),
        "harbor-na": (town.bmlt(), None),
        "harbor-smart": (town.own_list(now), None),
    }
    with tempfile.TemporaryDirectory(prefix="companion-town-") as folder:
        for name, (rows, fellowship) in shapes.items():
            file = Path(folder, f"{name}.json")
            file.write_text(json.dumps(rows), "utf-8")
            given = {"fellowship": fellowship} if fellowship else {}
            hands = straight(stage.app.store, stage.clock.now)
            bring(hands, read([file]).lists[0], name, now, given=given, fresh={}, by_hand=True)


async def _join(stage: Stage, patient: Patient) -> Account:
    """Be invited, agree, and say language, place and hour."""
    account = await stage.invite(
        patient.name,
        patient.phone,
        patient.language,
        plain=patient.plain,
        counselor=patient.counselor,
    )
    await stage.start(account)
    await stage.travel.settle()
    for said in ("1", "1" if patient.language == "en" else "2", patient.zip, patient.hour):
        await stage.say(account, said)
        await stage.travel.settle()
    return account


async def _answered(stage: Stage, patient: Patient, account: Account, first: datetime) -> None:
    """The check-ins of the first days, as they were kept."""
    at = time.fromisoformat(patient.hour)

    def work(tx: Connection) -> None:
        whose = _person(tx, account)
        for number, answers in enumerate((*_older(patient.days), *patient.days)):
            if answers is None:
                continue
            asked = local(first + timedelta(days=number), at, CLINIC.zone)
            mood, craving, slept, used = answers
            given = {
                "mood": mood,
                "craving": craving,
                "slept": ("ok", "badly")[slept - 1],
                "used": ("no", "yes")[used - 1],
            }
            answered = asked + timedelta(minutes=7 + 11 * ((number * 5) % 4))
            checkins.put(tx, whose, asked.date(), given, answered)
        for part, line in patient.plan:
            plans.add(tx, whose, part, line, first + timedelta(days=3))
        past.write(tx, patient.name, whose, first, CLINIC.zone)
        people.change(tx, whose, plan_shared=patient.shares_plan)

    await stage.app.store.write(work)


def _person(tx: Connection, account: Account) -> int:
    channel = "sms" if account.phone == "sms" else "telegram"
    address = people.address_of(tx, channel, account.address)
    assert address is not None  # noqa: S101 - they have joined
    return int(address.person_id)


def _older(days: tuple[Answers, ...]) -> list[Answers]:
    """The two weeks before, a little harder, from the same days in another order."""
    found: list[Answers] = []
    for number in range(_OLDER):
        day = days[number * 5 % len(days)]
        if day is None or number % 6 == 4:  # noqa: PLR2004 - now and then no answer
            found.append(None)
        else:
            found.append((max(day[0] - 1, 1), min(day[1] + 1, 9), day[2], 1))
    return found


async def _a_hard_evening(stage: Stage, who: Account, day: datetime) -> None:
    """Something worrying, taken and closed by the counselor."""
    stage.clock.move_to(local(day, time(19, 12), CLINIC.zone))
    await stage.travel.settle()
    await stage.say(who, "I don't want to be here anymore")
    await stage.travel.settle()
    dana = next(a for a in stage.accounts.values() if a.name == COUNSELOR)
    notice = stage.telegram.messages(dana.chat)[-1]
    stage.clock.move_to(local(day, time(19, 14), CLINIC.zone))
    await stage.tap(dana, notice.message_id, _data(notice, "calling"))
    await stage.say(who, "c")
    await stage.travel.settle()
    stage.clock.move_to(local(day, time(19, 26), CLINIC.zone))
    number = notice.text.split()[0]
    await stage.say(dana, f"CLOSE {number} talked for ten minutes, safe at his brother's")
    await stage.travel.settle()
    await stage.say(who, "1")
    await stage.travel.settle()


def _data(message: ChatMessage, key: str) -> str:
    data = (button.data or "" for row in message.buttons for button in row)
    return next(one for one in data if one.endswith(f"|{key}"))


async def _last_days(
    stage: Stage, people_there: list[tuple[Patient, Account]], end: datetime
) -> None:
    """The last day or two by the program itself: asked at their hour, answered soon after."""
    begin = stage.clock.now()
    first = end - timedelta(days=past.DAYS)
    said: list[tuple[datetime, Account, str]] = []
    for patient, account in people_there:
        days = (
            local(begin + timedelta(days=n), time.fromisoformat(patient.hour), CLINIC.zone)
            for n in (0, 1)
        )
        said += [(day, account, text) for day, text in zip(days, patient.lately, strict=False)]
        for day, hour, text in past.PASTS[patient.name].lived:
            at = local(first + timedelta(days=day), time.fromisoformat(hour), CLINIC.zone)
            said.append((at, account, text))
    await stage.app.store.write(lambda tx: _arrange(tx, stage, [a for _, a in people_there]))
    for at, account, text in sorted(said, key=lambda each: each[0]):
        if at > stage.clock.now():
            await stage.travel.advance(at)
        await stage.say(account, text)
        await stage.travel.settle()
    await stage.travel.advance(end)


def _arrange(tx: Connection, stage: Stage, accounts: list[Account]) -> None:
    """When they were last heard, and what falls due because of what they have kept."""
    now = stage.clock.now()
    for account in accounts:
        whose = _person(tx, account)
        heard = max(row.answered_at for row in checkins.latest(tx, whose))
        people.change(tx, whose, heard_at=min(heard, now), misses=0)
        recurring.arrange(tx, stage.app.house, whose, now)
