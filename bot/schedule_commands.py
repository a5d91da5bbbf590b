"""`companion schedule`: the timetable, from calendars, tables or by hand, and who comes."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import available_timezones

import typer

from bot import errand
from bot.config import House, Settings, read_clinic, read_settings
from bot.errand import fail

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.calendars.sync import Taken
    from bot.feeds.hands import Hands

schedule_app = typer.Typer(help="The timetable of sessions.", no_args_is_help=True)
_log = logging.getLogger("companion.calendars")
_BEHIND = 10
"""How much everything else on the machine goes before the fetching that a job started."""
_LONGEST_NAME = 80

Name = Annotated[str | None, typer.Option(help="What we call it, if not as the file.")]
Zone = Annotated[str | None, typer.Option(help="Of times without one: America/New_York.")]
AsJson = Annotated[bool, typer.Option("--json", help="For another program.")]


@schedule_app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Calendars (.ics) or tables (.csv).")],
    name: Name = None,
    zone: Zone = None,
) -> None:
    """Take calendars from files, each under its own name: a newer copy changes the older.

    What is gone is cancelled, and who holds a place in what changed is told once.
    """
    from bot.calendars import sync
    from bot.calendars.occurrence import CalendarError

    if name is not None and len(files) > 1:
        fail("--name names one calendar, and these are several", 2)
    done = []
    with _hands() as (hands, house):
        where = _zone(zone) or house.clinic.zone
        for file in files:
            called = _named(name or file.stem)
            kind = "csv" if file.suffix.lower() in {".csv", ".tsv", ".txt"} else "ics"
            source = sync.Source(called, kind, where, by_hand=True)
            try:
                done.append(sync.import_file(hands, source, file.read_bytes(), _now()))
            except OSError as error:
                refused = CalendarError("unreadable", error.strerror or "it can't be opened")
                done.append(sync.Taken(called, refused=refused))
            except CalendarError as error:
                done.append(sync.Taken(called, refused=error))
    _tell(done)


@schedule_app.command("subscribe")
def subscribe(
    url: Annotated[str, typer.Argument(help="Its address for iCal: https://… or webcal://…")],
    name: Annotated[str, typer.Option(help="What we call it.")],
    zone: Zone = None,
) -> None:
    """Fetch a calendar now and every hour from now on; the last good copy is kept."""
    from bot.calendars import sync

    url = url.strip().replace("webcal://", "https://", 1)
    if not url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        fail("a calendar is fetched from an address that begins with https:// or webcal://", 2)
    name = _named(name)
    given = {"name": name, "kind": "ics", "zone": _zone(zone), "url": url, "due": True}
    with _hands() as (hands, _):
        hands.do("schedule_settle", given)
        done = sync.fetch_one(hands, name, _now())
    _tell([done])


@schedule_app.command("sync")
def sync_(
    name: Annotated[str | None, typer.Argument(help="One calendar; else all.")] = None,
    due: Annotated[bool, typer.Option("--due", help="What is due, behind all else.")] = False,  # noqa: FBT002
) -> None:
    """Fetch calendars from their addresses now; what can't be taken leaves the copy there is."""
    from bot import log
    from bot.calendars import sync
    from storage import timetable

    if due:
        os.nice(_BEHIND)
        log.configure()
    with _hands() as (hands, _):
        if due:
            for taken in sync.fetch_due(hands, _now):
                _noted(taken)
            return
        rows = hands.read(timetable.calendars)
        wanted = [row.name for row in rows if row.url and name in {None, row.name}]
        if not wanted:
            fail("there is no calendar of that name with an address; `companion schedule list`")
        done = [sync.fetch_one(hands, each, _now()) for each in wanted]
    _tell(done)


