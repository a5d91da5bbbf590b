"""The commands of whoever looks after the machine: check, backup, restore, keys, the service."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.config import ConfigError, House, read_clinic, read_settings
from bot.errand import fail


def register(app: typer.Typer, keys_app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (check, backup, restore, systemd):
        app.command()(command)
    keys_app.command("rotate")(keys_rotate)


def check(
    text: Annotated[
        str | None, typer.Option(help="Send every text about danger to this test phone, +1….")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,  # noqa: FBT002
) -> None:
    """Say what is missing or wrong, all of it at once, and what to do; nothing is changed."""
    from bot.check.phone import send_all
    from bot.check.survey import survey

    if text is not None:
        raise typer.Exit(asyncio.run(send_all(text, ask=not yes, say=typer.echo)))
    report = asyncio.run(survey(datetime.now(UTC)))
    typer.echo(report.text())
    raise typer.Exit(1 if report.problems else 0)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; or a folder, for a dated name.")],
    check: Annotated[bool, typer.Option("--check", help="Only look at an old one.")] = False,  # noqa: FBT002
    keep: Annotated[int | None, typer.Option(min=1, help="Of a folder's, keep so many.")] = None,
) -> None:
    """Back up the database, also while the companion runs, and prove it by restoring it."""
    from bot import backup as backups
    from bot.database import open_to_read, parse_keys

    settings = read_settings()
    if keep is not None and not file.is_dir():
        fail("--keep needs a folder, where backups get dated names")
    try:
        if check:
            _proven(file, backups.prove(file, parse_keys(settings)))
            return
        store = open_to_read(settings)
        try:
            now = datetime.now(UTC)
            target = backups.named(file, now)
            _proven(target, backups.make(store, target, now))
        finally:
            store.close()
        if keep is not None and (gone := backups.thin_out(file, keep)):
            typer.echo(f"Deleted {gone} older than the {keep} newest.")
    except backups.BackupError as error:
        fail(str(error))


def _proven(file: Path, proof: object) -> None:
    from bot.backup import Proof

    assert isinstance(proof, Proof)  # noqa: S101 - the import is late, for a quick --help
    typer.echo(
        f"{file}: {file.stat().st_size:,} bytes, made {proof.summary.made[:16]} UTC. Proven by "
        f"restoring it: {proof.rows:,} rows in {len(proof.summary.rows)} tables, every one there; "
        f"all that points at something finds it; {proof.opened:,} encrypted values opened."
    )


def restore(file: Path) -> None:
    """Restore a backup into an empty database; the companion must be stopped."""
    from bot import backup as backups
    from bot import restoring
    from bot.database import named, parse_keys

    settings = read_settings()
    store = named(settings, parse_keys(settings))
    now = datetime.now(UTC)
    try:
        restoring.refuse_while_running(store, now)
        summary = backups.fill(store, file)
        made = datetime.fromisoformat(summary.made)
        settled = store.write_now(lambda tx: restoring.settle(tx, made, now))
    except backups.BackupError as error:
        fail(str(error))
    finally:
        store.close()
    typer.echo(
        f"Restored {sum(summary.rows.values()):,} rows as they were at {made:%d %b %Y %H:%M} UTC.\n"
        f"{settled.unsent} messages that were waiting then are not sent: they may have gone out "
        "since.\n"
        f"{settled.alerts} open alerts are told to staff again as soon as it runs.\n"
        "Links to pages and sign-ins are dropped; staff sign in anew.\n"
        "What happened since then is not in it: look at who was invited, who said STOP, who "
        "joined or left. Texts that came in by SMS are fetched from Twilio when it runs."
    )


def keys_rotate() -> None:
    """Write everything anew with the first key, while the companion runs.

    First put a new key before the old one: COMPANION_KEYS=k2:…,k1:…
    """
    from bot import rotation
    from bot.config import keys_in_file
    from bot.database import parse_keys

    settings = read_settings()
    keyring = parse_keys(settings)
    if len(keyring.names) == 1:
        fail(
            "there is only one key. Make another with `companion keys new --name k2`, put it "
            "first (COMPANION_KEYS=k2:…,k1:…), and run this again"
        )
    written = keys_in_file()
    if written is not None and written != settings.companion_keys:
        fail(
            "COMPANION_KEYS is set in the environment too, and not as in .env: which holds? "
            "Leave it to .env"
        )
    house = House(read_clinic(settings.clinic_file), settings.url)
    if not rotation.rotate(settings, house, keyring, typer.echo):
        raise typer.Exit(1)


def systemd(
    user: Annotated[str | None, typer.Option(help="Whom it runs as; not root.")] = None,
) -> None:
    """Print a unit for this very installation, for /etc/systemd/system/companion.service."""
    from bot import unit

    try:
        typer.echo(unit.text(read_settings(), Path.cwd(), user), nl=False)
    except ConfigError as error:
        fail(str(error))
