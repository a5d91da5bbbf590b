"""The daily check-in: mood, craving, sleep, used or not, and a word if they like.

Four taps, or one reply with four numbers ("6 3 1 1"): the first step takes as many answers as
came, and asks on from there. Every question can be skipped, and skipped is kept as skipped.
"""

from __future__ import annotations

from handlers.answers import Choice, Free, Letters, Numbers, Scale, Skippable
from handlers.flow import Effect, Flow, Json, Level, Outcome, Raise, Record, Say, Turn

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
    effects: list[Effect] = [Record("checkin", dict(turn.data))]
    pull, low = turn.data.get("craving"), turn.data.get("mood")
    strong = isinstance(pull, int) and pull >= rules.craving_at_least
    down = isinstance(low, int) and low <= rules.low_mood_at_most
    if strong:
        effects.append(Raise(Level.CONCERN, "craving"))
    if down and turn.around.low_moods_before + 1 >= rules.low_moods_in_a_row:
        effects.append(Raise(Level.CONCERN, "low_mood", known=False))
    if turn.data.get("used") == "yes":
        if rules.use:
            effects.append(Raise(Level.CONCERN, "use"))
        return turn.then(danger, *effects, Say("checkin.thanks_used"))
    if strong:
        number = str(pull)
        return turn.then(help_now, *effects, values={"craving": number, "team": turn.around.team})
    tone = "checkin.thanks_hard" if down else "checkin.thanks_good"
    return turn.then(word, *effects, Say(tone), ask=False)


@checkin.step(Letters("a", "b", "c"), hours=12)
def danger(turn: Turn, answer: str) -> Outcome:
    """After use, first safety: in danger right now? A yes, B not sure, C no."""
    if answer == "a":
        return turn.then(
            word, Raise(Level.EMERGENCY, "danger_after_use"), Say("checkin.danger_yes"), ask=False
        )
    if answer == "b":
        return turn.then(
            word, Raise(Level.URGENT, "danger_after_use"), Say("checkin.danger_maybe"), ask=False
        )
    values = {"team": turn.around.team}
    return turn.then(word, Say("checkin.danger_no", values), ask=False)


@checkin.step(Choice("try", "person", "later"), hours=12)
def help_now(turn: Turn, answer: str) -> Outcome:
    """A strong craving: one thing to do now, a person, or not now."""
    if answer == "try":
        return turn.then(eased, Say("checkin.try"), ask=False)
    if answer == "person":
        asked = Say("talk.asked", {"team": turn.around.team})
        return turn.then(word, Raise(Level.CONCERN, "asked_for_person"), asked, ask=False)
    return turn.then(word, Say("checkin.thanks_hard"), ask=False)


@checkin.step(Skippable(Scale(0, 10)), hours=3)
def eased(turn: Turn, answer: int | None) -> Outcome:
    """Where the craving is after the skill."""
    before = turn.data.get("craving")
    fell = isinstance(before, int) and answer is not None and answer < before
    if fell:
        return turn.end(Say("checkin.went_down", {"before": str(before), "after": str(answer)}))
    return turn.end(Say("checkin.not_eased", {"team": turn.around.team}))


@checkin.step(Free(1000), hours=3)
def word(turn: Turn, answer: str) -> Outcome:
    """A word, if they want; the screen has read it like everything else."""
    return turn.end(Record("word", {"word": answer}), Say("checkin.noted"))