@schedule_app.command("list")
def list_(
    days: Annotated[int, typer.Option(min=1, max=120, help="How far ahead.")] = 14,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Where sessions come from, the series there are, and what is held on the next days."""
    from bot.calendars import report
    from bot.database import open_to_read

    settings = read_settings()
    zone = read_clinic(settings.clinic_file).zone
    store = open_to_read(settings)
    try:
        now = _now()
        found = store.read_now(
            lambda tx: report.standing(tx, now, now + timedelta(days=days), zone)
        )
    finally:
        store.close()
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join(report.lines(found)))


@schedule_app.command("add")
def add(  # noqa: PLR0913, PLR0917 - each is an option
    title: Annotated[str, typer.Option(help="As staff know it, without names of patients.")],
    kind: Annotated[str, typer.Option(help="group, individual, family, medical, education…")],
    at: Annotated[str, typer.Option(help="18:00 or 6 pm")],
    minutes: Annotated[int, typer.Option(min=1, max=720)],
    from_: Annotated[str, typer.Option("--from", help="The first day, 2026-11-23.")],
    until: Annotated[str | None, typer.Option(help="The last day; the same day: once.")] = None,
    days: Annotated[str | None, typer.Option(help="mon,wed; else the day of the first.")] = None,
    place: Annotated[str | None, typer.Option(help="Words that say nothing: Room 2.")] = None,
    link: Annotated[str | None, typer.Option(help="Where it is joined from afar.")] = None,
    capacity: Annotated[int | None, typer.Option(min=1, max=500)] = None,
    facilitator: Annotated[str | None, typer.Option(help="Who leads it, of the staff.")] = None,
) -> None:
    """Enter a series by hand, or what is held once."""
    given = {
        "title": title,
        "kind": kind,
        "days": days,
        "at": at,
        "minutes": minutes,
        "from": from_,
        "until": until,
        "place": place,
        "link": link,
        "capacity": capacity,
        "facilitator": facilitator,
    }
    reply = errand.run("schedule_add", given)
    typer.echo("It stands in the timetable; its number, for `companion schedule enrol`, is")
    typer.echo(str(reply["series"]))


@schedule_app.command("cancel")
def cancel(session: Annotated[int, typer.Argument(help="Its number in the list.")]) -> None:
    """Cancel one session; who holds a place in it is told."""
    errand.run("schedule_cancel", {"session": session})
    typer.echo("It is cancelled, and who holds a place in it hears of it.")


@schedule_app.command("enrol")
def enrol(
    person: Annotated[int, typer.Argument(help="The number of their page.")],
    series: Annotated[int, typer.Argument(help="The number of the series in the list.")],
    from_: Annotated[str | None, typer.Option("--from", help="The first day; else today.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.")] = None,
) -> None:
    """Let somebody come to a series: a place in each of its sessions, reminders, hours."""
    given = {"person": person, "series": series, "from": _day(from_), "until": _day(until)}
    reply = errand.run("schedule_enrol", given)
    typer.echo(f"They hold a place in {reply['title']} from then on.")


@schedule_app.command("set")
def set_(
    series: Annotated[int, typer.Argument(help="Its number in the list.")],
    kind: Annotated[str | None, typer.Option(help="group, individual, family…")] = None,
    capacity: Annotated[
        int | None, typer.Option(min=0, max=500, help="How many fit; 0: as its calendar says.")
    ] = None,
    facilitator: Annotated[str | None, typer.Option(help="Who leads it, of the staff.")] = None,
    closed: Annotated[
        bool | None,
        typer.Option("--closed/--open", help="Whether free places are only for who is enrolled."),
    ] = None,
) -> None:
    """Set what a series is from now on: it wins over what its calendar says."""
    if kind is None and capacity is None and facilitator is None and closed is None:
        fail("say one of --kind, --capacity, --facilitator and --closed", 2)
    given = {"series": series, "kind": kind, "capacity": capacity, "facilitator": facilitator}
    given["closed"] = closed
    errand.run("schedule_set", given)
    typer.echo("It is so from now on.")


@contextlib.contextmanager
def _hands() -> Iterator[tuple[Hands, House]]:
    """The way to the store, through the running server or straight, and the clinic as it is."""
    from bot import tuning
    from bot.calendars.steps import STEPS
    from bot.feeds import hands

    settings: Settings = read_settings()
    house = House(read_clinic(settings.clinic_file), settings.url)

    def carry(tx: Connection, what: str, given: dict[str, Any], now: datetime) -> dict[str, Any]:
        return STEPS[what](tx, house, given, now)

    with hands.opened(settings, carry) as opened:
        house.clinic = opened.read(lambda tx: tuning.now_holding(tx, house.toml))
        yield opened, house


def _now() -> datetime:
    return datetime.now(UTC)


def _named(name: str) -> str:
    name = " ".join(name.split())[:_LONGEST_NAME]
    if not name:
        fail("the name of a calendar is a word or two", 2)
    return name


def _zone(zone: str | None) -> str | None:
    if zone is not None and zone not in available_timezones():
        fail("--zone is the name of a time zone, as in America/New_York", 2)
    return zone


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        fail("a day is written like 2026-11-23", 2)


def _tell(done: list[Taken]) -> None:
    from bot.calendars.report import taken_lines

    for each in done:
        for line in taken_lines(each):
            typer.echo(line, err=each.refused is not None)
    if any(each.refused is not None for each in done):
        raise typer.Exit(1)


def _noted(taken: Taken) -> None:
    if taken.refused is not None:
        _log.warning("calendar_not_taken", extra={"code": taken.refused.code})
    elif not taken.unchanged:
        _log.info("calendar_taken", extra={"count": taken.sessions})
