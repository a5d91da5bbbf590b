"""What waits for staff today: each person once, in the group that matters most, with every reason.

No word of a patient is in it: it stands on a screen in an office.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import escalation
from bot.web import clocks, phrases
from bot.web.times import Times, span
from handlers.risk import Level
from storage import roster

_MOST_REASONS: Final = 3
_FREEZES: Final = "frozen"
_ONLY_ASKED: Final = frozenset({escalation.ASKED, escalation.WROTE, "wants_human_contact"})
_LONG: Final = ("quiet", "reach", "joining")
_MOST_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One person, and why they are here."""

    person_id: int
    name: str = field(repr=False)
    counselor: str = field(repr=False)
    language: str
    """Which language to speak with them, if it is not English."""
    reasons: tuple[str, ...]
    sort: tuple[Any, ...]
    alert: int | None = None
    level: str = ""
    level_said: str = ""
    standing: str = ""
    clock: str = ""
    silent: bool = False
    untaken: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """People who need the same kind of thing."""

    code: str
    title: str
    count_said: str
    """Its people as a count: `2 wait for an answer`."""
    entries: list[Entry] = field(repr=False)
    folded: list[Entry] = field(repr=False)
    folded_said: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """The whole of Today."""

    groups: list[Group] = field(repr=False)
    untaken: int
    """Alerts that nobody has."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read about all of them, by person."""

    alerts: Mapping[int, Row[Any]]
    events: Mapping[int, list[Row[Any]]]
    addresses: Mapping[int, list[Row[Any]]]
    losses: Mapping[int, roster.Loss]
    declined: Mapping[int, datetime]
    names: Mapping[int, str] = field(repr=False)
    silent_days: int
    zone: str
    viewer: int


def read(
    tx: Connection,
    worker: Row[Any],
    now: datetime,
    names: Mapping[int, str],
    *,
    zone: str,
    silent_days: int,
    of: int | None = None,
) -> Agenda:
    """Today of a member of staff; `of`: only people of this counselor."""
    facts = _Facts(
        alerts={row.person_id: row for row in roster.open_alerts(tx, worker, now)},
        events=roster.events(tx, worker, now),
        addresses=roster.addresses(tx, worker, now),
        losses=roster.losses(tx, worker, now),
        declined=roster.declined(tx, worker, now),
        names=names,
        silent_days=silent_days,
        zone=zone,
        viewer=worker.id,
    )
    found: dict[str, list[Entry]] = {code: [] for code in _TITLES}
    for person in roster.in_need(tx, worker, now, facts.losses):
        if of is not None and person.counselor_id != of:
            continue
        placed = _place(person, facts, Times(now, zone, person.zone))
        if placed is not None:
            found[placed[0]].append(placed[1])
    entries = {code: sorted(group, key=lambda each: each.sort) for code, group in found.items()}
    groups = [_group(code, group) for code, group in entries.items() if group]
    return Agenda(groups, sum(entry.untaken for entry in entries["alerts"]))


def _place(person: Row[Any], facts: _Facts, times: Times) -> tuple[str, Entry] | None:
    """The group that matters most, with every reason; None if there is none after all."""
    alert = facts.alerts.get(person.id)
    if not person.own and alert is None:
        return None
    reasons: list[tuple[str, str, tuple[Any, ...]]] = []
    if person.own:
        reasons = [
            *_waiting(person, times),
            *_quiet(person, times),
            *_reach(person, facts, times),
            *_joining(person, facts, times),
        ]
    said = [each for _, each, _ in reasons]
    if alert is not None and not _only_asked(person, alert, facts):
        return "alerts", _alarm(person, alert, facts, times, said)
    if not reasons:
        return None
    group, _, sort = reasons[0]
    entry = Entry(
        **_who(person, facts),
        reasons=(*_status(person), *said),
        sort=sort,
        **(_stand(alert, facts, times) if alert is not None else {}),
        folded=group == "quiet" and person.misses < facts.silent_days,
    )
    return group, entry


def _only_asked(person: Row[Any], alert: Row[Any], facts: _Facts) -> bool:
    """Whether they wait for an answer and nothing else is the matter: no danger stands there."""
    if person.waiting_since is None or alert.level != Level.CONCERN or alert.silent:
        return False
    events = [event for event in facts.events.get(alert.id, []) if event.kind in roster.BEGUN]
    codes = {code for event in events for code in phrases.reason(event.detail or "")[1]}
    return codes <= _ONLY_ASKED


def _who(person: Row[Any], facts: _Facts) -> dict[str, Any]:
    foreign = person.language != "en"
    return {
        "person_id": person.id,
        "name": person.name,
        "counselor": facts.names.get(person.counselor_id, ""),
        "language": phrases.LANGUAGES.get(person.language, person.language) if foreign else "",
    }


