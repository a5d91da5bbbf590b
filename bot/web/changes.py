"""What staff change about a person: status, addresses, whose they are, how messages speak.

Each has a page of its own that says what it does, before it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import handover, places, schedule, standing
from bot.web import card as cards
from bot.web import colleagues, persons, phrases
from bot.web.gate import Gate, Visitor, chosen_number, number
from bot.web.hooks import RefusedError
from bot.web.pages import page
from content.wording import clock
from handlers.joining import ZONES
from storage import access, people, reminders, roster, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_FINAL: Final = ("discharged", "deceased")
"""Statuses that are asked about once more."""
_HOURS: Final[Mapping[str, str]] = {
    f"{hour:02d}:{minute:02d}": clock(time(hour, minute), "en", "UTC")
    for hour in range(24)
    for minute in (0, 30)
    if schedule.QUIET_TO <= time(hour, minute) <= schedule.QUIET_FROM
}
"""Hours at which a check-in may be asked: outside the quiet hours."""


class ChangePages:
    """Forms about a person for whoever may see them; handing over is for their own counselor."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here, gate = "/people/{number}", self._gate
        return [
            gate.show(f"{here}/status", self.show_status),
            gate.take(f"{here}/status", self.status),
            gate.show(f"{here}/address", self.show_addresses),
            gate.take(f"{here}/address", self.address),
            gate.show(f"{here}/hand-over", self.show_colleagues),
            gate.take(f"{here}/hand-over", self.hand_over),
            gate.show(f"{here}/settings", self.show_settings),
            gate.take(f"{here}/settings", self.settings),
        ]

    async def show_status(self, request: Request, visitor: Visitor) -> Response:
        """Every status, with what it does."""
        return await self._status_page(number(request), visitor)

    async def status(self, request: Request, visitor: Visitor) -> Response:
        """Change it; what can't be taken back is asked once more."""
        person_id, chosen = number(request), visitor.field("status")
        if chosen not in standing.STATUSES:
            return await self._status_page(person_id, visitor, wrong="Choose a status.")
        if chosen in _FINAL and visitor.field("sure") != "yes":
            return await self._status_page(person_id, visitor, sure=chosen)

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            if person.status == chosen:
                return "nothing"
            standing.change(tx, self._site.house, person_id, chosen, visitor.id, visitor.now)
            return "status"

        try:
            return await self._done(person_id, work)
        except standing.StandingError as error:
            return await self._status_page(person_id, visitor, wrong=str(error))

    async def _status_page(
        self, person_id: int, visitor: Visitor, *, sure: str = "", wrong: str = ""
    ) -> Response:
        person = await self._look(person_id, visitor, "status_page")
        return page(
            "status",
            400 if wrong else 200,
            **_about(person, visitor),
            current=person.status,
            current_said=phrases.STATUSES.get(person.status, person.status),
            statuses={
                code: (phrases.STATUSES[code], phrases.DOES[code]) for code in standing.STATUSES
            },
            sure=sure,
            wrong=wrong,
        )

    async def show_addresses(self, request: Request, visitor: Visitor) -> Response:
        """Every address with its state."""
        person_id = number(request)
        person = await self._look(person_id, visitor, "address_page")
        found = await self._site.store.read(lambda tx: people.addresses(tx, person_id))
        return page(
            "addresses", **_about(person, visitor), addresses=[_address(row) for row in found]
        )

    async def address(self, request: Request, visitor: Visitor) -> Response:
        """Freeze an address, or say that it is theirs."""
        person_id, does = number(request), visitor.field("does")
        which = chosen_number(visitor.field("address"))
        house, now = self._site.house, visitor.now
        if does not in ("freeze", "verify") or which is None:
            raise RefusedError(400)

        def work(tx: Connection) -> str:
            persons.locked(tx, person_id, visitor)
            found = [row for row in people.addresses(tx, person_id) if row.id == which]
            if not found:
                raise RefusedError(404)
            if does == "verify":
                standing.verify(tx, house, found[0].id, visitor.id, now)
                return "verified"
            if found[0].state == "frozen":
                return "nothing"
            standing.freeze(tx, house, found[0].id, "staff", now, by_id=visitor.id)
            return "frozen"

        return await self._done(person_id, work)

    async def show_colleagues(self, request: Request, visitor: Visitor) -> Response:
        """To whom they could go."""
        return await self._hand_over_page(number(request), visitor)

    async def hand_over(self, request: Request, visitor: Visitor) -> Response:
        """Give them to a colleague from now on."""
        person_id, to = number(request), chosen_number(visitor.field("to"))
        if to is None:
            return await self._hand_over_page(person_id, visitor, "Choose a colleague.")

        def work(tx: Connection) -> bool:
            self._own(tx, person_id, visitor)
            people.locked(tx, person_id)
            house, now = self._site.house, visitor.now
            handover.hand_over(tx, house, person_id, to, visitor.id, now)
            return roster.is_own(tx, person_id, visitor.staff, now)

        try:
            still = await self._site.store.write(work)
        except handover.HandoverError as error:
            return await self._hand_over_page(person_id, visitor, str(error))
        self._site.wake()
        return RedirectResponse(f"/people/{person_id}?said=handed" if still else "/people", 303)

    async def _hand_over_page(self, person_id: int, visitor: Visitor, wrong: str = "") -> Response:
        def read(tx: Connection) -> tuple[str, list[tuple[int, str]]]:
            self._own(tx, person_id, visitor)
            person = people.get(tx, person_id)
            names = roster.names(tx)
            return names[person.counselor_id], colleagues.clinical(tx, but=person.counselor_id)

        counselor, found = await self._site.store.read(read)
        person = await self._look(person_id, visitor, "hand_over_page")
        return page(
            "hand_over",
            400 if wrong else 200,
            **_about(person, visitor),
            counselor=counselor,
            colleagues=found,
            wrong=wrong,
        )

    def _own(self, tx: Connection, person_id: int, visitor: Visitor) -> None:
        if not access.may_give_away(tx, person_id, visitor.staff):
            raise RefusedError(404)

    async def show_settings(self, request: Request, visitor: Visitor) -> Response:
        """Language, words, where they live, and the hour."""
        person = await self._look(number(request), visitor, "settings_page")
        return self._settings_page(person, visitor)

    async def settings(self, request: Request, visitor: Visitor) -> Response:
        """Change how messages speak to them, and when they are asked."""
        person_id, now = number(request), visitor.now
        language, words, hour = (visitor.field(name) for name in ("language", "words", "hour"))
        if language not in phrases.LANGUAGES or words not in ("plain", "cover"):
            raise RefusedError(400)
        where = visitor.field("zone", 80)
        zone = await asyncio.to_thread(places.zone_named, where) if where else None
        if where and zone is None:
            person = await self._look(person_id, visitor, "settings_page")
            return self._settings_page(person, visitor, where=where)

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            was: dict[str, Any] = {"language": person.language, "plain": person.plain}
            wanted: dict[str, Any] = {"language": language, "plain": words == "plain"}
            if hour and hour not in _HOURS and hour != person.checkin_at:
                raise RefusedError(400)
            if hour:
                was["checkin_at"], wanted["checkin_at"] = person.checkin_at, hour
            if zone is not None:
                was["zone"], wanted["zone"] = person.zone, zone
            changed = {name: value for name, value in wanted.items() if value != was[name]}
            if not changed:
                return "nothing"
            _apply(tx, person, changed, now)
            said = "\n".join(f"{name}: {was[name]} -> {value}" for name, value in changed.items())
            staff.looked(tx, visitor.id, person_id, "settings_changed", now, said)
            return "settings"

        return await self._done(person_id, work)

    def _settings_page(
        self, person: Row[Any], visitor: Visitor, where: str | None = None
    ) -> Response:
        """`where`: what was typed for their zone, and is none."""
        hour = person.checkin_at or ""
        hours = dict(_HOURS)
        if hour and hour not in hours:
            hours[hour] = clock(time.fromisoformat(hour), "en", "UTC")
        return page(
            "person_settings",
            200 if where is None else 400,
            **_about(person, visitor),
            zone=person.zone if where is None else where,
            zone_wrong=where is not None,
            zones=sorted({*ZONES.values(), person.zone}),
            languages=phrases.LANGUAGES,
            language=person.language,
            plain=person.plain,
            hour=hour,
            hours=sorted(hours.items()),
        )

    async def _look(self, person_id: int, visitor: Visitor, what: str) -> Row[Any]:
        person = await self._site.store.read(lambda tx: persons.seen(tx, person_id, visitor))
        await self._site.store.write(
            lambda tx: staff.looked(tx, visitor.id, person_id, what, visitor.now)
        )
        return person

    async def _done(self, person_id: int, work: Callable[[Connection], str]) -> Response:
        said = await self._site.carry_out(work)
        return RedirectResponse(f"/people/{person_id}?said={said}", 303)


