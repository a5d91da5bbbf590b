"""`companion score`: questionnaires that were answered elsewhere, scored as ours are."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, NoReturn

import typer

from bot import errand
from content.instrument import Item, Questionnaire
from content.questionnaires import questionnaires
from content.unsaid import fold
from handlers.checkup_days import SCREENER
from handlers.scoring import score as scored


class LineError(ValueError):
    """A line that can't be scored; says why, and nothing of what stands in it."""


def _refuse(why: str) -> NoReturn:
    raise LineError(why)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(score)


def score(
    name: Annotated[str, typer.Argument(help="Which questionnaire: bam_iop, phq9, gad7…")],
    jsonl: Annotated[
        typer.FileText,
        typer.Option(
            encoding="utf-8",
            errors="surrogateescape",
            help='Lines of {"answers": {"1": "…"}} or {"items": […]}; - reads standard input.',
        ),
    ],
) -> None:
    """Score answers, a line of JSON each; nothing is stored or sent.

    An answer is an option in words or in points; null is one that was passed over. A scale, or a
    total, that can't be scored is null. Lines that can't be read are named, and the others done.
    """
    questionnaire = _named(name)
    bad = 0
    for number, read in enumerate(jsonl, start=1):
        # Files that were put together carry the mark of their beginning in the middle as well.
        line = read.lstrip("\ufeff").strip()
        if not line:
            continue
        try:
            typer.echo(json.dumps(_line(questionnaire, line), ensure_ascii=False))
        except LineError as error:
            typer.echo(f"companion: line {number}: {error}", err=True)
            bad += 1
    if bad:
        raise typer.Exit(2)


def _named(name: str) -> Questionnaire:
    """The questionnaire of a name as people and files write it: `BAM-IOP`, `phq9_march.json`."""
    known = {_bare(each): found for each, found in questionnaires().items()}
    parts = re.split(r"[_.\s-]+", name.strip())
    names = ("".join(parts[:length]) for length in range(len(parts), 0, -1))
    found = next((known[_bare(each)] for each in names if _bare(each) in known), None)
    if found is None:
        errand.fail(f"no such questionnaire; there are {', '.join(questionnaires())}", 2)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _line(questionnaire: Questionnaire, line: str) -> dict[str, Any]:
    try:
        line.encode()
    except UnicodeEncodeError:
        _refuse("no UTF-8 text")
    try:
        given = json.loads(line, object_pairs_hook=_once)
    except LineError:
        raise
    except (ValueError, RecursionError):
        _refuse("no JSON")
    if not isinstance(given, dict):
        _refuse("no JSON object")
    if isinstance(given.get("answers"), dict):
        result = scored(questionnaire, _by_item(questionnaire, given["answers"]))
        return {"scores": result.scores}
    if isinstance(given.get("items"), list):
        result = scored(questionnaire, _in_order(questionnaire, given["items"]))
        suicide = questionnaire.leading_to(SCREENER)
        if not suicide or len(result.scores) > 1:
            return {"scores": result.scores}
        (total,) = result.scores.values()
        return {"total": total, f"item{suicide[0]}_positive": SCREENER in result.leads_to}
    _refuse('neither an object "answers" nor a list "items"')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of two answers under one key nobody knows which was meant."""
    given = dict(pairs)
    if len(given) < len(pairs):
        _refuse("has a key twice")
    return given


def _by_item(questionnaire: Questionnaire, given: dict[str, Any]) -> dict[str, int | None]:
    items = {item.key: item for item in questionnaire.items}
    answers: dict[str, int | None] = {}
    for key, said in given.items():
        item = items.get(key.strip().rstrip(".").upper())
        if item is None:
            _refuse(f"has an item that is not in {questionnaire.name}")
        if item.key in answers:
            _refuse(f"has item {item.key} twice")
        answers[item.key] = _points(questionnaire, item, said)
    return answers


def _in_order(questionnaire: Questionnaire, given: list[Any]) -> dict[str, int | None]:
    counted = {key for scale in questionnaire.scales for key in scale.items}
    every = questionnaire.items
    scorable = tuple(item for item in every if item.key in counted)
    items = every if len(given) == len(every) else scorable
    if len(given) != len(items):
        counts = " or ".join(str(n) for n in sorted({len(scorable), len(every)}))
        _refuse(f"has {len(given)} items; {questionnaire.name} has {counts}")
    pairs = zip(items, given, strict=True)
    return {item.key: _points(questionnaire, item, said) for item, said in pairs}


def _points(questionnaire: Questionnaire, item: Item, said: Any) -> int | None:
    if said is None:
        return None
    for option in questionnaire.choices(item):
        if isinstance(said, str):
            texts = {fold(option.en), fold(option.es), str(option.points)}
            if fold(said) in texts:
                return option.points
        elif not isinstance(said, bool) and said == option.points:
            return option.points
    _refuse(f"item {item.key} has no such answer")
