"""The command line, `companion`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

import typer

from bot import errand, hours_command, score, staffing, triage, upkeep
from bot.alert_commands import alerts_app
from bot.config import ConfigError, read_settings
from bot.meeting_commands import meetings_app
from bot.schedule_commands import schedule_app
from bot.screens.commands import screens_app
from content.wording import ContentError

app = typer.Typer(
    help="A recovery companion for people in an Intensive Outpatient Program.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
staff_app = typer.Typer(help="Members of staff.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
keys_app = typer.Typer(help="The keys that encrypt it.", no_args_is_help=True)
app.add_typer(staff_app, name="staff")
app.add_typer(db_app, name="db")
app.add_typer(keys_app, name="keys")
app.add_typer(alerts_app, name="alerts")
app.add_typer(meetings_app, name="meetings")
app.add_typer(schedule_app, name="schedule")
app.add_typer(screens_app, name="screens")
upkeep.register(app, keys_app)
triage.register(app)
score.register(app)
staffing.register(staff_app)
hours_command.register(app)
_log = logging.getLogger("companion.run")


def main() -> None:
    """Run the command line; a wrong configuration is said in words, not in a stack trace."""
    # Whatever is written here, the database above all, is for its owner only.
    os.umask(0o077)
    try:
        app()
    except (ConfigError, ContentError) as error:
        for line in str(error).splitlines():
            typer.echo(f"companion: {line}", err=True)
        sys.exit(2)


@app.command()
def run() -> None:
    """Run the companion: web, Telegram, SMS, sender and jobs, in one process."""
    from bot import log
    from bot.app import App
    from bot.clock import Clock
    from bot.database import newness

    log.configure()
    settings = read_settings()

    async def program() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        house = App(settings, clock=Clock())
        said = newness(house.store)
        if said is not None:
            _log.warning("database_is_empty")
            if sys.stderr.isatty():
                typer.echo(f"companion: {said}.", err=True)
        taking: set[asyncio.Task[Any]] = set()
        loop.add_signal_handler(
            signal.SIGHUP, lambda: taking.add(asyncio.ensure_future(house.take_keys()))
        )
        await house.run(stop)

    _in_loop(program)


def _in_loop(program: Callable[[], Any]) -> None:
    import uvloop

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(program())
    except* ConfigError as errors:
        raise ConfigError("\n".join(str(error) for error in errors.exceptions)) from None


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page is.")] = 8000,
    browser: Annotated[bool, typer.Option("--browser/--no-browser")] = True,  # noqa: FBT002
) -> None:
    """Play with it: no account needed; two phones, a counselor's phone and a clock in a page."""
    from bot.demo.stage import play

    _in_loop(lambda: play(port, browser=browser))


