"""What became of everything, once a house is quiet: the stand-ins' ledger against the database."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storage.models import alert_event
from storage.models import message as messages
from storage.outbox import BROADCAST, REMINDER
from tests.crowd import DANGER, Crowd
from tests.faults.figures import Figures

ARRIVED = ("sent", "delivered")
_BUGS = (
    "turn_failed",
    "flow_failed",
    "crisis_failed",
    "alert_failed",
    "job_failed",
    "send_crashed",
)
_AWAY = ("StoreDownError", "TryLaterError")


class Account:
    """Notes of what was in doubt while it went on, and the sum of it in the end."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.found = Figures()
        self._doubts: set[tuple[int, int]] = set()
        self.twice: set[str] = set()
        """Addresses written to once more by who was frozen and can't know that its lease ended."""

    def note_the_dead(self) -> None:
        """Right after a kill: what it acknowledged is stored; what it had in hand is in doubt."""
        lost = self.crowd.acknowledged() - self.crowd.stored().keys()
        self._lose([f"acknowledged and not stored: {number}" for number in sorted(lost)])
        self.note_what_is_in_hand()

    def note_what_is_in_hand(self) -> None:
        """Of these nobody may hear whether they arrived."""
        rows = [row for row in self.crowd.outbox() if row.state == "leased"]
        self._doubts |= {(row.id, row.attempts) for row in rows}

    def close(self, rounds: int) -> Figures:
        """Everything that was said and queued, against what arrived."""
        said, stored = self.crowd.said(), self.crowd.stored()
        rows = self.crowd.outbox()
        self._doubts |= _unanswered(self.crowd)
        self._lose([f"said and not stored: {number}" for number in said.keys() - stored.keys()])
        for number, (person, text, _) in said.items():
            if number in stored and stored[number] != (person, text):
                self._lose([f"stored as another's or in other words: {number}"])
        self._count_sent(rows)
        self._count_alerts(said, rows)
        self.found.problems += self.crowd.misplaced() + self._disordered(rows) + self._bugs()
        self.found.rounds = rounds
        self.found.messages = len(said) + len(rows)
        return self.found

    def _lose(self, what: list[str]) -> None:
        self.found.lost += len(what)
        self.found.problems += what

    def _count_sent(self, rows: list[Any]) -> None:
        queued = Counter((row.address, row.text.strip()) for row in rows)
        arrived = self.crowd.arrived()
        # A reminder in doubt is not sent again, by decision: it may not have arrived.
        doubted = Counter((r.address, r.text.strip()) for r in rows if r.state == "doubted")
        missing = queued - arrived
        if given_up := missing & doubted:
            codes = Counter(
                line["code"] for line in log(self.crowd) if line.get("kind") == "unknown"
            )
            self.found.told.append(
                f"{given_up.total()} reminders in doubt did not arrive; sends failed by"
                f" {dict(codes)}"
            )
        for address, text in (missing - doubted).elements():
            about = [(r.id, r.kind, r.state, r.code) for r in rows if r.address == address]
            self._lose([f"queued and not sent: {[a for a in about if a[2] not in ARRIVED]} {text}"])
        odd = [(r.id, r.kind, r.state, r.code) for r in rows if not _settled(r)]
        self.found.problems += [f"not settled: {one}" for one in odd]
        for (address, text), times in (arrived - queued).items():
            same = [row for row in rows if (row.address, row.text.strip()) == (address, text)]
            allowed = sum(len(self._of(row)) for row in same if _may_go_twice(row))
            self.found.doubled += min(times, allowed)
            if times > allowed:
                self.found.elsewhere += times - allowed
                about = [(row.id, row.kind, row.state, row.attempts) for row in same]
                self.found.problems.append(f"sent {times} times too often: {about}")

    def _disordered(self, rows: list[Any]) -> list[str]:
        """Whose answers did not come in the order of what was decided; danger goes first."""
        arrived: dict[str, list[str]] = {}
        for address, text in self.crowd.in_order():
            arrived.setdefault(address, []).append(text)
        odd = self.twice | {m.address for m in self.crowd.members if DANGER in m.said}
        calm = [member for member in self.crowd.members if member.address not in odd]
        return [
            f"the answers to person {member.id} came in another order"
            for member in calm
            if _once([row.text.strip() for row in rows if row.address == member.address])
            != _once(arrived.get(member.address, []))
        ]

    def _of(self, row: Any) -> set[tuple[int, int]]:
        return {(number, attempt) for number, attempt in self._doubts if number == row.id}

    def _count_alerts(self, said: dict[str, Any], rows: list[Any]) -> None:
        """Every dangerous message is in an alert's timeline, and its counselor was told."""
        alerts = self._alerts()
        told = self._told()
        for number, (person, text, at) in said.items():
            if text != DANGER:
                continue
            first = told.get(alerts.get(number, 0))
            if first is None:
                self._lose([f"no member of staff was told of {number} by person {person}"])
                continue
            delay = (first - at).total_seconds()
            self.found.delay = max(self.found.delay or 0, delay)
        opened = Counter(alerts.values())
        doubled = [number for number, times in opened.items() if times > 1]
        self.found.problems += [f"alert {number} is about several people" for number in doubled]
        notices = Counter(row.alert_id for row in rows if row.kind == "alert_notice")
        self.found.problems += [f"alert {n} has no notice" for n in opened if not notices[n]]

    def _alerts(self) -> dict[str, int]:
        """Which alert each dangerous message opened."""
        query = select(messages.c.provider_id, alert_event.c.alert_id)
        query = query.join(alert_event, alert_event.c.message_id == messages.c.id)
        rows = self.crowd.read(lambda tx: list(tx.execute(query)))
        return {row.provider_id: row.alert_id for row in rows}

    def _told(self) -> dict[int, datetime]:
        """When the counselor's phone first showed each alert's number."""
        first: dict[int, datetime] = {}
        for message in self.crowd.house.telegram.messages(int(self.crowd.counselor_chat)):
            number = message.text.partition(" ")[0]
            if message.from_bot and number.isdecimal():
                first.setdefault(int(number), message.moment)
        return first

    def _bugs(self) -> list[str]:
        """What no fault may bring about; a job that finds the database away is no bug."""
        return [
            json.dumps(line)
            for line in log(self.crowd)
            if line.get("action") in _BUGS and line.get("error") not in _AWAY
        ]


def log(crowd: Crowd) -> list[dict[str, Any]]:
    """Every line that the process has written, and the one beside it."""
    files = sorted(crowd.house.folder.glob("**/log"))
    text = "".join(file.read_text() for file in files)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def _unanswered(crowd: Crowd) -> set[tuple[int, int]]:
    """The sends of which the process itself says that it does not know what became of them."""
    return {
        (line["outbox"], line["attempt"])
        for line in log(crowd)
        if line.get("action") == "send_failed" and line.get("kind") == "unknown"
    }


def _once(texts: list[str]) -> list[str]:
    """Without what only repeats the one before: twice in the window is no disorder."""
    return [text for text, _ in itertools.groupby(texts)]


def _settled(row: Any) -> bool:
    return row.state in ARRIVED or (row.state == "doubted" and row.priority == REMINDER)


def _may_go_twice(row: Any) -> bool:
    """A provider that shows what it has is asked first; a reminder is not worth a second one."""
    return row.channel == "telegram" and row.priority not in (REMINDER, BROADCAST)
