"""What is written down: `.env`, the keys, `clinic.toml`, who signed, and the words in them."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.check import example, shapes
from bot.check.report import Report
from bot.config import (
    ENVIRONMENT,
    Clinic,
    ConfigError,
    Settings,
    read_clinic,
    read_settings,
)
from bot.database import parse_keys
from bot.invitations import InvitationError, phone
from bot.signing import OPTIONAL
from content import checking
from content.segments import is_gsm7
from content.unsaid import carrier_words, fold, lines, unsaid
from storage.encryption import Keyring

ENV = Path(".env")
_EXAMPLE = "example.org"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SHORTEST_TOKEN = 24
_SIGNED = {
    "words": ("the texts that patients read (content/en, content/es)", "your clinician"),
    "rules": ("the rules by which danger is seen (content/screening)", "your clinician"),
    "voter": ("the second voter of the screen (content/voter/CARD.md)", "your clinician"),
    "bowl": ("rewards from a prize bowl ([rewards.bowl])", "your clinician and your counsel"),
    "limits": ("the limits and hours in clinic.toml", "your clinician and your counsel"),
}
FRESH = """\
Welcome. Nothing is set up in this folder yet, which is how it begins. In this order:

  1. Settings: cp .env.example .env && chmod 600 .env
  2. A key:    companion keys new
               Put what it prints into .env behind COMPANION_KEYS=, and a copy somewhere safe
               and apart: without it nothing in the database can be read, by anybody.
  3. Channels: in .env too. Telegram: a bot's token from @BotFather. SMS: three values from
               Twilio. One of the two is enough to begin with.
  4. Clinic:   cp clinic.example.toml clinic.toml
               Your name for patients, your phone, who is on duty when, what happens after hours.
  5. Look:     companion check
               It says what is missing or wrong, all of it at once, and never changes anything.
  6. Run:      companion run

Only want to see it? `companion demo` plays it in a browser: no account, no settings."""


def settings(report: Report) -> Settings:
    """Read `.env` and the environment; what is wrong there is left at its default."""
    report.section("Settings (.env)")
    try:
        found = read_settings()
    except ConfigError as error:
        said = [line.removeprefix(f"{ENVIRONMENT}: ") for line in str(error).splitlines()]
        for line in said:
            report.problem(ended(line), "", f"correct it in {ENV}; .env.example has the form.")
        fields = Settings.model_fields
        names = [name for line in said if (name := line.partition(" ")[0].lower()) in fields]
        good = {name: fields[name].default for name in names}
        found = read_settings(**good) if good else read_settings(_env_file=None)
    if not ENV.exists():
        report.note("There is no .env here; settings come from the environment alone.")
    elif stat.S_IMODE(ENV.stat().st_mode) & 0o077:
        report.problem(
            "Others on this machine can read .env.",
            "Who has the keys and tokens in it can read every patient's words.",
            "chmod 600 .env",
        )
    _public_url(report, found)
    _channels(report, found)
    if found.metrics_token and len(found.metrics_token) < _SHORTEST_TOKEN:
        report.problem(
            "METRICS_TOKEN is short enough to be guessed.",
            "Behind it is how many people are in danger now.",
            "make one with `openssl rand -hex 24`.",
        )
    return found


def ended(line: str) -> str:
    """A sentence with its stop."""
    return line if line.endswith(("?", ".", "!")) else f"{line}."


def keys(report: Report, found: Settings) -> Keyring | None:
    """COMPANION_KEYS, if they can be used."""
    try:
        keyring = parse_keys(found)
    except ConfigError as error:
        report.problem(
            str(error).split(". ")[0] + ".",
            "Every name, number and word in the database is encrypted with it.",
            "`companion keys new` prints one; put it into .env, and a copy somewhere safe and "
            "apart. If there was one before, it must be that one.",
        )
        return None
    more = f", and reads {', '.join(keyring.names[1:])} too" if keyring.names[1:] else ""
    report.fine(f"COMPANION_KEYS: key {keyring.writing} writes{more}.")
    return keyring


def clinic(report: Report, file: Path) -> Clinic | None:
    """clinic.toml, and what of it is missing for the use with patients."""
    report.section(f"The clinic ({file})")
    try:
        found = read_clinic(file)
    except ConfigError as error:
        for line in str(error).splitlines():
            report.problem(ended(line), "", f"correct it in {file}; clinic.example.toml explains.")
        return None
    report.fine(f"It reads well: {found.sender!r}, {found.zone}.")
    _after_hours(report, found)
    if found.state is None:
        report.problem(
            'The state is not given (`state = "PA"`).',
            "Some states forbid or ask for things, such as consent to automated reading.",
            f"add it to {file}.",
        )
    if found.signed.voter is None:
        report.note("The second voter is off: nobody has signed for it (content/voter/CARD.md).")
    for what, signature in found.signed:
        if what in OPTIONAL and signature is None:
            continue
        subject, who = _SIGNED[what]
        if signature is None:
            report.problem(
                f"Nobody has signed for {subject}.",
                "They decide what a person in danger reads, and who hears of it.",
                f"let {who} read them; then write into [signed] of {file}: "
                f'{what} = {{ by = "Dr. Ann Lee", on = 2026-11-20 }}',
            )
        elif example.is_signer(signature.by):
            report.problem(
                f"The signature for {what} is the example's: {signature.by} has read nothing.",
                "It stands for a person who has read them and answers for them.",
                f"let {who} read them, and write their name and the day.",
            )
        else:
            report.fine(f"Signed for {what}: {signature.by}, {signature.on:%d %b %Y}.")
    return found


def words(report: Report, settings: Settings) -> None:
    """What patients read: the clinic's own words, and every text in `content/`.

    Of a clinic.toml that is wrong elsewhere its words are looked at all the same.
    """
    report.section("Words")
    before = report.problems
    try:
        found = tomllib.loads(settings.clinic_file.read_text("utf-8"))
    except (OSError, ValueError):
        found = {}
    after_hours = found.get("after_hours")
    line = after_hours.get("line") if isinstance(after_hours, dict) else None
    if isinstance(sender := found.get("sender"), str):
        _sender(report, sender)
    for name, number in (("phone", found.get("phone")), ("after_hours.line", line)):
        if isinstance(number, str) and number not in lines():
            _number(report, name, number)
    host = urlsplit(settings.url).hostname or ""
    for word in outing(host):
        report.problem(
            f"The address {host} says {word!r}.",
            "It stands in notices to staff, and may be seen on their screens.",
            "use a neutral name for the server.",
        )
    for problem in checking.problems():
        report.problem(f"content: {problem}.", "", "mend that text, or take the release's own.")
    if report.problems == before:
        report.fine("No word that outs somebody, none that a carrier keeps; all texts pass.")


def outing(text: str) -> Iterator[str]:
    """Words in a name that would out somebody, in either language."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", text)
    for language in unsaid().values():
        for found in language.cover.finditer(fold(apart)):
            yield found.group()


