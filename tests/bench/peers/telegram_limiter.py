"""Replies behind a broadcast in python-telegram-bot's own rate limiter: how long they wait."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from telegram.ext import AIORateLimiter, Application

_ASKED = 5


async def _wait(api: str, token: str, size: int) -> list[float]:
    builder = Application.builder().token(token).base_url(f"{api}/bot")
    bot = builder.rate_limiter(AIORateLimiter()).build().bot
    await bot.initialize()
    queue = [asyncio.create_task(bot.send_message(chat, "this week")) for chat in range(1, size)]

    async def reply(chat: int) -> float:
        asked = time.perf_counter()
        await bot.send_message(chat, "help is here")
        return time.perf_counter() - asked

    replies = []
    for number in range(_ASKED):
        await asyncio.sleep(0.3)
        replies.append(asyncio.create_task(reply(size + number)))
    waited = await asyncio.gather(*replies)
    await asyncio.gather(*queue)
    await bot.shutdown()
    return waited


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps({"seconds": asyncio.run(_wait(sys.argv[1], sys.argv[2], int(sys.argv[3])))})
    )
