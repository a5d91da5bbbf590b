"""What is said around meetings that were found: over a list, in its place, and of one of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from content.wording import Told
from handlers import links, meeting_list
from handlers.flow import Effect, Say, Turn
from handlers.meetings import Answer, Meeting, Wish

SMART: Final = "smart"
_NEAR_ENOUGH: Final = 10
"""Miles; from farther away it is said how far was looked."""
_OPENS: Final = timedelta(minutes=15)
_CLOSES: Final = timedelta(minutes=60)
"""The room is given from so long before its start until so long after it."""
_NEAR_YOU: Final = Say("meeting.near_you")
_ONLY_ONLINE: Final = Say("meeting.only_online")


def above(turn: Turn, wish: Wish, answer: Answer, *, unknown: bool) -> tuple[Effect, ...]:
    """What stands over the list: where was looked, and what is not as asked."""
    said: list[Effect] = []
    if unknown:
        said.append(Say("meeting.unknown_online"))
    elif not answer.asked:
        said.append(Say("meeting.not_quite"))
    if turn.data.get("finder"):
        said.append(Say("meeting.finder", {"link": links.finder(turn, SMART, answer.spot)}))
    if answer.stale:
        said.append(Say("meeting.stale"))
    return *said, *_head(wish, answer, unknown=unknown)


def _head(wish: Wish, answer: Answer, *, unknown: bool) -> tuple[Effect, ...]:
    label = answer.spot.label if answer.spot is not None else ""
    if "," in label and not any(map(str.isalpha, label)):
        # A point on the map has no name.
        label = ""
    near = any(each.miles is not None for each in answer.found)
    if not near:
        if wish.how in ("online", "phone") or unknown or not answer.asked:
            return ()
        return (Say("meeting.only_online_near", {"where": label}) if label else _ONLY_ONLINE,)
    circle = answer.circle or 0
    if not label:
        return (
            Say("meeting.near_you_wide", {"miles": str(circle)})
            if circle > _NEAR_ENOUGH
            else _NEAR_YOU,
        )
    if circle > _NEAR_ENOUGH:
        return (Say("meeting.near_wide", {"where": label, "miles": str(circle)}),)
    return (Say("meeting.near", {"where": label}),)


def instead(turn: Turn, wish: Wish, answer: Answer) -> tuple[Effect, ...]:
    """Where nothing is listed: whom to call, and where else to look."""
    said: list[Effect] = [Say("meeting.not_listed")]
    if answer.helpline:
        said.append(Say("meeting.helpline", {"number": answer.helpline}))
    whose = SMART if turn.data.get("finder") else next(iter(wish.fellowships), "aa")
    if whose in meeting_list.NAMES:
        said.append(Say("meeting.elsewhere", {"link": links.finder(turn, whose, answer.spot)}))
    return tuple(said)


def who_may_come(chosen: Meeting) -> tuple[Effect, ...]:
    """Whether one is for anybody, as far as its list says."""
    if "closed" in chosen.kinds:
        return (Say("meeting.for_members"),)
    if not {"women", "men"}.isdisjoint(chosen.kinds):
        # Open, but not to anyone; and who asked for it knows for whom it is.
        return ()
    return (Say("meeting.for_all" if "open" in chosen.kinds else "meeting.for_whom"),)


def room(turn: Turn, chosen: Meeting) -> tuple[Effect, ...]:
    """The link to join, near its time alone."""
    if chosen.attendance == "in_person" or not (chosen.join_url or chosen.join_phone):
        return ()
    begins = chosen.begins
    if not begins - _OPENS <= turn.now <= begins + _CLOSES:
        return (Say("meeting.join_later"),) if chosen.miles is None else ()
    said: list[Effect] = [Say("meeting.join", {"link": links.join(turn, chosen)})]
    if chosen.join_note:
        plain = meeting_list.plain(chosen.join_note)
        said.append(Say("meeting.join_note", {"note": Told(chosen.join_note, plain, plain)}))
    return tuple(said)