def _sender(report: Report, sender: str) -> None:
    if example.is_sender(sender):
        report.problem(
            f"The sender {sender!r} is the example's.",
            "People are told it once, and learn to trust it.",
            "choose your own: a name that says nothing of what you treat.",
        )
    for word in dict.fromkeys(outing(sender)):
        report.problem(
            f"The sender {sender!r} says {word!r}.",
            "It may be seen on a lock screen, by a boss, a child or a violent partner.",
            "choose a name that says nothing of what you treat.",
        )
    if fold(sender).strip(" .!?") in carrier_words():
        report.problem(
            f"The sender {sender!r} is a word that carriers act on.",
            "Who answers with it may be signed out by the carrier.",
            "choose another name.",
        )
    if not is_gsm7(sender):
        report.problem(
            f"The sender {sender!r} has a letter that plain SMS doesn't have.",
            "One such letter cuts what fits into a text from 160 to 70 characters.",
            "write it without accents or signs.",
        )


def _number(report: Report, name: str, number: str) -> None:
    if example.is_number(number):
        report.problem(
            f"{name} = {number!r} is the example's: a number for films, that nobody answers.",
            "People in trouble are given it to call.",
            "write the number under which somebody answers.",
        )
        return
    try:
        phone(number)
    except InvitationError:
        report.problem(
            f"{name} = {number!r} is no phone number.",
            "People in trouble are given it to call.",
            "write it like 215-555-0100.",
        )


def _after_hours(report: Report, found: Clinic) -> None:
    mode = found.after_hours.mode
    said = {
        "staffed": "somebody of the shifts reads at every hour",
        "line": f"the line {found.after_hours.line} answers",
        "none": "nobody reads; people are told so, with the lines that are open",
    }[mode]
    report.fine(f"After hours is declared: {said}.")


def _public_url(report: Report, found: Settings) -> None:
    parts = urlsplit(found.public_url)
    do = "set it to the https address under which the world finds this server."
    if not found.public_url or (parts.hostname or "").endswith(_EXAMPLE):
        report.problem(
            "PUBLIC_URL is not set." if not found.public_url else "PUBLIC_URL is the example's.",
            "Links in alerts lead there, and providers post there.",
            do,
        )
    elif parts.scheme != "https" or not parts.hostname:
        report.problem(
            "PUBLIC_URL does not begin with https://.",
            "What staff and providers send there could be read on the way.",
            do,
        )
    elif parts.path or parts.query:
        report.problem(
            "PUBLIC_URL has a path.",
            "The companion answers at the top of its own name.",
            "leave only https:// and the name.",
        )
    else:
        report.fine(f"PUBLIC_URL: {found.public_url}")


def _channels(report: Report, found: Settings) -> None:
    twilio = {
        "TWILIO_ACCOUNT_SID": found.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": found.twilio_auth_token,
        "TWILIO_FROM": found.twilio_from,
    }
    missing = [name for name, value in twilio.items() if not value]
    if not found.telegram_bot_token and len(missing) == len(twilio):
        report.problem(
            "No channel is on.",
            "Nobody can be reached.",
            "set TELEGRAM_BOT_TOKEN, or the three TWILIO_ settings, in .env.",
        )
    elif missing and len(missing) < len(twilio):
        report.problem(
            f"SMS is half set up: {' and '.join(missing)} {_is(missing)} empty.",
            "The companion does not start like that.",
            "fill in all three, or leave all three empty to switch SMS off.",
        )
    else:
        telegram = "on" if found.telegram_bot_token else "off"
        report.fine(f"Telegram is {telegram}, SMS is {'off' if missing else 'on'}.")
    for name, what in shapes.misfits(found, {**shapes.TELEGRAM, **shapes.TWILIO}).items():
        report.problem(
            f"{name} can't be right: {what}.",
            "Nothing can be sent or received with it.",
            f"copy it anew into {ENV}.",
        )
    secret = found.telegram_webhook_secret
    if secret and not _SECRET.fullmatch(secret):
        report.problem(
            "TELEGRAM_WEBHOOK_SECRET has a letter that Telegram refuses.",
            "Then it posts nothing to us.",
            "use 1 to 256 letters, digits, _ or -.",
        )


def _is(missing: list[str]) -> str:
    return "is" if len(missing) == 1 else "are"
