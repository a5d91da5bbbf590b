"""A session of theirs was moved, cancelled, or is held elsewhere: said once, in cover words."""

from __future__ import annotations

from typing import Final

from content.wording import Told
from handlers import links
from handlers.flow import Outcome, Say, Turn
from handlers.session_said import day_said, hour, leads_there, where

NEWS: Final = "session_news"
"""The prompt that tells them, by the number of the seat."""


def tell(turn: Turn, which: str) -> Outcome | None:
    """What has become of it, by the time they knew; nothing if it is as they know it."""
    if not which.isdigit():
        return None
    news, seat = turn.around.programme.news(int(which)), turn.around.programme.seat(int(which))
    if news is None or seat is None:
        return None
    session = seat.session
    day, at = day_said(turn, news.start), hour(turn, news.start)
    before = f"{at} {day}" if turn.person.language == "en" else f"{day} {at}"
    if news.what == "cancelled":
        told = Say("session_news.cancelled", {"before": before})
    elif news.what == "moved":
        day = day_said(turn, session.start)
        told = Say("session_news.moved", {"before": before, "day": day, "time": session.start})
    elif session.link and not session.place:
        link = links.session(turn, session)
        told = Say("session_news.online", {"before": before, "link": link})
    elif session.place and not turn.person.plain and not leads_there(session):
        # What may be said of it would lead to another house.
        told = Say("session_news.elsewhere", {"before": before})
    else:
        there = where(session, turn.person.language)
        # It comes by itself: a phone shows it to whoever is near.
        shown = there if turn.person.plain else Told(there.cover, there.sms, there.cover)
        told = Say("session_news.place", {"before": before, "where": shown})
    return turn.end(told, *([Say("session_news.others")] if news.more else []))
