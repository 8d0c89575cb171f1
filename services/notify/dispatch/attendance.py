"""Who came → thanks and the survey, or « vous nous avez manqué », once a person, the working morning after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Addressee, AttendanceRecorded, Meeting, OutcomesAsked
from schemas.zones import PARIS
from services.notify.dispatch.tellings import Telling, tell
from services.notify.rules import registration_letters
from services.notify.rules.workdays import paris_day
from services.notify.store import attendance, deliveries, meetings
from services.notify.store.attendance import Attended
from services.notify.store.deliveries import New


async def afterwards(connection: Connection, message: AttendanceRecorded | OutcomesAsked, traceparent: str | None, now: datetime) -> None:
    """What follows a meeting: who came, and much later what came of it."""
    match message:
        case AttendanceRecorded():
            await recorded(connection, message)
        case OutcomesAsked():
            await outcomes(connection, message, traceparent, now)


async def recorded(connection: Connection, message: AttendanceRecorded) -> None:
    """Kept; a revision already known changes nothing. Nobody is written to while people still come through the door."""
    await attendance.record(connection, message)


async def tell_afterwards(connection: Connection, now: datetime) -> int:
    """Write to those who were ticked at meetings that ended before today. Returns how many letters were written."""
    midnight = datetime.combine(paris_day(now), time(0), PARIS)
    written = 0
    for meeting_id in await attendance.meetings_to_tell(connection, midnight):
        locked = await meetings.lock(connection, meeting_id)
        if locked is not None:
            written += await _tell(connection, meeting_id, locked[0], locked[1], now)
        await attendance.done(connection, meeting_id)
    return written


async def outcomes(connection: Connection, asked: OutcomesAsked, traceparent: str | None, now: datetime) -> None:
    """Half a year later: what came of it. The same question twice is written once."""
    letter = registration_letters.outcomes(asked)
    what = Telling(f"outcomes:{asked.participant_id}", "OUTCOMES", str(asked.meeting_id), letter.subject, letter, traceparent=traceparent)
    await tell(connection, Addressee(email=asked.email, name=asked.name), what, now, mail_only=True)


async def _tell(connection: Connection, meeting_id: UUID, meeting: Meeting, traceparent: str | None, now: datetime) -> int:
    people: dict[str, list[Attended]] = defaultdict(list)
    for seat in await attendance.of_meeting(connection, meeting_id):
        if seat.email:
            people[seat.email.lower()].append(seat)
    written = 0
    for address, seats in sorted(people.items()):
        came = next((seat for seat in seats if seat.present), None)
        if came is None and await attendance.was_thanked(connection, meeting_id, address):
            continue  # ticked away after the thanks: nobody takes them back
        new = _letter(meeting, address, seats, came, traceparent)
        written += await deliveries.add(connection, new, now) is not None
    return written


def _letter(meeting: Meeting, address: str, seats: list[Attended], came: Attended | None, traceparent: str | None) -> New:
    """One letter a person, whatever the number of seats: who came to one of them came."""
    seat = came or seats[0]
    name = seat.name or ""
    survey = next((each.survey_page for each in seats if each.present and each.survey_page), None)
    material = next((each.material_page for each in seats if each.material_page), None)
    letter = registration_letters.thanks(name, meeting, survey, material) if came else registration_letters.missed(name, meeting, material)
    content: dict[str, Any] = {"letter": asdict(letter)}
    kind = "REGISTRATION_THANKS" if came else "REGISTRATION_MISSED"
    return New(
        dedupe=f"afterwards:{meeting.meeting_id}:{address}:{kind}",
        channel="mail",
        kind=kind,
        about=str(meeting.meeting_id),
        recipient_id=str(seat.registration_id),
        recipient_name=name,
        address=seat.email,
        title=letter.subject,
        department=meeting.department,
        revision=meeting.revision,
        thread=f"afterwards:{meeting.meeting_id}:{address}",
        content=content,
        traceparent=traceparent,
    )
