"""What is wrong with the configuration, in the words of whoever wrote it.

A place is said as it is found in the file: the 1st [[shifts]], the 2nd of rungs in [emergency].
No value is repeated: it may be a secret.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

Place = Sequence[int | str]

_MISSING: Final = "is missing"
_TIME: Final = 'must be a time in quotes, as in "08:00"'
_SIGNATURE: Final = 'must be { by = "a name", on = 2026-11-20 }'
_RUNGS: Final = 'must be a list such as [ { after = 0, to = ["counselor"] } ]'
_HINTS: Final[Mapping[tuple[str, str], str]] = {
    ("shifts", "days"): 'must be of "mon" to "sun": one, a list, or a span such as "mon-fri"',
    ("shifts", "from"): _TIME,
    ("shifts", "to"): _TIME,
    ("programme", "evening"): _TIME,
    ("screens", "notice"): _TIME,
    ("screens", "from"): _TIME,
    ("screens", "to"): _TIME,
}
"""By table and field, for values of the wrong kind: what would be right."""
_TABLES: Final[Mapping[str, str]] = {"shifts": "[[shifts]]", "after_hours": "[after_hours]"}
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("string_type", 'must be in quotes, as in "this"'),
    ("int", "must be a whole number"),
    ("float", "must be a number"),
    ("bool", "must be true or false"),
    ("tuple_type", "must be a list, in [ ]"),
    ("list_type", "must be a list, in [ ]"),
    ("too_short", "must have at least one"),
    ("date", "must be a day without quotes, as in 2026-11-20"),
)
_BOUNDS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "greater_than_equal": lambda ctx: f"must be {ctx['ge']:g} or more",
    "greater_than": lambda ctx: f"must be more than {ctx['gt']:g}",
    "less_than_equal": lambda ctx: f"must be {ctx['le']:g} or less",
    "less_than": lambda ctx: f"must be less than {ctx['lt']:g}",
    "string_too_long": lambda ctx: f"is too long: {ctx['max_length']} letters at most",
    "string_too_short": lambda _ctx: "is empty",
    "literal_error": lambda ctx: "must be " + str(ctx["expected"]).replace("'", '"'),
}
_PLAIN: Final = frozenset({"int", "str", "float", "bool"})
_BROKEN: Final[tuple[tuple[str, str], ...]] = (
    ("twice|overwrite|mutate", "it is there already, further up"),
    ("Unterminated|Illegal character", "a closing quote is missing"),
    ("Unclosed", "a closing bracket is missing"),
    ("Invalid value", 'words and times need quotes, as in sender = "Blue Door"'),
    ("", "is a quote, a bracket or = missing, or one too many?"),
)


def in_words(error: ValidationError, where: str, name: Callable[[str], str] = str) -> str:
    """Every problem, one a line, as in "clinic.toml: the 1st [[shifts]]: who is missing".

    `name` turns a field's name into what stands in the file.
    """
    said: dict[tuple[int | str, ...], list[str]] = {}
    for problem in error.errors(include_input=False, include_url=False):
        place = tuple(_without_kinds(problem))
        found = said.setdefault(place, [])
        what = _what(problem, place)
        if what not in found:
            found.append(what)
    return "\n".join(f"{where}: {_line(place, whats, name)}" for place, whats in said.items())


def broken(error: tomllib.TOMLDecodeError, where: str) -> str:
    """That a file is no TOML, and the line."""
    message = str(error)
    found = re.search(r"at line (\d+)", message)
    hint = next(hint for pattern, hint in _BROKEN if re.search(pattern, message))
    line = f"line {found[1]}" if found else "the last line"
    return f"{where}: {line} can't be read: {hint}"


def _without_kinds(problem: ErrorDetails) -> Place:
    """The place, without the kinds that a choice of several has behind it."""
    place = list(problem["loc"])
    while len(place) > 1 and problem["type"] != "extra_forbidden":
        last = place[-1]
        if isinstance(last, int) or (re.fullmatch(r"[a-z_]+", last) and last not in _PLAIN):
            break
        place.pop()
    # Of days one is as good as all of them: "mon-fry" is no list to whoever wrote it.
    return place[:3] if place[2:3] == ["days"] else place


def _what(problem: ErrorDetails, place: Place) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return _MISSING
    if kind == "extra_forbidden":
        return "is no setting here; is it misspelled?"
    if kind in ("value_error", "assertion_error"):
        return problem["msg"].partition(", ")[2]
    fields = [part for part in place if isinstance(part, str)]
    hint = _HINTS.get((fields[0], fields[-1])) if fields else None
    return hint or _of_kind(kind, context, fields) or problem["msg"].replace("Input sh", "sh")


def _of_kind(kind: str, context: dict[str, Any], fields: Sequence[str]) -> str | None:
    if kind in _BOUNDS:
        return _BOUNDS[kind](context)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return _part(fields)
    if fields[-1:] == ["rungs"]:
        return _RUNGS
    return next((words for beginning, words in _KINDS if kind.startswith(beginning)), None)


def _part(fields: Sequence[str]) -> str:
    """What a part that is no part should be."""
    if fields[-2:-1] == ["signed"]:
        return _SIGNATURE
    if fields[-1:] == ["rungs"]:
        return 'must be { after = 5, to = ["counselor"] }'
    if fields == ["shifts"]:
        return "must be a part of its own under [[shifts]], with two brackets"
    return f"must be a part of its own, under [{'.'.join(fields)}]"


def _line(place: Place, whats: list[str], name: Callable[[str], str]) -> str:
    more = [f"or {what.removeprefix('must be ')}" for what in whats[1:]]
    what = ", ".join([whats[0], *more])
    parts = list(_parts(place, name))
    if not parts:
        return what
    if place[0] in _TABLES and len(place) == 1 and what == _MISSING:
        parts = [_TABLES[str(place[0])]]
    *around, last = parts
    says = f"{last} {what}" if re.match(r"(is|must|needs) ", what) else f"{last}: {what}"
    return f"{', '.join(around)}: {says}" if around else says


def _parts(place: Place, name: Callable[[str], str]) -> list[str]:
    said: list[str] = []
    for at, part in enumerate(place):
        following = place[at + 1] if at + 1 < len(place) else None
        if isinstance(part, int):
            continue
        if isinstance(following, int):
            nth = _nth(following + 1)
            said.append(f"the {nth} [[{part}]]" if at == 0 else f"the {nth} of {part}")
        else:
            said.append(f"[{part}]" if at == 0 and following is not None else name(part))
    return said


def _nth(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
