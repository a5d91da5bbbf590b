"""A session of theirs was moved, cancelled, or is held elsewhere: said once, in cover words.

What else of theirs changed is named beside it while that fits one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from content import wording
from content.segments import segments
from content.wording import Later, Told, Value
from handlers import links
from handlers.flow import Outcome, Say, Turn
from handlers.programme import News, Seat, Session
from handlers.session_said import day_said, hour, leads_there, where

NEWS: Final = "session_news"
"""The prompt that tells them, by the number of the seat."""
_FITS: Final = {"en": 1, "es": 2}
"""Segments of an ordinary text."""
_AN_ADDRESS: Final = "x" * 60


def tell(turn: Turn, which: str) -> Outcome | None:
    """What has become of it, by the time they knew; nothing if it is as they know it."""
    if not which.isdigit():
        return None
    news, seat = turn.around.programme.news(int(which)), turn.around.programme.seat(int(which))
    if news is None or seat is None:
        return None
    told = _told(turn, news, seat.session)
    return turn.end(*told, *_others(turn, news, seat.session, told))


def _told(turn: Turn, news: News, session: Session) -> list[Say]:
    before = _at(turn, news.start)
    if news.what in ("cancelled", "back"):
        return [Say(f"session_news.{news.what}", {"before": before})]
    if news.what == "moved":
        day = day_said(turn, session.start)
        moved: dict[str, Value] = {"before": before, "day": day, "time": session.start}
        there = [_there(turn, session)] if news.elsewhere else []
        return [Say("session_news.moved", moved), *there]
    return [_there(turn, session, before)]


def _there(turn: Turn, session: Session, before: str = "") -> Say:
    """Where it is held now; `before`: by the time they knew, where nothing has said it yet."""
    part, by = ("", {"before": before}) if before else ("now_", {})
    if session.link and not session.place:
        return Say(f"session_news.{part}online", {**by, "link": links.session(turn, session)})
    if session.place and not turn.person.plain and not leads_there(session):
        # What may be said of it would lead to another house.
        return Say(f"session_news.{part}elsewhere", by)
    there = where(session, turn.person.language)
    # It comes by itself: a phone shows it to whoever is near.
    shown = there if turn.person.plain else Told(there.cover, there.sms, there.cover)
    return Say(f"session_news.{part}place", {**by, "where": shown})


def _others(turn: Turn, news: News, session: Session, told: Sequence[Say]) -> list[Say]:
    """Which others changed: by name, or as the first did, or only that they did."""
    if not news.others:
        return []
    named = Say("session_news.named", {"list": "; ".join(_named(turn, *o) for o in news.others)})
    if _fits(turn, *told, named):
        return [named]
    first = _pattern(turn, session, news)
    if all(_pattern(turn, seat.session, other) == first for seat, other in news.others):
        return [Say("session_news.alike", {"count": len(news.others)})]
    return [Say("session_news.others")]


def _named(turn: Turn, seat: Seat, news: News) -> str:
    texts = wording.entries(turn.person.language)
    values = {"before": _at(turn, news.start), "after": _at(turn, seat.session.start)}
    return texts[f"session_news.one_{news.what}"].text.format_map(values)


def _at(turn: Turn, moment: datetime) -> str:
    """A day and its hour: "6 pm Thursday"."""
    day, at = day_said(turn, moment), hour(turn, moment)
    return f"{at} {day}" if turn.person.language == "en" else f"{day} {at}"


def _pattern(turn: Turn, session: Session, news: News) -> tuple[object, ...]:
    """What is the same of what changes week by week."""
    zone = ZoneInfo(turn.person.zone)
    was, now = (at.astimezone(zone) for at in (news.start, session.start))
    return (session.series, news.what, was.weekday(), was.time(), now.weekday(), now.time())


def _fits(turn: Turn, *says: Say) -> bool:
    """Whether it is no longer, by text message, than an ordinary text."""
    language = turn.person.language
    bodies = []
    for say in says:
        # An address is made only for what is sent.
        values = {n: _AN_ADDRESS if isinstance(v, Later) else v for n, v in say.values.items()}
        entry, person = wording.entries(language)[say.key], turn.person
        words = wording.fill(
            entry, values, language=language, zone=person.zone, channel="sms", plain=person.plain
        )
        bodies.append(words.body)
    return segments("\n".join(bodies)) <= _FITS[language]
