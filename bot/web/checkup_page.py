"""When somebody is asked check-ups: as the clinic has it, not at all, or in their own rhythm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import recurring
from bot.surroundings import around, view
from bot.web import persons, rhythm_form
from bot.web.gate import Gate, Visitor, number, said_of
from bot.web.pages import page
from bot.web.rhythm_form import Form
from bot.web.times import Times, day_said
from content.questionnaires import questionnaires
from content.wording import clock
from handlers import checkup, checkup_days, moments
from handlers.checkup_days import SETTING, Rhythm
from handlers.flow import Turn
from handlers.own import Json
from handlers.prompts import stored
from storage import people, reminders, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "kept": "Kept. They are asked by it from now on.",
    "nothing": "Nothing was changed: it was so already.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One questionnaire as the page shows it."""

    name: str
    title: str
    now: str
    """Which rhythm holds, in words."""
    coming: str
    """When it is asked next; empty: not by itself."""
    modes: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Stands:
    """How all of it stands for one person."""

    person: Row[Any] = field(repr=False)
    asked: list[Asked]
    fields: dict[str, str]
    chosen: dict[str, Json]


class CheckupPages:
    """The check-up rhythm of a person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its address, for counselors and supervisors."""
        here = "/people/{number}/checkups"
        return [self._gate.show(here, self.show), self._gate.take(here, self.keep)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """How each comes, and a form to change it."""
        return await self._page(number(request), visitor, said=said_of(request, _SAID))

    async def keep(self, request: Request, visitor: Visitor) -> Response:
        """Keep what was chosen; or show it again with what is wrong."""
        person_id, now, house = number(request), visitor.now, self._site.house
        names = self._names()
        form = Form(
            {each: visitor.field(each, 20) for name in names for each in rhythm_form.fields(name)}
        )

        def work(tx: Connection) -> str | None:
            stands = self._stands(tx, persons.locked(tx, person_id, visitor), now)
            before = stands.chosen
            found = form.read(names, stands.fields, before)
            if found is None:
                return None
            if found == before:
                return "nothing"
            own = {k: v for k, v in (stands.person.own or {}).items() if k != SETTING}
            people.change(tx, person_id, own={**own, SETTING: found} if found else own)
            recurring.arrange(tx, house, person_id, now)
            changed = [name for name in names if found.get(name) != before.get(name)]
            lines = (f"{name}: {before.get(name)!r} -> {found.get(name)!r}" for name in changed)
            staff.looked(tx, visitor.id, person_id, "checkups_changed", now, "\n".join(lines))
            return "kept"

        said = await self._site.store.write(work)
        if said is None:
            return await self._page(person_id, visitor, form=form)
        return RedirectResponse(f"/people/{person_id}/checkups?said={said}", 303)

    async def _page(
        self, person_id: int, visitor: Visitor, *, said: str = "", form: Form | None = None
    ) -> Response:
        now = visitor.now

        def look(tx: Connection) -> _Stands:
            person = persons.seen(tx, person_id, visitor)
            staff.looked(tx, visitor.id, person_id, "checkups_page", now)
            return self._stands(tx, person, now)

        stands = await self._site.store.write(look)
        person = stands.person
        at = person.checkin_at
        return page(
            "checkups",
            400 if form is not None else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            name=person.name,
            there=Times(now, self._site.house.clinic.zone, person.zone).there(),
            checkin=clock(time.fromisoformat(at), "en", "UTC") if at else "",
            rests=person.status != "active" or not person.agreed,
            asked=stands.asked,
            options=rhythm_form.options,
            typed=stands.fields if form is None else form.typed,
            errors={} if form is None else form.errors,
            said=said,
        )

    def _names(self) -> list[str]:
        """What staff may set: what can be begun by itself, and what else the clinic asks."""
        return list(dict.fromkeys([*checkup.NAMES, *self._site.house.clinic.checkups]))

    def _stands(self, tx: Connection, person: Row[Any], now: datetime) -> _Stands:
        house = self._site.house
        turn = Turn(view(person, now=now), around(tx, house, person, now, moods=False), now)
        own = (person.own or {}).get(SETTING)
        chosen: dict[str, Json] = dict(own) if isinstance(own, dict) else {}
        rhythms = {each.name: each for each in checkup_days.rhythms(turn)}
        due = {row.kind: row.due_at for row in reminders.of(tx, person.id)}
        fields: dict[str, str] = {}
        asked: list[Asked] = []
        for name in self._names():
            rhythm = rhythms.get(name)
            fields |= rhythm_form.shown(name, chosen.get(name), rhythm)
            coming = due.get(stored(checkup.ASK, name))
            asked.append(
                Asked(
                    name,
                    questionnaires()[name].title,
                    _rhythm_said(rhythm),
                    _moment_said(coming, person.zone) if coming is not None else "",
                    _modes(house.clinic.checkups, name),
                )
            )
        return _Stands(person, asked, fields, chosen)


def _modes(clinic: Mapping[str, int], name: str) -> list[tuple[str, str]]:
    weeks = clinic.get(name)
    usual = f"{_weeks_said(weeks)}, on a day of its own" if weeks else "not asked by itself"
    return [
        (rhythm_form.CLINIC, f"As the clinic has it: {usual}"),
        (rhythm_form.OFF, "Off: only when they ask for it"),
        (rhythm_form.OWN, "In a rhythm of their own:"),
    ]


def _rhythm_said(rhythm: Rhythm | None) -> str:
    if rhythm is None:
        return "not asked by itself"
    day = rhythm_form.WEEKDAYS[rhythm.first.weekday()]
    return f"{day}s at {clock(rhythm.at, 'en', 'UTC')}, {_weeks_said(rhythm.weeks)}"


def _weeks_said(weeks: int) -> str:
    return "every week" if weeks == 1 else f"every {weeks} weeks"


def _moment_said(moment: datetime, zone: str) -> str:
    return f"{day_said(moments.today(moment, zone))}, {clock(moment, 'en', zone)}"
