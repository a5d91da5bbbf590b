"""Inline buttons: how they are laid out, and what is written behind them and read back."""

from __future__ import annotations

import re
from typing import Any

from bot.channels import Button, Outgoing, SendError, SendProblem

_DATA = re.compile(r"(\d{1,18})\|(.+)", re.DOTALL)
_MAX_DATA = 64
_SHORT_LABEL = 4
_SHORT_ROW = 6


def write_data(asked_in: int | None, key: str) -> str:
    """The data behind a button; `asked_in` 0 stands for none."""
    return f"{asked_in or 0}|{key}"


def read_data(data: str) -> tuple[int | None, str]:
    """The turn that asked and the key; a form we never wrote is all key."""
    found = _DATA.fullmatch(data)
    return (int(found[1]) or None, found[2]) if found else (None, data)


Inline = dict[str, str]


def keyboard(message: Outgoing) -> dict[str, Any] | None:
    """The buttons of a message: short labels share rows evenly, long ones stand alone.

    As the API words them: the library's own objects take longer to make than to send. Raises
    SendError for a key that does not fit.
    """
    rows: list[list[Inline]] = []
    short: list[Inline] = []
    for button in (*message.buttons, None):
        if button and not button.url and len(button.label) <= _SHORT_LABEL:
            short.append(_inline(button, message.asked_in))
            continue
        rows += _even(short)
        short = []
        if button:
            rows.append([_inline(button, message.asked_in)])
    return {"inline_keyboard": rows} if rows else None


def _even(buttons: list[Inline]) -> list[list[Inline]]:
    count = -(-len(buttons) // _SHORT_ROW)
    width = -(-len(buttons) // max(count, 1))
    return [buttons[at : at + width] for at in range(0, len(buttons), max(width, 1))]


def _inline(button: Button, asked_in: int | None) -> Inline:
    if button.url:
        return {"text": button.label, "url": button.url}
    data = write_data(asked_in, button.key)
    if len(data.encode()) > _MAX_DATA:
        raise SendError(SendProblem.REJECTED, "callback_data")
    return {"text": button.label, "callback_data": data}
