"""Meetings as iCalendar (RFC 5545), for feeds and for « Ajouter à mon agenda »: published, nobody is invited by it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from services.events.store.meetings import Kept

REFRESH = timedelta(hours=1)


def feed(meetings: Iterable[Kept], *, name: str, gateway: str, stamp: datetime) -> bytes:
    """A calendar of METHOD PUBLISH. Instants are written in UTC, so that no client needs our rules of summer time."""
    calendar = Calendar()
    calendar.add("prodid", "-//MACS//Agenda//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for kept in meetings:
        calendar.add_component(_event(kept, gateway, stamp))
    written: bytes = calendar.to_ical()
    return written


def _event(kept: Kept, gateway: str, stamp: datetime) -> Event:
    plan, there = kept.plan, ZoneInfo(kept.plan.zone)
    event = Event()
    event.add("uid", f"{kept.meeting_id}@macs")
    event.add("sequence", kept.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", plan.starts_at.replace(tzinfo=there).astimezone(UTC))
    event.add("dtend", plan.ends_at.replace(tzinfo=there).astimezone(UTC))
    event.add("summary", f"ANNULÉ – {plan.title}" if kept.cancelled else plan.title)
    event.add("location", plan.place)
    event.add("status", "CANCELLED" if kept.cancelled else "CONFIRMED")
    event.add("url", f"{gateway}/agenda/{kept.meeting_id}")
    if plan.access:
        event.add("description", plan.access)
    return event
