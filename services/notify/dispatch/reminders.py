"""A meeting comes near → a line in the digest, or the invitation once more, as each person prefers; registrants get their seat's entry again."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled, RegistrationConfirmed
from schemas.zones import PARIS
from services.notify.dispatch import meetings as meeting_dispatch
from services.notify.dispatch import registrations
from services.notify.rules import reminders as rules
from services.notify.rules import routing
from services.notify.rules.reminders import Stage
from services.notify.rules.routing import GUEST, Invitee
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, meetings, people, preferences
from services.notify.store.deliveries import New


async def due(connection: Connection, now: datetime) -> int:
    """Remind of the meetings that are a week or a day away. Returns how many something was written about."""
    today, told = paris_day(now), 0
    for meeting_id in await meetings.between(connection, now, now + rules.AHEAD):
        locked = await meetings.lock(connection, meeting_id)
        if locked is None or isinstance(locked[0], MeetingCancelled) or locked[0].save_the_date:
            continue
        stage = rules.stage(routing.mandate_day(locked[0]), today)
        if stage is not None:
            told += await _remind(connection, locked[0], stage, locked[1], now)
    return told


async def _remind(connection: Connection, meeting: Meeting, stage: Stage, traceparent: str | None, now: datetime) -> bool:
    day = routing.mandate_day(meeting)
    told_since = datetime.combine(rules.since(day, stage), time(0), PARIS)
    fresh = await meetings.written_to_since(connection, meeting.meeting_id, told_since)
    done = False
    for invitee in await people.expected(connection, meeting, day):
        if invitee.person.id not in fresh and not invitee.person.id.startswith(GUEST):
            done |= await _one(connection, meeting, invitee, stage, traceparent, now)
    for registration in await meetings.registrations_of(connection, meeting.meeting_id):
        if isinstance(registration, RegistrationConfirmed) and str(registration.registration_id) not in fresh:
            done |= await registrations.remind(connection, registration, meeting, stage, traceparent, now)
    return done


async def _one(connection: Connection, meeting: Meeting, to: Invitee, stage: Stage, traceparent: str | None, now: datetime) -> bool:
    frequency = await preferences.frequency(connection, to.person.id, "REMINDERS")
    name = f"reminder:{meeting.meeting_id}:{meeting.sequence}:{stage}:{to.department or to.person.id}"
    item = await deliveries.add(
        connection,
        New(
            dedupe=name,
            channel="inbox",
            kind="MEETING_REMINDER",
            about=str(meeting.meeting_id),
            recipient_id=to.person.id,
            recipient_name=to.person.full_name,
            title=rules.title(meeting, paris_day(now)),
            department=to.department,
            revision=meeting.revision,
            mandate_id=to.person.mandate_id,
            mandate_day=routing.mandate_day(meeting),
            page=to.path or meeting.page,
            # before eight o'clock of the same morning, so that today's digest has it and not tomorrow's
            digest="pending" if frequency in {"daily", "weekly"} else None,
            traceparent=traceparent,
        ),
        _before_the_digest(now),
    )
    if item is None:
        return False
    await _earlier_ones_done(connection, meeting.meeting_id, item, to, now)
    if frequency == "immediate":
        await meeting_dispatch.write_again(connection, meeting, to, traceparent, now)
    return True


def _before_the_digest(now: datetime) -> datetime:
    eight: datetime = datetime.combine(paris_day(now), time(7, 59), PARIS)
    return min(now, eight)


async def _earlier_ones_done(connection: Connection, meeting_id: UUID, item: UUID, to: Invitee, now: datetime) -> None:
    """The reminder of the day replaces that of the week."""
    await connection.execute(
        """
        update deliveries set done_at = $4, done_by = 'later' where about = $1 and kind = 'MEETING_REMINDER' and channel = 'inbox'
            and delivery_id <> $2 and recipient_id = $3 and done_at is null
        """,
        str(meeting_id),
        item,
        to.person.id,
        now,
    )
