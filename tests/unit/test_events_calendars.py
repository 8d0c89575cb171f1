"""Meetings and deadlines as iCalendar, read back: the change of the clock, 29 February, across midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from services.events import calendars, markup
from services.events.rules.deadlines import Deadline
from services.events.rules.meetings import Plan
from services.events.store.meetings import Kept

STAMP = datetime(2027, 1, 4, 9, tzinfo=UTC)


def kept(starts_at: datetime, ends_at: datetime, title: str = "Atelier") -> Kept:
    return Kept(UUID(int=7), 3, 1, "planned", Plan("ATELIER", title, starts_at, ends_at, "Bobigny"), None)


def read(meeting: Kept | None = None, *deadlines: Deadline) -> Any:
    written = calendars.feed([meeting] if meeting else [], name="Agenda", gateway="http://gateway.test", stamp=STAMP, deadlines=deadlines)
    return Calendar.from_ical(written).walk("VEVENT")[0]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "instant", "lasts"),
    [
        (datetime(2027, 10, 30, 22), datetime(2027, 10, 31, 4), datetime(2027, 10, 30, 20, tzinfo=UTC), timedelta(hours=7)),
        (datetime(2027, 3, 27, 22), datetime(2027, 3, 28, 4), datetime(2027, 3, 27, 21, tzinfo=UTC), timedelta(hours=5)),
        (datetime(2027, 3, 28, 9, 30), datetime(2027, 3, 28, 12), datetime(2027, 3, 28, 7, 30, tzinfo=UTC), timedelta(hours=2.5)),
        (datetime(2028, 2, 29, 23), datetime(2028, 3, 1, 1), datetime(2028, 2, 29, 22, tzinfo=UTC), timedelta(hours=2)),
    ],
)
def test_an_event_lasts_as_long_as_people_are_there(starts_at: datetime, ends_at: datetime, instant: datetime, lasts: timedelta) -> None:
    meeting = kept(starts_at, ends_at)
    event = read(meeting)
    assert event["dtstart"].dt == instant
    assert event["dtend"].dt - event["dtstart"].dt == lasts
    said = markup.event(meeting, "http://gateway.test")
    begins, ends = (datetime.fromisoformat(said[name]) for name in ("startDate", "endDate"))
    assert begins == instant
    assert ends - begins == lasts


def test_a_deadline_on_29_february_is_that_whole_day_and_takes_no_time() -> None:
    event = read(None, Deadline("reponse-1", date(2028, 2, 29), "Répondre : Atelier", "/agenda/1"))
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2028, 2, 29), date(2028, 3, 1))
    assert event["transp"] == "TRANSPARENT"
    assert event["url"] == "http://gateway.test/agenda/1"


def test_a_hostile_title_stays_a_title() -> None:
    event = read(kept(datetime(2027, 1, 29, 9), datetime(2027, 1, 29, 10), "A\r\nATTENDEE:mailto:x@exemple.test\nBEGIN:VALARM;,\\"))
    assert "attendee" not in event
    assert event.subcomponents == []
    assert str(event["summary"]).startswith("A")
