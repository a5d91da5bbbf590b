"""Finding a meeting: where, the list, one of them; and there is always an answer.

A place that is kept leads straight to the list, so that one word is enough; else it is asked, and
then kept. What they say at any step may be another wish ("tomorrow", "19104", "online").
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Final

from handlers import going, links, meeting_list, meeting_page, meeting_words, meetings, moments
from handlers import meeting_remarks as remarks
from handlers import path as paths
from handlers.answers import Choice, Skippable
from handlers.flow import Effect, Find, Flow, Outcome, Say, Turn
from handlers.meeting_page import wished
from handlers.meeting_remarks import SMART
from handlers.meeting_text import STEPS
from handlers.meetings import FIND, PLACE, Answer, Meeting, Spot, Wish
from handlers.own import Choose
from handlers.sought import sought
from handlers.talking import talk

meeting = Flow("meeting")

_HOUR: Final = timedelta(hours=1)
_MORNING: Final = timedelta(hours=5)
"""Until then it is the night of the day before."""
_MOST_PLACES: Final = 5


def opened(turn: Turn) -> Outcome:
    """What is next, near the place they keep."""
    return wanted(turn, Wish())


def wanted(turn: Turn, wish: Wish) -> Outcome:
    """A search that was asked for in words."""
    return _look(turn.anew(), wish)


def here(turn: Turn, spot: Spot) -> Outcome:
    """Around where they are, which is not kept; what they asked for before stays."""
    before = wished(turn)
    return _seek(turn, dataclasses.replace(before, near="", spot=spot, skip=0))


@meeting.step(sought("online", "skip"), hours=2)
def where(turn: Turn, answer: str | Wish) -> Outcome:
    """A ZIP code or a city, with when and what if they like."""
    if answer == "skip":
        return turn.end(Say("meeting.closed"))
    if isinstance(answer, Wish):
        return _look(turn, meeting_words.joined(wished(turn), answer))
    return _look(turn, dataclasses.replace(wished(turn), how="online"))


@meeting.step(sought("skip", numbered=True), hours=2, shows=meeting_page.places)
def which(turn: Turn, answer: str | Wish) -> Outcome:
    """A name that several places have: which one it is."""
    wish = wished(turn)
    if isinstance(answer, Wish):
        return _look(turn, meeting_words.joined(wish, answer))
    near = meeting_page.places(turn.data, turn.person.language).labels.get(answer)
    if near is None:
        return turn.then(where)
    return _seek(turn, dataclasses.replace(wish, near=near))


@meeting.step(
    sought("more", "online", "other", "skip", numbered=True), hours=2, shows=meeting_page.results
)
def results(turn: Turn, answer: str | Wish) -> Outcome:
    """Three that were found, by number; more, online ones, or another search."""
    if isinstance(answer, Wish):
        return _again(turn, answer)
    if answer.isdecimal():
        return _pick(turn, int(answer))
    if answer == "other":
        return turn.then(change)
    if answer == "online":
        return _look(turn, dataclasses.replace(wished(turn), how="online", skip=0))
    return _more(turn) if answer == "more" else paths.ending(turn, Say("meeting.closed"))


@meeting.step(sought("tonight", "tomorrow", "newcomers", "online", "skip"), hours=2)
def change(turn: Turn, answer: str | Wish) -> Outcome:
    """Another time, place or kind."""
    quick = {
        "tonight": Wish(when="tonight"),
        "tomorrow": Wish(when="tomorrow"),
        "newcomers": Wish(kinds=("newcomers",)),
        "online": Wish(how="online"),
    }
    after = answer if isinstance(answer, Wish) else quick.get(answer)
    if after is None:
        return paths.ending(turn, Say("meeting.closed"))
    return _again(turn, after)


@meeting.step(sought("other", "online", "talk", "skip"), hours=2)
def nothing(turn: Turn, answer: str | Wish) -> Outcome:
    """Nothing is listed: what is left."""
    if isinstance(answer, Wish):
        before = wished(turn)
        if answer.kinds:
            # Whose it was to be had nothing: another kind is looked for with all of them.
            before = dataclasses.replace(before, fellowships=(), kinds=())
        return _look(turn, meeting_words.joined(before, answer))
    if answer == "talk":
        return talk(turn.anew())
    if answer == "online":
        return _look(turn, Wish(how="online"))
    return turn.then(change) if answer == "other" else turn.end(Say("meeting.closed"))


@meeting.step(
    Skippable(Choice("remind", "first", "save", "more", "back")), hours=3, shows=meeting_page.card
)
def card(turn: Turn, answer: str | None) -> Outcome:
    """One of them: what can be done with it."""
    if answer == "more":
        return turn.then(more)
    return _do(turn, answer)


@meeting.step(Skippable(Choice("calendar", "send", "back")), hours=3)
def more(turn: Turn, answer: str | None) -> Outcome:
    """What is done less often."""
    return _do(turn, answer)


def _do(turn: Turn, answer: str | None) -> Outcome:
    chosen = meeting_page.chosen(turn.data)
    if chosen is None or answer is None:
        return paths.ending(turn, Say("meeting.closed"))
    if answer == "back":
        return turn.then(results)
    does = {
        "remind": going.remind,
        "first": going.first_time,
        "save": going.save,
        "calendar": going.calendar,
        "send": going.send,
    }
    outcome = does[answer](turn, chosen)
    return outcome if outcome.next is not None else paths.ending(turn, *outcome.effects)


def _again(turn: Turn, after: Wish) -> Outcome:
    """Another search from a list: what can't be found leaves the list as it was."""
    before = wished(turn)
    if after.kinds and turn.data.get("asked") is False:
        # Nothing was of all those kinds: this one is in their place.
        before = dataclasses.replace(before, kinds=())
    turn = turn.keep(listed=turn.data.get("wish"))
    return _look(turn, meeting_words.joined(before, after))


