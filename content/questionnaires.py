"""Questionnaires as data: wording, options, scoring and alert rules, `questionnaires/*.toml`.

The wording of a standard instrument is fixed, and its source stands beside it; a translation that
nobody has tested says so (`unofficial`). Whatever a change of the file changes for a patient or
for staff gets another `version`, which is stored with every answer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import TypeAdapter, ValidationError

from content.instrument import Questionnaire
from content.instrument_checks import wrong_with
from content.wording import ContentError

_SHAPE = TypeAdapter(Questionnaire)


@cache
def questionnaires() -> Mapping[str, Questionnaire]:
    """Every questionnaire by name; raises ContentError with all that is wrong with any of them."""
    found, wrong = read(resources.files("content").joinpath("questionnaires"))
    if wrong:
        raise ContentError("\n".join(wrong))
    return found


def read(folder: Traversable) -> tuple[dict[str, Questionnaire], list[str]]:
    """The questionnaires of a folder, and all that is wrong with its files."""
    found: dict[str, Questionnaire] = {}
    wrong: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        name, _, kind = file.name.rpartition(".")
        if kind != "toml":
            continue
        try:
            table = tomllib.loads(file.read_text("utf-8"))
            found[name] = _SHAPE.validate_python({**table, "name": name})
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            wrong.append(f"questionnaires {name}: can't be read: {error}")
        except ValidationError as error:
            wrong += [
                f"questionnaires {name}: {'.'.join(str(part) for part in each['loc'])}: "
                f"{each['msg'][0].lower()}{each['msg'][1:]}"
                for each in error.errors(include_url=False, include_input=False)
            ]
    for name, each in found.items():
        wrong += [f"questionnaires {name}: {problem}" for problem in wrong_with(each, found)]
    return found, wrong


def problems() -> list[str]:
    """All that is wrong with the questionnaires in use."""
    return read(resources.files("content").joinpath("questionnaires"))[1]
