"""The checker of the words: every problem of every text at once, before anybody reads one.

What a text may not say is data (`outing.toml`, `resources.toml`); what it has to be like is a
rule here. A rule looks at one entry in one language, or at the same entry in all of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from importlib import resources
from importlib.resources.abc import Traversable

from content import questionnaires, wording
from content.segments import is_gsm7, segments
from content.unsaid import carrier_words, fold, lines, unsaid
from content.wording import LANGUAGES, ContentError, Entry, Language, Value

Texts = Mapping[Language, Mapping[str, Entry]]

SAMPLES: Mapping[str, Value] = {
    "name": "Alejandra",
    "sender": "Riverside Messages",
    "phone": "802-555-0142",
    "time": time(22, 30),
    "frequency": "1-3",
    "craving": "10",
    "before": "10",
    "minutes": "15",
    "what": "ponerle nombre a lo que sientes",
    "after": "9",
    "low": "0",
    "high": "10",
    "id": "1234",
    "level": "EMERGENCY",
    "link": "https://messages.example.org/a/" + "x" * 24,
    "who": "Alejandra Ramos",
    "words": "group, clinic",
    "count": "12",
    "first": "12",
    "ids": "1234, 1235, 1236, 1237, 1238, 1239, 1240, 1241 ...",
    "days": "30",
    "plan": "Go to: my sister's porch and call Ana on the way\nAsk: Uncle Roy 802-555-0142",
    "part": "Places and company\n1. My sister's porch",
    "rest": "",
    "most": "1000",
    "why": "They have no channel that is open.",
    "list": "1. My two girls",
    "mood": "10",
    "asked": "10",
    "fell": "10",
    "use": "12, 10, 11, 12",
    "risk": "24, 20, 18, 16",
    "support": "24, 20, 18, 16",
    "points": "27, 21, 18, 15",
    "number": "+1 802-555-0142",
    "label": "the walk home",
    "line": "call Ana on the way",
    "goal": "walk to the park",
    "where": "1200 Oak Street, Springfield",
    "question": "How often have you been bothered by any of these in the last 2 weeks?",
    "found": "1) 7:30 pm 0.6 mi 12 Oak St\n2) 8 pm 1.9 mi 4 Elm St\n3) 8 pm online",
    "date": "Nov 20",
    "one": "tomorrow 7:30 pm, 0.6 mi: 1234 Martin Luther King Blvd",
    "note": "Passcode 123456",
    "miles": "100",
    "hours": "12.5",
    "of": "12.5",
    "until": time(22, 30),
    "money": "$1,234.50",
}
"""Every gap that a text may have, filled about as long as it gets."""

_LONGEST_DAY: Mapping[Language, str] = {"en": "Wednesday", "es": "miércoles"}
_LONGEST_LABEL = 40
_SEGMENTS: Mapping[Language, tuple[int, int]] = {"en": (1, 2), "es": (2, 3)}
"""Segments of an ordinary text, and of a long one; Spanish is spelled right, whatever it costs."""

_LONG = frozenset(
    {
        "joining.hello",
        "joining.sharing",
        "joining.more",
        "checkin.danger_yes",
        "dose.effects",
        "checkin.danger_maybe",
        "lapse.body",
        "lapse.careful",
        "lapse.calmed",
        "system.stranger",
        "plan.intro",
        "myplan.view",
        "pin.rests",
    }
)
_LINES = frozenset(
    {
        "crisis.fallback",
        "crisis.lines",
        "crisis.panic",
        "crisis.serious",
        "crisis.short",
        "crisis.ending",
        "system.error",
        "system.help",
        "system.stopped",
        "system.stranger",
        "system.unreadable",
    }
)
"""Texts after which nothing may follow: each names 988 and 911 in every variant."""

_TOGETHER = (
    ("crisis.asking_team", "crisis.ask"),
    ("crisis.nobody_on_duty", "crisis.ask"),
    ("crisis.again", "crisis.asking_team", "crisis.afterwards"),
    ("crisis.again", "crisis.nobody_on_duty", "crisis.afterwards"),
    ("crisis.again_more", "crisis.nobody_on_duty", "crisis.afterwards"),
    ("crisis.nobody_on_duty", "crisis.ending"),
    ("crisis.again_still", "crisis.nobody_on_duty", "crisis.afterwards"),
    ("crisis.withdrawal_yes", "crisis.afterwards"),
    ("crisis.withdrawal_unsure", "crisis.afterwards"),
    ("crisis.hour", "crisis.later"),
    ("crisis.said_yes", "crisis.afterwards"),
    ("crisis.said_unsure", "crisis.afterwards"),
    ("lapse.thanks", "checkin.danger"),
    ("lapse.thanks", "lapse.danger"),
    ("lapse.fine", "lapse.what"),
    ("lapse.told", "lapse.step"),
    ("lapse.day_body", "lapse.day_one"),
    ("days.holiday", "days.thing"),
)
"""Texts that leave as one message, where length matters most."""

_COMMAND = re.compile(r"(?<!\w)/(?:menu|checkin|talk|plan|settings|help|stop|start)\b")
_HOUR = re.compile(r"\b\d{1,2}(?::\d\d)?\s?(?:[ap]\.?\s?m\b|o'clock|de la (?:tarde|noche))")
_OWN_HOUR = frozenset({"medicine.hour", "joining.hour", "settings.hour", "system.again_time"})
"""Where the person's own hour is asked for, hours are examples and promise nothing."""
_GAP = re.compile(r"\{\w+\}")
_NUMBER = re.compile(r"\d[\d-]*")
_SHORTEST_NUMBER = 3
_STAFF = "staff"


