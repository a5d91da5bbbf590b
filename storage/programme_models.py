"""The tables of the programme: timetable, attendance, hours, needs, screens, rewards, groups."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.base import Moment, metadata
from storage.encryption import Encrypted, EncryptedJson

calendar = Table(
    "calendar",
    metadata,
    Column("id", Integer, primary_key=True),
    # What staff call it; a second import under the same name is a newer copy of it.
    Column("name", String(80), nullable=False, unique=True),
    # ics, csv, or hand: what is entered here
    Column("kind", String(10), nullable=False),
    # Where it is fetched; None: only ever imported from files. Such an address may be a key to it.
    Column("url", Encrypted("calendar.url")),
    # Of times without one of their own.
    Column("zone", String(64), nullable=False),
    Column("etag", String(200)),
    Column("last_modified", String(80)),
    # Of the content that is stored: the same again is not read again.
    Column("digest", String(64)),
    Column("dropped", JSON, nullable=False),
    Column("good_at", Moment),
    Column("checked_at", Moment),
    Column("due_at", Moment, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    # Why the last copy was not taken, as a code.
    Column("problem", String(40)),
    Column("created_at", Moment, nullable=False),
)
"""Where sessions come from."""

series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("calendar_id", ForeignKey("calendar.id"), nullable=False),
    # The calendar's own name of it (UID).
    Column("key", String(255), nullable=False),
    # As the calendar has it.
    Column("kind", String(20), nullable=False),
    Column("title", String(255), nullable=False),
    Column("place", String(255)),
    Column("link", Encrypted("series.link")),
    Column("facilitator", Encrypted("series.facilitator")),
    Column("capacity", Integer),
    # When it is held, where that was entered here; None: the calendar says each time.
    Column("rule", JSON),
    # What staff have set for it: wins over what the calendar says.
    Column("own", JSON, nullable=False),
    # Who leads it, of the staff.
    Column("staff_id", ForeignKey("staff.id"), index=True),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("calendar_id", "key"),
)
"""A group, or whatever comes again and again; what is held once is a series of one."""

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("series_id", ForeignKey("series.id"), nullable=False),
    # Which of its times: the start as first planned (RECURRENCE-ID), in UTC, or the day.
    Column("key", String(40), nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("zone", String(64), nullable=False),
    # A day that is marked in the calendar (closed, holiday): nobody comes and no hours count.
    Column("all_day", Boolean, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", String(255), nullable=False),
    Column("place", String(255)),
    Column("link", Encrypted("session.link")),
    Column("staff_id", ForeignKey("staff.id")),
    Column("capacity", Integer),
    # planned, cancelled
    Column("state", String(10), nullable=False),
    # Staff changed this one: the calendar no longer does.
    Column("by_hand", Boolean, nullable=False, server_default=text("false")),
    Column("digest", String(64), nullable=False),
    # The day's word, by which somebody says that they are there.
    Column("word", String(20)),
    # Its facilitator was asked to mark who came.
    Column("asked_at", Moment),
    # All have been marked.
    Column("marked_at", Moment),
    UniqueConstraint("series_id", "key"),
    Index("ix_session_starts_at", "starts_at", "id"),
    Index("ix_session_ends_at", "ends_at"),
)
"""One time that something is held."""

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("series_id", ForeignKey("series.id"), nullable=False, index=True),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("staff_id", ForeignKey("staff.id")),
    Column("at", Moment, nullable=False),
    UniqueConstraint("person_id", "series_id", "from_on"),
)
"""Who comes to what, from which day until which, both included."""

seat = Table(
    "seat",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    # enrolled, make_up (in place of another), once, walk_in
    Column("via", String(10), nullable=False),
    # held, given_up (free again for others), cancelled (by us)
    Column("state", String(10), nullable=False),
    # coming, cannot, help, late
    Column("reply", String(10)),
    # ride, work, care, ill, unready, other
    Column("barrier", String(10)),
    Column("late_minutes", Integer),
    Column("replied_at", Moment),
    Column("instead_of", ForeignKey("seat.id")),
    # They said "I'm here" with the day's word.
    Column("here_at", Moment),
    # present, late, left_early, excused, absent; None: nobody has said
    Column("mark", String(10)),
    # That count, with a mark; None: none do, or nobody has said.
    Column("minutes", Integer),
    Column("marked_by", ForeignKey("staff.id")),
    Column("marked_at", Moment),
    UniqueConstraint("session_id", "person_id"),
    Index("ix_seat_person_id", "person_id", "session_id"),
)
"""Somebody's place in a session, what they said of it, and what became of it."""

