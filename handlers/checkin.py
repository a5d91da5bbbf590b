"""The daily check-in: mood, craving, sleep, used or not, and a word if they like.

Four taps, or one reply with four numbers ("6 3 1 1"): the first step takes as many answers as
came, and asks on from there. Every question can be skipped, and skipped is kept as skipped.
"""

from __future__ import annotations

from handlers import craving as urge
from handlers import lapse
from handlers.answers import Choice, Free, Letters, Numbers, Scale, Skippable
from handlers.flow import Effect, Flow, Outcome, Raise, Record, Say, Turn
from handlers.naloxone import after_checkin
from handlers.own import Json
from handlers.risk import Level

checkin = Flow("checkin")

_ORDER = ("mood", "craving", "slept", "used")
_SLEPT = ("ok", "badly")
_USED = ("no", "yes")


@checkin.step(Skippable(Numbers(Scale(0, 10), Scale(0, 10), Scale(1, 2), Scale(1, 2))), hours=12)
def mood(turn: Turn, answer: tuple[int, ...] | None) -> Outcome:
    """Mood 0-10, and the next three if they were given in one breath."""
    if answer is None:
        return _on(turn.keep(mood=None))
    named: dict[str, Json] = dict(zip(_ORDER, answer, strict=False))
    for name, words in (("slept", _SLEPT), ("used", _USED)):
        if name in named:
            named[name] = words[answer[_ORDER.index(name)] - 1]
    return _on(turn.keep(**named))


@checkin.step(Skippable(Scale(0, 10)), hours=12)
def craving(turn: Turn, answer: int | None) -> Outcome:
    """Craving 0-10, the strongest of the day."""
    return _on(turn.keep(craving=answer))


@checkin.step(Skippable(Choice("ok", "badly")), hours=12)
def slept(turn: Turn, answer: str | None) -> Outcome:
    """How the night was."""
    return _on(turn.keep(slept=answer))


@checkin.step(Skippable(Choice("no", "yes")), hours=12)
def used(turn: Turn, answer: str | None) -> Outcome:
    """Used or not, asked without blame."""
    return _on(turn.keep(used=answer))


def _on(turn: Turn) -> Outcome:
    for step in (craving, slept, used):
        if step.name not in turn.data:
            return turn.then(step)
    return _kept(turn)


def _kept(turn: Turn) -> Outcome:
    rules = turn.around.rules
    effects: list[Effect] = [Record("checkin", dict(turn.data)), *after_checkin(turn)]
    pull, low = turn.data.get("craving"), turn.data.get("mood")
    strong = isinstance(pull, int) and pull >= rules.craving_at_least
    down = isinstance(low, int) and low <= rules.low_mood_at_most
    if strong:
        effects.append(Raise(Level.CONCERN, "craving"))
    if down and turn.around.low_moods_before + 1 >= rules.low_moods_in_a_row:
        effects.append(Raise(Level.CONCERN, "low_mood", known=False))
    if turn.data.get("used") == "yes":
        asked = turn.data.get("day")
        day = asked if isinstance(asked, str) else None
        effects += lapse.told(turn, day, reason="use")
        turn = turn.keep(again=lapse.is_told(turn, day))
        return turn.then(danger, *effects, Say("lapse.thanks"))
    if strong:
        number = str(pull)
        return turn.then(help_now, *effects, values={"craving": number, "team": turn.around.team})
    tone = "checkin.thanks_hard" if down else "checkin.thanks_good"
    return turn.then(word, *effects, Say(tone), ask=False)


@checkin.step(Letters("a", "b", "c"), hours=12)
def danger(turn: Turn, answer: str) -> Outcome:
    """After use, first safety: in danger right now? A yes, B not sure, C no."""
    return lapse.safety(turn, answer)


@checkin.step(Choice("try", "person", "later"), hours=12)
def help_now(turn: Turn, answer: str) -> Outcome:
    """A strong craving: one thing to do now, a person, or not now."""
    if answer == "try":
        pull = turn.data.get("craving")
        return urge.begin(turn, pull if isinstance(pull, int) else None)
    if answer == "person":
        asked = Say("talk.asked", {"team": turn.around.team})
        return turn.then(word, Raise(Level.CONCERN, "asked_for_person"), asked, ask=False)
    return turn.then(word, Say("checkin.thanks_hard"), ask=False)


@checkin.step(Free(1000), hours=3)
def word(turn: Turn, answer: str) -> Outcome:
    """A word, if they want; the screen has read it like everything else."""
    return turn.end(Record("word", {"word": answer}), Say("checkin.noted"))
