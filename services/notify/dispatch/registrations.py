"""Registrations without account → mails to the registrant, with a calendar entry while a seat is theirs."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled, Registration, RegistrationCancelled, RegistrationConfirmed
from services.notify.rules import registration_letters
from services.notify.store import deliveries, meetings
from services.notify.store.deliveries import New


async def changed(connection: Connection, registration: Registration, traceparent: str | None, now: datetime) -> None:
    """A registration's state has been announced. After a meeting's cancellation nobody is told twice that it is off."""
    locked = await meetings.lock(connection, registration.meeting_id)
    if not await meetings.record_registration(connection, registration):
        return
    meeting = locked[0] if locked else None
    if isinstance(meeting, MeetingCancelled):
        return
    method = await _method(connection, registration)
    await _write(connection, registration, meeting, registration_letters.kind_of(registration), method, traceparent, now)


async def meeting_changed(connection: Connection, meeting: Meeting, before: Meeting | None, traceparent: str | None, now: datetime) -> None:
    """The meeting moved or is off: everybody whose seat changes is told, in place of what still waited to be told."""
    cancelled = isinstance(meeting, MeetingCancelled)
    for registration in await meetings.registrations_of(connection, meeting.meeting_id):
        if cancelled:
            method = "CANCEL" if await _has_entry(connection, registration.registration_id) else None
            await _write(connection, registration, meeting, "REGISTRATION_CALLED_OFF", method, traceparent, now)
        elif before is not None and (was := _placed(registration, before)) != _placed(registration, meeting):
            method = await _method(connection, registration)
            await _write(connection, registration, meeting, "REGISTRATION_MOVED", method, traceparent, now, before=was)


def _placed(registration: Registration, meeting: Meeting) -> tuple[str, str]:
    """When and where: a corrected title is no reason to write to everybody who registered."""
    seat = registration_letters.seat_of(registration, meeting)
    return seat.when, seat.place


async def _method(connection: Connection, registration: Registration) -> str | None:
    """A seat is an entry in the calendar; losing it takes the entry away; waiting for one is words only."""
    if isinstance(registration, RegistrationConfirmed):
        return "REQUEST"
    return "CANCEL" if await _has_entry(connection, registration.registration_id) else None


async def _sequence(connection: Connection, thread: str) -> int:
    """iCalendar's SEQUENCE of the seat: one higher with each mail that carries it, whatever moves it, meeting or session."""
    return int(await connection.fetchval("select count(*) from deliveries where thread = $1 and method is not null", thread))


async def _has_entry(connection: Connection, registration_id: UUID) -> bool:
    """Whether the last calendar part that the registrant may have is an invitation."""
    method = await connection.fetchval(
        f"""
        select method from deliveries where thread = $1 and method is not null and {meetings.MAY_HAVE_IT} order by ordinal desc limit 1
        """,  # noqa: S608  a constant
        str(registration_id),
    )
    return bool(method == "REQUEST")


async def _write(
    connection: Connection,
    registration: Registration,
    meeting: Meeting | None,
    kind: str,
    method: str | None,
    traceparent: str | None,
    now: datetime,
    before: tuple[str, str] | None = None,
) -> None:
    thread = str(registration.registration_id)
    open_rows = await connection.fetch(
        "select delivery_id from deliveries where thread = $1 and state in ('waiting', 'unknown') order by ordinal", thread
    )
    for row in open_rows:
        await deliveries.abandon(connection, row["delivery_id"], "superseded by a later state of the registration", now)
    if kind in {"REGISTRATION_CALLED_OFF", "REGISTRATION_CANCELLED"} and not await _was_told(connection, thread, registration):
        return
    await deliveries.add(
        connection,
        New(
            dedupe=f"registration:{thread}:{registration.revision}:{meeting.revision if meeting else '-'}:{kind}",
            channel="mail",
            kind=kind,
            about=str(registration.meeting_id),
            recipient_id=thread,
            recipient_name=registration.name,
            address=registration.email,
            title=meeting.title if meeting else "Réunion",
            department=meeting.department if meeting else None,
            revision=meeting.revision if meeting else 0,
            method=method,
            thread=thread,
            content={
                "type": type(registration).__name__,
                "registration": json.loads(registration.model_dump_json()),
                "sequence": await _sequence(connection, thread),
                "before": before,
            },
            traceparent=traceparent,
        ),
        now,
    )


async def _was_told(connection: Connection, thread: str, registration: Registration) -> bool:
    """Who never heard of a seat need not hear that the meeting is off; who cancels wants to see it done."""
    if isinstance(registration, RegistrationCancelled):
        return True
    return bool(
        await connection.fetchval(
            f"select exists (select from deliveries where thread = $1 and {meetings.MAY_HAVE_IT})",  # noqa: S608  a constant
            thread,
        )
    )
