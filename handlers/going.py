"""Going to a meeting that was found: remind, calendar, send, save, and what a first one is like.

What they want to be reminded of, or keep, is an item: the meeting as it was listed, whether they
are reminded, and whether it stays. What was only for once goes away once it is over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from content import days, wording
from content.wording import Value
from handlers import links, meeting_list, moments, occasions, path
from handlers.answers import Choice
from handlers.contact import KIND as CONTACT
from handlers.contact import SPONSOR, spaced
from handlers.flow import Effect, Find, Flow, Outcome, Say, Turn
from handlers.meetings import SAVED, Meeting, meeting
from handlers.own import DropItem, Item, Json, KeepItem, SendTo
from handlers.replies import Reply

going = Flow("going")

MOST: Final = 9
_NAMES: Final = {each.name for each in dataclasses.fields(Meeting)}
_OVER: Final = timedelta(days=2)
_LONGEST_NAME: Final = 60
_NOW: Final = timedelta(minutes=2)
_STILL_IN: Final = timedelta(minutes=15)
"""So long after its start one may still come in."""


def of(item: Item) -> Meeting | None:
    """The meeting that an item is about; None for one that an older release wrote otherwise."""
    try:
        which = meeting({name: value for name, value in item.data.items() if name in _NAMES})
        ZoneInfo(which.zone)
    except (TypeError, ValueError, KeyError):
        return None
    return which


def is_weekly(item: Item, which: Meeting) -> bool:
    """Whether it comes again for them every week."""
    return which.weekly and item.data.get("saved") is True


def find(turn: Turn, which: Meeting) -> Item | None:
    """What they keep of it already."""
    there = turn.around.own.items(SAVED)
    return next((item for item in there if item.text("id") == which.id), None)


def said(turn: Turn, which: Meeting, start: datetime) -> dict[str, Value]:
    """What texts say of it: day and time where they live, where it is, its name."""
    return {
        "day": day_said(turn, start),
        "time": start,
        "where": meeting_list.place(which, turn.person.language),
        "what": which.name[:_LONGEST_NAME].strip(),
        "link": links.go(turn, which),
    }


def day_said(turn: Turn, moment: datetime) -> str:
    """Today, tomorrow, or the day of the week, where they live."""
    day, texts = moments.today(moment, turn.person.zone), wording.entries(turn.person.language)
    ahead = (day - turn.today).days
    if ahead in (0, 1):
        return texts[("going.today", "going.tomorrow")[ahead]].text
    return days.weekday(day, turn.person.language)


def remind(turn: Turn, meeting: Meeting) -> Outcome:
    """An hour before it (15 minutes before, where it is joined online) a text comes."""
    return _reminded(turn, meeting, saved=False)


def _reminded(turn: Turn, which: Meeting, *, saved: bool) -> Outcome:
    kept = _keep(turn, which, remind=True, saved=saved)
    if kept is None:
        return turn.end(Say("shelf.full", {"count": str(MOST)}))
    online = which.miles is None
    weekly = saved and which.weekly
    start = next(occasions.starts(which, turn.now - _STILL_IN, weekly=weekly), which.begins)
    at = occasions.told_at(which, start, turn.person.zone)
    if at <= turn.now + _NOW:
        key = "going.near_now_online" if online else "going.near_now"
        told: list[Effect] = [Say(key, said(turn, which, start))]
        if weekly:
            told.append(Say("going.and_weekly"))
        return turn.end(*kept, *told)
    values: dict[str, Value] = {"day": day_said(turn, at), "time": at}
    key = "going.reminds_online" if online else "going.reminds"
    return path.ending(turn, *kept, Say(key, values))


def _keep(turn: Turn, which: Meeting, *, remind: bool, saved: bool) -> tuple[Effect, ...] | None:
    """The effects that keep it; None where nothing more fits. What is over makes room."""
    old = find(turn, which)
    over = [DropItem(item.id) for item in _past(turn) if old is None or item.id != old.id]
    if old is None and len(turn.around.own.items(SAVED)) - len(over) >= MOST:
        return None
    was_saved = old is not None and old.data.get("saved") is True
    data: dict[str, Json] = {**which.data(), "remind": remind, "saved": saved or was_saved}
    return *over, KeepItem(SAVED, data, old.id if old is not None else None)


def _past(turn: Turn) -> list[Item]:
    """What was for once, and is over."""
    return [
        item
        for item in turn.around.own.items(SAVED)
        if (which := of(item)) is None
        or (not is_weekly(item, which) and which.begins < turn.now - _OVER)
    ]


def calendar(turn: Turn, meeting: Meeting) -> Outcome:
    """An address of ours that puts it into their calendar, under a name that says nothing."""
    old = find(turn, meeting)
    weekly = old is not None and is_weekly(old, meeting)
    return turn.end(
        Say("going.calendar", {"link": links.calendar(turn, meeting, weekly=weekly)}, alone=True)
    )


def send(turn: Turn, meeting: Meeting) -> Outcome:
    """A text of their own to hand on; to somebody who agreed to it, sent for them if they like."""
    text = Say(_forwarded(meeting), said(turn, meeting, meeting.begins), alone=True, forward=True)
    to = None if turn.person.shut else _agreed(turn)
    if to is None:
        return turn.end(text, Say("going.yours"))
    about = {"who": to.text("name")}
    turn = turn.anew().keep(contact=to.id, meeting=meeting.data(), **about)
    return turn.then(whom, text, values=about)


def _forwarded(which: Meeting) -> str:
    return "going.forward_online" if which.miles is None else "going.forward"


def _agreed(turn: Turn) -> Item | None:
    """Whom a text may go to from here: their sponsor before others."""
    ready = [
        item
        for item in turn.around.own.items(CONTACT)
        if all(item.data.get(name) for name in ("agreed", "shared", "phone"))
    ]
    return min(ready, key=lambda item: item.text("kind") != SPONSOR, default=None)


@going.step(Reply(Choice("send", "mine"), yes="send", no="mine"), hours=1)
def whom(turn: Turn, answer: str) -> Outcome:
    """They agreed: sent for them, or by their own phone."""
    if answer == "mine":
        return turn.end(Say("going.yours"))
    return turn.then(Find("supporter", str(turn.data.get("contact")), _sent))


def _sent(turn: Turn, found: str | None) -> Outcome:
    there = turn.around.own.items(CONTACT)
    to = next((item for item in there if item.id == turn.data.get("contact")), None)
    which = _of_talk(turn)
    if found == "free" and to is not None and which is not None:
        words = wording.word(
            _forwarded(which),
            said(turn, which, which.begins),
            language=turn.person.language,
            zone=turn.person.zone,
            channel="sms",
            plain=False,
        )
        who = {"who": to.text("name")}
        return turn.end(SendTo(to.id, words.text), Say("contacts.sending", who))
    if found == "rests":
        return turn.end(Say("contacts.rests"))
    number = spaced(to.text("phone")) if to is not None else ""
    return turn.end(Say("contacts.cannot", {"number": number}))


def _of_talk(turn: Turn) -> Meeting | None:
    kept = turn.data.get("meeting")
    return meeting(kept) if isinstance(kept, dict) else None


def save(turn: Turn, meeting: Meeting) -> Outcome:
    """It stays among theirs; whether they are reminded of it is asked."""
    old = find(turn, meeting)
    kept = _keep(turn, meeting, remind=bool(old and old.data.get("remind")), saved=True)
    if kept is None:
        return turn.end(Say("shelf.full", {"count": str(MOST)}))
    following = weekly if meeting.weekly else once
    return turn.anew().keep(meeting=meeting.data()).then(following, *kept)


@going.step(Choice("remind", "leave"), hours=2)
def weekly(turn: Turn, answer: str) -> Outcome:
    """Whether they are reminded each week."""
    return _after_saving(turn, answer)


@going.step(Choice("remind", "leave"), hours=2)
def once(turn: Turn, answer: str) -> Outcome:
    """The same for one that is not listed for every week."""
    return _after_saving(turn, answer)


def _after_saving(turn: Turn, answer: str) -> Outcome:
    which = _of_talk(turn)
    if answer == "remind" and which is not None:
        return _reminded(turn, which, saved=True)
    return path.ending(turn, Say("going.kept"))


def first_time(turn: Turn, meeting: Meeting) -> Outcome:
    """What happens there, in short; and what else they want with it."""
    turn = turn.anew().keep(meeting=meeting.data())
    online = meeting.miles is None
    return turn.then(onward, Say("going.first_online" if online else "going.first_time"))


@going.step(Choice("remind", "calendar", "send", "done"), hours=2)
def onward(turn: Turn, answer: str) -> Outcome:
    """What else they want with it."""
    does: Mapping[str, Callable[[Turn, Meeting], Outcome]] = {
        "remind": remind,
        "calendar": calendar,
        "send": send,
    }
    which = _of_talk(turn)
    if answer not in does or which is None:
        return path.ending(turn, Say("going.done"))
    return does[answer](turn, which)
