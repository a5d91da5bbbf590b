"""Telegram and Twilio know us, and the world finds us, as seen from here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp

from bot.channels import WRONG_TOKEN, SendError
from bot.channels.sms import SMS_PATH, Sms
from bot.channels.telegram import Telegram, Timing
from bot.check import shapes
from bot.check.paper import outing
from bot.check.report import Report
from bot.config import Settings

_SECONDS = 8.0
_LATELY = timedelta(hours=1)
_MOST_PENDING = 100
_NOBODY = ("", "0.0.0.0", "::")  # noqa: S104 - to be told apart from a real address
_RETRIES = "#rc=5&rp=all"


async def telegram(report: Report, settings: Settings) -> None:
    """The bot's token, name and webhook."""
    if not settings.telegram_bot_token:
        return
    report.section("Telegram")
    if shapes.misfits(settings, shapes.TELEGRAM):
        report.note("Telegram was not asked: the token above is none.")
        return
    channel = Telegram(
        settings.telegram_bot_token, settings.telegram_api_url, timing=Timing(request=_SECONDS)
    )
    try:
        name = await channel.who()
        report.fine(f"The token is right: the bot is @{name}.")
        for word in dict.fromkeys(outing(name)):
            report.problem(
                f"The bot's name says {word!r}.",
                "It may be seen on a patient's screen.",
                "make another bot with a neutral name, and use its token.",
            )
        state = await channel.webhook_state()
    except SendError as error:
        _refused(report, error, "Telegram", "TELEGRAM_BOT_TOKEN", "@BotFather")
        return
    finally:
        await channel.close()
    wanted = f"{settings.url}/telegram" if settings.telegram_webhook_secret else ""
    if state.url != wanted:
        there = "posts to another address" if state.url else "does not post to us"
        report.note(
            f"Telegram {there} yet; `companion run` sets that when it starts. If it is running, "
            "another program uses this bot: only one can."
        )
    elif wanted:
        report.fine(f"Telegram posts to {wanted}.")
    if state.error and state.error_at and datetime.now(UTC) - state.error_at < _LATELY:
        report.problem(
            f"Telegram could not post to us at {state.error_at:%H:%M} UTC: {state.error}.",
            "What patients write waits there.",
            "is the companion running, and does the proxy pass /telegram on to it?",
        )
    if state.pending > _MOST_PENDING:
        report.problem(
            f"{state.pending} messages wait at Telegram.",
            "Somebody in danger may be among them.",
            "is the companion running?",
        )


async def twilio(report: Report, settings: Settings) -> None:
    """The account, the number, and where it posts what comes in."""
    parts = (settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from)
    if not all(parts):
        return
    report.section("Twilio")
    if shapes.misfits(settings, shapes.TWILIO):
        report.note("Twilio was not asked: what stands above can't be right.")
        return
    channel = Sms(*parts, settings.url, settings.twilio_api_url, seconds=_SECONDS)
    try:
        posts_to = await channel.webhook_of_number()
    except SendError as error:
        _refused(report, error, "Twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", "the console")
        return
    finally:
        await channel.close()
    report.fine("The account and its token are right.")
    wanted = settings.url + SMS_PATH
    if settings.twilio_from.startswith("MG"):
        report.note(
            f"{settings.twilio_from} is a messaging service: look in Twilio that its incoming "
            f"messages are sent to {wanted}{_RETRIES} (POST). From here that can't be seen."
        )
    elif posts_to is None:
        report.problem(
            "TWILIO_FROM is not a number of this account.",
            "Nothing can be sent from it.",
            "write it as Twilio shows it (+1 and ten digits), or buy it there.",
        )
    elif posts_to.partition("#")[0] != wanted:
        report.problem(
            f"Twilio does not post to us what comes in, but to {posts_to or 'nobody'}.",
            "What patients text is not read, also not in danger.",
            f"at that number, set 'a message comes in' to {wanted}{_RETRIES} (POST).",
        )
    elif "rc=" not in posts_to.partition("#")[2]:
        report.problem(
            "Twilio tries only once to post to us what comes in.",
            "A text that comes while we restart is found only some minutes later.",
            f"add {_RETRIES} to the address there: {wanted}{_RETRIES}",
        )
    else:
        report.fine(f"What comes in is posted to {posts_to}.")


async def reach(report: Report, settings: Settings) -> None:
    """Whether the world finds us at PUBLIC_URL, as far as it can be seen from here."""
    report.section("From outside")
    host = "127.0.0.1" if settings.host in _NOBODY else settings.host
    there = f"[{host}]" if ":" in host else host
    here = await _health(f"http://{there}:{settings.port}")
    if here is not None:
        report.note(
            f"Nothing answers here at {host}:{settings.port}: start it with `companion run`, and "
            "check again. Then it is also tried whether PUBLIC_URL leads here."
        )
        return
    if not settings.public_url:
        return
    problem = await _health(settings.public_url)
    if problem is None:
        report.fine(f"{settings.public_url} leads here, and answers.")
        return
    report.problem(
        f"{settings.public_url} does not lead here: {problem}.",
        "Staff can't open alerts, and providers can't post what patients write.",
        f"look at the name's address, the certificate, and the proxy to {host}:{settings.port}. "
        "(Some networks can't call themselves from inside: then try it from a phone.)",
    )


async def _health(origin: str) -> str | None:
    """None where a companion answers, else what happened."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{origin}/health", allow_redirects=False) as answer,
        ):
            found = await answer.json(content_type=None)
            ours = isinstance(found, dict) and "ok" in found
            return None if ours else f"it answers {answer.status}, and not as a companion does"
    except aiohttp.ClientConnectorCertificateError:
        return "its certificate is not valid"
    except aiohttp.ClientConnectorDNSError:
        return "the name has no address"
    except aiohttp.ClientSSLError:
        return "no secure connection comes about"
    except (aiohttp.ClientError, TimeoutError, OSError):
        return "nothing answers there"
    except ValueError:
        return "something else answers there"


def _refused(report: Report, error: SendError, who: str, names: str, source: str) -> None:
    if error.code in WRONG_TOKEN:
        report.problem(
            f"{who} does not know us: {names} is wrong.",
            "Nothing can be sent or received.",
            f"copy it anew from {source} into .env.",
        )
    elif error.code in {"connect", "timeout"}:
        report.problem(
            f"{who} can't be reached from here.",
            "This says nothing of the token; nothing could be asked.",
            "is there a way out to the internet, and does a firewall allow it?",
        )
    else:
        report.problem(
            f"{who} did not answer as expected (code {error.code}).",
            "",
            "try again in a minute; look at the provider's status page.",
        )
