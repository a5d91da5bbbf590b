"""What the screen can't know, because it depends on who writes: words of their own, and HELP.

It is asked at the door, before the message is stored, so that nothing else decides first.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Row

from bot import escalation
from bot.channels import Inbound, Kind
from content import rules
from handlers import commands, ownwords
from handlers.crisis import HELP
from handlers.matching import Matcher
from handlers.risk import Level, Risk
from handlers.spelling import normal
from storage import alerts

STOPPED = "stopped_daily_use"
"""The label of "I stopped" from somebody whom staff flagged for daily alcohol or pills."""


def heard(tx: Connection, person: Row[Any], inbound: Inbound, risk: Risk) -> Risk:
    """The risk of a person's message, raised where it means more from them than from anybody."""
    if inbound.kind is Kind.BUTTON:
        return risk
    word = ownwords.heard(inbound.text, person.words)
    if word == ownwords.DURESS:
        return Risk(Level.EMERGENCY, (ownwords.DURESS,))
    if word == ownwords.PANIC:
        return _with(risk, Level.EMERGENCY, ownwords.PANIC)
    if _asks_in_danger(tx, person, inbound.text):
        return _with(risk, Level.EMERGENCY, ownwords.PANIC, HELP)
    if person.withdrawal_since is not None and says_stopped(inbound.text):
        return _with(risk, Level.CONCERN, STOPPED)
    return risk


def says_stopped(text: str) -> bool:
    """Whether somebody says that they stopped a drink or a pill of late. Never raises."""
    return any(_matcher().find(normal(text)))


@cache
def _matcher() -> Matcher:
    return Matcher(rules.stopped())


def _asks_in_danger(tx: Connection, person: Row[Any], text: str) -> bool:
    """HELP while an alert is open; beside one that must not show it gets its usual answer."""
    if commands.heard(text) != "help" or alerts.open_of(tx, person.id) is None:
        return False
    return not escalation.hands_off(tx, person.id)


def _with(risk: Risk, level: Level, *labels: str) -> Risk:
    higher = max(level, risk.level, key=lambda each: each.rank)
    labels = tuple(dict.fromkeys((*labels, *risk.labels)))
    return Risk(higher, labels, risk.words, risk.bystander)
