"""`companion hours`: what was attended, for a payer, as CSV with its arithmetic."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import errand


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hours")(hours)


def hours(
    since: Annotated[str, typer.Option("--from", help="The first day, 2026-11-02.")],
    until: Annotated[str, typer.Option("--until", help="The last day, 2026-11-29.")],
    to: Annotated[str, typer.Option("--to", help="Who gets it; it is written down.")],
    consented: Annotated[
        str, typer.Option("--consented", help="Date of the signed consent to that.")
    ],
    sheet: Annotated[str, typer.Option("--csv", help="The file; - prints it.")] = "-",
    person: Annotated[
        int | None, typer.Option("--person", min=1, help="The number of one person's page.")
    ] = None,
) -> None:
    """Attended, planned and excused minutes of each session, week by week, with every sum shown.

    Attendance only, by the numbers of people's pages. Everybody in it must have signed a consent
    to this disclosure; without --person that is everybody with a session on these days.
    """
    from bot import hours_sheet, tuning
    from bot.config import read_clinic, read_settings
    from bot.database import open_to_read

    first, last = _day("--from", since), _day("--until", until)
    signed, now = _day("--consented", consented), datetime.now(UTC)
    if last < first:
        errand.fail("--until is before --from", 2)
    if not to.strip():
        errand.fail("--to: say who gets it", 2)
    settings = read_settings()
    clinic = read_clinic(settings.clinic_file)
    if signed > now.astimezone(clinic.tz).date():
        errand.fail("--consented: the date is in the future", 2)
    store = open_to_read(settings)
    try:
        with store.snapshot() as tx:
            zone = tuning.now_holding(tx, clinic).zone
            found = hours_sheet.read(tx, first, last, person, zone, now)
    finally:
        store.close()
    if not found:
        whose = "nobody has a" if person is None else "that person has no"
        errand.fail(f"there is nothing to tell: {whose} session on these days")
    detail = f"{to.strip()}; consent of {signed}; {first} to {last}"
    errand.run("hours_told", {"people": [each.person for each in found], "detail": detail})
    if sheet == "-":
        hours_sheet.write(sys.stdout, found, first, last, zone)
        return
    try:
        with Path(sheet).open("w", encoding="utf-8", newline="") as file:
            hours_sheet.write(file, found, first, last, zone)
    except OSError as error:
        errand.fail(f"{sheet} can't be written: {error.strerror}")
    count = len(found)
    typer.echo(f"{sheet}: {'1 person' if count == 1 else f'{count} people'}, {first} to {last}.")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        errand.fail(f"{option}: write it like 2026-11-02", 2)
