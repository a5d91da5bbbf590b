"""What to do with a message that was not sent: the whole of the rule, as one pure function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.channels import SendProblem
from storage.outbox import BROADCAST, REMINDER

LEASE = timedelta(seconds=50)
"""Long enough to ask for a message in doubt and then to send it; short, because what a process
that died had in hand waits for it."""
DOUBT = "doubt"
"""The code of a message that may have been accepted."""


@dataclass(frozen=True, slots=True)
class Retry:
    """What to do with a message that was not sent: again after so many seconds, or give up."""

    after: float | None
    state: str = "pending"


def retry(problem: SendProblem, priority: int, attempts: int, retry_after: float | None) -> Retry:
    """The whole of the retry rule.

    A crisis text or a reply in doubt may go twice; a reminder or a broadcast may not.
    """
    if problem is SendProblem.STOPPED or problem is SendProblem.REJECTED:
        return Retry(None, "failed")
    if problem is SendProblem.THROTTLED:
        return Retry(retry_after if retry_after is not None else min(2.0**attempts, 60))
    if problem is SendProblem.UNKNOWN and priority in (REMINDER, BROADCAST):
        return Retry(None, "doubted")
    if priority in (REMINDER, BROADCAST) and attempts >= 20:  # noqa: PLR2004 - about an hour
        return Retry(None, "failed")
    # What a person waits for is tried until somebody takes it back or it is past its time.
    return Retry(min(2.0 ** min(attempts, 6), 30))
