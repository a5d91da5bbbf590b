"""`companion run` with Telegram's own limits lifted: the echo bots beside it have none."""

from __future__ import annotations

import sys

from bot.__main__ import main
from bot.channels.telegram import Telegram

if __name__ == "__main__":
    Telegram.per_second = 100_000.0
    Telegram.per_address_seconds = 0.0
    sys.argv = ["companion", "run"]
    main()
