"""Rewards: what everybody has, each line and how it came to that, and payouts of two signatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.programme_rules import RewardRules
from bot.rewards import bowl, ledger
from bot.rewards.ledger import GAMBLING, RewardError
from bot.web import persons
from bot.web.gate import Gate, Visitor, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from bot.web.times import Times, day_said
from handlers import moments
from handlers.rewards import money
from storage import people, rewards, roster, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "asked": "Asked for. Somebody else signs for it.",
    "paid": "Signed: it is paid out.",
    "refused": "Taken back: it can be asked for again.",
    "done": "It was signed for or taken back already.",
    "kept": "Kept. It holds for what is earned from now on.",
}
_SOURCES: Final = {"seat": "attended", "screen": "screen"}
_SLIPS: Final = {"good_job": "good job", "small": "small", "large": "large", "jumbo": "jumbo"}
_ANSWERS: Final = {"no": False, "trouble": True, "": None}
_MONEY: Final = re.compile(r"\$? ?([0-9]{1,5})(?:\.([0-9]{1,2}))?")
_NO_MONEY: Final = "Nothing was asked for: type dollars, like 20 or 12.50."
_SHOWN: Final = 30


class RewardsPages:
    """`/rewards`, and `/people/…/rewards`."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Their addresses, for counselors and supervisors."""
        gate, theirs = self._gate, "/people/{number}/rewards"
        return [
            gate.show("/rewards", self.show),
            gate.take("/rewards/sign", self.sign),
            gate.show(theirs, self.one),
            gate.take(f"{theirs}/ask", self.ask),
            gate.take(f"{theirs}/gambling", self.gambling),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """What everybody has, and the payouts."""
        return await self._page(visitor, said=said_of(request, _SAID))

    async def _page(self, visitor: Visitor, *, said: str = "", problem: str = "") -> Response:
        house, now = self._site.house, visitor.now

        def look(tx: Connection) -> dict[str, Any]:
            there = [r for r in roster.everybody(tx, visitor.staff, now) if r.status == "active"]
            found = rewards.balances(tx, [row.id for row in there])
            names, times = roster.names(tx), Times(now, house.clinic.zone, house.clinic.zone)
            rows = rewards.payouts(tx, visitor.staff, now, _SHOWN)
            staff.looked(tx, visitor.id, None, "rewards_page", now)
            return {
                "people": [(row.id, row.name, money(found.get(row.id, 0))) for row in there],
                "payouts": [_payout(row, names, times) for row in rows],
            }

        return page(
            "rewards",
            400 if problem else 200,
            visitor=visitor,
            here="screens",
            said=said,
            problem=problem,
            rules=_rules(house.clinic.rewards),
            enabled=house.clinic.rewards.enabled,
            **await self._site.store.write(look),
        )

    async def sign(self, request: Request, visitor: Visitor) -> Response:
        """The second signature, or taking a payout back."""
        del request
        which, paid, now = visitor.chosen("payout"), visitor.field("does") == "paid", visitor.now

        def work(tx: Connection) -> str:
            row = rewards.payout_of(tx, which)
            if row is None:
                raise RefusedError(404)
            persons.locked(tx, row.person_id, visitor)
            if paid:
                ledger.sign(tx, row, visitor.id, now)
            elif not rewards.sign(tx, row.id, "refused", visitor.id, now):
                return "done"
            about = f"{money(row.cents)}, number {row.id}"
            what = "payout_signed" if paid else "payout_refused"
            staff.looked(tx, visitor.id, row.person_id, what, now, about)
            return "paid" if paid else "refused"

        try:
            said = await self._site.store.write(work)
        except RewardError as error:
            return await self._page(visitor, problem=str(error))
        return RedirectResponse(f"/rewards?said={said}", 303)

    async def one(self, request: Request, visitor: Visitor) -> Response:
        """One person's ledger."""
        return await self._one(number(request), visitor, said=said_of(request, _SAID))

    async def _one(
        self, person_id: int, visitor: Visitor, *, said: str = "", problem: str = ""
    ) -> Response:
        house, now = self._site.house, visitor.now
        rules = house.clinic.rewards

        def look(tx: Connection) -> dict[str, Any]:
            person = persons.seen(tx, person_id, visitor)
            staff.looked(tx, visitor.id, person_id, "rewards_person", now)
            rows = rewards.of(tx, person_id)
            year = moments.today(now, house.clinic.zone).year
            earned = sum(r.cents for r in rows if r.detail["day"].startswith(f"{year}-"))
            return {
                "name": person.name,
                "lines": [_line(r) for r in sorted(rows, key=_newest, reverse=True)],
                "balance": rewards.balance(tx, person_id),
                "year": f"{money(earned)} of at most {money(rules.yearly_cap_cents)} in {year}",
                "asked": (person.own or {}).get(GAMBLING),
                "draws": ledger.by_bowl(rules, person.own),
            }

        return page(
            "reward",
            400 if problem else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            said=said,
            problem=problem,
            typed=visitor.field("money", 12),
            money=money,
            has_bowl=rules.bowl is not None,
            enabled=rules.enabled,
            **await self._site.store.write(look),
        )

    async def ask(self, request: Request, visitor: Visitor) -> Response:
        """The first signature of a payout."""
        person_id, now = number(request), visitor.now
        typed = _MONEY.fullmatch(visitor.field("money", 12).strip())
        if typed is None:
            return await self._one(person_id, visitor, problem=_NO_MONEY)
        cents = int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0"))

        def work(tx: Connection) -> None:
            persons.locked(tx, person_id, visitor)
            which = ledger.ask(tx, person_id, cents, visitor.id, now)
            about = f"{money(cents)}, number {which}"
            staff.looked(tx, visitor.id, person_id, "payout_asked", now, about)

        try:
            await self._site.store.write(work)
        except RewardError as error:
            return await self._one(person_id, visitor, problem=str(error))
        return RedirectResponse(f"/people/{person_id}/rewards?said=asked", 303)

    async def gambling(self, request: Request, visitor: Visitor) -> Response:
        """What they said when they were asked about gambling."""
        person_id, now = number(request), visitor.now
        answer = visitor.field("gambling", 10)

        def work(tx: Connection) -> None:
            person = persons.locked(tx, person_id, visitor)
            if answer not in _ANSWERS:
                raise RefusedError(404)
            own = {**(person.own or {}), GAMBLING: _ANSWERS[answer]}
            people.change(tx, person_id, own={k: v for k, v in own.items() if v is not None})
            staff.looked(tx, visitor.id, person_id, "gambling_asked", now)

        await self._site.store.write(work)
        return RedirectResponse(f"/people/{person_id}/rewards?said=kept", 303)


def _rules(rules: RewardRules) -> list[str]:
    """What earns what, in words."""
    lines = []
    if rules.attendance_cents:
        lines.append(f"Attended, at least half of it: {money(rules.attendance_cents)}")
    if rules.screen_cents:
        lines.append(f"A screen as hoped for: {money(rules.screen_cents)}")
    if rules.bowl is not None:
        lines.append(
            f"Or draws from the bowl of {rules.bowl.slips} slips, up to {rules.bowl.most} an "
            "event, for who was asked about gambling and has no trouble with it"
        )
    return [*lines, f"At most {money(rules.yearly_cap_cents)} a person in a calendar year"]


def _line(row: Row[Any]) -> dict[str, str]:
    """A line of the ledger and its arithmetic."""
    detail, what = row.detail, row.what.partition(":")[0]
    said = _SOURCES[row.source]
    if what == "void":
        how = "taken back: it was marked otherwise"
    elif detail["rule"] == "bowl":
        slips = ", ".join(_SLIPS[slip] for slip in detail["slips"])
        how = f"{detail['draws']} drawn: {slips}"
        how += "" if bowl.replays(detail) else ". IT DOES NOT COME OUT AGAIN"
    else:
        how = "voucher"
    if what == "earned" and detail.get("capped"):
        how += f", {money(detail['worth'])} cut at the year's most"
    day = day_said(moments.day(detail["day"]) or row.at.date())
    return {"day": day, "what": said, "how": how, "money": money(row.cents)}


def _newest(row: Row[Any]) -> tuple[str, int]:
    return row.detail["day"], row.id


def _payout(row: Row[Any], names: dict[int, str], times: Times) -> dict[str, Any]:
    said = f"asked for: {names[row.asked_by]}, {times.at(row.asked_at)}"
    if row.signed_by is not None:
        said += f"; {row.state}: {names[row.signed_by]}, {times.at(row.signed_at)}"
    return {
        "id": row.id,
        "name": row.name,
        "person": row.person_id,
        "money": money(row.cents),
        "open": row.state == "asked",
        "asked_by": row.asked_by,
        "said": said,
    }
