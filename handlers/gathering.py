"""Against an urge, going where people meet: one that begins within the hour, if there is any."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from handlers.flow import Say, Turn
from handlers.going import said
from handlers.meetings import PLACE, Meeting, Wish, answer

SKILL: Final = "gather"
_SOON: Final = timedelta(hours=1)


def query(turn: Turn) -> str:
    """What is looked up: near the place they keep and online; without one, online alone."""
    near = PLACE in turn.around.own.settings
    return Wish(how="any" if near else "online").to_text()


def words(turn: Turn, found: str | None) -> Say | None:
    """When and where it is; None where nothing begins within the hour."""
    which = _soonest(turn, found)
    return Say("craving.gather", said(turn, which, which.begins)) if which is not None else None


def _soonest(turn: Turn, found: str | None) -> Meeting | None:
    those = answer(found).found if found else ()
    ready = (each for each in those if turn.now <= each.begins <= turn.now + _SOON)
    return next(ready, None)
