"""The calendar part of a mail (RFC 5545, 5546): one event, one attendee, one method."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, Timezone, vCalAddress, vText

from schemas.zones import PARIS_NAME

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
_PRODUCT: Final = "-//MACS//notify//FR"
# Written by hand: the generated zone is a long list of dates that Outlook takes for "1970 to 2038".
_ZONE: Final = """\
BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


@dataclass(frozen=True)
class Attendee:
    name: str
    email: str
    accepted: bool = False
    """A registrant asked for the seat: the answer is known, no reply is wanted."""
    required: bool = True
    asked: bool = True
    """Of a date to retain nobody is asked an answer yet."""


@dataclass(frozen=True)
class Entry:
    """An event as one recipient's calendar shows it. `starts_at` and `ends_at` are local to `zone`."""

    uid: str
    sequence: int
    summary: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str
    description: str
    cancelled: bool = False
    tentative: bool = False
    """The date stands, the programme is to come."""


def uid_of(meeting_id: object) -> str:
    """Constant over every revision and recipient of a meeting, so that an update finds what it updates."""
    return f"{meeting_id}@macs"


def calendar(entry: Entry, method: Method, *, stamped: datetime, organizer: str, attendee: Attendee | None) -> bytes:
    """The calendar object, folded at 75 octets, CRLF. `organizer` is the bare address that sends the mail: Gmail merges updates only then.

    PUBLISH has no attendee (RFC 5546, 3.2.1); REQUEST and CANCEL name exactly one.
    """
    if (attendee is None) != (method == "PUBLISH"):
        raise ValueError(f"{method} {'needs' if attendee is None else 'takes no'} attendee")
    cal = Calendar()
    cal.add("prodid", _PRODUCT)
    cal.add("version", "2.0")
    cal.add("calscale", "GREGORIAN")
    cal.add("method", method)
    if entry.zone == PARIS_NAME:
        cal.add_component(_zone())
    event = _event(entry, stamped)
    event["organizer"] = vCalAddress(f"mailto:{organizer}")
    event.add("status", _status(entry, method))
    event.add("transp", "TRANSPARENT" if method in {"CANCEL", "PUBLISH"} else "OPAQUE")
    if attendee is not None:
        event["attendee"] = _attendee(attendee, asks=method == "REQUEST" and attendee.asked and not attendee.accepted)
    cal.add_component(event)
    return bytes(cal.to_ical())


def _status(entry: Entry, method: Method) -> str:
    if method == "CANCEL" or entry.cancelled:
        return "CANCELLED"
    return "TENTATIVE" if entry.tentative else "CONFIRMED"


def _event(entry: Entry, stamped: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamped.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    event.add("dtstart", _placed(entry.starts_at, entry.zone))
    event.add("dtend", _placed(entry.ends_at, entry.zone))
    event.add("summary", entry.summary)
    event.add("location", entry.place)
    event.add("description", entry.description)
    event.add("class", "PUBLIC")
    return event


def _placed(local: datetime, zone: str) -> datetime:
    """Local time with its zone in Paris, the instant elsewhere: we vouch for one hand-written zone only."""
    placed = local.replace(tzinfo=ZoneInfo(zone))
    return placed if zone == PARIS_NAME else placed.astimezone(UTC)


def _zone() -> Component:
    return Timezone.from_ical(_ZONE)


def _attendee(attendee: Attendee, *, asks: bool) -> vCalAddress:
    address = vCalAddress(f"mailto:{attendee.email}")
    address.params["cn"] = vText(attendee.name)
    address.params["role"] = vText("REQ-PARTICIPANT" if attendee.required else "OPT-PARTICIPANT")
    address.params["partstat"] = vText("ACCEPTED" if attendee.accepted else "NEEDS-ACTION")
    address.params["rsvp"] = vText("TRUE" if asks else "FALSE")
    return address


def several(entries: Iterable[Entry], *, stamped: datetime, organizer: str) -> bytes:
    """Events as one file to open (METHOD:PUBLISH, nobody is asked)."""
    cal = Calendar()
    for name, value in (("prodid", _PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("method", "PUBLISH")):
        cal.add(name, value)
    cal.add_component(_zone())
    for entry in entries:
        event = _event(entry, stamped)
        event["organizer"] = vCalAddress(f"mailto:{organizer}")
        event.add("status", _status(entry, "PUBLISH"))
        cal.add_component(event)
    return bytes(cal.to_ical())