def _apply(tx: Connection, person: Row[Any], changed: dict[str, Any], now: datetime) -> None:
    if "plain" in changed:
        words = "plain" if changed["plain"] else "cover"
        changed = {**changed, "card": {**(person.card or {}), "words": words}}
    people.change(tx, person.id, **changed)
    hour = changed.get("checkin_at", person.checkin_at)
    moved = "checkin_at" in changed or "zone" in changed
    if moved and hour and person.status == "active" and person.agreed:
        zone = changed.get("zone", person.zone)
        due = schedule.next_at(time.fromisoformat(hour), zone, now)
        reminders.put(tx, person.id, "checkin", due)


def _about(person: Row[Any], visitor: Visitor) -> dict[str, Any]:
    return {"visitor": visitor, "here": "people", "person_id": person.id, "name": person.name}


def _address(row: Row[Any]) -> dict[str, Any]:
    state = phrases.ADDRESSES.get(row.state, row.state)
    return {
        "id": row.id,
        "channel": phrases.CHANNELS.get(row.channel, row.channel),
        "value": cards.shown(row.value) if row.channel == "sms" else "",
        "state": state,
        "trouble": row.state != "open",
        "frozen": row.state == "frozen",
        "notes": [
            *([] if row.safe else ["not marked safe"]),
            *([] if row.verified else ["not verified"]),
        ],
        "verifiable": row.state in ("frozen", "unreachable"),
    }
