"""What is handed over once: a link, its code for paper, and the picture that a phone can scan."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import segno
from markupsafe import Markup
from sqlalchemy import Connection

from storage import facts


@dataclass(frozen=True, slots=True)
class Ticket:
    """A one-time link."""

    link: str = field(repr=False)
    code: str = field(default="", repr=False)
    """What can be typed in its place; empty: nothing."""
    bot: str = ""
    """The bot that takes the code."""

    @property
    def picture(self) -> Markup:
        """The link as a QR code, black on white in any colour scheme."""
        drawn = io.BytesIO()
        made = segno.make(self.link, error="m", micro=False)
        made.save(
            drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=3, light="#fff"
        )
        # Ours: a drawing of squares, in which the link is not written.
        return Markup(drawn.getvalue().decode())  # noqa: S704


def telegram(tx: Connection, code: str | None) -> Ticket | None:
    """The ticket of a code for the bot; None without a code."""
    if code is None:
        return None
    bot = facts.get_fact(tx, "telegram_username") or ""
    return Ticket(f"https://t.me/{bot}?start={code}" if bot else "", code, bot)
