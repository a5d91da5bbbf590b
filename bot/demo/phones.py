"""Everybody's phones in the demo, and what people do with them, in terms of the stand-ins."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.app import App
from bot.clock import MovableClock
from bot.demo.desk import Desk
from bot.demo.telegram_api import TelegramApi
from bot.demo.travel import Travel
from bot.demo.twilio_api import TwilioApi
from content.wording import Language

Phone = Literal["telegram", "sms", "staff"]

_AREAS = (215, 267, 610, 484)


@dataclass(slots=True)
class Account:
    """Somebody with a phone in the demo."""

    key: str
    phone: Phone
    name: str = field(repr=False)
    address: str = field(repr=False)
    """A chat's number on Telegram (staff too), else a phone number."""
    language: Language = "en"
    link: str | None = field(default=None, repr=False)
    """A deep link that was handed over and not opened yet."""
    role: str = ""
    """Of a member of staff."""
    off: bool = False
    """Blocked the bot, or the phone is switched off."""

    @property
    def chat(self) -> int:
        """The Telegram chat."""
        return int(self.address)


class Stage:
    """What people do with their phones, in terms of the stand-ins."""

    def __init__(
        self, app: App, clock: MovableClock, telegram: TelegramApi, twilio: TwilioApi
    ) -> None:
        self.app = app
        self.clock = clock
        self.telegram = telegram
        self.twilio = twilio
        self.travel = Travel(app, clock, telegram, twilio)
        self.desk = Desk(app, clock)
        self.accounts: dict[str, Account] = {}
        self._numbers = itertools.count()
        self.version = 1
        """Counts up with everything that a phone may show differently."""
        telegram.on_change = twilio.on_change = self.changed

    def changed(self) -> None:
        """Something may look different."""
        self.version += 1

    async def invite(
        self, name: str, phone: Phone, language: Language, *, plain: bool = False, counselor: str
    ) -> Account:
        """Invite somebody new with a phone of their own, as the command line does.

        Raises ValueError with words for people if the invitation is refused.
        """
        today = self.clock.now().astimezone(self.app.house.clinic.tz).date()
        number = self._new_number()
        card = {
            "channel": phone,
            "phone": number,
            "calls": True,
            "hours": "8-21",
            "voicemail": False,
            "emergency_contact": "Jo, a sister, 215-555-0177",
            "never": "",
        }
        reply = await self._do(
            "invite",
            name=name,
            counselor=counselor,
            born="1990-01-31",
            consented=today.isoformat(),
            sms=number if phone == "sms" else None,
            language=language,
            plain=plain,
            card=card,
        )
        if phone == "sms":
            return self._keep(Account("", phone, name, number, language))
        return self._keep(self._on_telegram("telegram", name, language, reply["code"]))

    async def hire(self, name: str, role: str) -> Account:
        """Add a member of staff, who opens their links at once; raises ValueError."""
        reply = await self._do("staff_add", name=name, role=role, sms=None)
        account = self._on_telegram("staff", name, "en", reply["code"])
        account.role = role
        await self.start(self._keep(account))
        await self.desk.set_up(reply["setup"])
        return account

    async def _do(self, what: str, **given: Any) -> dict[str, Any]:
        reply = await self.app.do(what, given)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply

    def _on_telegram(self, phone: Phone, name: str, language: Language, code: str) -> Account:
        chat = self.telegram.new_user(name.split(maxsplit=1)[0], language)
        link = f"https://t.me/{self.telegram.username}?start={code}"
        return Account("", phone, name, str(chat), language, link)

    def _keep(self, account: Account) -> Account:
        account.key = f"{account.phone}-{len(self.accounts) + 1}"
        self.accounts[account.key] = account
        self.changed()
        return account

    def _new_number(self) -> str:
        """A number that nobody has: 555-0100 to 555-0199 are kept for fiction."""
        area, last = divmod(next(self._numbers), 100)
        return f"+1{_AREAS[area % len(_AREAS)]}55501{last:02d}"

    async def start(self, account: Account) -> None:
        """Open the invitation: the link's code is sent as Telegram's own app does."""
        if account.link is not None:
            code = account.link.rpartition("=")[2]
            account.link = None
            await self.say(account, f"/start {code}")

    async def say(self, account: Account, text: str) -> None:
        """Type and send a text."""
        async with self.travel.still:
            if account.phone == "sms":
                await self.twilio.text(account.address, self.twilio.numbers[0], text)
            else:
                account.off = False
                await self.telegram.say(account.chat, text)

    async def tap(self, account: Account, message_id: int, data: str) -> None:
        """Press a button; raises ValueError or KeyError when it is not there."""
        async with self.travel.still:
            await self.telegram.tap(account.chat, message_id, data)

    async def send_kind(self, account: Account, kind: str) -> None:
        """Send something that is not text; raises KeyError for an unknown kind."""
        async with self.travel.still:
            if account.phone == "sms":
                await self.twilio.text(account.address, self.twilio.numbers[0], "", media=1)
            else:
                await self.telegram.send_kind(account.chat, kind)

    async def switch(self, account: Account, *, off: bool) -> None:
        """Block the bot, or switch the phone off; or take that back."""
        async with self.travel.still:
            account.off = off
            if account.phone == "sms":
                self.twilio.handset(account.address, "unreachable" if off else "ok")
            elif off:
                self.telegram.block(account.chat)
            else:
                self.telegram.unblock(account.chat)
            self.changed()
