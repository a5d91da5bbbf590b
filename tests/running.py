"""`companion run` as a real process, beside stand-ins for Telegram and Twilio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import aiohttp
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.demo.telegram_api import TelegramApi
from bot.demo.twilio_api import TwilioApi
from storage.encryption import Keyring
from tests.ports import free_port

CLINIC = """
sender = "Harbor Check"
phone = "215-555-0100"
zone = "America/New_York"
[after_hours]
mode = "staffed"
[[shifts]]
who = "counselor"
days = "mon-sun"
from = "00:00"
to = "00:00"
[[shifts]]
who = "supervisor"
days = "mon-sun"
from = "00:00"
to = "00:00"
"""


_START_SECONDS = _STOP_SECONDS = 120


class Running:
    """A folder with a configuration, the stand-ins, and the process that runs in it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.telegram = TelegramApi(limits=None)
        self.twilio = TwilioApi()
        self.twilio.per_second = None
        self.process: asyncio.subprocess.Process | None = None
        self.log = folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "COMPANION_KEYS": Keyring.make(),
            "PUBLIC_URL": self.url,
            "PORT": str(self.port),
            "SMS_PER_SECOND": "50",
            "METRICS_TOKEN": secrets.token_hex(16),
        }

    async def __aenter__(self) -> Self:
        (self.folder / "clinic.toml").write_text(CLINIC)
        await self.telegram.start()
        await self.twilio.start()
        self.twilio.sms_url = f"{self.url}/sms#rc=5&rp=all"
        self.environment |= {
            "TELEGRAM_BOT_TOKEN": self.telegram.token,
            "TELEGRAM_API_URL": self.telegram.origin,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_URL": self.twilio.origin,
        }
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop(signal.SIGKILL)
        await self.telegram.close()
        await self.twilio.close()

    async def start(self) -> None:
        """Start the process and wait until it is healthy."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                cwd=self.folder, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
            while True:
                if self.process.returncode is not None:
                    raise AssertionError(self.log.read_text())
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; returns what it exited with."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
            # One that a test froze hears of it only when it is awake.
            self.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(_STOP_SECONDS):
            return await self.process.wait()

    async def command(self, *words: str, ok: bool = True) -> list[str]:
        """Run a command beside the running server; returns the lines it printed.

        In a thread of ours: a process of its own would be busy with its imports for a second.
        """
        done = await asyncio.to_thread(self._command, words)
        assert (done.exit_code == 0) == ok, done.output
        return done.stdout.splitlines()

    def _command(self, words: tuple[str, ...]) -> Result:
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(app, list(words), env=self.environment)

    async def link(self, chat: int, *words: str) -> None:
        """Run a command that prints a deep link, and open the link in a chat."""
        last = (await self.command(*words))[-1]
        prefix = f"https://t.me/{self.telegram.username}?start="
        assert last.startswith(prefix), last
        await self.telegram.say(chat, f"/start {last.removeprefix(prefix)}")

    def chat_texts(self, chat: int) -> list[str]:
        return [m.text for m in self.telegram.messages(chat) if m.from_bot]

    def phone_texts(self, number: str) -> list[str]:
        return [t.body for t in self.twilio.texts(number) if t.from_service]


@contextlib.asynccontextmanager
async def running(folder: Path, database_url: str, **more: str) -> AsyncIterator[Running]:
    house = Running(folder, database_url)
    house.environment |= more
    async with house:
        yield house


def today() -> str:
    return datetime.now(UTC).date().isoformat()
