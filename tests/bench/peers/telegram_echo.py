"""A stock python-telegram-bot echo bot by its own webhook, with no database."""

from __future__ import annotations

import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    del context
    if update.message and update.message.text:
        await update.message.reply_text(update.message.text)


def main(api: str, port: str, token: str, secret: str) -> None:
    bot = Application.builder().token(token).base_url(f"{api}/bot").build()
    bot.add_handler(MessageHandler(filters.TEXT, _echo))
    bot.run_webhook(
        listen="127.0.0.1",
        port=int(port),
        url_path="telegram",
        webhook_url=f"http://127.0.0.1:{port}/telegram",
        secret_token=secret,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
