"""What the Twilio stand-in remembers: messages, what a phone shows, and a ledger of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

VERSION = "2010-04-01"

Direction = Literal["inbound", "outbound-api", "outbound-reply"]
Handset = Literal["ok", "unreachable", "landline", "blocked", "unknown"]

HANDSET_ERRORS: dict[Handset, int] = {
    "unreachable": 30003,
    "blocked": 30004,
    "unknown": 30005,
    "landline": 30006,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One Messages resource as it is now; `sent` stays empty while it waits in the queue."""

    sid: str
    direction: Direction
    sender: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    segments: int = 1
    media: tuple[str, ...] = ()
    valid_for: int = 36_000
    callback: str | None = field(default=None, repr=False)
    error: int | None = None
    service: str | None = None
    from_carrier: bool = False

    @property
    def on_phone(self) -> bool:
        """Whether the person's handset shows it."""
        return self.direction == "inbound" or self.status == "delivered"


@dataclass(frozen=True, slots=True)
class PhoneText:
    """A text as a handset shows it; `from_service` is False for what its owner wrote."""

    from_service: bool
    body: str = field(repr=False)
    moment: datetime
    status: str
    segments: int
    sid: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, in order: the truth that a test compares with.

    `what` is request, accepted, refused, status, callback, received, carrier, webhook or error;
    `detail` the method, code, status, word or answer.
    """

    moment: datetime
    what: str
    sid: str | None
    detail: str


def as_json(message: Message, account_sid: str) -> dict[str, Any]:
    """A Messages resource in the service's own shape."""
    uri = f"/{VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": VERSION,
        "body": message.body,
        "date_created": _rfc2822(message.created),
        "date_sent": _rfc2822(message.sent),
        "date_updated": _rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)
