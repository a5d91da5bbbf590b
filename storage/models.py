"""The tables. Times are aware UTC; what is personal is encrypted; the database refuses doubles."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
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
from storage.programme_models import (
    broadcast,
    calendar,
    draw,
    enrolment,
    payout,
    prescription,
    reward,
    screen,
    seat,
    seat_event,
    series,
    session,
    task,
    temperature,
)

__all__ = [
    "Moment",
    "broadcast",
    "calendar",
    "draw",
    "enrolment",
    "metadata",
    "payout",
    "prescription",
    "reward",
    "screen",
    "seat",
    "seat_event",
    "series",
    "session",
    "task",
    "temperature",
]

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Encrypted("staff.name"), nullable=False),
    Column("name_hash", String(80), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    # argon2; None until they have set it up themselves by their one-time link.
    Column("password", String(200)),
    Column("totp", Encrypted("staff.totp")),
    # The time step of the last code that was taken: no code works twice.
    Column("totp_step", Integer),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Moment),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("left_at", Moment),
    Column("created_at", Moment, nullable=False),
    # Read by the release before this one; the next migration drops them.
    Column("pin", String(200)),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Column("pin_locked_until", Moment),
)

absence = Table(
    "absence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    # Who stands in; None: supervisors do.
    Column("cover_id", ForeignKey("staff.id")),
    Column("from_at", Moment, nullable=False),
    Column("to_at", Moment, nullable=False, index=True),
)

setup_link = Table(
    "setup_link",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
)
"""One-time links by which a member of staff sets a password and a second factor."""

web_session = Table(
    "web_session",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    # Whatever is done in it, it ends here.
    Column("ends_at", Moment, nullable=False, index=True),
)

person = Table(
    "person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Encrypted("person.name"), nullable=False),
    Column("counselor_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("zone", String(64), nullable=False),
    # invited, active, paused, hospital, custody, discharged, deceased
    Column("status", String(20), nullable=False),
    Column("status_at", Moment),
    Column("plain", Boolean, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("card", EncryptedJson("person.card"), nullable=False),
    Column("checkin_at", String(5)),
    # The place in the talk: names and JSON, so that a release in mid-talk finds its way.
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("place", EncryptedJson("person.place")),
    Column("parked", EncryptedJson("person.parked")),
    Column("heard_at", Moment),
    Column("misses", Integer, nullable=False, server_default="0"),
    # Wrote to the team and was not answered yet, since then.
    Column("waiting_since", Moment),
    # Words of their own: `panic` asks for a human, `duress` does so and shows nothing.
    Column("words", EncryptedJson("person.words")),
    # argon2, sealed: a hash of four digits is guessed in minutes. Guards what shows history.
    Column("pin", Encrypted("person.pin")),
    Column("pin_failures", Integer, nullable=False, server_default="0"),
    Column("pin_locked_until", Moment),
    Column("pin_open_until", Moment),
    # Whether the counselor may read the safety plan.
    Column("plan_shared", Boolean, nullable=False, server_default=text("false")),
    # Staff flagged daily alcohol or benzodiazepines: the first day of having stopped.
    Column("withdrawal_since", Date),
    # What they chose for themselves: their path, hours, the day they count from.
    Column("own", EncryptedJson("person.own")),
    Column("created_at", Moment, nullable=False),
    Index(
        "ix_person_waiting",
        "waiting_since",
        sqlite_where=text("waiting_since IS NOT NULL"),
        postgresql_where=text("waiting_since IS NOT NULL"),
    ),
)

address = Table(
    "address",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("hash", String(80), nullable=False),
    Column("value", Encrypted("address.value"), nullable=False),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("staff_id", ForeignKey("staff.id"), index=True),
    # open, stopped (by the person), carrier (by the carrier's word), unreachable,
    # frozen (the number may be somebody else's now)
    Column("state", String(20), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("safe", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("channel", "hash"),
)

invite = Table(
    "invite",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("staff_id", ForeignKey("staff.id")),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("address_hash", String(80), index=True),
    # agreed, declined, withdrawn: consent to messages; stopped, resumed: of one address;
    # signed: the paper consent that staff recorded at the invitation.
    Column("kind", String(20), nullable=False),
    Column("wording", String(20)),
    Column("language", String(2)),
    Column("channel", String(20)),
    Column("at", Moment, nullable=False),
    Column("how", String(40), nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("provider_id", String(80), nullable=False),
    Column("person_id", ForeignKey("person.id")),
    Column("staff_id", ForeignKey("staff.id")),
    Column("address_hash", String(80), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Encrypted("message.text"), nullable=False),
    # No default: a message that was not screened can't be stored.
    Column("risk", String(12), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("words", EncryptedJson("message.words"), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("channel", "provider_id"),
    Index("ix_message_person_id_received_at", "person_id", "received_at"),
    Index("ix_message_address_hash_received_at", "address_hash", "received_at"),
    Index("ix_message_received_at", "received_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id")),
    Column("staff_id", ForeignKey("staff.id")),
    Column("alert_id", ForeignKey("alert.id")),
    # A member of staff wrote it, not the program.
    Column("said_by", ForeignKey("staff.id")),
    Column("channel", String(20), nullable=False),
    Column("address", Encrypted("outbox.address"), nullable=False),
    Column("address_hash", String(80), nullable=False),
    Column("text", Encrypted("outbox.text"), nullable=False),
    Column("buttons", EncryptedJson("outbox.buttons"), nullable=False),
    # The name of a chart that is drawn when it leaves, where the channel carries pictures.
    Column("picture", String(40)),
    Column("asked_in", Integer),
    Column("private", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("window", String(40)),
    Column("not_before", Moment, nullable=False),
    Column("not_after", Moment),
    # pending, leased, sent, delivered, undelivered, failed, expired, cancelled, doubted
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("lease", String(40)),
    Column("leased_until", Moment),
    Column("provider_id", String(80)),
    Column("code", String(40)),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    UniqueConstraint("person_id", "kind", "window"),
    Index(
        "ix_outbox_pending",
        "channel",
        "priority",
        "id",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index(
        "ix_outbox_address",
        "address_hash",
        "priority",
        "id",
        sqlite_where=text("state IN ('pending', 'leased')"),
        postgresql_where=text("state IN ('pending', 'leased')"),
    ),
    Index(
        "ix_outbox_leased",
        "leased_until",
        sqlite_where=text("state = 'leased'"),
        postgresql_where=text("state = 'leased'"),
    ),
    Index("ix_outbox_provider", "channel", "provider_id"),
    Index("ix_outbox_person_id_created_at", "person_id", "created_at"),
    Index("ix_outbox_alert_id", "alert_id"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("due_at", Moment, nullable=False),
    # The turn it was made in: a nudge dies if the person has spoken since.
    Column("turn", Integer),
    UniqueConstraint("person_id", "kind"),
    Index("ix_reminder_due_at", "due_at", "id"),
)

checkin = Table(
    "checkin",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("answers", EncryptedJson("checkin.answers"), nullable=False),
    Column("answered_at", Moment, nullable=False),
    UniqueConstraint("person_id", "day"),
)

plan_line = Table(
    "plan_line",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    # signs, alone, places, people, professionals, safer, worth
    Column("section", String(20), nullable=False),
    Column("text", Encrypted("plan_line.text"), nullable=False),
    Column("at", Moment, nullable=False),
)
"""A person's own safety plan, a line a row, in the order in which they were written."""

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    # craving, lapse, learned, dose, intention, review, ...
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("data", EncryptedJson("entry.data"), nullable=False),
    Index("ix_entry_person_id_kind_at", "person_id", "kind", "at"),
)
"""What somebody told of a moment: a log, only ever added to."""

