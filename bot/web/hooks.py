"""Webhooks: what providers post to us. Nothing of a body ever reaches a log or an exception."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.channels import Delivery, Inbound, Receive, TryLaterError, WebhookRejectedError
from storage.store import StoreDownError

T = TypeVar("T")
Delivered = Callable[[str, Delivery], Awaitable[None]]
"""Takes what a status callback says, by the channel's name."""

LARGEST = 256 * 1024
"""Bytes of a body that is still read."""
_MOST_FIELDS = 200
_AGAIN_SECONDS = "5"
_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class TelegramHook(Protocol):
    """What the Telegram webhook needs of its channel."""

    async def webhook(self, secret_header: str | None, body: bytes, receive: Receive) -> None:
        """Take one posted update; raises WebhookRejectedError, TryLaterError."""


class SmsHook(Protocol):
    """What the SMS webhooks need of their channel."""

    def verify(
        self, path: str, form: FormData, signature: str | None, settings: str | None = None
    ) -> None:
        """Raise WebhookRejectedError unless the provider signed this form."""

    def inbound(self, form: FormData) -> Inbound:
        """Read a verified text; raises WebhookRejectedError."""

    def delivery(self, form: FormData) -> Delivery | None:
        """Read a verified status; raises WebhookRejectedError."""


class RefusedError(Exception):
    """A request that is not taken, by its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def read(request: Request) -> bytes:
    """The body, if it is not too large; raises RefusedError (413, or 400 if it was cut off)."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST:
        raise RefusedError(413 if length.isdecimal() else 400)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise RefusedError(413)
    except ClientDisconnect:
        raise RefusedError(400) from None
    return bytes(body)


async def read_form(request: Request) -> FormData:
    """The fields of a form, repeated keys kept; raises RefusedError (400, 413)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read(request)
    if kind != "application/x-www-form-urlencoded":
        raise RefusedError(400)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        # Its text would quote what was posted.
        pairs = None
    if pairs is None:
        raise RefusedError(400)
    return FormData(list(pairs))


class Hooks:
    """The endpoints that providers post to. A channel that is off answers 404."""

    def __init__(
        self,
        receive: Receive,
        telegram: TelegramHook | None,
        sms: SmsHook | None,
        delivered: Delivered,
    ) -> None:
        self._receive = receive
        self._telegram = telegram
        self._sms = sms
        self._delivered = delivered

    async def telegram(self, request: Request) -> Response:
        """One update; 200 only once the door has committed it."""
        if self._telegram is None:
            return Response(status_code=404)
        try:
            body = await read(request)
            secret = request.headers.get("x-telegram-bot-api-secret-token")
            await self._telegram.webhook(secret, body, self._receive)
        except (RefusedError, WebhookRejectedError, TryLaterError, StoreDownError) as error:
            return _refusal(error)
        return Response(status_code=200)

    async def text(self, request: Request) -> Response:
        """One text message; answered with an empty TwiML, the reply goes its own way."""
        if self._sms is None:
            return Response(status_code=404)
        try:
            form = await self._verified(request, self._sms)
            await self._receive(_or_400(self._sms.inbound, form))
        except (RefusedError, WebhookRejectedError, TryLaterError, StoreDownError) as error:
            return _refusal(error)
        return Response(_TWIML, media_type="text/xml")

    async def status(self, request: Request) -> Response:
        """What became of a text that we sent."""
        if self._sms is None:
            return Response(status_code=404)
        try:
            form = await self._verified(request, self._sms)
            said = _or_400(self._sms.delivery, form)
            if said is not None:
                await self._delivered("sms", said)
        except (RefusedError, WebhookRejectedError, TryLaterError, StoreDownError) as error:
            return _refusal(error)
        return Response(status_code=204)

    async def _verified(self, request: Request, sms: SmsHook) -> FormData:
        form = await read_form(request)
        query = request.url.query
        sms.verify(
            request.url.path + (f"?{query}" if query else ""),
            form,
            request.headers.get("x-twilio-signature"),
            request.headers.get("x-twilio-webhooks-signature-settings"),
        )
        return form


def _or_400(reading: Callable[[FormData], T], form: FormData) -> T:
    """Read a form whose signature is good: what is wrong with it now is its shape."""
    try:
        return reading(form)
    except (WebhookRejectedError, ValueError, KeyError):
        pass
    raise RefusedError(400)


def _refusal(error: Exception) -> Response:
    if isinstance(error, RefusedError):
        return Response(status_code=error.status)
    if isinstance(error, WebhookRejectedError):
        return Response(status_code=403)
    return Response(status_code=503, headers={"Retry-After": _AGAIN_SECONDS})