@app.command()
def invite(  # noqa: PLR0913, PLR0917 - what staff record at the invitation
    name: str,
    counselor: Annotated[str, typer.Option(help="Full name, as on the staff list.")],
    born: Annotated[str | None, typer.Option(help="Date of birth, 1990-01-31.")] = None,
    consented: Annotated[
        str | None, typer.Option(help="Date of the signed messaging consent.")
    ] = None,
    telegram: Annotated[bool, typer.Option("--telegram", help="Join by a link.")] = False,  # noqa: FBT002
    sms: Annotated[str | None, typer.Option(help="Join by text, at this number.")] = None,
    phone: Annotated[str | None, typer.Option(help="Number to call.")] = None,
    language: Annotated[Literal["en", "es"] | None, typer.Option()] = None,
    plain_words: Annotated[bool, typer.Option("--plain-words")] = False,  # noqa: FBT002
    emergency_contact: Annotated[str | None, typer.Option()] = None,
    calls: Annotated[
        bool | None, typer.Option("--calls/--no-calls", help="Is calling safe?")
    ] = None,
    hours: Annotated[str | None, typer.Option(help="When calling is safe, 8-21.")] = None,
    voicemail: Annotated[bool | None, typer.Option("--voicemail/--no-voicemail")] = None,
    never: Annotated[str | None, typer.Option(help="Who must never learn of this.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,  # noqa: FBT002
) -> None:
    """Invite a patient. With --telegram the last line is their one-time link.

    Asks for what the options did not say, unless --yes.
    """
    if telegram == (sms is not None):
        errand.fail("say one of --telegram and --sms +1…", 2)
    ask = _Asking(quiet=yes)
    given = {
        "name": name,
        "counselor": counselor,
        "sms": sms,
        "language": language,
        "plain": plain_words,
        "born": ask.day("Date of birth", born),
        "consented": ask.day("Date of the signed messaging consent", consented),
        "card": {
            "channel": "sms" if sms else "telegram",
            "phone": ask.number("Number to call", phone or sms),
            "calls": ask.yes("Is calling safe?", calls),
            "hours": ask.text("When calling is safe", hours, "8-21"),
            "voicemail": ask.yes("May a voicemail be left?", voicemail),
            "emergency_contact": ask.text("Emergency contact", emergency_contact, ""),
            "never": ask.text("Who must never learn of this", never, ""),
        },
    }
    reply = errand.run("invite", given)
    if reply["code"] is None:
        typer.echo("The first text is on its way.")
        return
    errand.link(
        reply,
        stored=f"{name} is invited",
        again=f"open {reply['page']} later, where the link can be made anew",
    )


class _Asking:
    """Asks for what was not given; with --yes takes the default and asks nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def text(self, question: str, given: str | None, default: str) -> str:
        """A line of text."""
        if given is not None or self._quiet:
            return default if given is None else given
        return str(typer.prompt(question, default=default, show_default=bool(default)))

    def yes(self, question: str, given: bool | None) -> bool | None:  # noqa: FBT001
        """Yes or no; None where nobody was asked, so that it is never taken for an answer."""
        if given is not None or self._quiet:
            return given
        return typer.confirm(question, default=False)

    def number(self, question: str, given: str | None) -> str | None:
        """A phone number in E.164, or none."""
        from bot.invitations import InvitationError, phone

        text = self.text(question, given, "")
        if not text:
            return None
        try:
            return phone(text)
        except InvitationError as error:
            errand.fail(str(error), 2)

    def day(self, question: str, given: str | None) -> str:
        """A date; asked again until it is one. Required even with --yes."""
        while True:
            if given is None and self._quiet:
                errand.fail(f"{question.lower()} is needed", 2)
            text = given if given is not None else str(typer.prompt(f"{question} (1990-01-31)"))
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                if given is not None:
                    errand.fail(f"{question.lower()}: write it like 1990-01-31", 2)
                typer.echo("Write it like 1990-01-31.")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this release; the server must be stopped on SQLite."""
    from bot.database import named, revisions
    from storage import schema
    from storage.encryption import Keyring, KeyringError

    settings = read_settings()
    try:
        keyring = Keyring.parse(settings.companion_keys or Keyring.make())
    except KeyringError as error:
        errand.fail(str(error), 2)
    store = named(settings, keyring)
    revisions(store)
    schema.upgrade(store)
    current, _ = revisions(store)
    store.close()
    typer.echo(f"The database is at {current}.")


@keys_app.command("new")
def keys_new(name: str = "k1") -> None:
    """Print a new key for COMPANION_KEYS."""
    from storage.encryption import Keyring

    typer.echo(Keyring.make(name))


@app.command()
def graph() -> None:
    """Draw the talks from the code, as a Mermaid diagram."""
    from bot.graph import mermaid

    typer.echo(mermaid())


@app.command()
def talk(
    flow: Annotated[str, typer.Argument(help="Which talk: joining, checkin, menu…")] = "menu",
    language: Annotated[Literal["en", "es"], typer.Option()] = "en",
    channel: Annotated[Literal["telegram", "sms"], typer.Option()] = "telegram",
    plain_words: Annotated[bool, typer.Option("--plain-words")] = False,  # noqa: FBT002
) -> None:
    """Play a talk in the terminal; nothing is stored."""
    from bot.rehearsal import rehearse

    rehearse(flow, language, channel, plain=plain_words)


if __name__ == "__main__":
    main()