seat_event = Table(
    "seat_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seat_id", ForeignKey("seat.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    # None: the person themselves, or the program.
    Column("staff_id", ForeignKey("staff.id")),
    # marked, replied, given_up, booked, cancelled, here, moved (its session, in time or place)
    Column("what", String(10), nullable=False),
    Column("before", JSON, nullable=False),
    Column("after", JSON, nullable=False),
)
"""Every change of a seat: only ever added to."""

prescription = Table(
    "prescription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("from_on", Date, nullable=False),
    # A week.
    Column("minutes", Integer, nullable=False),
    # The phase or level of care, in the clinic's words.
    Column("phase", String(40), nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    Column("at", Moment, nullable=False),
    Index("ix_prescription_person_id_from_on", "person_id", "from_on"),
)
"""How much is prescribed from a day on; of one day the latest row holds. Only ever added to."""

task = Table(
    "task",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    # ride, food, housing, phone, id_papers, child_care, job, legal, naloxone, excuse, missed, …
    Column("kind", String(20), nullable=False),
    # need, barrier, missed, naloxone, screen
    Column("source", String(20), nullable=False),
    Column("seat_id", ForeignKey("seat.id")),
    # What they wrote with it.
    Column("words", Encrypted("task.words")),
    # open, taken, done, dropped
    Column("state", String(10), nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    Column("note", Encrypted("task.note")),
    Column("opened_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("taken_at", Moment),
    Column("closed_at", Moment),
    Index(
        "ix_task_open",
        "opened_at",
        sqlite_where=text("state IN ('open', 'taken')"),
        postgresql_where=text("state IN ('open', 'taken')"),
    ),
)
"""Something that a human is to do for a person, which is no alert."""

draw = Table(
    "draw",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    # SHA-256 of the seed and of what is drawn from, as published before the first day.
    Column("commitment", String(64), nullable=False),
    Column("seed", Encrypted("draw.seed"), nullable=False),
    # Whose pseudonym is whose.
    Column("pool", EncryptedJson("draw.pool"), nullable=False),
    # What anyone may see: days, and pseudonyms with their least and most.
    Column("published", JSON, nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    Column("at", Moment, nullable=False),
    Column("revealed_at", Moment),
)
"""A random selection for drug screens that anyone can recompute afterwards."""

screen = Table(
    "screen",
    metadata,
    Column("id", Integer, primary_key=True),
    # None: asked for by staff, not drawn.
    Column("draw_id", ForeignKey("draw.id")),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("from_at", Moment, nullable=False),
    Column("until_at", Moment, nullable=False),
    # planned, told, confirmed, cannot, unread, done, missed, excused, cancelled
    Column("state", String(10), nullable=False),
    Column("told_at", Moment),
    Column("confirmed_at", Moment),
    Column("barrier", String(10)),
    # Entered by staff, never told by text.
    Column("result", EncryptedJson("screen.result")),
    Column("entered_by", ForeignKey("staff.id")),
    Column("entered_at", Moment),
    UniqueConstraint("draw_id", "person_id", "day"),
    Index("ix_screen_day", "day"),
)
"""One drug screen of one person."""

reward = Table(
    "reward",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    # earned, void
    Column("what", String(10), nullable=False),
    # seat, screen
    Column("source", String(10), nullable=False),
    Column("source_id", Integer, nullable=False),
    Column("cents", Integer, nullable=False),
    # How it came to that: the voucher's rule, or each draw from the bowl, replayable.
    Column("detail", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    UniqueConstraint("source", "source_id", "what"),
    Index("ix_reward_person_id", "person_id", "at"),
)
"""An open ledger, only ever added to: one event earns at most once."""

payout = Table(
    "payout",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("cents", Integer, nullable=False),
    # asked, paid, refused
    Column("state", String(10), nullable=False),
    Column("asked_by", ForeignKey("staff.id"), nullable=False),
    Column("asked_at", Moment, nullable=False),
    # Another than who asked.
    Column("signed_by", ForeignKey("staff.id")),
    Column("signed_at", Moment),
)
"""What leaves the ledger: two members of staff sign for it."""

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("series_id", ForeignKey("series.id")),
    Column("session_id", ForeignKey("session.id")),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    # theme, news, temperature
    Column("kind", String(20), nullable=False),
    Column("words", Encrypted("broadcast.words")),
    Column("at", Moment, nullable=False),
    # When its answers are counted, once.
    Column("closes_at", Moment, index=True),
    Column("sent", Integer, nullable=False, server_default="0"),
    # How many were left out, by reason.
    Column("left_out", JSON, nullable=False),
    # The counts, once it is closed and enough have answered.
    Column("shown", JSON),
)
"""Something said to a whole group."""

temperature = Table(
    "temperature",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("broadcast_id", ForeignKey("broadcast.id"), nullable=False, index=True),
    Column("mood", Integer),
    Column("craving", Integer),
    Column("topic", String(20)),
)
"""Answers about the temperature of a room: of nobody, and gone once they are counted."""
