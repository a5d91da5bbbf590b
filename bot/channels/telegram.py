"""Telegram: polls or takes webhooks, hands each message to the door, sends what the outbox says.

An update is confirmed only after the door has it: the library's own Updater confirms before,
and a crash in between loses what a person wrote.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError

from bot.channels import (
    Outgoing,
    Receive,
    SendError,
    SendProblem,
    TryLaterError,
    WebhookRejectedError,
    clean,
)
from bot.channels.telegram_chores import Chores, units
from bot.channels.telegram_http import QuietBot, TelegramHttp, ThrottledError, send_error
from bot.channels.telegram_keyboard import keyboard
from bot.channels.telegram_updates import ALLOWED, NAME, Seen, read

log = logging.getLogger("companion.telegram")

Commands = Mapping[str, Sequence[tuple[str, str]]]
"""Language to (command, description); English is what every other language sees."""

_LONGEST_CAPTION = 1024
_TRIES = 3
_LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where Telegram posts updates, and the secret that proves it is Telegram."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse an empty secret: anybody could post then."""
        if not self.secret:
            message = "a Telegram webhook needs a secret"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class WebhookState:
    """Where Telegram posts, how many updates wait there, and the last error it met with us."""

    url: str
    pending: int
    error_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: how long a poll waits, a request may take, and the first pause after a failure."""

    poll: float = 25
    request: float = 15
    backoff: float = 1


_USUAL = Timing()


class Telegram:
    """The Telegram channel. One bot, private chats only."""

    name = NAME
    per_second = 30.0
    per_address_seconds = 1.0
    pictures = True

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.telegram.org",
        *,
        webhook: WebhookSettings | None = None,
        refusal: str = "",
        on_unreadable: Callable[[str], Awaitable[None]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timing: Timing = _USUAL,
    ) -> None:
        """Take the settings; nothing is opened before the first request.

        `api_url` is an origin. With `webhook` updates are posted instead of polled. `refusal` is
        said once to a group before leaving it. `on_unreadable` gets the provider id of an update
        that is set aside for good, before it is confirmed; it may raise TryLaterError.
        """
        self.username = ""
        self._bot_id = token.partition(":")[0]
        self._http = TelegramHttp(timing.request)
        self._bot = QuietBot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=self._http,
            get_updates_request=self._http,
        )
        self._webhook = webhook
        self._on_unreadable = on_unreadable
        self._now = now
        self._timing = timing
        self._failures: dict[str, int] = {}
        self._chores = Chores(self._bot, refusal)

    async def who(self) -> str:
        """Our own name at Telegram; raises SendError."""
        try:
            self.username = (await self._bot.get_me()).username or ""
        except TelegramError as error:
            problem = send_error(error)
        else:
            return self.username
        raise problem

    async def webhook_state(self) -> WebhookState:
        """What Telegram says of our webhook; raises SendError."""
        try:
            info = await self._bot.get_webhook_info()
        except TelegramError as error:
            problem = send_error(error)
        else:
            return WebhookState(
                info.url, info.pending_update_count, info.last_error_date, info.last_error_message
            )
        raise problem

    async def start(self, commands: Commands | None = None) -> None:
        """Learn our own name, publish the commands, choose poll or webhook; raises SendError."""
        await self.who()
        try:
            if self._webhook:
                await self._bot.set_webhook(
                    self._webhook.url,
                    secret_token=self._webhook.secret,
                    allowed_updates=ALLOWED,
                    max_connections=40,
                )
            else:
                await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            problem = send_error(error)
        else:
            await self._publish(commands or {})
            return
        raise problem

    async def _publish(self, commands: Commands) -> None:
        """The list of commands is a comfort: without it the talk goes on."""
        for language, listed in commands.items():
            code = None if language == "en" else language
            try:
                await self._bot.set_my_commands(listed, language_code=code)
            except TelegramError as error:
                log.warning("commands_not_set", extra={"code": send_error(error).code})

    async def send(self, message: Outgoing) -> str:
        """Send a message and return its id in the chat; raises SendError.

        Words that are too long for what stands under a picture go without it, and so do those
        whose picture is refused.
        """
        markup = keyboard(message)
        if not message.address.removeprefix("-").isdecimal():
            raise SendError(SendProblem.REJECTED, "address")
        text = clean(message.text)
        common = {
            "chat_id": int(message.address),
            "reply_markup": markup,
            "protect_content": message.private,
        }
        try:
            number = None
            if message.picture is not None and units(text) <= _LONGEST_CAPTION:
                with contextlib.suppress(BadRequest):
                    number = await self._bot.show(message.picture, caption=text, **common)
            if number is None:
                bare = {"is_disabled": True}
                number = await self._bot.say(text=text, link_preview_options=bare, **common)
        except TelegramError as error:
            problem = send_error(error)
        else:
            return str(number)
        raise problem

    async def find(self, message: Outgoing, since: datetime) -> None:
        """Return None: Telegram shows a bot nothing of what it sent."""
        del message, since

    def unbutton(self, address: str, provider_id: str) -> None:
        """Take the buttons of a message away; whether that works is of no weight."""
        self._chores.unbutton(address, provider_id)

    async def close(self) -> None:
        """Finish the chores in flight, briefly, and close the connections."""
        await self._chores.close()
        await self._http.shutdown()

    async def poll(self, receive: Receive, stop: asyncio.Event) -> None:
        """Ask for updates until told to stop; the offset moves on once a whole batch is received.

        Never raises for the network's or the service's sake: it waits and asks again.
        """
        offset: int | None = None
        failures = 0
        while not stop.is_set():
            try:
                batch = await self._ask(offset, stop)
                await self._take(batch, receive)
            except (TelegramError, TryLaterError) as error:
                failures += 1
                await _pause(self._wait(error, failures), stop)
                continue
            failures = 0
            offset = max((update["update_id"] + 1 for update in batch), default=offset)

    async def webhook(self, secret_header: str | None, body: bytes, receive: Receive) -> None:
        """Take one posted update; raises WebhookRejectedError, TryLaterError."""
        given = (secret_header or "").encode("utf-8", "replace")
        secret = self._webhook.secret.encode() if self._webhook else b""
        if not secret or not hmac.compare_digest(given, secret):
            message = "telegram webhook: the secret is missing or wrong"
            raise WebhookRejectedError(message)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            raw = None
        await self._hand_over(read(raw, self._bot_id, self._now()), receive)

    async def _ask(self, offset: int | None, stop: asyncio.Event) -> list[dict[str, Any]]:
        """One long poll; an empty list when it is time to stop."""
        asking = asyncio.ensure_future(
            self._bot.updates(offset, self._timing.poll, ALLOWED, self._timing.request)
        )
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else []
        finally:
            # What was on its way here is not confirmed: the service offers it again.
            asking.cancel()
            stopping.cancel()
            await asyncio.gather(asking, stopping, return_exceptions=True)

    async def _take(self, batch: list[dict[str, Any]], receive: Receive) -> None:
        """Receive a batch, each chat in order and the chats side by side."""
        chats: dict[int | None, list[Seen]] = {}
        for raw in batch:
            seen = read(raw, self._bot_id, self._now())
            chats.setdefault(seen.chat, []).append(seen)
        queues = (self._take_in_order(chat, receive) for chat in chats.values())
        # All are let finish: what one chat could not hand over is no reason to cut off another.
        for result in await asyncio.gather(*queues, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _take_in_order(self, chat: Iterable[Seen], receive: Receive) -> None:
        for seen in chat:
            await self._hand_over(seen, receive)

    async def _hand_over(self, seen: Seen, receive: Receive) -> None:
        """Give an update to the door, then do what is ours; raises TryLaterError."""
        if not seen.readable:
            await self._set_aside(seen.provider_id)
        if seen.group is not None:
            self._chores.refuse(seen.group)
        if seen.inbound is not None:
            try:
                await receive(seen.inbound)
            except TryLaterError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the rest
                await self._give_up_in_time(seen.provider_id, error)
            self._failures.pop(seen.provider_id, None)
        if seen.pressed is not None:
            self._chores.answer(seen.pressed)

    async def _give_up_in_time(self, provider_id: str, error: Exception) -> None:
        """The door broke its promise. Try again, but don't let one update hold up a chat."""
        tries = self._failures.get(provider_id, 0) + 1
        self._failures[provider_id] = tries
        log.error("update %s failed, try %d: %s", provider_id, tries, type(error).__name__)
        if tries < _TRIES:
            raise TryLaterError from None
        await self._set_aside(provider_id)

    async def _set_aside(self, provider_id: str) -> None:
        log.error("update %s could not be read and is set aside", provider_id)
        if self._on_unreadable is not None:
            await self._on_unreadable(provider_id)

    def _wait(self, error: Exception, failures: int) -> float:
        """Seconds until the next question, and a word in the log about why."""
        if isinstance(error, ThrottledError):
            return error.seconds
        if isinstance(error, Conflict):
            log.error("another program polls this bot, or a webhook is set: only one can")
        elif isinstance(error, InvalidToken):
            log.error("Telegram does not know this bot's token")
        elif isinstance(error, TelegramError):
            problem = send_error(error)
            said = "provider_away" if problem.away else "provider_refused"
            log.warning(said, extra={"channel": self.name, "code": problem.code})
        else:
            log.warning("updates_not_taken", extra={"channel": self.name})
        longest = min(self._timing.backoff * 2 ** min(failures - 1, 10), _LONGEST_BACKOFF)
        return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards nothing


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
