"""Calendar files as busy times: series, time zones, whole days, free/busy; files that are none, or that would never end."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest

from services.events import reading_calendars
from services.events.rules.busy_times import Block, NotACalendar, busy
from tests.calendars_written import calendar, event

BEGIN, END = date(2027, 1, 1), date(2027, 12, 31)


def times(body: bytes, begin: date = BEGIN, end: date = END) -> list[tuple[str, str, bool]]:
    return [(f"{b.starts_at:%m-%d %H:%M}", f"{b.ends_at:%m-%d %H:%M}", b.if_needed) for b in busy(body, begin, end)]


def test_times_are_those_of_paris_whatever_the_file_says() -> None:
    body = calendar(
        event("DTSTART:20270105T080000Z", "DTEND:20270105T090000Z"),
        event("DTSTART;TZID=America/New_York:20270706T090000", "DURATION:PT30M").replace("UID:1", "UID:2"),
        event("DTSTART:20270801T093000", "DTEND:20270801T100000").replace("UID:1", "UID:3"),
    )
    assert times(body) == [
        ("01-05 09:00", "01-05 10:00", False),
        ("07-06 15:00", "07-06 15:30", False),
        ("08-01 09:30", "08-01 10:00", False),
    ]


def test_a_series_keeps_its_hour_over_the_change_of_the_clock_without_its_exceptions() -> None:
    body = calendar(
        event("DTSTART;TZID=Europe/Paris:20270323T093000", "DTEND;TZID=Europe/Paris:20270323T110000", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Paris:20270406T093000")
    )  # fmt: skip
    assert times(body) == [("03-23 09:30", "03-23 11:00", False), ("03-30 09:30", "03-30 11:00", False)]


def test_whole_days_midnight_and_the_twenty_ninth_of_february() -> None:
    body = calendar(
        event("DTSTART;VALUE=DATE:20280229", "DTEND;VALUE=DATE:20280301", "RRULE:FREQ=YEARLY"),
        event("DTSTART:20280310T230000", "DTEND:20280311T010000").replace("UID:1", "UID:2"),
    )
    assert times(body, date(2028, 2, 1), date(2030, 12, 31)) == [
        ("02-29 00:00", "03-01 00:00", False),
        ("03-10 23:00", "03-11 01:00", False),
    ]


def test_what_is_free_or_cancelled_does_not_count_and_what_is_tentative_counts_less() -> None:
    at = ("DTSTART:20270105T093000", "DTEND:20270105T100000")
    for line in ("TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"):
        assert times(calendar(event(*at, line))) == []
    for line in ("STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"):
        assert times(calendar(event(*at, line))) == [("01-05 09:30", "01-05 10:00", True)]


def test_overlapping_events_are_one_block_and_the_window_cuts() -> None:
    body = calendar(
        event("DTSTART:20261231T220000", "DTEND:20270101T020000"),
        event("DTSTART:20270101T010000", "DTEND:20270101T030000").replace("UID:1", "UID:2"),
    )
    assert times(body) == [("01-01 00:00", "01-01 03:00", False)]


def test_a_free_busy_file_is_read() -> None:
    body = calendar(
        "BEGIN:VFREEBUSY\nUID:1\nDTSTAMP:20270101T000000Z\nFREEBUSY;FBTYPE=BUSY:20270105T080000Z/20270105T100000Z,20270106T080000Z/PT2H\n"
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20270107T080000Z/20270107T100000Z\nFREEBUSY;FBTYPE=FREE:20270108T080000Z/20270108T100000Z\nEND:VFREEBUSY"
    )
    assert times(body) == [
        ("01-05 09:00", "01-05 11:00", False),
        ("01-06 09:00", "01-06 11:00", False),
        ("01-07 09:00", "01-07 11:00", True),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Connexion</html>",
        b"\x89PNG\r\n",
        b"PK\x03\x04",
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        calendar(event("DTSTART:pas une date"))[:-40],
    ],
)
def test_what_is_no_calendar_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotACalendar):
        busy(body, BEGIN, END)


def test_too_many_elements_are_refused_before_they_are_read() -> None:
    with pytest.raises(NotACalendar, match="20000"):
        busy(calendar(*["BEGIN:VEVENT\nEND:VEVENT"] * 20_001), BEGIN, END)


async def test_a_rule_that_never_ends_is_left_in_time() -> None:
    body = calendar(event("DTSTART:19700101T000000", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"))
    start = time.monotonic()
    with pytest.raises(NotACalendar, match="trop nombreuses"):
        await reading_calendars.read(body, BEGIN, END, 4.0)
    assert time.monotonic() - start < 10


async def test_the_process_gives_what_the_function_gives() -> None:
    body = calendar(event("DTSTART:20270105T093000", "DTEND:20270105T100000", "RRULE:FREQ=DAILY;COUNT=2", "STATUS:TENTATIVE"))
    found = await reading_calendars.read(body, BEGIN, END, 30)
    assert found == busy(body, BEGIN, END)
    assert found[0] == Block(datetime(2027, 1, 5, 9, 30), datetime(2027, 1, 5, 10, 0), if_needed=True)
    with pytest.raises(NotACalendar, match="n’est pas un agenda"):
        await reading_calendars.read(b"<html>", BEGIN, END, 30)
