"""Codes as staff read them: labels, levels, outcomes, states. English, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot import outcomes

LEVELS: Final[Mapping[str, str]] = {
    "emergency": "Emergency",
    "urgent": "Urgent",
    "concern": "Concern",
    "none": "Note",
}

LABELS: Final[Mapping[str, str]] = {
    "abuse": "somebody may be hurting or controlling them",
    "abuse_or_violence_victim": "somebody may be hurting or controlling them",
    "address_closed": "messages no longer get through: the address is closed",
    "asked_for_person": "asked for a person",
    "bam_protective": "a check-up: little that supports them",
    "bam_risk": "a check-up: much that puts them at risk",
    "bam_use": "a check-up: said they used in the last week",
    "coercion": "somebody may be controlling them",
    "craving": "strong craving in the check-in",
    "craving_scale_high": "a check-up: strong craving in the last week",
    "craving_not_falling": "strong craving that did not ease",
    "cssrs_high": "the suicide screener: a plan, an intention, or an attempt of late",
    "cssrs_low": "the suicide screener: a wish to be dead, or thoughts of suicide",
    "cssrs_moderate": "the suicide screener: thought of how, or an attempt long ago",
    "cssrs_unanswered": "the suicide screener: would not answer all of it",
    "danger_after_use": "in danger after using",
    "dangerous_withdrawal": "signs of dangerous withdrawal",
    "domestic_violence": "somebody may be hurting them",
    "harm_to_others": "thoughts of hurting somebody else",
    "gad_high": "a check-up: severe worry in the last two weeks",
    "hopelessness": "hopelessness",
    "housing_or_basic_need": "a place to stay, food or money",
    "lapse": "told of a lapse",
    "leaving_treatment": "wants to leave treatment",
    "low_mood": "low mood again and again",
    "medicine_effects": "side effects of a medicine",
    "medicine_missed": "a flagged medicine missed twice or more in a row: the nurse today",
    "medicine_missed_pregnant": "pregnant, and missed a medicine: the nurse today",
    "medicine_out": "ran out of a medicine",
    "medication_problem": "trouble with a medicine",
    "missed_two": "absent on two days in a row, without a word before",
    "no_naloxone": "has no naloxone: help them get it",
    "refill_help": "needs a hand with a refill",
    "not_delivered": "a message did not get through",
    "number_maybe_reassigned": "the number may be somebody else's now: find out",
    "not_sure_about_suicide": "not sure about suicide, when asked",
    "overdose_bystander": "somebody with them may be overdosing",
    "overdose_or_medical_emergency": "overdose or another medical emergency",
    "panic": "sent the panic word",
    "phq_high": "a check-up: very low in the last two weeks",
    "phq_item9": "a check-up: thoughts of being better off dead, or of self-harm",
    "relapse_or_use": "used, or may have",
    "said_yes_to_suicide": "said yes to suicide, when asked",
    "screen_failed": "could not be screened: read it yourself",
    "self_harm": "hurting themselves",
    "sent_contact": "sent a contact card that we can't read",
    "sent_file": "sent a file that we can't read",
    "sent_location": "shared where they are: it is among their messages",
    "sent_photo": "sent a photo that we can't see",
    "sent_sticker": "sent a sticker that we can't see",
    "sent_voice": "sent a voice message that we can't hear",
    "set_aside": "a message that the program could not handle: read it yourself",
    "silence": "silence: check-ins went by without an answer",
    "software_error": "the program failed on this: look yourself",
    "strong_craving": "strong craving",
    "suicidal_ideation_active": "thoughts of suicide",
    "suicidal_ideation_passive": "wishes to be dead or gone",
    "suicidal_plan_or_attempt": "a plan, means or an attempt",
    "trafficking": "somebody may be trading or controlling them",
    "use": "said they used",
    "victim_of_violence": "somebody may be hurting or controlling them",
    "wants_human_contact": "wants a person",
    "maybe_somebody_else": "from a number that may be somebody else's now",
    "wrote_after_death": "from the phone of somebody who has died: a relative, or a wrong status",
    "wrote_to_team": "wrote to the team",
    "danger_at_follow_up": "in danger, when asked again later",
    "duress": "sent the duress word: do not call or text, do what was agreed",
    "help_in_danger": "asked for help while an alert was open",
    "no_answer_ask": "gave no answer when asked about suicide",
    "no_answer_screener": "gave no answer in the suicide screener",
    "no_answer_danger": "gave no answer when asked about danger, after telling of use",
    "no_answer_body": "gave no answer when asked how the body is, after telling of use",
    "no_answer_later": "gave no answer when asked how it is, after danger",
    "no_answer_withdrawal": "gave no answer when asked about withdrawal",
    "not_sure_about_withdrawal": "not sure about withdrawal, when asked",
    "not_sure_at_follow_up": "not sure how it is, when asked again later",
    "signs_of_withdrawal": "shakes, sweats, seeing things or a seizure, when asked",
    "stopped_daily_use": "stopped drinking or pills, which may be dangerous for them",
}

VICTIM: Final = frozenset(
    {"abuse", "abuse_or_violence_victim", "coercion", "domestic_violence", "trafficking"}
    | {"victim_of_violence"}
)
THREAT: Final = frozenset({"harm_to_others"})

OUTCOMES: Final[Mapping[str, str]] = {
    outcomes.REACHED: "Reached",
    outcomes.NOT_REACHED: "Not reached",
    outcomes.CALLED_911: "911 called",
    outcomes.REPORTED: "Reported (child or elder abuse)",
    outcomes.PROTECTED: "Duty to protect: somebody else was warned or protected",
    outcomes.FALSE_ALARM: "False alarm",
    outcomes.OTHER: "Something else",
}

_MORE: Final[Mapping[str, str]] = {
    outcomes.ANSWERED: "Answered",
    "reached_safe": "Reached, and safe",
    "reached_lines": "Reached, and 911 or 988 involved",
}
"""Outcomes that nobody chooses, or that nobody chooses any more."""

SENT: Final[Mapping[str, str]] = {
    "pending": "waiting to be sent",
    "leased": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "did not arrive",
    "failed": "could not be sent",
    "expired": "too late, not sent",
    "cancelled": "taken back, not sent",
    "doubted": "may have been sent, not sure",
}
FAILED: Final = frozenset({"undelivered", "failed", "expired", "doubted"})

CODES: Final[Mapping[str, str]] = {
    "21610": "they told the sender to stop",
    "30003": "the phone is off or out of reach",
    "30004": "the phone blocks us",
    "30005": "there is no such number",
    "30006": "a landline, or one that takes no texts",
    "30007": "their carrier took it for spam",
    "30034": "our number is not registered with the carriers",
}
"""Twilio's codes of texts that did not arrive, as far as they tell staff what to do."""

