"""The commands that show what the screen does: `companion screen` and `companion scorecard`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.config import Clinic
from handlers.risk import Risk
from handlers.screening import screen as by_rules

Screen = Callable[[str], Risk]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(screen)
    app.command()(scorecard)


def screen(
    jsonl: Annotated[Path, typer.Option(help='Lines of {"id", "text"}; - reads standard input.')],
    rules_only: Annotated[  # noqa: FBT002
        bool, typer.Option("--rules-only", help="Without the second voter.")
    ] = False,
) -> None:
    """Say the level and labels of messages, a line of JSON each; nothing is stored or sent."""
    run = by_rules if rules_only else with_voter()
    bad = 0
    for number, line in enumerate(_lines(jsonl), start=1):
        if not line.strip():
            continue
        row = _object(line)
        text = row.get("text")
        if isinstance(text, str):
            typer.echo(json.dumps(_judged(row.get("id"), run(text)), ensure_ascii=False))
            continue
        # Not what the line says: it may be somebody's words.
        typer.echo(f'companion: line {number} is no JSON object with a "text"', err=True)
        bad += 1
    if bad:
        raise typer.Exit(1)


def scorecard(
    data: Annotated[
        Path | None, typer.Option(help="Files of your own (*.jsonl) instead of the corpus.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,  # noqa: FBT002
) -> None:
    """Print how well the screen does on messages that were judged by hand."""
    from bot import scorecard as cards

    voter = with_voter()
    try:
        sets = cards.files(data) if data is not None else cards.corpus()
        found = [cards.card(name, examples, voter) for name, examples in sets]
    except cards.CorpusError as error:
        typer.echo(f"companion: {error}", err=True)
        raise typer.Exit(2) from None
    if json_:
        typer.echo(json.dumps([card.as_json() for card in found], indent=1))
        return
    for card in found:
        typer.echo("\n".join(cards.in_words(card)) + "\n")


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _judged(name: Any, risk: Risk) -> dict[str, Any]:
    return {"id": name, "level": risk.level.value, "labels": list(risk.labels) or ["none"]}


def by_the_clinic(clinic: Clinic) -> Screen:
    """The screen of a clinic: the rules, and the second voter where it has signed for that."""
    return by_rules if clinic.signed.voter is None else with_voter()


def with_voter() -> Screen:
    """The screen as it is where a clinic has signed for the voter."""
    from bot.voter import raised, voter

    model = voter()

    def both(text: str) -> Risk:
        risk = by_rules(text)
        return raised(risk, model.vote(text, above=risk.level))

    return both


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    try:
        with file.open(encoding="utf-8") as opened:
            yield from opened
    except (OSError, UnicodeDecodeError):
        typer.echo(f"companion: {file} can't be read as text", err=True)
        raise typer.Exit(2) from None
