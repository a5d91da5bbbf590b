"""The commands about members of staff: add, list, reset, leave."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import errand


def register(app: typer.Typer) -> None:
    """Add the commands to `companion staff`."""
    for command in (add, reset, leave):
        app.command()(command)
    app.command("list")(everybody)


def add(
    name: str,
    role: Annotated[str, typer.Option(help="counselor, supervisor or operator")] = "counselor",
    telegram: Annotated[bool, typer.Option("--telegram", help="Told on Telegram.")] = False,  # noqa: FBT002
    sms: Annotated[str | None, typer.Option(help="Told by text, at this number.")] = None,
) -> None:
    """Add a member of staff: prints the link by which they make their account.

    With --telegram the last line is the link for their notices.
    """
    if telegram == (sms is not None):
        errand.fail("say one of --telegram and --sms +1…", 2)
    reply = errand.run("staff_add", {"name": name, "role": role, "sms": sms})
    _handed_over(name, reply["setup"])
    if reply["code"] is None:
        typer.echo(f"Alerts go to {sms} by text.")
        return
    typer.echo("Their notices come on Telegram once they have opened this, within 14 days:")
    _link(name, reply, f"{name} is on the staff, as {role}")


def reset(name: str) -> None:
    """For a lost phone or password: what they signed in with ends, and new links are printed.

    For whoever is told on Telegram the last line links another chat; the one before goes on
    until it is opened.
    """
    reply = errand.run("staff_reset", {"name": name})
    _handed_over(name, reply["setup"])
    if reply["code"] is not None:
        typer.echo("Only for another Telegram: their notices move to where this is opened:")
        _link(name, reply, "Their sign-in is ended")


def leave(
    name: str,
    to: Annotated[
        str | None, typer.Option(help="Who takes their people; else a supervisor does.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,  # noqa: FBT002
) -> None:
    """Somebody leaves: sessions, chat and alerts end at once, and their people are handed over.

    Says first what will be handed over to whom, and asks.
    """
    found = errand.run("staff_leaving", {"name": name, "to": to})
    heir = found["to"]
    typer.echo(f"{found['name']} leaves the staff. That can't be taken back:")
    typer.echo("  They can't sign in any more, and their phone gets nothing from now on.")
    chosen = "" if to else ", who has the fewest; `--to NAME` chooses another"
    people = f"  People who go to {heir}, {found['role']}{chosen}: {found['people']}."
    typer.echo(people if heir else "  People of theirs: none.")
    typer.echo(f"  Open alerts of theirs that others are asked about: {found['alerts']}.")
    if not yes:
        typer.confirm("Do it?", abort=True)
    done = errand.run("staff_leave", {"name": name, "to": heir or to})
    typer.echo("They have left.")
    if done["to"]:
        typer.echo(f"People handed over to {done['to']}: {done['people']}.")
    typer.echo(f"Open alerts of theirs that others were asked about: {done['alerts']}.")


def everybody() -> None:
    """Everybody on the staff."""
    rows = errand.run("staff_list", {})["staff"]
    for row in rows:
        typer.echo("  ".join(row))
    if not rows:
        typer.echo(
            "Nobody is on the staff yet. Begin with a supervisor: "
            'companion staff add "Ruth Okafor" --role supervisor --sms +1…'
        )


def _handed_over(name: str, link: str) -> None:
    typer.echo(
        f"For {name}, to set up their account; works once, for 3 days; hand it over yourself:"
    )
    typer.echo(link)


def _link(name: str, reply: dict[str, object], stored: str) -> None:
    errand.link(reply, stored=stored, again=f'run `companion staff reset "{name}"` later')
