"""Calendar files as Google, Outlook and Apple export them, read to the minute."""

from __future__ import annotations

import contextlib
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.calendars import reading, sync
from bot.calendars.occurrence import CalendarError, Occurrence, Read

FILES = Path(__file__).parent / "calendars"
ZONE = "America/New_York"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SINCE, UNTIL = sync.span(NOW, ZONE, sync.AHEAD)


def read(name: str) -> Read:
    return reading.read((FILES / name).read_bytes(), ZONE, SINCE, UNTIL)


def of(found: Read, series: str) -> list[Occurrence]:
    return [each for each in found.occurrences if series in each.series]


def said(each: Occurrence) -> str:
    minutes = (each.end - each.start) // timedelta(minutes=1)
    off = " off" if each.cancelled else ""
    return f"{each.start:%m-%d %H:%M} {minutes} {each.place or '-'}{off}"


def event(*lines: str) -> bytes:
    inside = "\r\n".join(("UID:one", "SUMMARY:Group", *lines))
    whole = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{inside}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return whole.encode()


def test_google() -> None:
    found = read("google.ics")
    room = "Room 2, 1200 Oak St, Springfield"
    evening = of(found, "evening")
    assert {each.series for each in evening} == {"5kq1evening0001@google.com"}, "one series, split"
    assert [said(each) for each in evening] == [
        f"10-26 22:00 180 {room}",
        f"10-28 22:00 180 {room}",
        # The clock went back on November 1.
        f"11-02 23:00 180 {room}",
        f"11-04 23:00 180 {room}",
        "11-10 22:30 180 Room 5",
        f"11-11 23:00 180 {room}",
        f"11-16 23:00 180 {room}",
        f"11-18 23:00 180 {room} off",
        f"11-23 23:00 180 {room}",
        # November 25 is left out (EXDATE).
        f"11-30 23:00 180 {room}",
        f"12-02 23:00 180 {room}",
        f"12-07 23:30 180 {room}",
        f"12-14 23:30 180 {room}",
        f"12-21 23:30 180 {room}",
    ]
    moved = evening[4]
    assert (moved.key, moved.kind, moved.capacity) == ("20261109T230000Z", "group", 12)
    assert {each.facilitator for each in evening[:10]} == {"Dana Reyes"}
    assert evening[0].title == "Evening IOP group: skills for the hours after work, week by week"
    (alone,) = of(found, "one2one")
    assert (said(alone), alone.key, alone.kind) == ("11-24 14:00 45 -", "once", "individual")
    assert alone.link == "https://meet.google.com/abc-defg-hij"
    (closed,) = of(found, "closed")
    assert (closed.all_day, closed.start) == (True, datetime(2026, 11, 26, 5, tzinfo=UTC))
    (night,) = of(found, "night")
    assert said(night) == "11-01 05:30 120 -", "an hour of it comes twice"
    assert found.dropped == {"private": 1}


def test_outlook() -> None:
    found = read("outlook.ics")
    basics = of(found, "040000008200")
    assert [said(each) for each in basics] == [
        "10-30 14:00 90 -",
        "11-06 15:00 90 -",
        "11-13 17:00 90 -",
        "11-20 15:00 90 -",
    ]
    assert {(e.kind, e.zone, e.facilitator) for e in basics} == {("education", ZONE, "Ruth Okafor")}
    assert all((each.link or "").startswith("https://teams.microsoft.com/") for each in basics)
    assert [said(each) for each in of(found, "custom-zone")] == [
        "03-13 16:00 60 -",
        "03-14 15:00 60 -",
        "03-15 15:00 60 -",
    ]
    (off,) = of(found, "off-once")
    assert (off.title, off.kind, off.cancelled) == ("Family night", "family", True)
    (holiday,) = of(found, "holiday")
    assert (holiday.all_day, holiday.key) == (True, "2026-12-25")
    assert found.dropped == {"private": 1}


def test_apple() -> None:
    found = read("apple.ics")
    place = "Casa de la Comunidad, 45 Elm St, Springfield"
    family = of(found, "0A1B2C3D")
    assert [said(each) for each in family] == [
        f"10-31 13:00 120 {place}",
        f"11-07 14:00 120 {place}",
        f"11-19 14:00 120 {place}",
        f"11-21 14:00 120 {place}",
    ]
    assert "mañana y niños" in family[0].title
    assert [said(each) for each in of(found, "floating")] == ["12-04 20:00 60 -"]
    assert [said(each) for each in of(found, "skipped-hour")] == ["03-14 07:30 45 -"]
    (club,) = of(found, "first-tuesday")
    assert (said(club), club.zone, club.kind) == ("03-02 17:00 60 -", "US/Pacific", "vocational")
    assert club.link == "https://us02web.zoom.us/j/89012345678"
    assert found.dropped == {"rule": 1}, "once a second is no session"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"date,start,title\n", "not_ics"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a", "truncated"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "no_events"),
        (
            event("DTSTART:20261201T100000").replace(
                b"BEGIN:VEVENT",
                b"BEGIN:VTIMEZONE\r\nTZID:x\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                b"RRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n"
                b"END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT",
                1,
            ),
            "zone",
        ),
    ],
)
def test_what_is_no_calendar_is_refused_in_words(data: bytes, code: str) -> None:
    with pytest.raises(CalendarError) as refused:
        reading.read(data, ZONE, SINCE, UNTIL)
    assert (refused.value.code, str(refused.value)) == (code, reading.WORDS[code])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "rule"),
        (("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;INTERVAL=0"), "rule"),
        (("DTSTART:20261201T100000", "RRULE:FREQ=MINUTELY"), "rule"),
        (("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;BYSETPOS=2"), "rule"),
        (("DTSTART:00010101T100000", "RRULE:FREQ=DAILY"), "no_start"),
        (("DTSTART:yesterday",), "no_start"),
        (("DTSTART:20261201T100000", "DTEND:20261201T100000"), "no_length"),
        (("DTSTART:20261201T100000", "DTEND:20261205T100000"), "too_long"),
    ],
)
def test_what_no_session_is_like_is_left_out(lines: tuple[str, ...], why: str) -> None:
    found = reading.read(event(*lines), ZONE, SINCE, UNTIL)
    assert (found.occurrences, found.dropped) == ([], {why: 1})


