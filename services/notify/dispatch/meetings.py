"""A meeting → mails to everybody expected, to the team in a vacancy, and inbox items. Always under the meeting's row lock."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled, MeetingMoved
from services.notify.dispatch import registrations
from services.notify.rules import meeting_letters, routing
from services.notify.rules.routing import GUEST, TEAM, Invitee, Plan, Situation, Wanted
from services.notify.rules.workdays import paris_day
from services.notify.store import deliveries, meetings, people, preferences
from services.notify.store.deliveries import New


async def changed(connection: Connection, meeting: Meeting, traceparent: str | None, now: datetime) -> None:
    """A revision of a meeting has been announced. A revision already known changes nothing."""
    known = await meetings.lock(connection, meeting.meeting_id)
    if not await meetings.record(connection, meeting, traceparent):
        return
    found = await situation(connection, meeting, now, revised=True)
    await _inbox_items(connection, found, traceparent, now)
    await _carry_out(connection, found, traceparent, now)
    if not found.over:
        await registrations.meeting_changed(connection, meeting, known[0] if known else None, traceparent, now)


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
    """The meeting, those expected at it, and those who prepare it because another person will hold their mandate by then."""
    day, today = routing.mandate_day(meeting), paris_day(now)
    invited = await people.expected(connection, meeting, day)
    preparing, vacant = [], []
    for department in routing.departments_of(meeting):
        holder = await people.holder(connection, department, day)
        present = holder if day == today else await people.holder(connection, department, today)
        if holder is None:
            vacant.append(department)
        if present is not None and all(present.id != invitee.person.id for invitee in invited):
            preparing.append(Invitee(present, department))
    return Situation(
        meeting=meeting,
        cancelled=isinstance(meeting, MeetingCancelled),
        over=routing.ends(meeting) <= now,
        invited=invited,
        preparing=routing.each_once(preparing),
        vacant=tuple(vacant),
        revised=revised,
    )


async def _carry_out(connection: Connection, now_is: Situation, traceparent: str | None, now: datetime) -> None:
    rows = await meetings.rows_about(connection, now_is.meeting.meeting_id)
    found: Plan = routing.plan(now_is, rows)
    for delivery_id, reason in found.abandoned:
        await deliveries.abandon(connection, delivery_id, reason, now)
    told = Counter(row.recipient_id for row in rows)
    for wanted in found.wanted:
        await _write(connection, now_is.meeting, wanted, told[wanted.recipient_id], traceparent, now)
    await _to_the_team(connection, now_is, traceparent, now)


async def _write(connection: Connection, meeting: Meeting, wanted: Wanted, ordinal: int, traceparent: str | None, now: datetime) -> None:
    before, address, name = await meetings.told(connection, wanted.after.delivery_id) if wanted.after else (None, None, "")
    person = wanted.to.person if wanted.to else None
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
            department=(wanted.to.department if wanted.to else None) or meeting.department,
            revision=meeting.revision,
            method=wanted.method,
            thread=f"{meeting.meeting_id}:{wanted.recipient_id}",
            mandate_id=person.mandate_id if person else None,
            mandate_day=routing.mandate_day(meeting),
            content=meetings.content_of(meeting, before, wanted.to),
            says=routing.says(meeting),
            secret=secrets.token_urlsafe(24) if wanted.method == "REQUEST" else None,
            traceparent=traceparent,
        ),
        now,
    )


async def write_again(connection: Connection, meeting: Meeting, to: Invitee, traceparent: str | None, now: datetime) -> None:
    """The invitation once more, as a reminder: the same entry to the same calendar. Only to who has it already."""
    rows = [row for row in await meetings.rows_about(connection, meeting.meeting_id) if row.recipient_id == to.person.id]
    told = next((row for row in reversed(rows) if row.handed), None)
    if told is None or told.method != "REQUEST" or any(row.open for row in rows):
        return
    wanted = Wanted(to.person.id, to, "REQUEST", "MEETING_REMINDER", told)
    await _write(connection, meeting, wanted, len(rows), traceparent, now)


async def _inbox_items(connection: Connection, found: Situation, traceparent: str | None, now: datetime) -> None:
    """One item a coordination and a person of the directory; guests have no inbox. Who is not told anew by mail is not told anew here."""
    if found.over:
        return
    for invitee in _with_an_inbox(found):
        await _inbox_item(connection, found, invitee, traceparent, now)


def _with_an_inbox(found: Situation) -> list[Invitee]:
    """Each department through its holder, or through whoever prepares in a vacancy; then people of the directory."""
    held = {invitee.department for invitee in found.invited}
    instead = [invitee for invitee in found.preparing if invitee.department not in held]
    return [*(i for i in found.invited if not i.person.id.startswith(GUEST)), *instead]


async def _inbox_item(connection: Connection, found: Situation, to: Invitee, traceparent: str | None, now: datetime) -> None:
    meeting, moved = found.meeting, isinstance(found.meeting, MeetingMoved)
    says, whose = routing.says(meeting), to.department or to.person.id
    before = await meetings.last_item(connection, meeting.meeting_id, to.department, to.person.id)
    explained = isinstance(meeting, MeetingMoved) and meeting.reason is not None
    if before == says and not explained:
        return
    new = before is None and not found.cancelled
    await deliveries.add(
        connection,
        New(
            dedupe=f"meeting:{meeting.meeting_id}:{meeting.revision}:inbox:{whose}",
            channel="inbox",
            kind="MEETING_CANCELLATION" if found.cancelled else "MEETING_INVITATION" if new or not moved else "MEETING_CHANGE",
            about=str(meeting.meeting_id),
            recipient_id=to.person.id,
            recipient_name=to.person.full_name,
            title=meeting_letters.inbox_title(meeting, cancelled=found.cancelled, moved=moved and not new),
            department=to.department,
            revision=meeting.revision,
            mandate_id=to.person.mandate_id,
            mandate_day=routing.mandate_day(meeting),
            says=says,
            page=to.path or meeting.page,
            traceparent=traceparent,
        ),
        now,
    )


async def _to_the_team(connection: Connection, found: Situation, traceparent: str | None, now: datetime) -> None:
    """« À transmettre » while nobody holds a mandate of that day; done as soon as somebody does."""
    meeting = found.meeting
    for department in found.unassigned:
        item = New(
            dedupe=f"meeting:{meeting.meeting_id}:{meeting.revision}:team:{department}",
            channel="inbox",
            kind="MEETING_UNASSIGNED",
            about=str(meeting.meeting_id),
            recipient_id=TEAM,
            title=meeting_letters.unassigned_title(meeting, department),
            department=department,
            revision=meeting.revision,
            mandate_day=routing.mandate_day(meeting),
            page=meeting.page,
            traceparent=traceparent,
        )
        await deliveries.add(connection, item, now)
    await connection.execute(
        """
        update deliveries set done_at = $2, done_by = 'mandate'
        where about = $1 and kind = 'MEETING_UNASSIGNED' and done_at is null and (department <> all($3) or revision < $4)
        """,
        str(meeting.meeting_id),
        now,
        found.unassigned,
        meeting.revision,
    )
