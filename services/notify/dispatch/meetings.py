"""A meeting → mails to the holder of its day, to the team in a vacancy, and one inbox item a revision. Always under the meeting's row lock."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled, MeetingMoved
from services.notify.dispatch import registrations
from services.notify.rules import meeting_letters, routing
from services.notify.rules.routing import TEAM, Person, Plan, Situation, Wanted
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, meetings, people, preferences
from services.notify.store.deliveries import New


async def changed(connection: Connection, meeting: Meeting, traceparent: str | None, now: datetime) -> None:
    """A revision of a meeting has been announced. A revision already known changes nothing."""
    if not await meetings.record(connection, meeting, traceparent):
        return
    found = await situation(connection, meeting, now, revised=True)
    await _inbox_item(connection, found, traceparent, now)
    await _carry_out(connection, found, traceparent, now)
    if not found.over:
        await registrations.meeting_changed(connection, meeting, traceparent, now)


async def reroute(connection: Connection, departments: Iterable[str] | None, now: datetime) -> None:
    """A mandate was recorded, or midnight has passed: look again at who is invited to the meetings to come."""
    for meeting_id in await meetings.coming(connection, departments, now):
        await reconsider(connection, meeting_id, now)


async def reconsider(connection: Connection, meeting_id: UUID, now: datetime) -> tuple[Meeting, Situation] | None:
    """Resolve the recipients of one meeting again, and keep its row lock. None when the meeting is not known."""
    locked = await meetings.lock(connection, meeting_id)
    if locked is None:
        return None
    meeting, traceparent = locked
    found = await situation(connection, meeting, now, revised=False)
    await _carry_out(connection, found, traceparent, now)
    return meeting, found


async def situation(connection: Connection, meeting: Meeting, now: datetime, *, revised: bool) -> Situation:
    """The meeting and the two people whom its department's mandates name: of its own day, and of today."""
    return Situation(
        meeting=meeting,
        cancelled=isinstance(meeting, MeetingCancelled),
        over=routing.ends(meeting) <= now,
        holder=await people.holder(connection, meeting.department, routing.mandate_day(meeting)),
        present=await people.holder(connection, meeting.department, paris_day(now)),
        revised=revised,
    )


async def _carry_out(connection: Connection, now_is: Situation, traceparent: str | None, now: datetime) -> None:
    rows = await meetings.rows_about(connection, now_is.meeting.meeting_id)
    found: Plan = routing.plan(now_is, rows)
    for delivery_id, reason in found.abandoned:
        await deliveries.abandon(connection, delivery_id, reason, now)
    for wanted in found.wanted:
        ordinal = sum(row.recipient_id == wanted.recipient_id for row in rows)
        await _write(connection, now_is.meeting, wanted, ordinal, traceparent, now)
    await _to_the_team(connection, now_is, traceparent, now, unassigned=found.unassigned)


async def _write(connection: Connection, meeting: Meeting, wanted: Wanted, ordinal: int, traceparent: str | None, now: datetime) -> None:
    before, address, name = await meetings.told(connection, wanted.after.delivery_id) if wanted.after else (None, None, "")
    person = wanted.person
    if wanted.kind == "MEETING_PREPARATION" and await preferences.frequency(connection, wanted.recipient_id, "PREPARATION") == "never":
        return
    await deliveries.add(
        connection,
        New(
            dedupe=f"meeting:{meeting.meeting_id}:{meeting.revision}:{wanted.recipient_id}:{wanted.method}:{ordinal}",
            channel="mail",
            kind=wanted.kind,
            about=str(meeting.meeting_id),
            recipient_id=wanted.recipient_id,
            recipient_name=(person.full_name if person else name) or name,
            # who was told at an address is told there again, so that one calendar hears both
            address=address or (person.email if person else None),
            title=meeting_letters.name_of(meeting),
            department=meeting.department,
            revision=meeting.revision,
            method=wanted.method,
            thread=f"{meeting.meeting_id}:{wanted.recipient_id}",
            mandate_id=person.mandate_id if person else None,
            mandate_day=routing.mandate_day(meeting),
            content=meetings.content_of(meeting, before),
            secret=secrets.token_urlsafe(24) if wanted.method == "REQUEST" else None,
            traceparent=traceparent,
        ),
        now,
    )


async def _inbox_item(connection: Connection, found: Situation, traceparent: str | None, now: datetime) -> None:
    meeting = found.meeting
    to: Person | None = found.holder or found.present
    if to is None or found.over:
        return
    moved = isinstance(meeting, MeetingMoved)
    await deliveries.add(
        connection,
        New(
            dedupe=f"meeting:{meeting.meeting_id}:{meeting.revision}:inbox",
            channel="inbox",
            kind="MEETING_CANCELLATION" if found.cancelled else "MEETING_CHANGE" if moved else "MEETING_INVITATION",
            about=str(meeting.meeting_id),
            recipient_id=to.id,
            recipient_name=to.full_name,
            title=meeting_letters.inbox_title(meeting, cancelled=found.cancelled, moved=moved),
            department=meeting.department,
            revision=meeting.revision,
            mandate_id=to.mandate_id,
            mandate_day=routing.mandate_day(meeting),
            traceparent=traceparent,
        ),
        now,
    )


async def _to_the_team(connection: Connection, found: Situation, traceparent: str | None, now: datetime, *, unassigned: bool) -> None:
    """« À transmettre » while nobody holds the mandate of that day; done as soon as somebody does."""
    meeting = found.meeting
    if unassigned:
        item = New(
            dedupe=f"meeting:{meeting.meeting_id}:{meeting.revision}:team",
            channel="inbox",
            kind="MEETING_UNASSIGNED",
            about=str(meeting.meeting_id),
            recipient_id=TEAM,
            title=meeting_letters.unassigned_title(meeting),
            department=meeting.department,
            revision=meeting.revision,
            mandate_day=routing.mandate_day(meeting),
            traceparent=traceparent,
        )
        await deliveries.add(connection, item, now)
    await connection.execute(
        """
        update deliveries set done_at = $2, done_by = 'mandate'
        where about = $1 and kind = 'MEETING_UNASSIGNED' and done_at is null and (not $3 or revision < $4)
        """,
        str(meeting.meeting_id),
        now,
        unassigned,
        meeting.revision,
    )
