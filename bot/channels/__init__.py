"""A channel turns a provider's shape into ours and back; one file a provider.

The contract is small on purpose. A channel parses what a provider sends into an
`Inbound`, sends an `Outgoing`, and knows nothing of flows or of the database.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAX_TEXT = 8_000
IDLE_SECONDS = 3.0
"""A connection that has been idle for longer is not used again: a provider may be closing it just
then, and what is sent into that is in doubt, which a reminder does not survive."""


class Kind(StrEnum):
    """What an inbound thing is. Everything that is not TEXT or BUTTON can't be read by us."""

    TEXT = "text"
    BUTTON = "button"
    EDITED = "edited"
    VOICE = "voice"
    PHOTO = "photo"
    STICKER = "sticker"
    LOCATION = "location"
    FILE = "file"
    CONTACT = "contact"
    BLOCKED = "blocked"
    """The person blocked the bot; it carries no words."""
    UNBLOCKED = "unblocked"


class OptOut(StrEnum):
    """The carrier says that it has already acted on a word of its own (`OptOutType`)."""

    STOP = "stop"
    START = "start"
    HELP = "help"


def clean(text: str) -> str:
    """Text as it can be stored: no NUL, no lone surrogate (both make an insert fail), bounded."""
    return _UNSTORABLE.sub("", text)[:_MAX_TEXT]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One channel-neutral thing a person sent.

    `provider_id` is unique within the channel: a second delivery has the same one.
    `choice` is the key of a pressed button, and `asked_in` the number of the turn that
    offered it. `sent_at` is the provider's time in UTC, `text` what was typed (or the
    button's label), a caption included. `point` is where a shared location lies: latitude and
    longitude in degrees.
    """

    channel: str
    address: str = field(repr=False)
    provider_id: str
    sent_at: datetime
    text: str = field(default="", repr=False)
    kind: Kind = Kind.TEXT
    choice: str | None = field(default=None, repr=False)
    asked_in: int | None = None
    opt_out: OptOut | None = None
    point: tuple[float, float] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Clean the text, so that nothing that reaches the door can make an insert fail."""
        if self.sent_at.tzinfo is None:
            message = "Inbound.sent_at must be aware"
            raise ValueError(message)
        object.__setattr__(self, "text", clean(self.text))
        if self.choice is not None:
            object.__setattr__(self, "choice", clean(self.choice)[:64])


@dataclass(frozen=True, slots=True)
class Button:
    """One choice under a message: the key that comes back, and what the person reads."""

    key: str
    label: str
    url: str | None = None
    """A link button opens this instead of sending the key back (Telegram only)."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, as the outbox claimed it.

    `reference` is our own id of it (for status callbacks and for finding it again),
    `asked_in` the turn whose buttons these are, `valid_for` seconds after which the
    provider should drop it, `private` asks the channel to forbid forwarding and saving,
    `picture` is a PNG that the text stands under, for a channel that carries pictures.
    """

    reference: int
    address: str = field(repr=False)
    text: str = field(repr=False)
    buttons: tuple[Button, ...] = ()
    asked_in: int | None = None
    valid_for: int | None = None
    private: bool = False
    picture: bytes | None = field(default=None, repr=False)


class SendProblem(StrEnum):
    """Why a message could not be sent; the whole of what the retry rule needs to know."""

    THROTTLED = "throttled"
    """Not processed, try again after `retry_after`."""
    UNREACHABLE = "unreachable"
    """Certainly not accepted (no connection, 5xx before acceptance): safe to repeat."""
    UNKNOWN = "unknown"
    """It may have been accepted (time-out, connection cut after the request was written)."""
    REJECTED = "rejected"
    """The provider refuses this message for good."""
    STOPPED = "stopped"
    """The person blocked us or opted out: the address is closed."""


WRONG_TOKEN = frozenset({"401", "20003"})
"""Codes by which Telegram and Twilio say that they don't know us: waited out, and for a human."""


class SendError(Exception):
    """A send that failed: kind, the provider's own code, seconds to wait. Never carries text."""

    def __init__(self, kind: SendProblem, code: str, retry_after: float | None = None) -> None:
        """Hold the kind, the provider's code and the wait in seconds."""
        super().__init__(f"{kind}: {code}")
        self.kind = kind
        self.code = code
        self.retry_after = retry_after

    @property
    def away(self) -> bool:
        """Whether the provider is away or busy: it passes, and nothing of ours is wrong."""
        refused = self.kind in (SendProblem.REJECTED, SendProblem.STOPPED)
        return not refused and self.code not in WRONG_TOKEN


class TryLaterError(Exception):
    """The house can't take this now (storage down, stopping): let the provider repeat it."""


class WebhookRejectedError(Exception):
    """A webhook that did not prove who it is from. Its message is safe to log."""


class DeliveryState(StrEnum):
    """What a provider later says of a message that it accepted."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One status callback: about the provider's id, in our words, with the provider's code."""

    provider_id: str
    state: DeliveryState
    code: str | None = None
    stopped: bool = False
    """The code means that the person opted out (21610)."""


Receive = Callable[[Inbound], Awaitable[None]]
"""The door as a channel sees it: returns once the message is committed (or was seen before),
raises TryLaterError when nothing was stored, and nothing else."""


class Channel(Protocol):
    """What the outbox needs of a provider."""

    name: str
    per_second: float
    """How many messages a second the sender may start."""
    per_address_seconds: float
    """How long one address rests after a message; urgent ones don't wait for it."""
    pictures: bool
    """Whether it carries them; else their words go alone."""

    async def send(self, message: Outgoing) -> str:
        """Hand one message to the provider and return its id there; raises SendError."""
        ...

    async def find(self, message: Outgoing, since: datetime) -> str | None:
        """Return the provider's id if it has this very message already, else None.

        Used after a send in doubt. A provider without such a list answers None.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
