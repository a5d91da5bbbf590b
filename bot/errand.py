"""A command's way to the companion: through the running server, or straight on the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from bot.config import House, Settings, read_clinic, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with words on stderr."""
    for line in message.splitlines():
        typer.echo(f"companion: {line}", err=True)
    raise typer.Exit(code)


def run(what: str, given: dict[str, Any]) -> dict[str, Any]:
    """Have a command of `bot/commands.py` carried out; what it refuses ends us in words."""
    from bot import control

    settings = read_settings()
    reply = None
    if settings.database_url.startswith("sqlite"):
        reply = control.ask(control.path_beside(settings.database_file), what, given)
    if reply is None:
        reply = _here(settings, what, given)
    if "error" in reply:
        fail(reply["error"])
    if reply.get("code") and not reply.get("username"):
        reply["username"] = _bot_name(settings)
    return reply


def _here(settings: Settings, what: str, given: dict[str, Any]) -> dict[str, Any]:
    from bot import tuning
    from bot.commands import COMMANDS
    from bot.database import open_store

    house = House(read_clinic(settings.clinic_file), settings.url)
    store = open_store(settings)
    now = datetime.now(UTC)

    def work(tx: Connection) -> dict[str, Any]:
        # What supervisors changed in the console holds here as it does in the server.
        house.clinic = tuning.now_holding(tx, house.toml)
        return COMMANDS[what](tx, house, given, now)

    try:
        return store.write_now(work)
    finally:
        store.close()


def _bot_name(settings: Settings) -> str | None:
    """Ask Telegram for the bot's name; None if it can't be reached now."""
    if not settings.telegram_bot_token:
        return None
    from bot.channels import SendError
    from bot.channels.telegram import Telegram

    async def ask() -> str | None:
        telegram = Telegram(settings.telegram_bot_token, settings.telegram_api_url)
        try:
            return await telegram.who()
        except SendError:
            return None
        finally:
            await telegram.close()

    return asyncio.run(ask())


def link(reply: dict[str, Any], *, stored: str, again: str) -> None:
    """Print the link of a reply on a line of its own.

    Where the bot's name can't be asked for now, it is said what was `stored` all the same, and how
    to have the link made `again`.
    """
    name = reply.get("username")
    if name is None:
        typer.echo(
            f"{stored}, but Telegram does not tell the bot's name now: is TELEGRAM_BOT_TOKEN set, "
            f"and is Telegram within reach? Put the bot's name for YOUR_BOT below, or {again}."
        )
    typer.echo(f"https://t.me/{name or 'YOUR_BOT'}?start={reply['code']}")
