"""Registrations without account → mails to the registrant, with a calendar entry while a seat is theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled, Registration, RegistrationCancelled, RegistrationConfirmed
from services.notify.rules import registration_letters
from services.notify.store import deliveries, meetings
from services.notify.store.deliveries import New


@dataclass(frozen=True)
class _News:
    """What is told. `before` is when and where it was; `stage` which reminder it is."""

    kind: str
    method: str | None
    before: tuple[str, str] | None = None
    stage: str | None = None


async def changed(connection: Connection, registration: Registration, traceparent: str | None, now: datetime) -> None:
    """A registration's state has been announced. After a meeting's cancellation nobody is told twice that it is off."""
    locked = await meetings.lock(connection, registration.meeting_id)
    if not await meetings.record_registration(connection, registration):
        return
    meeting = locked[0] if locked else None
    if isinstance(meeting, MeetingCancelled):
        return
    method = await _method(connection, registration)
    await _write(connection, registration, meeting, _News(registration_letters.kind_of(registration), method), traceparent, now)


async def meeting_changed(connection: Connection, meeting: Meeting, before: Meeting | None, traceparent: str | None, now: datetime) -> None:
    """The meeting moved or is off: everybody whose seat changes is told, in place of what still waited to be told."""
    cancelled = isinstance(meeting, MeetingCancelled)
    for registration in await meetings.registrations_of(connection, meeting.meeting_id):
        if cancelled:
            method = "CANCEL" if await _has_entry(connection, registration.registration_id) else None
            await _write(connection, registration, meeting, _News("REGISTRATION_CALLED_OFF", method), traceparent, now)
        elif before is not None and (was := _placed(registration, before)) != _placed(registration, meeting):
            method = await _method(connection, registration)
            await _write(connection, registration, meeting, _News("REGISTRATION_MOVED", method, before=was), traceparent, now)


async def remind(
    connection: Connection, registration: Registration, meeting: Meeting, stage: str, traceparent: str | None, now: datetime
) -> bool:
    """The seat's entry once more, so that a calendar that lost it has it; who cannot come frees the seat. Once a stage. True when it was written."""
    thread, kind = str(registration.registration_id), "REGISTRATION_REMINDER"
    if not await _has_entry(connection, registration.registration_id):
        return False
    already = await connection.fetchval(
        "select exists (select from deliveries where thread = $1 and kind = $2 and content->>'stage' = $3)", thread, kind, stage
    )
    if already:
        return False
    await _write(connection, registration, meeting, _News(kind, "REQUEST", stage=stage), traceparent, now)
    return True


def _placed(registration: Registration, meeting: Meeting) -> tuple[str, str]:
    """When and where: a corrected title is no reason to write to everybody who registered."""
    seat = registration_letters.seat_of(registration, meeting)
    return seat.when, seat.place


async def _method(connection: Connection, registration: Registration) -> str | None:
    """A seat is an entry in the calendar; losing it takes the entry away; waiting for one is words only."""
    if isinstance(registration, RegistrationConfirmed):
        return "REQUEST"
    return "CANCEL" if await _has_entry(connection, registration.registration_id) else None


async def _sequence(connection: Connection, thread: str, *, again: bool) -> int:
    """iCalendar's SEQUENCE of the seat: one higher with each mail that changes it, whatever moves it, meeting or session; not with a reminder."""
    last: int | None = await connection.fetchval(
        "select max(coalesce((content->>'sequence')::integer, revision)) from deliveries where thread = $1 and method is not null", thread
    )
    return 0 if last is None else last + (not again)


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
    connection: Connection, registration: Registration, meeting: Meeting | None, news: _News, traceparent: str | None, now: datetime
) -> None:
    thread = str(registration.registration_id)
    open_rows = await connection.fetch(
        "select delivery_id from deliveries where thread = $1 and state in ('waiting', 'unknown') order by ordinal", thread
    )
    for row in open_rows:
        await deliveries.abandon(connection, row["delivery_id"], "superseded by a later state of the registration", now)
    if news.kind in {"REGISTRATION_CALLED_OFF", "REGISTRATION_CANCELLED"} and not await _was_told(connection, thread, registration):
        return
    await deliveries.add(
        connection,
        New(
            dedupe=f"registration:{thread}:{registration.revision}:{meeting.revision if meeting else '-'}:{news.kind}{f':{news.stage}' if news.stage else ''}",
            channel="mail",
            kind=news.kind,
            about=str(registration.meeting_id),
            recipient_id=thread,
            recipient_name=registration.name,
            address=registration.email,
            title=meeting.title if meeting else "Réunion",
            department=meeting.department if meeting else None,
            revision=meeting.revision if meeting else 0,
            method=news.method,
            thread=thread,
            content={
                "type": type(registration).__name__,
                "registration": json.loads(registration.model_dump_json()),
                "sequence": await _sequence(connection, thread, again=news.stage is not None),
                "before": news.before,
                "stage": news.stage,
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
