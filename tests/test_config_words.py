"""What is wrong with clinic.toml is said with its place and in plain words, whatever it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import ConfigError, read_clinic
from handlers.programme import NEEDS

EXAMPLE = (Path(__file__).parent.parent / "clinic.example.toml").read_text("utf-8")
DAYS = 'days must be of "mon" to "sun": one, a list, or a span such as "mon-fri"'
TIME = 'must be a time in quotes, as in "08:00"'
SIGNATURE = 'must be { by = "a name", on = 2026-11-20 }'
ON = "on must be a day without quotes, as in 2026-11-20"
LADDER = """
[emergency]
rungs = [ { after = 0, to = ["counselor"] }, { after = 5, to = ["supervisor"] } ]
repeat = 5
"""


def said(folder: Path, old: str, new: str) -> list[str]:
    """Of the example with one mistake in it, its ladders ours."""
    text = re.split(r"(?m)^\[emergency\]", EXAMPLE)[0] + LADDER
    assert old in text
    file = folder / "clinic.toml"
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as error:
        read_clinic(file)
    lines = str(error.value).splitlines()
    assert all(line.startswith("clinic.toml: ") for line in lines)
    return [line.removeprefix("clinic.toml: ") for line in lines]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('who = "counselor"\n', "", "the 1st [[shifts]]: who is missing"),
        ('days = "mon-fri"', 'days = "mon-fry"', f"the 1st [[shifts]]: {DAYS}"),
        ('days = "mon-fri"', "days = []", f"the 1st [[shifts]]: {DAYS}"),
        ('days = "mon-fri"', "days = 5", f"the 1st [[shifts]]: {DAYS}"),
        ('["mon", "tue",', '["mon", "tuesday",', f"the 2nd [[shifts]]: {DAYS}"),
        ('from = "08:00"', 'from = "8 am"', f"the 1st [[shifts]]: from {TIME}"),
        ('from = "08:00"', "from = 8", f"the 1st [[shifts]]: from {TIME}"),
        ('to = "22:00"', 'to = "25:00"', f"the 2nd [[shifts]]: to {TIME}"),
        ("[[shifts]]", "[[shift]]", "shift is no setting here; is it misspelled?"),
        ('phone = "215-555-0100"', "", "phone is missing"),
        ('phone = "215-555-0100"', "phone = 5550100", 'phone must be in quotes, as in "this"'),
        ('"Harbor Check"', '""', "sender is empty"),
        ('"Harbor Check"', f'"{"x" * 25}"', "sender is too long: 24 letters at most"),
        ('language = "en"', 'language = "fr"', 'language must be "en" or "es"'),
        (
            'zone = "America/New_York"', 'zone = "Eastern"',
            "zone: no time zone is named 'Eastern'; one is America/New_York",
        ),
        ('# state = "PA"', 'state = "Penn"',
         "state is the two letters of a US state or territory, as in PA"),
        ('[after_hours]\nmode = "none"', "", "[after_hours] is missing"),
        ('[after_hours]\nmode = "none"', 'after_hours = "none"',
         "after_hours must be a part of its own, under [after_hours]"),
        ('mode = "none"', 'mode = "some"',
         '[after_hours]: mode must be "staffed", "line" or "none"'),
        ("# [signed]", '[signed]\nwords = "Ann"\n#', f"[signed]: words {SIGNATURE}"),
        ("# [signed]", '[signed]\nwords = { by = "Ann" }\n#', "[signed], words: on is missing"),
        ("# [signed]", '[signed]\nwords = { by = "Ann", on = "now" }\n#', f"[signed], words: {ON}"),
        ("craving_at_least = 7", "craving_at_least = 11",
         "[rules]: craving_at_least must be 10 or less"),
        ("craving_at_least = 7", 'craving_at_least = "seven"',
         "[rules]: craving_at_least must be a whole number"),
        ("use = true", 'use = "maybe"', "[rules]: use must be true or false"),
        ("nudge_hours = 2", "nudge_hours = 0", "[checkins]: nudge_hours must be more than 0"),
        ("low_moods_in", "low_mood_in",
         "[rules]: low_mood_in_a_row is no setting here; is it misspelled?"),
        ('evening = "18:30"', "evening = 18", f"[programme]: evening {TIME}"),
        ("# [resources.food]\n# en", "[resources.food]\nen", "[resources], food: es is missing"),
        ("# [resources.food]", '[resources.fud]\nen = ["x"]\nes = ["x"]\n#',
         f"resources: 'fud' is no need; there are {', '.join(NEEDS)}"),
        ("{ after = 5,", "{ after = -5,",
         '[emergency], the 2nd of rungs: after must be 0 or more, or "next_working_day"'),
        ("{ after = 5, to", "{ to", "[emergency], the 2nd of rungs: after is missing"),
        ('to = ["supervisor"]', "to = []",
         "[emergency], the 2nd of rungs: to must have at least one"),
        ('to = ["supervisor"]', 'to = "supervisor"',
         "[emergency], the 2nd of rungs: to must be a list, in [ ]"),
        ("repeat = 5", "", "[emergency]: repeat is missing"),
        ('sender = "Harbor Check"', "sender = Harbor",
         "can't be read: words and times need quotes, as in sender = \"Blue Door\""),
        ('sender = "Harbor Check"', 'sender = "Harbor',
         "can't be read: a closing quote is missing"),
        ('language = "en"', 'language = "en"\nlanguage = "es"',
         "can't be read: it is there already, further up"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place(tmp_path: Path, old: str, new: str, words: str) -> None:
    lines = said(tmp_path, old, new)
    assert any(line.endswith(words) for line in lines), lines
    for line in lines:
        assert not re.search(r"Input|instance|valid|dictionary|tuple|pydantic|\d\.\w|\?\.", line)


def test_one_mistake_is_one_line(tmp_path: Path) -> None:
    assert len(said(tmp_path, "{ after = 5,", "{ after = -5,")) == 1
    assert len(said(tmp_path, 'days = "mon-fri"', 'days = "mon-fry"')) == 1
