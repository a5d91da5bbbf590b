"""The network behind the Twilio stand-in: queues, carriers, handsets, and the webhooks it calls."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.demo import twilio_hooks
from bot.demo.twilio_optout import OptOuts
from bot.demo.twilio_records import (
    HANDSET_ERRORS,
    VERSION,
    Direction,
    Entry,
    Handset,
    Message,
    PhoneText,
)
from content.segments import segments


class Network:
    """Everybody's phones, and what happens between them and the service."""

    def __init__(
        self, account_sid: str, auth_token: str, now: Callable[[], datetime], read_seconds: float
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.now = now
        self.read_seconds = read_seconds
        self.origin = ""
        self.sms_url: str | None = None
        """Where inbound texts are posted to; its fragment may say how often it is tried."""
        self.on_change: Callable[[], None] | None = None
        self.per_second: float | None = None
        """Segments a second that each sender sends; None for at once."""
        self.advanced_opt_out = False
        """Whether webhooks carry OptOutType."""
        self.callback_order: Callable[[Sequence[str]], Sequence[str]] = lambda statuses: statuses
        """Turns the statuses of a message into those called back: swapped, doubled, dropped."""
        self.callback_delay = 0.0
        self.ledger: list[Entry] = []
        self._paused = False
        self._by_sid: dict[str, Message] = {}
        self._posts: dict[str, twilio_hooks.Fields] = {}
        self._failing: dict[str, int] = {}
        self._opt_outs = OptOuts()
        self._handsets: dict[str, Handset] = {}
        self._queues: defaultdict[str, deque[str]] = defaultdict(deque)
        self._draining: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message there is, oldest first."""
        return tuple(self._by_sid.values())

    @property
    def paused(self) -> bool:
        """While True, nothing leaves the queues."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            for sender in self._queues:
                self._start_draining(sender)

    def texts(self, number: str) -> list[PhoneText]:
        """What the phone with this number shows, oldest first."""
        shown = [
            PhoneText(
                one.direction != "inbound",
                one.body,
                one.sent or one.created,
                one.status,
                one.segments,
                one.sid,
            )
            for one in self.messages
            if one.on_phone and number == (one.sender if one.direction == "inbound" else one.to)
        ]
        return sorted(shown, key=lambda text: text.moment)

    def handset(self, number: str, state: Handset) -> None:
        """Make a phone unreachable, a landline, blocked, unknown, or ok again."""
        self._handsets[number] = state

    def is_stopped(self, sender: str, number: str) -> bool:
        """Whether the carrier blocks this pair."""
        return self._opt_outs.stopped(sender, number)

    async def text(
        self,
        from_: str,
        to: str,
        body: str,
        media: int = 0,
        *,
        content_type: str = "image/jpeg",
        extra: twilio_hooks.Fields = (),
    ) -> str:
        """A person texts the service; returns the sid once the webhook is over, or has failed."""
        sid = new_sid("MM" if media else "SM")
        types = (content_type,) * media
        parts = max(1, segments(body))
        self._add(sid, "inbound", from_, to, body, status="received", media=types)
        self._note("received", sid)
        opt_out = self._opt_out(to, from_, body)
        self._posts[sid] = [
            *twilio_hooks.text_fields(self.account_sid, sid, from_, to, body, parts),
            *twilio_hooks.media_fields(self.origin, self.account_sid, sid, types),
            *([("OptOutType", opt_out)] if opt_out and self.advanced_opt_out else []),
            *extra,
        ]
        await self.repeat(sid)
        return sid

    async def repeat(self, sid: str) -> None:
        """Post an inbound text's webhook, once more if it was posted before."""
        if self.sms_url is None:
            return
        answer = await self._post(self.sms_url, self._posts[sid])
        self._note("webhook", sid, answer.failure or str(answer.status))
        if answer.failure:
            self._note("error", sid, "11200")
            return
        received, replies = self._by_sid[sid], answer.replies()
        if replies is None:
            self._note("error", sid, "12100")
        for reply in replies or ():
            self._reply(received.to, received.sender, reply)

    async def settle(self) -> None:
        """Wait until every queued text and callback is done, as long as nothing is paused."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _accept(self, message: Message, fault: int | None) -> None:
        """Take a created message into its sender's queue; `fault` is how it will fail later."""
        self._by_sid[message.sid] = message
        if fault:
            self._failing[message.sid] = fault
        self._note("accepted", message.sid)
        self._queues[message.sender].append(message.sid)
        self._start_draining(message.sender)

    def _waiting(self, sender: str) -> int:
        """Segments in a sender's queue."""
        return sum(self._by_sid[sid].segments for sid in self._queues[sender])

    def _add(
        self,
        sid: str,
        direction: Direction,
        sender: str,
        to: str,
        body: str,
        *,
        status: str,
        media: tuple[str, ...] = (),
        from_carrier: bool = False,
    ) -> None:
        now = self.now()
        self._by_sid[sid] = Message(
            sid=sid,
            direction=direction,
            sender=sender,
            to=to,
            body=body,
            status=status,
            created=now,
            updated=now,
            sent=now if direction == "inbound" else None,
            segments=max(1, segments(body)),
            media=media,
            from_carrier=from_carrier,
        )

    def _reply(self, sender: str, to: str, body: str, *, from_carrier: bool = False) -> None:
        """Send what a webhook's answer, or the carrier itself, says."""
        sid = new_sid("SM")
        self._add(
            sid, "outbound-reply", sender, to, body, status="queued", from_carrier=from_carrier
        )
        self._queues[sender].append(sid)
        self._start_draining(sender)

    def _opt_out(self, sender: str, person: str, body: str) -> str | None:
        """Let the carrier act on its words, and answer; returns what kind of word it was."""
        acted = self._opt_outs.act(sender, person, body)
        if acted is None:
            return None
        kind, confirmation = acted
        self._note("carrier", None, kind)
        if confirmation:
            self._reply(sender, person, confirmation, from_carrier=True)
        return kind

    def _start_draining(self, sender: str) -> None:
        if sender not in self._draining and not self._paused:
            self._draining.add(sender)
            self._spawn(self._drain(sender))

    async def _drain(self, sender: str) -> None:
        queue = self._queues[sender]
        while queue and not self._paused:
            if self.per_second:
                await asyncio.sleep(self._by_sid[queue[0]].segments / self.per_second)
            self._transmit(queue.popleft())
        self._draining.discard(sender)

    def _transmit(self, sid: str) -> None:
        """Let one message leave its queue, whatever becomes of it."""
        message, now = self._by_sid[sid], self.now()
        state = self._handsets.get(message.to, "ok")
        fault = self._failing.pop(sid, None) or HANDSET_ERRORS.get(state)
        if now - message.created > timedelta(seconds=message.valid_for):
            self._finish(message, ["undelivered"], 30036)
        elif self.is_stopped(message.sender, message.to) and not message.from_carrier:
            self._finish(message, ["failed"], 21610)
        elif fault:
            self._finish(dataclasses.replace(message, sent=now), ["sent", "undelivered"], fault)
        else:
            self._finish(dataclasses.replace(message, sent=now), ["sent", "delivered"], None)

    def _finish(self, message: Message, statuses: list[str], error: int | None) -> None:
        done = dataclasses.replace(message, status=statuses[-1], error=error, updated=self.now())
        self._by_sid[message.sid] = done
        self._note("status", message.sid, statuses[-1])
        if message.callback:
            queued = ["queued"] if message.service else []
            self._spawn(self._call_back(done, message.callback, [*queued, *statuses]))

    async def _call_back(self, message: Message, url: str, statuses: list[str]) -> None:
        for status in self.callback_order(statuses):
            await asyncio.sleep(self.callback_delay)
            fields = [
                ("ApiVersion", VERSION),
                ("SmsSid", message.sid),
                ("SmsStatus", status),
                ("MessageSid", message.sid),
                ("MessageStatus", status),
                ("To", message.to),
                ("From", message.sender),
                ("AccountSid", self.account_sid),
            ]
            if message.error and status in {"undelivered", "failed"}:
                fields.append(("ErrorCode", str(message.error)))
            answer = await self._post(url, fields)
            self._note("callback", message.sid, f"{status} {answer.failure or answer.status}")
            if answer.failure:
                self._note("error", message.sid, "11200")

    async def _post(self, url: str, fields: twilio_hooks.Fields) -> twilio_hooks.Answer:
        if self._session is None:
            reason = "the stand-in is not started"
            raise RuntimeError(reason)
        return await twilio_hooks.post(
            self._session, url, fields, self.auth_token, self.read_seconds
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        """Let go of what went well; what failed stays, for `settle` to raise."""
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)

    def _note(self, what: str, sid: str | None, detail: str = "") -> None:
        self.ledger.append(Entry(self.now(), what, sid, detail))
        if self.on_change:
            self.on_change()


def new_sid(prefix: str) -> str:
    """An id in the service's form: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
