"""What meets near somebody or online, soon: an answer to a wish, from the store alone.

The next hour comes first, in the smallest circle that has a few; then two that can be joined from
anywhere within two hours; then the rest of today, of what can be gone to and online; then tomorrow.
What does not meet every week comes last. Where nothing fits, what comes closest to it is found.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot import places, when
from bot.circles import CIRCLES, Look, around
from bot.found import Found, told
from bot.starts import Span, zone_info
from bot.when import Part
from handlers.meetings import FAMILY, FELLOWSHIPS, Answer, Meeting, Spot, Wish
from storage import grid
from storage import meetings as lists

MOST: Final = 9
"""Found at once."""
STALE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _Rung:
    """A way to look: the wish, or less than was wished."""

    wish: Wish
    parts: Sequence[Part]
    asked: bool
    all_kinds: bool = True
    first_of_kind: bool = False
    """The next that is of all the kinds stands first, at whatever time of the week."""


def search(
    tx: Connection,
    wish: Wish,
    kept: Spot | None,
    zone: str,
    now: datetime,
    *,
    state: str | None = None,
) -> Answer:
    """What answers a wish.

    `kept` is the place that they keep, `zone` their own, in which starts are told; `state` is the
    clinic's, whose towns are likelier. A place that is not known is an answer too: what is online.
    """
    spot = wish.spot or kept
    if wish.near and wish.spot is None:
        named = places.spot(tx, wish.near, kept, state)
        if isinstance(named, tuple):
            return Answer(which=named)
        spot = named
    for rung in _rungs(wish, zone_info(spot.zone if spot else zone) or ZoneInfo("UTC"), now):
        ordered = Look(tx, rung.wish, spot, all_kinds=rung.all_kinds).ordered(rung.parts)
        if rung.first_of_kind and spot is not None:
            ordered = _one_of_kind_first(Look(tx, rung.wish, spot), ordered, now)
        found = list(islice(ordered, wish.skip + MOST + 1))
        if found:
            return _answer(tx, spot, found, wish.skip, zone, now, asked=rung.asked)
    return Answer(spot, helpline=_helpline(tx, spot, wish))


def within(tx: Connection, wish: Wish, spot: Spot, span: Span, miles: float) -> list[Meeting]:
    """All that fits and starts in a span, within so many miles or online; the soonest first.

    Also what is for women or men alone, or for families: it is for staff, who read of whom it is.
    """
    look = Look(tx, wish, spot, for_all=True)
    found = {one.id: one for one in (*look.online(span), *look.near(span, miles))}
    ordered = sorted(found.values(), key=lambda one: (one.start, one.away, one.name))
    whole = lists.whole(tx, list(found))
    return [told(whole[one.id], one, spot.zone) for one in ordered if one.id in whole]


def _rungs(wish: Wish, there: ZoneInfo, now: datetime) -> Iterator[_Rung]:
    hours = when.parts(wish, there, now)
    yield _Rung(wish, hours, asked=True)
    if wish.kinds:
        yield _Rung(wish, hours, asked=False, all_kinds=False, first_of_kind=True)
    yield _Rung(wish, when.week(now), asked=False)
    family = set(wish.fellowships) & set(FAMILY)
    anyones = dataclasses.replace(wish, how="any", fellowships=FAMILY if family else ())
    yield _Rung(anyones, hours, asked=False, all_kinds=False)
    yield _Rung(anyones, when.week(now), asked=False, all_kinds=False)


def _one_of_kind_first(look: Look, others: Iterator[Found], now: datetime) -> Iterator[Found]:
    """Who asked for women, a wheelchair or Spanish may rather wait for that than go at once."""
    first = next(look.ordered(when.week(now)), None)
    if first is not None:
        yield first
    yield from (one for one in others if first is None or one.id != first.id)


def _answer(
    tx: Connection,
    spot: Spot | None,
    found: Sequence[Found],
    skip: int,
    zone: str,
    now: datetime,
    *,
    asked: bool,
) -> Answer:
    page = found[skip : skip + MOST]
    whole = lists.whole(tx, [one.id for one in page])
    gone = [one.miles for one in page if one.miles is not None] or [
        one.miles for one in found if one.miles is not None
    ]
    meetings = [told(whole[one.id], one, zone) for one in page if one.id in whole]
    taken = [row.good_at for row in whole.values() if row.good_at is not None]
    phones = [whole[one.id].feed_phone for one in page if one.id in whole]
    return Answer(
        spot=spot,
        found=tuple(meetings),
        more=len(found) > skip + MOST,
        circle=around(max(gone)) if gone else None,
        asked=asked,
        helpline=next((phone for phone in phones if phone), ""),
        stale=bool(taken) and now - min(taken) > STALE,
    )


def _helpline(tx: Connection, spot: Spot | None, wish: Wish) -> str:
    if spot is None:
        return ""
    squares = grid.cells(spot.lat, spot.lng, CIRCLES[-1])
    fellowships = wish.fellowships or tuple(set(FELLOWSHIPS) - set(FAMILY))
    return lists.helpline(tx, squares, fellowships) or ""
