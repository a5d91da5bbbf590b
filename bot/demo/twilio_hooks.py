"""How the Twilio stand-in calls a webhook: signed, time-bounded, repeated as its URL asks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urldefrag, urlencode
from xml.etree import ElementTree as ET

import aiohttp

Fields = Sequence[tuple[str, str]]

_MOST_RETRIES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `failure` is ct, rt, 4xx or 5xx in the service's words, or None."""

    failure: str | None
    status: int = 0
    content_type: str = ""
    body: str = field(default="", repr=False)

    def replies(self) -> list[str] | None:
        """The texts that the answer asks to be sent, plain or TwiML; None if it can't be read."""
        if self.content_type == "text/plain":
            return [self.body] if self.body.strip() else []
        if "xml" not in self.content_type or not self.body.strip():
            return []
        try:
            # It is our own web server's answer, on loopback.
            found = ET.fromstring(self.body).iter("Message")  # noqa: S314
        except ET.ParseError:
            return None
        return [" ".join("".join(one.itertext()).split()) for one in found]


def sign(url: str, fields: Fields, token: str) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL, then each key with its distinct values."""
    text = url + "".join(key + value for key, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


async def post(
    session: aiohttp.ClientSession, url: str, fields: Fields, token: str, read_seconds: float
) -> Answer:
    """Post a signed form. One retry if the connection fails, unless `#rc=…&rp=…` says more.

    All tries together get `read_seconds`, and carry the same idempotency token.
    """
    address, fragment = urldefrag(url)
    asked = {key: values[-1] for key, values in parse_qs(fragment).items()}
    retries = min(int(asked.get("rc", "1")), _MOST_RETRIES)
    policy = set(asked.get("rp", "ct").split(","))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        "User-Agent": "TwilioProxy/1.1",
        "X-Twilio-Signature": sign(address, fields, token),
    }
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=_seconds(asked, "ct", 5), sock_read=_seconds(asked, "rt", 15)
    )
    answer = Answer("rt")
    try:
        async with asyncio.timeout(read_seconds):
            for _ in range(retries + 1):
                answer = await _once(session, address, urlencode(fields), headers, timeout)
                if answer.failure is None or not policy & {answer.failure, "all"}:
                    break
    except TimeoutError:
        return Answer("rt")
    return answer


async def _once(
    session: aiohttp.ClientSession,
    url: str,
    body: str,
    headers: dict[str, str],
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109, aiohttp's own value
) -> Answer:
    try:
        async with session.post(url, data=body, headers=headers, timeout=timeout) as response:
            kind = f"{response.status // 100}xx"
            return Answer(
                kind if kind in {"4xx", "5xx"} else None,
                response.status,
                response.content_type,
                await response.text(),
            )
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        return Answer("ct")
    except (aiohttp.ClientError, aiohttp.SocketTimeoutError):
        return Answer("rt")


def _seconds(asked: dict[str, str], name: str, otherwise: float) -> float:
    milliseconds = asked.get(name, "")
    return int(milliseconds) / 1000 if re.fullmatch(r"\d{3,5}", milliseconds) else otherwise


def text_fields(
    account_sid: str, sid: str, sender: str, to: str, body: str, segments: int
) -> list[tuple[str, str]]:
    """The form of an inbound text without media."""
    return [
        ("ToCountry", "US"),
        ("ToState", ""),
        ("SmsMessageSid", sid),
        ("ToCity", ""),
        ("FromZip", ""),
        ("SmsSid", sid),
        ("FromState", ""),
        ("SmsStatus", "received"),
        ("FromCity", ""),
        ("Body", body),
        ("FromCountry", "US"),
        ("To", to),
        ("ToZip", ""),
        ("NumSegments", str(segments)),
        ("MessageSid", sid),
        ("AccountSid", account_sid),
        ("From", sender),
        ("ApiVersion", "2010-04-01"),
    ]


def media_fields(origin: str, account_sid: str, sid: str, types: Iterable[str]) -> Fields:
    """What a text with media has besides."""
    fields = []
    for number, content_type in enumerate(types):
        path = f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media/ME{uuid.uuid4().hex}"
        fields += [
            (f"MediaUrl{number}", origin + path),
            (f"MediaContentType{number}", content_type),
        ]
    return [("NumMedia", str(len(fields) // 2)), *fields]
