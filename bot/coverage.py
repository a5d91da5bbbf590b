"""When somebody hears of danger and when nobody does, time off and dead addresses included."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import rota, tiers
from bot.config import Clinic
from bot.rota import Span, Worker

_STEP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch in which nobody would hear that somebody is in danger."""

    start: datetime
    end: datetime
    whose: int | None
    """The counselor whose people they are; None: everybody's."""


def duties(
    everyone: Sequence[Worker], clinic: Clinic, start: datetime, end: datetime
) -> dict[int, list[Span]]:
    """When each is on duty between two moments, clipped to them, in order."""
    found: dict[int, list[Span]] = {}
    for worker in everyone:
        spans: set[Span] = set()
        around = start
        while around < end + timedelta(days=1):
            spans.update(rota.duties(worker, clinic, around))
            around += _STEP
        clipped = ((max(a, start), min(b, end)) for a, b in spans if a < end and b > start)
        found[worker.id] = sorted(clipped)
    return found


def holes(
    everyone: Sequence[Worker],
    reachable: Collection[int],
    counselors: Collection[int],
    clinic: Clinic,
    start: datetime,
    end: datetime,
) -> list[Hole]:
    """Every hole between two moments, in order of its beginning.

    `counselors` are those who have people; a hole for all of them is everybody's.
    """
    on = duties([each for each in everyone if each.id in reachable], clinic, start, end)
    edges = {start, end}
    for spans in on.values():
        edges.update(moment for span in spans for moment in span)
    for worker in everyone:
        edges.update(moment for span in worker.off for moment in span if start < moment < end)
    turns = sorted(edges)
    open_: dict[int | None, datetime] = {}
    found: list[Hole] = []
    for at, until in zip(turns, [*turns[1:], None], strict=True):
        missing = set() if until is None else _missing(everyone, counselors, clinic, on, at)
        found += [Hole(open_.pop(whose), at, whose) for whose in set(open_) - missing]
        open_.update(dict.fromkeys(missing - set(open_), at))
    return sorted(found, key=lambda hole: (hole.start, hole.whose is not None, hole.whose or 0))


def _missing(
    everyone: Sequence[Worker],
    counselors: Collection[int],
    clinic: Clinic,
    on: Mapping[int, Sequence[Span]],
    at: datetime,
) -> set[int | None]:
    """Whose people nobody would hear of; None alone: anybody's."""
    there = {who for who, spans in on.items() if any(a <= at < b for a, b in spans)}
    if not there:
        return {None}
    unheard = {who for who in counselors if not there & _told(everyone, clinic, who, at)}
    return {None} if unheard and unheard == set(counselors) else set(unheard)


def _told(everyone: Sequence[Worker], clinic: Clinic, whose: int, at: datetime) -> set[int]:
    found = tiers.of_ladder(everyone, clinic, whose, clinic.emergency, at)
    return {worker.id for worker in found}