def test_two_files_may_mean_different_zones_by_one_name() -> None:
    plain = (FILES / "outlook.ics").read_bytes()
    other = plain.replace(b"-0600", b"-0700").replace(b"TZOFFSETTO:-0500\r\nEND:DAYLIGHT\r\n"
                                                     b"END:VTIMEZONE\r\nBEGIN:VEVENT",
                                                     b"TZOFFSETTO:-0600\r\nEND:DAYLIGHT\r\n"
                                                     b"END:VTIMEZONE\r\nBEGIN:VEVENT")  # fmt: skip
    first, second = (
        of(reading.read(data, ZONE, SINCE, UNTIL), "custom-zone")[0].start
        for data in (plain, other)
    )
    assert second - first == timedelta(hours=1)


BROKEN = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VEVENT", b"END:VEVENT", b"UID:a",
                b"BEGIN:VTIMEZONE", b"END:VTIMEZONE", b"BEGIN:STANDARD", b"END:STANDARD",
                b"TZID:Mars", b"TZOFFSETFROM:-0400", b"TZOFFSETTO:+9999", b"RRULE:FREQ=YEARLY",
                b"DTSTART:20261201T100000", b"DTSTART;TZID=Mars:20261201T100000", b"DTSTART:0",
                b"DTSTART;VALUE=DATE:20261201", b"DTEND:20261201T110000Z", b"DURATION:-P1W",
                b"DURATION:PT1H", b"RRULE:FREQ=DAILY", b"RRULE:FREQ=DAILY;COUNT=-1",
                b"RRULE:FREQ=MONTHLY;BYDAY=9XX", b"RRULE:UNTIL=x", b"EXDATE:20261202T100000",
                b"RDATE;VALUE=PERIOD:20261203T100000Z/PT1H", b"RDATE:x", b"SEQUENCE:x",
                b"RECURRENCE-ID:20261202T100000", b"RECURRENCE-ID;RANGE=THISANDFUTURE:20261203",
                b"SUMMARY:\xff\xfe\x00", b" folded", b"LOCATION", b"STATUS:CANCELLED", b"",
            ]
        ),
        max_size=24,
    ).map(lambda lines: b"BEGIN:VCALENDAR\r\n" + b"\r\n".join(lines) + b"\r\nEND:VCALENDAR"),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(data=BROKEN, table=st.booleans())
@example(data=event("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;COUNT=99999999"), table=False)
@example(data=b"date,start,minutes,title\n2026-13-40,25:00,x,\n", table=True)
def test_whatever_comes_gives_sessions_or_a_refusal(data: bytes, table: bool) -> None:  # noqa: FBT001
    with contextlib.suppress(CalendarError), warnings.catch_warnings(record=True) as warned:
        found = sync.read(data, "csv" if table else "ics", ZONE, SINCE, UNTIL)
        for each in found.occurrences:
            assert SINCE <= each.start < UNTIL
            assert each.end > each.start
            assert each.start.tzinfo is not None
        keys = [(each.series, each.key) for each in found.occurrences]
        assert len(keys) == len(set(keys))
        assert not warned


TABLE = """Date;Start time;End time;Title;Type;Room;Capacity;Status
2026-11-24;9:00;12:00;Morning group;group;Room 1;10;
11/25/2026;6 pm;9 pm;Evening group;;Room 2;;cancelled
2026-12-01;23:30;00:15;Night class;education;;;
"""


def test_a_table_of_sessions() -> None:
    found = sync.read(TABLE.encode(), "csv", ZONE, SINCE, UNTIL)
    assert [(said(e), e.kind, e.capacity) for e in found.occurrences] == [
        ("11-24 14:00 180 Room 1", "group", 10),
        ("11-25 23:00 180 Room 2 off", "group", None),
        ("12-02 04:30 45 -", "education", None),
    ]


def test_a_wrong_table_is_told_by_row_and_column() -> None:
    wrong = (
        TABLE + "soon;9:00;10:00;A;;;;\n2026-12-02;9;10:00;B;;;;\n2026-12-03;9:00;10:00;C;x;;0;\n"
    )
    with pytest.raises(CalendarError) as refused:
        sync.read(wrong.encode(), "csv", ZONE, SINCE, UNTIL)
    lines = str(refused.value).splitlines()
    assert [line.split(" is ")[0] for line in lines] == [
        "row 5: date",
        "row 6: start",
        "row 7: kind",
    ]
    with pytest.raises(CalendarError, match="there is no date, no end"):
        sync.read(b"start,title\n9:00,A\n", "csv", ZONE, SINCE, UNTIL)
