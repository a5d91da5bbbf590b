"""What became of something that they asked for: said once, when a human takes or closes it.

Where others may read along it is not said what it was.
"""

from __future__ import annotations

from typing import Final

from content import wording
from handlers.flow import Outcome, Say, Turn
from handlers.session_said import day_said

NEWS: Final = "task_news"
"""The prompt that tells them, by the number of the task."""
TOLD: Final = ("taken", "done", "dropped")


def tell(turn: Turn, which: str) -> Outcome | None:
    """Where it stands; nothing if nobody has it, or it is long gone."""
    task = next((t for t in turn.around.programme.tasks() if str(t.id) == which), None)
    if task is None or task.state not in TOLD:
        return None
    texts = wording.entries(turn.person.language)
    name = f"task_news.what_{task.kind}"
    what = texts[name if name in texts else "task_news.what_other"].text
    day = day_said(turn, task.opened_at)
    return turn.end(Say(f"task_news.{task.state}", {"what": what, "day": day}))
