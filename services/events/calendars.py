"""Meetings and deadlines as iCalendar (RFC 5545), for feeds and for « Ajouter à mon agenda »: published, nobody is invited by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from icalendar import Calendar, Event

from services.events.rules.deadlines import Deadline
from services.events.store.meetings import Kept

REFRESH: Final = timedelta(hours=1)
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


def answer(
    request: Request, meetings: Sequence[Kept], deadlines: Sequence[Deadline], *, name: str, gateway: str, stamp: datetime, shared: bool
) -> Response:
    """The feed, or 304 when nothing in it has changed since the reader's `If-None-Match`. `shared` is for everybody's caches."""
    parts = [f"{kept.meeting_id}:{kept.revision}" for kept in meetings] + [repr(deadline) for deadline in deadlines]
    version = hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()[:16]
    headers = {"ETag": f'"{version}"', "Cache-Control": "public, max-age=300" if shared else "private, max-age=300"}
    if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    content = feed(meetings, name=name, gateway=gateway, stamp=stamp, deadlines=deadlines)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def feed(meetings: Iterable[Kept], *, name: str, gateway: str, stamp: datetime, deadlines: Iterable[Deadline] = ()) -> bytes:
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
    for deadline in deadlines:
        calendar.add_component(_deadline(deadline, gateway, stamp))
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


def _deadline(deadline: Deadline, gateway: str, stamp: datetime) -> Event:
    """A whole day that takes nobody's time."""
    event = Event()
    event.add("uid", f"{deadline.uid}@macs")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", deadline.day)
    event.add("dtend", deadline.day + timedelta(days=1))
    event.add("summary", f"Date limite – {deadline.title}")
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{gateway}{deadline.path}")
    return event


def _matches(given: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110 13.1.2)."""
    return given.strip() == "*" or etag in {part.strip().removeprefix("W/") for part in given.split(",")}
