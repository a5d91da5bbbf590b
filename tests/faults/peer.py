"""The same kills for a stock python-telegram-bot: what it confirmed and then forgot.

An echo bot, as its documentation shows one, polled as `run_polling` does it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable
from random import Random

from bot.demo.telegram_api import TelegramApi
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, Place
from tests.waiting import until

_BOT = """
import sys
from telegram.ext import Application, MessageHandler, filters

async def echo(update, context):
    await update.message.reply_text(update.message.text)

app = Application.builder().token(sys.argv[1]).base_url(sys.argv[2] + "/bot").build()
app.add_handler(MessageHandler(filters.ALL, echo))
app.run_polling()
"""
_TALKING = 25
_QUIET = 1.5
"""Seconds without an answer after which none will come."""


async def python_telegram_bot(place: Place, chance: Random, rounds: int) -> Figures:
    """So many people say one thing each, as many as write in a round of ours."""
    del place
    figures, confirmed = Figures(rounds), 0
    api = TelegramApi(limits=None)
    await api.start()
    people = [api.new_user("Ana") for _ in range(_TALKING)]
    process = await _start(api)
    try:
        for number in range(rounds):
            texts = {chat: f"{number} {chat}" for chat in people}
            answered = _answered(api)
            for chat, text in texts.items():
                await api.say(chat, text)
            moment = _moment(api, chance)
            async with asyncio.timeout(PATIENCE):
                while not moment():  # noqa: ASYNC110 - it watches another process
                    await asyncio.sleep(0.002)
            process.kill()
            await process.wait()
            confirmed += _TALKING - len(api.updates)
            process = await _start(api)
            await _nothing_more(api)
            got = _answered(api) - answered
            figures.messages += _TALKING
            figures.lost += sum(not got[chat, text] for chat, text in texts.items())
            figures.doubled += sum(max(0, times - 1) for times in got.values())
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        await api.close()
    share = 100 * figures.lost / confirmed if confirmed else 0
    figures.told.append(f"it had confirmed {confirmed} when it was killed: {share:.0f} % lost")
    return figures


async def _start(api: TelegramApi) -> asyncio.subprocess.Process:
    nowhere = asyncio.subprocess.DEVNULL
    asked = len(api.ledger)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BOT, api.token, api.origin, stdout=nowhere, stderr=nowhere
    )
    polling = api.updates._asker
    await until(lambda: api.updates._asker > polling and len(api.ledger) > asked, PATIENCE)
    return process


async def _nothing_more(api: TelegramApi) -> None:
    loop = asyncio.get_running_loop()
    seen, since = _answered(api).total(), loop.time()
    while len(api.updates) or loop.time() - since < _QUIET:
        if _answered(api).total() != seen:
            seen, since = _answered(api).total(), loop.time()
        await asyncio.sleep(0.05)


def _moment(api: TelegramApi, chance: Random) -> Callable[[], bool]:
    """The same moments as ours: acknowledged so many, answered so many, or any."""
    kind, count = chance.choice(("acknowledged", "answered", "whenever")), chance.randint(1, 4)
    loop = asyncio.get_running_loop()
    at, answered = loop.time() + chance.uniform(0, 1.5), _answered(api).total()
    if kind == "acknowledged":
        return lambda: len(api.updates) <= _TALKING - count
    if kind == "answered":
        return lambda: _answered(api).total() >= answered + count
    return lambda: loop.time() >= at


def _answered(api: TelegramApi) -> Counter[tuple[int, str]]:
    return Counter(
        (chat, message.text)
        for chat in api._chats
        for message in api.messages(chat)
        if message.from_bot
    )
