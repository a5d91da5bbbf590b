"""What the command line says of the timetable: calendars, series, sessions, and changes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.calendars.sync import WORDS, Taken
from storage import enrolments, staff, timetable

DROPPED: Final = {
    "private": "somebody's own (marked private)",
    "rule": "a rule that no session follows",
    "too_often": "comes too often",
    "no_start": "has no day",
    "no_length": "has no length",
    "too_long": "is longer than a day",
    "unreadable": "can't be read",
    "zone": "names a zone that nobody knows, and is read as the clinic's",
}
"""Why an entry was left out, or how it was read."""


def standing(tx: Connection, now: datetime, until: datetime, zone: str) -> dict[str, Any]:
    """All of it, as JSON; times in the clinic's zone."""
    here = ZoneInfo(zone)
    rows = timetable.between(tx, now, until)
    held = timetable.held(tx, [row.id for row in rows])
    names = {worker.id: worker.name for worker in staff.everyone(tx)}
    enrolled = Counter(row.series_id for row in enrolments.running(tx, now.astimezone(here).date()))
    calendars = {row.id: row for row in timetable.calendars(tx)}
    last = timetable.last_of(tx)
    return {
        "calendars": [
            {
                "name": row.name,
                "kind": row.kind,
                "good_at": row.good_at.astimezone(here).isoformat() if row.good_at else None,
                "last": last[row.id].astimezone(here).isoformat() if row.id in last else None,
                "problem": WORDS.get(row.problem, row.problem) if row.problem else None,
            }
            for row in calendars.values()
        ],
        "series": [
            {
                "id": row.id,
                "title": row.title,
                "kind": row.own.get("kind") or row.kind,
                "calendar": calendars[row.calendar_id].name,
                "enrolled": enrolled[row.id],
            }
            for row in timetable.all_series(tx)
        ],
        "sessions": [
            {
                "id": row.id,
                "series": row.series_id,
                "start": row.starts_at.astimezone(here).isoformat(),
                "end": row.ends_at.astimezone(here).isoformat(),
                "title": row.title,
                "kind": row.kind,
                "all_day": row.all_day,
                "state": row.state,
                "held": held.get(row.id, 0),
                "capacity": row.capacity,
                "facilitator": names.get(row.staff_id),
            }
            for row in rows
        ],
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The same for who reads it."""
    told = []
    for each in found["calendars"]:
        good = f"read {each['good_at'][:16].replace('T', ' ')}" if each["good_at"] else "entered"
        good += f", reaches to {each['last'][:10]}" if each["last"] else ""
        wrong = f"  NOT TAKEN: {each['problem']}" if each["problem"] else ""
        told.append(f"{each['name']:<32}{each['kind']:<6}{good}{wrong}")
    told.append("")
    for each in found["series"]:
        who = f"{each['enrolled']} enrolled"
        told.append(f"series {each['id']:>4}  {each['title'][:40]:<42}{each['kind']:<16}{who}")
    told.append("")
    told += [_line(each) for each in found["sessions"]]
    if not found["sessions"]:
        told.append("Nothing is held on these days.")
    return told


def _line(each: dict[str, Any]) -> str:
    start, end = (datetime.fromisoformat(each[name]) for name in ("start", "end"))
    when = f"{start:%a %Y-%m-%d}  " + (
        "all day    " if each["all_day"] else f"{start:%H:%M}-{end:%H:%M}"
    )
    places = f"{each['held']}" + (f" of {each['capacity']}" if each["capacity"] else "")
    state = "  cancelled" if each["state"] == "cancelled" else ""
    who = f"  {each['facilitator']}" if each["facilitator"] else ""
    return f"{each['id']:>6}  {when}  {each['title'][:36]:<38}{places:<9}{who}{state}"


def taken_lines(taken: Taken) -> list[str]:
    """How it went with a calendar."""
    if taken.refused is not None:
        head, *rest = str(taken.refused).splitlines()
        return [f"companion: {taken.name}: {head}", *(f"companion:   {line}" for line in rest)]
    if taken.unchanged:
        return [f"{taken.name}: nothing new"]
    changes = ((taken.new, "new"), (taken.changed, "changed"), (taken.cancelled, "cancelled"))
    said = ", ".join(f"{count} {word}" for count, word in changes if count) or "nothing new"
    told = [f"{taken.name}: {taken.sessions} sessions of {taken.series} series: {said}"]
    if taken.people:
        told.append(f"  the places of {taken.people} people follow")
    told += [
        f"  left out: {n}, {DROPPED.get(why, why)}" for why, n in sorted(taken.dropped.items())
    ]
    return told + [f"  {note}" for note in taken.notes]