ADDRESSES: Final[Mapping[str, str]] = {
    "open": "open",
    "stopped": "stopped by them: nothing we send arrives",
    "carrier": "stopped by them (STOP): their carrier lets nothing through",
    "unreachable": "unreachable",
    "frozen": "frozen: it may be somebody else's now, nothing personal goes there",
}

STATUSES: Final[Mapping[str, str]] = {
    "invited": "invited, not joined yet",
    "active": "active",
    "paused": "paused",
    "hospital": "in hospital",
    "custody": "in custody",
    "discharged": "discharged",
    "deceased": "deceased",
}
DOES: Final[Mapping[str, str]] = {
    "active": "Check-ins go out at their hour. What they write is answered.",
    "paused": (
        "Nothing goes out unasked until they are back, and they are not told. "
        "Danger that they write still reaches the team."
    ),
    "hospital": "The same as paused.",
    "custody": "The same as paused. Somebody else may hold the phone.",
    "discharged": (
        "They have finished or left. They get one goodbye that says what is still read; "
        "for 30 days danger still reaches the team."
    ),
    "deceased": (
        "Nothing is sent any more, to anybody. If somebody writes from there, "
        "it is not answered, and the team hears of it."
    ),
}
"""What each status does, in words."""

UNREADABLE: Final[Mapping[str, str]] = {
    "voice": "A voice message. Nobody has heard it.",
    "photo": "A photo. Nobody has seen it.",
    "sticker": "A sticker.",
    "location": "A location. It was not kept.",
    "file": "A file. Nobody has opened it.",
    "contact": "A contact card.",
    "blocked": "They blocked the sender.",
    "unblocked": "They unblocked the sender.",
}

TOLD: Final[Mapping[str, str]] = {
    "alert.seen": "that somebody has read it",
    "alert.seen_counselor": "that their counselor has read it",
    "alert.seen_colleague": "that another counselor has read it",
    "alert.seen_supervisor": "that a supervisor has read it",
    "alert.calling": "that somebody is calling",
    "alert.calling_counselor": "that their counselor is calling",
    "alert.calling_colleague": "that another counselor is calling",
    "alert.calling_supervisor": "that a supervisor is calling",
    "alert.nobody_yet_concern": "that nobody has read it yet",
    "alert.passed": "that somebody else is asked now",
    "alert.nobody_yet": "that nobody has read it yet",
    "alert.reopened": "that the team was asked again",
    "alert.closed": "that the team marked it as done",
}

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "es": "Spanish"}
CHANNELS: Final[Mapping[str, str]] = {"telegram": "Telegram", "sms": "SMS"}


def label(code: str) -> str:
    """A label in words; one that has none yet, without its underscores."""
    return LABELS.get(code, code.replace("_", " "))


def labels(codes: tuple[str, ...]) -> str:
    """Several labels as one line, each said once."""
    return "; ".join(dict.fromkeys(label(code) for code in codes))


def reason(detail: str) -> tuple[str, tuple[str, ...]]:
    """A reason as stored, `urgent label,label`, in its parts; the level may be missing."""
    first, _, rest = detail.partition(" ")
    level, codes = (first, rest) if first in LEVELS else ("", detail)
    return level, tuple(code for code in codes.split(",") if code)


def outcome(detail: str | None) -> tuple[str, str]:
    """An outcome as stored (a code, then a note on further lines) as its words and its note.

    Closed by text message, it is free words: those are the note.
    """
    first, _, rest = (detail or "").partition("\n")
    said = OUTCOMES.get(first) or _MORE.get(first)
    if said is not None:
        return said, rest
    return "", detail or ""
