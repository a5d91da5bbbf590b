"""What Twilio posts to our webhooks: a text that came in, the fate of one that went out."""

from __future__ import annotations

from datetime import datetime

from starlette.datastructures import FormData

from bot.channels import Delivery, DeliveryState, Inbound, Kind, OptOut, WebhookRejectedError

_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.UNDELIVERED,
    "canceled": DeliveryState.UNDELIVERED,
}
_STOPPED = "21610"


def inbound(form: FormData, arrived: datetime) -> Inbound:
    """Read a verified text; raises WebhookRejectedError if it has no id or sender.

    Twilio does not say when it was sent: its time is that of arrival.
    """
    sid, address = _field(form, "MessageSid"), _field(form, "From")
    if not sid or not address:
        reason = "no MessageSid or no From"
        raise WebhookRejectedError(reason)
    opt_out = _field(form, "OptOutType").lower()
    has_media = _field(form, "NumMedia") not in {"", "0"}
    return Inbound(
        channel="sms",
        address=address,
        provider_id=sid,
        sent_at=arrived,
        text=_field(form, "Body"),
        kind=_kind(_field(form, "MediaContentType0")) if has_media else Kind.TEXT,
        opt_out=OptOut(opt_out) if opt_out in set(OptOut) else None,
    )


def delivery(form: FormData) -> Delivery | None:
    """Read a verified status callback; None where nothing has left Twilio yet.

    Raises WebhookRejectedError if it names no message.
    """
    sid, code = _field(form, "MessageSid"), _field(form, "ErrorCode")
    if not sid:
        reason = "no MessageSid"
        raise WebhookRejectedError(reason)
    state = _STATES.get(_field(form, "MessageStatus").lower())
    if state is None:
        return None
    known = code if code.isdecimal() and code != "0" else None
    return Delivery(sid, state, known, stopped=known == _STOPPED)


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _kind(content_type: str) -> Kind:
    if "vcard" in content_type.lower():
        return Kind.CONTACT
    major = content_type.partition("/")[0].lower()
    return {"image": Kind.PHOTO, "audio": Kind.VOICE}.get(major, Kind.FILE)
