"""The demo's small clinic and four weeks of its life. Everybody in it is made up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy import Connection

from bot import recurring
from bot.config import Clinic
from bot.demo import past
from bot.demo.phones import Account, Phone, Stage
from bot.demo.telegram_chats import ChatMessage
from bot.demo.travel import local
from content.wording import Language
from storage import checkins, people, plans

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
    }
)
COUNSELOR = "Dana Reyes"
STAFF = (
    (COUNSELOR, "counselor"),
    ("Miguel Santos", "counselor"),
    ("June Abbott", "counselor"),
    ("Ruth Okafor", "supervisor"),
    ("Omar Haddad", "operator"),
)

Answers = tuple[int, int, int, int] | None
"""Mood, craving, slept (1 ok, 2 badly), used (1 no, 2 yes); None: no answer that day."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody who has been with the clinic for four weeks."""

    name: str = field(repr=False)
    phone: Phone
    language: Language
    counselor: str
    hour: str
    zip: str
    days: tuple[Answers, ...] = field(repr=False)
    """Twelve days of the last two weeks; those after them are lived through."""
    lately: tuple[str, ...] = field(repr=False)
    """What they answer on the last day or two."""
    plain: bool = False
    plan: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The lines of their own safety plan, by its parts."""
    shares_plan: bool = False


_STEADY: tuple[Answers, ...] = (
    (6, 3, 1, 1), (7, 3, 1, 1), (6, 4, 2, 1), (7, 2, 1, 1), (8, 2, 1, 1), (7, 3, 1, 1),
    (6, 3, 1, 1), (8, 1, 1, 1), (7, 2, 1, 1), (8, 2, 1, 1), (7, 1, 1, 1), (8, 1, 1, 1),
)  # fmt: skip
_UPHILL: tuple[Answers, ...] = (
    (3, 8, 2, 2), (4, 7, 2, 1), (3, 6, 2, 1), None, (5, 6, 1, 1), (4, 6, 2, 1),
    (5, 5, 1, 1), (6, 4, 1, 1), (5, 5, 2, 1), (6, 3, 1, 1), (7, 3, 1, 1), (6, 3, 1, 1),
)  # fmt: skip
_WAVES: tuple[Answers, ...] = (
    (5, 5, 1, 1), (7, 2, 1, 1), (3, 7, 2, 1), (4, 6, 2, 1), (8, 1, 1, 1), None,
    (6, 3, 1, 1), (2, 8, 2, 1), (4, 5, 1, 1), (7, 2, 1, 1), (5, 4, 2, 1), (6, 3, 1, 1),
)  # fmt: skip
_FADING: tuple[Answers, ...] = (
    (7, 2, 1, 1), (6, 3, 1, 1), (7, 3, 1, 1), (6, 3, 1, 1), (5, 4, 2, 1), (5, 4, 1, 1),
    (4, 5, 2, 1), None, (4, 6, 2, 1), (3, 6, 2, 1), None, (4, 5, 2, 1),
)  # fmt: skip

_MARCUS = (
    ("signs", "I skip supper and stop answering my brother"),
    ("signs", "Sunday evenings"),
    ("alone", "walk the long way round the park"),
    ("alone", "the old Motown tape, loud"),
    ("places", "the gym on Broad, front desk side"),
    ("people", "my brother Andre, 215-555-0147"),
    ("professionals", "Dana at the clinic; 988 at night"),
    ("safer", "Andre keeps the cash card on weekends"),
    ("worth", "Nia's graduation in June"),
)
_LUCIA = (
    ("signs", "no duermo y no le contesto a nadie"),
    ("alone", "regar las plantas"),
    ("places", "la iglesia de San Luis"),
    ("people", "mi comadre Tere, 215-555-0164"),
    ("worth", "mis nietos"),
)
_MIGUEL = STAFF[1][0]
PATIENTS = (
    Patient(
        "Marcus Webb",
        "telegram",
        "en",
        COUNSELOR,
        "18:00",
        "19103",
        _WAVES,
        ("6 3 1 1",),
        plan=_MARCUS,
        shares_plan=True,
    ),
    Patient(
        "Lucía Paredes",
        "telegram",
        "es",
        _MIGUEL,
        "20:00",
        "19140",
        _STEADY,
        ("8 1 1 1",),
        plan=_LUCIA,
    ),
    Patient("Joan Keller", "telegram", "en", COUNSELOR, "18:00", "08102", _FADING, ()),
    Patient(
        "Rosa Ibarra", "sms", "es", COUNSELOR, "09:00", "19122", _UPHILL, ("7 3 1 1", "6 4 1 1")
    ),
    Patient("Tyrone Banks", "sms", "en", _MIGUEL, "20:00", "19143", _STEADY, ("7 2 1 1",), True),  # noqa: FBT003
    Patient("Emily Hart", "sms", "en", COUNSELOR, "09:00", "19081", _WAVES, ("5 4 2 1", "7 2 1 1")),
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
    await _last_days(stage, people_there, first + timedelta(days=past.DAYS))


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
    """What falls due because of what they have kept."""
    for account in accounts:
        recurring.arrange(tx, stage.app.house, _person(tx, account), stage.clock.now())
