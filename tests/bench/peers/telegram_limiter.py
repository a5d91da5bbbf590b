"""A reply behind a broadcast in python-telegram-bot's own rate limiter: how long it waits."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from telegram.ext import AIORateLimiter, Application


async def _wait(api: str, token: str, size: int) -> float:
    builder = Application.builder().token(token).base_url(f"{api}/bot")
    bot = builder.rate_limiter(AIORateLimiter()).build().bot
    await bot.initialize()
    queue = [asyncio.create_task(bot.send_message(chat, "this week")) for chat in range(1, size)]
    await asyncio.sleep(1)
    asked = time.perf_counter()
    await bot.send_message(size + 1, "help is here")
    waited = time.perf_counter() - asked
    await asyncio.gather(*queue)
    await bot.shutdown()
    return waited


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps({"seconds": asyncio.run(_wait(sys.argv[1], sys.argv[2], int(sys.argv[3])))})
    )
