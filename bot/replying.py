"""Staff answer a person by text: REPLY and the number, an echo, and SEND or DROP.

An answer by SMS needs the number and a confirming echo, or it is not sent: a slip of the thumb
must not bring one person's words to another.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import answering, post
from bot.config import House
from content import wording
from storage import access, alerts, drafts, people

LIFE = timedelta(minutes=15)
ACTIONS = ("reply", "send", "drop")


def act(
    tx: Connection,
    house: House,
    number: int,
    worker: Row[Any],
    to: post.Recipient,
    said: tuple[str, str | None],
    now: datetime,
) -> wording.Wording:
    """Do what was said of an answer; returns what to say. `said`: the action, and its words.

    The words of `send` and `drop` are the mark of a button, which names one draft and no other.
    """
    action, text = said
    row = alerts.get(tx, number)
    if row is None or not access.may_see_alert(tx, number, worker, now):
        return to.words("staff.unknown", {"id": str(number)})
    if action == "reply":
        return _echo(tx, row, worker, to, text, now)
    draft = drafts.of(tx, worker.id)
    key = "staff.no_draft"
    if draft is not None and draft.alert_id == number and now - draft.at <= LIFE:
        if text is not None and text != _mark(draft.at):
            key = "staff.old_draft"
        elif action == "send":
            return _send(tx, house, draft, worker, to, now)
        else:
            drafts.drop(tx, worker.id)
            key = "staff.dropped"
    return to.words(key, {"id": str(number)})


def _send(
    tx: Connection,
    house: House,
    draft: Row[Any],
    worker: Row[Any],
    to: post.Recipient,
    now: datetime,
) -> wording.Wording:
    drafts.drop(tx, worker.id)
    try:
        answering.answer(tx, house, draft.person_id, worker, draft.text, now)
    except answering.AnswerError as error:
        return _refused(to, draft.alert_id, error)
    return to.words("staff.sent", {"id": str(draft.alert_id)})


def _echo(
    tx: Connection,
    row: Row[Any],
    worker: Row[Any],
    to: post.Recipient,
    text: str | None,
    now: datetime,
) -> wording.Wording:
    about: dict[str, wording.Value] = {"id": str(row.id)}
    if text is None or not text.strip():
        return to.words("staff.reply_how", about)
    text = text.strip()
    person = people.locked(tx, row.person_id)
    try:
        answering.check(tx, person, worker, text, now)
    except answering.AnswerError as error:
        return _refused(to, row.id, error)
    drafts.put(tx, worker.id, person.id, row.id, text, now)
    safe = post.safe_recipient(tx, person)
    channel = safe.channel if safe is not None else ""
    warned = answering.warned(person, channel, text)
    lines = [to.words(key, values).text for key, values in warned]
    echo = to.words("staff.echo", about)
    confirm = to.words("staff.confirm", about).text
    marked = tuple((f"{key}_{_mark(now)}", label) for key, label in echo.choices)
    words = "\n".join([echo.text, text, *lines, confirm])
    return dataclasses.replace(echo, text=words, choices=marked)


def _refused(to: post.Recipient, number: int, error: answering.AnswerError) -> wording.Wording:
    why = to.words(error.key, error.values).text
    return to.words("staff.refused", {"id": str(number), "why": why})


def _mark(at: datetime) -> str:
    return str(int(at.timestamp()))