item = Table(
    "item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    # reason, contact, hard_time, goal, medicine, ...
    Column("kind", String(20), nullable=False),
    Column("data", EncryptedJson("item.data"), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_item_person_id_kind", "person_id", "kind"),
)
"""What is somebody's own and stays until it is changed: reasons, people, hard times, goals."""

checkup = Table(
    "checkup",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    # A questionnaire by its name, and the version of its wording and scoring.
    Column("name", String(40), nullable=False),
    Column("version", String(20), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("answers", EncryptedJson("checkup.answers"), nullable=False),
    Column("scores", EncryptedJson("checkup.scores")),
    Index("ix_checkup_person_id_name_asked_at", "person_id", "name", "asked_at"),
)

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    # What staff call it; a second load under the same name is a newer copy of the same list.
    Column("name", String(80), nullable=False, unique=True),
    # Where it is fetched; None: only ever loaded from files.
    Column("url", String(1000)),
    # meeting_guide, bmlt, or list: a list of the clinic's own
    Column("kind", String(20), nullable=False),
    # None: the list does not say whose it is, and nobody else did.
    Column("fellowship", String(20)),
    Column("zone", String(64)),
    # For people: where the list is looked at, and the phone of who keeps it.
    Column("page", String(1000)),
    Column("phone", String(40)),
    Column("etag", String(200)),
    Column("last_modified", String(80)),
    # How what was stored last was read: rows are looked at again where this changes.
    Column("reading", String(40)),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("dropped", JSON, nullable=False),
    # When the copy that is stored was taken: "listed as of".
    Column("good_at", Moment),
    Column("checked_at", Moment),
    Column("due_at", Moment, index=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    # Why the last fetch was not taken, as a code.
    Column("problem", String(40)),
    Column("created_at", Moment, nullable=False),
)
"""Lists of support meetings, as others publish them or a clinic loads them."""

meeting = Table(
    "meeting",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    # The list's own name of it, with its day where one row stands for several.
    Column("key", String(160), nullable=False),
    # Of the row that it was read from: what has not changed is not written again.
    Column("digest", String(40), nullable=False),
    Column("fellowship", String(20)),
    Column("name", String(255), nullable=False),
    Column("group_name", String(255)),
    # 0 is Sunday; minutes after midnight in its zone; how many minutes it lasts.
    Column("day", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    # False: its name says that it does not meet every week.
    Column("weekly", Boolean, nullable=False),
    # in_person, online, hybrid, inactive
    Column("attendance", String(10), nullable=False),
    Column("location", String(255)),
    Column("address", String(255)),
    Column("city", String(120)),
    Column("state", String(40)),
    Column("postal", String(20)),
    # Only where one can go to: what is held online alone has none.
    Column("lat", Float),
    Column("lng", Float),
    # The square of half a degree it stands in; None where nobody can go.
    Column("cell", Integer),
    # Its zone where it can be joined from anywhere, else None.
    Column("online_zone", String(64)),
    Column("join_url", String(1000)),
    Column("join_phone", String(120)),
    Column("join_note", String(200)),
    # Our own words for what it is (open, women, spanish…), and the list's labels in English.
    Column("kinds", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("notes", String(400)),
    Column("url", String(1000)),
    Column("updated_at", Moment),
    UniqueConstraint("feed_id", "key"),
    Index("ix_meeting_cell_day_minute", "cell", "day", "minute"),
    Index("ix_meeting_online_zone_day_minute", "online_zone", "day", "minute"),
)
"""Support meetings as listed: public facts, of nobody who goes there."""

alert = Table(
    "alert",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("level", String(12), nullable=False),
    # open, seen, calling, closed
    Column("state", String(12), nullable=False),
    Column("silent", Boolean, nullable=False),
    # Whether the person was told that it was opened: only then are they told who read it.
    Column("known", Boolean, nullable=False),
    Column("opened_at", Moment, nullable=False),
    # The clock of the escalation: restarted when the alert re-opens.
    Column("clock_from", Moment, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("next_at", Moment),
    Column("taken_by", ForeignKey("staff.id")),
    Column("taken_at", Moment),
    Column("told_unread_at", Moment),
    Column("closed_at", Moment),
    # What opened it: a label of the screen, or an answer or a rule by its name.
    Column("reason", String(60)),
    # How it was closed, as a code.
    Column("outcome", String(20)),
    Index(
        "uq_alert_one_open",
        "person_id",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index("ix_alert_opened_at", "opened_at"),
    Index(
        "ix_alert_next_at",
        "next_at",
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
)

alert_event = Table(
    "alert_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    # opened, raised, notified, seen, calling, passed, reopened, closed, told, looked, ...
    Column("kind", String(20), nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    Column("message_id", ForeignKey("message.id")),
    Column("detail", Encrypted("alert_event.detail")),
)

note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False, index=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Encrypted("note.text"), nullable=False),
)
"""What staff write about a person. Never changed: who errs writes another beside it."""

draft = Table(
    "draft",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("text", Encrypted("draft.text"), nullable=False),
    Column("at", Moment, nullable=False),
)
"""An answer that a member of staff texted in, until they confirm the echo of it."""

# The release before this one writes the next two; the next migration drops them.
page_link = Table(
    "page_link",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

page_session = Table(
    "page_session",
    metadata,
    Column("hash", String(80), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("expires_at", Moment, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("staff_id", ForeignKey("staff.id")),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("what", String(40), nullable=False),
    Column("detail", Encrypted("audit.detail")),
    Index("ix_audit_at", "at"),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("at", Moment, nullable=False),
)
"""What supervisors changed of clinic.toml in the console; each change is an audit row too."""

fact = Table(
    "fact",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)
"""Small facts that outlive a restart: when a job last ran, what it has seen."""
