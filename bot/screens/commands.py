"""`companion screens`: random drug screens, committed before and checked by anyone after."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.errand import fail, run
from bot.section import DAYS

screens_app = typer.Typer(
    help="Random drug screens: drawn before, checked by anyone afterwards.", no_args_is_help=True
)

_Name = Annotated[str, typer.Argument(help="What the draw is called, as in 2026-12.")]
_From = Annotated[str, typer.Option("--from", help="Its first day, 2026-12-01.")]
_Until = Annotated[str, typer.Option("--until", help="Its last day.")]
_On = Annotated[str, typer.Option("--days", help='As in "mon-fri" or "mon,wed,fri".')]
_Not = Annotated[list[str] | None, typer.Option("--without", help="A day that is closed.")]
_Out = Annotated[Path | None, typer.Option("--out", help="Write it there, not here.")]


@screens_app.command("plan")
def plan(
    name: _Name, first: _From, last: _Until, days: _On = "mon-fri", without: _Not = None
) -> None:
    """What a draw would be of; nothing is drawn yet."""
    found = run("screens_plan", _given(name, first, last, days, without))
    typer.echo(f"{found['people']} people, {len(found['days'])} days:")
    typer.echo(" ".join(found["days"]))
    typer.echo(f"On an average day {found['expected']:.1f} of them come.")


@screens_app.command("commit")
def commit(
    name: _Name,
    first: _From,
    last: _Until,
    days: _On = "mon-fri",
    without: _Not = None,
    out: _Out = None,
) -> None:
    """Draw, and publish the commitment: hang it up before the first day."""
    _write(run("screens_commit", _given(name, first, last, days, without))["published"], out)


@screens_app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(help="One draw; else all.")] = None,
    out: _Out = None,
) -> None:
    """What was published of a draw, or all draws there are."""
    found = run("screens_show", {"name": name})
    if name is not None:
        _write(found["published"], out)
        return
    for each in found["draws"]:
        told = "revealed" if each["revealed"] else "sealed"
        typer.echo(
            f"{each['name']:<16}{each['from']} to {each['until']}  {each['people']:>3} people  "
            f"{told:<9}{each['commitment']}"
        )
    if not found["draws"]:
        typer.echo("There is no draw yet. `companion screens plan`, then `commit`.")


@screens_app.command("reveal")
def reveal(name: _Name, out: _Out = None) -> None:
    """Publish the seed, once the last day is over."""
    _write(run("screens_reveal", {"name": name})["published"], out)


@screens_app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="What was revealed.")],
    published: Annotated[
        Path | None, typer.Argument(help="What was published before the first day.")
    ] = None,
) -> None:
    """Draw again from a revealed file: needs neither our database nor our settings."""
    from bot.screens import paper

    texts = [_read(each) for each in (file, published) if each is not None]
    try:
        said = paper.verify(*texts)
    except paper.PaperError as error:
        fail(f"{file}: {error}")
    for line in said:
        typer.echo(line)


@screens_app.command("set")
def set_(
    person: Annotated[int, typer.Argument(help="The number in the address of their page.")],
    least: Annotated[int, typer.Option(help="Days in a draw, at the least.")] = 0,
    most: Annotated[int, typer.Option(help="At the most; 0: not drawn for.")] = 0,
) -> None:
    """From the next draw on somebody is drawn for so many days."""
    if not 0 <= least <= most <= 31:  # noqa: PLR2004 - as the form of the console
        fail("--least and --most are 0 to 31, and the least is not above the most", 2)
    run("screens_set", {"person": person, "limits": [least, most] if most else None})
    days = f"on {least} to {most} days of a draw" if most else "on no day"
    typer.echo(f"From the next draw on they are drawn for {days}.")


def _given(
    name: str, first: str, last: str, days: str, without: list[str] | None
) -> dict[str, Any]:
    return {
        "name": name,
        "first": _day(first),
        "last": _day(last),
        "weekdays": _weekdays(days),
        "without": [_day(each) for each in without or ()],
    }


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        fail(f"{text!r} is no day like 2026-12-01", 2)


def _weekdays(text: str) -> list[str]:
    first, dash, last = text.partition("-")
    if dash and first in DAYS and last in DAYS and DAYS.index(first) <= DAYS.index(last):
        return list(DAYS[DAYS.index(first) : DAYS.index(last) + 1])
    found = [each.strip() for each in text.split(",")]
    if not set(found) <= set(DAYS):
        fail('--days is of mon to sun, as in "mon-fri" or "mon,wed"', 2)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{file} can't be read", 2)


def _write(published: dict[str, Any], out: Path | None) -> None:
    text = json.dumps(published, indent=1)
    if out is None:
        typer.echo(text)
        return
    out.write_text(f"{text}\n", "utf-8")
    typer.echo(f"{out}: publish this. Its commitment is {published['commitment']}.")
