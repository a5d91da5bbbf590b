"""The Bot API over aiohttp: every request bounded, nothing of it in a log, errors told apart.

python-telegram-bot's own client cannot say whether a request left the house, and its loggers
write the token and the texts. Here an error says which of the two it was, and nothing is logged.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import aiohttp
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData

from bot.channels import IDLE_SECONDS, SendError, SendProblem

_CONNECT_SECONDS = 5.0
_CONNECTIONS = 64
_THROTTLED = 429
_SERVER_ERRORS = 500
_UNREADABLE = "unreadable"
_JSON = {"Content-Type": "application/json"}

# Stands outside the tree of loggers, so that no configuration can make it speak.
_SILENT = logging.Logger("silent", logging.CRITICAL + 1)  # noqa: LOG001


class ThrottledError(TelegramError):
    """The service asks us to wait; `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__("throttled")
        self.seconds = seconds


class NotSentError(NetworkError):
    """No connection came about: the request certainly never left."""


class InDoubtError(NetworkError):
    """The request left, and what became of it is not known; `message` is a code."""


_MEANINGS: tuple[tuple[type[TelegramError], SendProblem, str], ...] = (
    (ThrottledError, SendProblem.THROTTLED, "429"),
    (Forbidden, SendProblem.STOPPED, "403"),
    (InvalidToken, SendProblem.UNREACHABLE, "401"),
    (BadRequest, SendProblem.REJECTED, "400"),
    (Conflict, SendProblem.REJECTED, "409"),
    (ChatMigrated, SendProblem.REJECTED, "400"),
    (NotSentError, SendProblem.UNREACHABLE, ""),
    (TimedOut, SendProblem.UNKNOWN, ""),
    (InDoubtError, SendProblem.UNKNOWN, ""),
)
"""Leaves before what they inherit from. No code: the error's own message is one."""


class TelegramHttp(BaseRequest):
    """What `Bot` sends with. The session is made at the first request, inside its loop."""

    def __init__(self, seconds: float) -> None:
        """Bound every request to so many seconds, connecting to five of them."""
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds a whole request may take."""
        return self._seconds

    async def initialize(self) -> None:
        """Do nothing: the first request does it."""

    async def shutdown(self) -> None:
        """Close the connections; a later request would open new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """Send one request; raises ThrottledError, NotSentError, InDoubtError or TimedOut.

        Of the time-outs only `read_timeout` is taken: it bounds the request as a whole.
        """
        del write_timeout, connect_timeout, pool_timeout
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._seconds
        failure: NetworkError | None = None
        status, payload = 0, b""
        try:
            body, headers = _body(request_data)
            async with self._open().request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as answer:
                status, payload = answer.status, await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            failure = NotSentError("connect")
        except TimeoutError:
            failure = TimedOut("timeout")
        except Exception as error:  # noqa: BLE001 - its text may hold the address with the token
            failure = InDoubtError(type(error).__name__)
        # Raised out here, so that the error does not drag the other one along as its context.
        if failure is not None:
            raise failure
        if status == _THROTTLED:
            raise ThrottledError(_retry_after(payload))
        if status >= _SERVER_ERRORS:
            raise InDoubtError(str(status))
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer; raises InDoubtError without quoting it, for it may hold a text."""
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and ("result" in found or found.get("ok") is False):
            return found
        raise InDoubtError(_UNREADABLE)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session


class QuietBot(Bot):
    """A `Bot` that logs nothing, shows no token, and hands out updates unread."""

    _LOGGER = _SILENT

    def __repr__(self) -> str:
        """Say what it is, and no more: the library's own one has the token."""
        return "QuietBot()"

    async def say(self, **asked: Any) -> int:
        """`sendMessage` as the API words it; its number in the chat. Raises TelegramError.

        The library's `send_message` makes an object of everything that it sends and is answered.
        """
        found = await self._post("sendMessage", asked)
        if isinstance(found, dict) and isinstance(found.get("message_id"), int):
            return int(found["message_id"])
        raise InDoubtError(_UNREADABLE)

    async def show(self, picture: bytes, **asked: Any) -> int:
        """`sendPhoto` of a PNG; its number in the chat. Raises TelegramError."""
        photo = InputFile(picture, filename="your-chart.png")
        found = await self._post("sendPhoto", {"photo": photo, **asked})
        if isinstance(found, dict) and isinstance(found.get("message_id"), int):
            return int(found["message_id"])
        raise InDoubtError(_UNREADABLE)

    async def updates(
        self, offset: int | None, seconds: float, allowed: list[str], patience: float
    ) -> list[dict[str, Any]]:
        """Long-poll for updates as they came, numbered; raises TelegramError.

        The library's `get_updates` refuses a whole batch when it can't read one of it.
        """
        asked = {"offset": offset, "timeout": int(seconds), "allowed_updates": allowed}
        found = await self._post("getUpdates", asked, read_timeout=seconds + patience)
        if isinstance(found, list) and all(
            isinstance(update, dict) and isinstance(update.get("update_id"), int)
            for update in found
        ):
            return found
        raise InDoubtError(_UNREADABLE)


def send_error(error: TelegramError) -> SendError:
    """What an error means for the message that was being sent."""
    for kind, problem, code in _MEANINGS:
        if isinstance(error, kind):
            return SendError(problem, code or error.message, getattr(error, "seconds", None))
    return SendError(SendProblem.UNKNOWN, type(error).__name__)


def _body(asked: RequestData | None) -> tuple[Any, dict[str, str]]:
    """What is posted, and its headers: JSON, or a form where a file goes with it."""
    if asked is None or not asked.contains_files:
        return json.dumps(asked.parameters).encode() if asked else None, _JSON
    form = aiohttp.FormData(asked.json_parameters)
    for name, (filename, content, kind) in asked.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, {}


def _retry_after(payload: bytes) -> float:
    try:
        return max(1.0, float(json.loads(payload)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return 1.0