def _look(turn: Turn, wish: Wish) -> Outcome:
    """Search, or ask first where."""
    anywhere = wish.how in ("online", "phone")
    kept = meetings.spot(turn.around.own.settings.get(PLACE))
    if wish.near or wish.spot is not None or kept is not None or anywhere:
        return _seek(turn, wish)
    return turn.keep(wish=wish.to_text()).then(where)


def _seek(turn: Turn, wish: Wish) -> Outcome:
    """Ask the store; whose path is SMART is shown those first, if there are any."""
    turn = turn.keep(wish=wish.to_text(), finder=False)
    if paths.of(turn) == SMART and not wish.fellowships and not wish.skip:
        asked = dataclasses.replace(wish, fellowships=(SMART,))
        return turn.then(Find(FIND, asked.to_text(), _smart_first))
    return turn.then(Find(FIND, wish.to_text(), listed))


def _smart_first(turn: Turn, text: str | None) -> Outcome:
    answer = _answer(text)
    wish = wished(turn)
    if answer.which or (answer.asked and answer.found):
        wish = dataclasses.replace(wish, fellowships=() if answer.which else (SMART,))
        return listed(turn.keep(wish=wish.to_text()), text)
    return turn.keep(finder=True).then(Find(FIND, wish.to_text(), listed))


def listed(turn: Turn, text: str | None) -> Outcome:
    """What the store had to say."""
    answer, wish = _answer(text), wished(turn)
    if answer.which:
        return turn.keep(which=list(answer.which[:_MOST_PLACES])).then(which)
    unknown = bool(wish.near) and answer.spot is None
    if unknown and turn.data.get("found") and turn.data.get("listed"):
        return turn.keep(wish=turn.data["listed"]).then(results, Say("meeting.unknown"))
    if unknown and not answer.found:
        wish = dataclasses.replace(wish, near="")
        return turn.keep(wish=wish.to_text()).then(where, Say("meeting.unknown"))
    kept: tuple[Effect, ...] = ()
    if wish.near and answer.spot is not None:
        kept = (Choose({PLACE: answer.spot.data()}),)
    wish = dataclasses.replace(wish, near="", spot=answer.spot or wish.spot)
    turn = turn.keep(wish=wish.to_text())
    if not answer.found:
        return turn.then(nothing, *kept, *remarks.instead(turn, wish, answer))
    found = _ordered(turn, wish, answer)
    turn = turn.keep(
        found=[each.data() for each in found],
        at=0,
        further=answer.more,
        asked=answer.asked,
        today=turn.today.isoformat(),
    )
    return turn.then(results, *kept, *remarks.above(turn, wish, answer, unknown=unknown))


def _ordered(turn: Turn, wish: Wish, answer: Answer) -> list[Meeting]:
    """As found; but now is now, also where it is online, and of those their path comes first."""
    hour = turn.now + _HOUR
    steps = paths.of(turn) == "12step"

    def night(moment: datetime) -> date:
        return moments.today(moment - _MORNING, turn.person.zone)

    def rank(each: Meeting) -> tuple[bool, bool, bool]:
        late = wish.when == "now" and each.begins > hour
        if wish.when == "tonight" and answer.asked:
            # Who is up at one: this night, then the next evening.
            late = night(each.begins) > night(turn.now)
        return late, each.miles is None, steps and each.fellowship not in STEPS

    return sorted(answer.found, key=rank)


def _more(turn: Turn) -> Outcome:
    """The next three; then the store is asked for more."""
    following, count = (
        meeting_page.first(turn.data) + meeting_list.PAGE,
        len(meeting_page.found(turn.data)),
    )
    if following < count:
        return turn.keep(at=following).then(results)
    if not meeting_page.goes_on(turn.data):
        return turn.then(change, Say("meeting.no_more"))
    wish = wished(turn)
    return _seek(turn, dataclasses.replace(wish, skip=wish.skip + count))


def _pick(turn: Turn, number: int) -> Outcome:
    """One of those shown: when, where, who may come, the way there."""
    page = meeting_page.page(turn.data)
    if not 0 < number <= len(page):
        return turn.then(results, Say("meeting.no_such"), ask=False)
    chosen = page[number - 1]
    turn = turn.keep(picked=chosen.data())
    told = meeting_page.card(turn.data, turn.person.language).values["one"]
    effects: list[Effect] = [Say("meeting.picked", {"one": told}), *remarks.who_may_come(chosen)]
    if chosen.miles is not None:
        effects.append(Say("meeting.directions", {"link": links.go(turn, chosen)}))
    effects += remarks.room(turn, chosen)
    date = meeting_list.as_of([chosen], turn.person.language)
    effects.append(Say("meeting.as_of", {"date": date}))
    return turn.then(card, *effects, ask=False)


def _answer(text: str | None) -> Answer:
    return meetings.answer(text) if text is not None else Answer()