def problems(texts: Texts | None = None) -> list[str]:
    """Every problem, as `language flow.key: what`; if none are given, of all that is in use."""
    unread: list[str] = []
    if texts is None:
        texts, unread = read(resources.files("content"))
        unread += questionnaires.problems()
    return [*unread, *_each(texts), *_across(texts), *_joined(texts)]


def check(texts: Texts | None = None) -> None:
    """Refuse words with problems: raises ContentError, one problem a line."""
    if found := problems(texts):
        raise ContentError("\n".join(found))


def read(house: Traversable) -> tuple[Texts, list[str]]:
    """The texts of every language in a folder, and which files can't be read."""
    texts: dict[Language, dict[str, Entry]] = {language: {} for language in LANGUAGES}
    unread: list[str] = []
    for language in LANGUAGES:
        for file in wording.files(house, language):
            try:
                texts[language] |= wording.load(file)
            except (TypeError, tomllib.TOMLDecodeError) as problem:
                unread.append(f"{language} {file.name}: can't be read: {problem}")
    return texts, unread


Rule = Callable[[str, Entry, Language, Mapping[str, Entry]], Iterator[str]]


def _each(texts: Texts) -> Iterator[str]:
    for language, entries in texts.items():
        for key, entry in entries.items():
            try:
                unknown = set(_gaps(entry)) - {*SAMPLES, "team", "day"}
            except ValueError:
                yield f"{language} {key}: its braces don't match"
                continue
            if unknown:
                yield f"{language} {key}: unknown gap {', '.join(sorted(unknown))}"
                continue
            for rule in RULES:
                for problem in rule(key, entry, language, entries):
                    yield f"{language} {key}: {problem}"


def _across(texts: Texts) -> Iterator[str]:
    first, *others = texts
    for other in others:
        for key in sorted(texts[first].keys() ^ texts[other].keys()):
            yield f"{first if key in texts[other] else other} {key}: missing"
        for key in texts[first].keys() & texts[other].keys():
            yield from (
                f"{other} {key}: {p}" for p in _unlike(texts[first][key], texts[other][key])
            )


def _unlike(one: Entry, other: Entry) -> Iterator[str]:
    try:
        if set(wording.gaps(one.text)) != set(wording.gaps(other.text)):
            yield "not the same gaps as in the first language"
    except ValueError:
        return
    if list(one.choices) != list(other.choices):
        yield "not the same choices in the same order as in the first language"
    if one.letters != other.letters or one.numbered != other.numbered:
        yield "letters and numbers are not as in the first language"


def _joined(texts: Texts) -> Iterator[str]:
    for language, entries in texts.items():
        for keys in _TOGETHER:
            if not all(key in entries for key in keys):
                continue
            for plain in (True, False):
                text = "\n".join(_sms(entries[key], language, entries, plain=plain) for key in keys)
                if segments(text) > _SEGMENTS[language][1]:
                    yield f"{language} {' + '.join(keys)}: {segments(text)} segments together"


def _sms(entry: Entry, language: Language, entries: Mapping[str, Entry], *, plain: bool) -> str:
    values = {**SAMPLES, "day": _LONGEST_DAY[language]}
    if team := entries.get("rota.day_from"):
        values["team"] = wording.fill(
            team, values, language=language, zone="UTC", channel="sms", plain=True
        ).text
    else:
        values["team"] = "x" * 50
    return wording.fill(
        entry, values, language=language, zone="UTC", channel="sms", plain=plain
    ).body