def _alarm(
    person: Row[Any], alert: Row[Any], facts: _Facts, times: Times, more: list[str]
) -> Entry:
    untaken = alert.state == "open"
    return Entry(
        **_who(person, facts),
        **_stand(alert, facts, times),
        reasons=(*_why(facts.events.get(alert.id, [])), *_status(person), *more),
        sort=(-Level(alert.level).rank, alert.opened_at, alert.id),
        alert=alert.id,
        level=alert.level,
        level_said=phrases.LEVELS.get(alert.level, alert.level),
        silent=alert.silent,
        folded=not untaken and alert.level == Level.CONCERN,
    )


def _stand(alert: Row[Any], facts: _Facts, times: Times) -> dict[str, Any]:
    """Who has an alert, and its clock."""
    events = facts.events.get(alert.id, [])
    again = [event.at for event in events if event.kind == "reopened"]
    taker = clocks.YOU if alert.taken_by == facts.viewer else facts.names.get(alert.taken_by)
    return {
        "standing": clocks.standing(alert, times, taker, reopened_at=again[-1] if again else None),
        "clock": clocks.running(alert, times),
        "untaken": alert.state == "open",
    }


def _why(events: list[Row[Any]]) -> list[str]:
    """The labels of an alert, the newest first, each once; the rest as a number."""
    begun = [event.detail or "" for event in reversed(events) if event.kind in roster.BEGUN]
    codes = [code for detail in begun for code in phrases.reason(detail)[1]]
    said = list(dict.fromkeys(phrases.label(code) for code in codes))
    more = len(said) - _MOST_REASONS
    return said[:_MOST_REASONS] + ([f"and {more} more"] if more > 0 else [])


def _status(person: Row[Any]) -> list[str]:
    if person.status in ("active", "invited"):
        return []
    return [phrases.STATUSES.get(person.status, person.status)]


_Reason = tuple[str, str, tuple[Any, ...]]


def _waiting(person: Row[Any], times: Times) -> list[_Reason]:
    since = person.waiting_since
    if since is None:
        return []
    said = f"waits for an answer since {times.at(since)} ({span(times.now - since)})"
    return [("waiting", said, (since, person.id))]


def _quiet(person: Row[Any], times: Times) -> list[_Reason]:
    if not person.misses or person.status != "active":
        return []
    missed = "1 check-in missed" if person.misses == 1 else f"{person.misses} check-ins missed"
    heard = person.heard_at
    last = f"no answer since {times.day(heard)}" if heard else "has never answered"
    return [("quiet", f"{missed}, {last}", (-person.misses, person.id))]


def _reach(person: Row[Any], facts: _Facts, times: Times) -> list[_Reason]:
    """What keeps our messages from them. One closed address of two that work is no matter."""
    if person.status not in ("active", "invited"):
        return []
    known = facts.addresses.get(person.id, [])
    usable = any(row.usable for row in known)
    said = [
        f"{phrases.CHANNELS.get(row.channel, row.channel)}: {phrases.ADDRESSES[row.state]}"
        for row in known
        if row.state == _FREEZES or (row.state != "open" and not usable)
    ]
    if not said and not usable and (known or person.status == "active"):
        said.append("there is no address that we may write to")
    lost = facts.losses.get(person.id)
    if lost is not None and lost.said_at is not None:
        said.append(f"what staff wrote {_on(times, lost.said_at)} did not arrive")
    elif lost is not None and lost.at is not None and usable:
        said.append(f"our message of {times.at(lost.at)} did not arrive")
    return [("reach", each, (person.id,)) for each in said]


def _on(times: Times, moment: datetime) -> str:
    day = times.day(moment)
    return day if day in ("today", "yesterday") else f"on {day}"


def _joining(person: Row[Any], facts: _Facts, times: Times) -> list[_Reason]:
    if person.status != "invited":
        return []
    refused = facts.declined.get(person.id)
    if refused is not None:
        return [("joining", f"said no to messages {_on(times, refused)}", (1, refused))]
    said = f"invited {_on(times, person.created_at)}, has not joined yet"
    return [("joining", said, (0, person.created_at))]


_TITLES: Final[Mapping[str, tuple[str, str, str]]] = {
    "alerts": ("Open alerts", "open alert", "open alerts"),
    "waiting": ("Waiting for an answer", "waits for an answer", "wait for an answer"),
    "quiet": ("Quiet", "is quiet", "are quiet"),
    "reach": ("Messages don't arrive", "can't be reached", "can't be reached"),
    "joining": ("Invited, not joined", "has not joined", "have not joined"),
}


def _group(code: str, entries: list[Entry]) -> Group:
    title, one, many = _TITLES[code]
    shown = [entry for entry in entries if not entry.folded]
    folded = [entry for entry in entries if entry.folded]
    said = {"alerts": "Concerns that somebody has", "quiet": "One missed, no more"}.get(code, "")
    if code in _LONG and len(shown) > _MOST_SHOWN:
        shown, folded, said = shown[:_MOST_SHOWN], shown[_MOST_SHOWN:] + folded, "More of them"
    return Group(
        code,
        title,
        f"{len(entries)} {one if len(entries) == 1 else many}",
        shown,
        folded,
        f"{said} ({len(folded)})" if folded else "",
    )