def _variants(entry: Entry) -> Iterator[str]:
    return (text for text in (entry.text, entry.sms, entry.cover) if text is not None)


def _gaps(entry: Entry) -> Iterator[str]:
    return (gap for text in _variants(entry) for gap in wording.gaps(text))


def _all_words(entry: Entry) -> str:
    return fold(" / ".join([*_variants(entry), *_labels(entry)]))


def _labels(entry: Entry) -> Iterator[str]:
    yield from entry.choices.values()
    yield from entry.cover_choices.values()


def _whole(entry: Entry) -> bool:
    return all(text.strip() == text and text for text in (*_variants(entry), *_labels(entry)))


def _form(_: str, entry: Entry, _language: Language, _all: Mapping[str, Entry]) -> Iterator[str]:
    if not _whole(entry):
        yield "an empty text, or space around one"
    if not set(_gaps(entry)) <= set(wording.gaps(entry.text)):
        yield "a variant has a gap that `text` has not"
    if entry.cover_choices and list(entry.cover_choices) != list(entry.choices):
        yield "cover_choices are not the choices in their order"
    if entry.letters and list(entry.choices) != ["a", "b", "c"]:
        yield "letters are a, b and c"
    for key, label in (*entry.choices.items(), *entry.cover_choices.items()):
        if max(len(key), len(label)) > _LONGEST_LABEL:
            yield f"choice {key} is longer than {_LONGEST_LABEL}"
        if fold(label).strip(" .!?") in carrier_words():
            yield f"choice {key} is a word that carriers keep"
    for labels in (entry.choices, entry.cover_choices):
        if len({fold(label) for label in labels.values()}) < len(labels):
            yield "two choices read the same"


def _length(
    key: str, entry: Entry, language: Language, entries: Mapping[str, Entry]
) -> Iterator[str]:
    long = key.startswith("crisis.") or key.removesuffix("_bare") in _LONG
    most = _SEGMENTS[language][long]
    for name, plain in (("plain", True), ("cover", False)):
        text = _sms(entry, language, entries, plain=plain)
        if language == "en" and not is_gsm7(text):
            yield f"{name} SMS has a character that is not GSM-7"
        if segments(text) > most:
            yield f"{name} SMS takes {segments(text)} segments, not {most}"
        if _COMMAND.search(entry.variant("sms", plain=plain)):
            yield f"{name} SMS has a command with a slash"


def _said(
    key: str, entry: Entry, language: Language, entries: Mapping[str, Entry]
) -> Iterator[str]:
    avoid = unsaid()[language]
    words = _all_words(entry)
    if found := avoid.never.search(words):
        yield f"never say {found.group()!r}"
    if found := avoid.promises.search(words):
        yield f"{found.group()!r} promises what only the rota knows"
    if key not in _OWN_HOUR and (found := _HOUR.search(words)):
        yield f"{found.group()!r} is an hour that the rota did not give"
    if key.endswith("_bare"):
        if key.removesuffix("_bare") not in entries:
            yield "the bare version of nothing"
        if found := avoid.drugs.search(words):
            yield f"{found.group()!r} is a drug name in a bare text"
    if key.startswith(f"{_STAFF}."):
        return
    covered = [
        entry.variant("sms", plain=False),
        *entry.labels("sms", plain=False).values(),
    ]
    for found in avoid.cover.finditer(fold(_GAP.sub("", " / ".join(covered)))):
        if not (f"{key}_bare" in entries and avoid.life.fullmatch(found.group())):
            yield f"{found.group()!r} outs somebody on a covered SMS"


def _numbers(
    key: str, entry: Entry, _language: Language, _all: Mapping[str, Entry]
) -> Iterator[str]:
    for text in _variants(entry):
        for number in _NUMBER.findall(text):
            parts = number.strip("-").split("-")
            is_line = any(len(part) >= _SHORTEST_NUMBER for part in parts)
            if is_line and number.strip("-") not in lines():
                yield f"{number} is not in resources.toml"
        if key in _LINES and not {"911", "988"} <= set(_NUMBER.findall(text)):
            yield "a variant without 988 and 911"
    if key == "crisis.fallback" and set(_gaps(entry)):
        yield "must stand without gaps"


RULES: tuple[Rule, ...] = (_form, _length, _said, _numbers)
