"""Meetings and registrations as they stand, and the mails about a meeting that exist already."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import (
    Meeting,
    MeetingCancelled,
    MeetingMoved,
    MeetingPlanned,
    Registration,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationPromoted,
    RegistrationWaitlisted,
)
from services.notify.rules.calendar import Method
from services.notify.rules.routing import Invitee, Row, departments_of, ends

_MEETINGS: Final[dict[str, type[Meeting]]] = {kind.__name__: kind for kind in (MeetingPlanned, MeetingMoved, MeetingCancelled)}
_REGISTRATIONS: Final[dict[str, type[Registration]]] = {
    kind.__name__: kind for kind in (RegistrationConfirmed, RegistrationWaitlisted, RegistrationPromoted, RegistrationCancelled)
}
MAY_HAVE_IT: Final = "(copies > 0 or state = 'sending')"


async def record(connection: Connection, meeting: Meeting, traceparent: str | None) -> bool:
    """Keep the meeting's state and hold its row lock. False for a revision already known or overtaken."""
    done = await connection.fetchval(
        """
        insert into meetings (meeting_id, revision, type, message, department, departments, ends_at, traceparent)
        values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8)
        on conflict (meeting_id) do update set revision = excluded.revision, type = excluded.type, message = excluded.message,
            department = excluded.department, departments = excluded.departments, ends_at = excluded.ends_at, traceparent = excluded.traceparent
            where meetings.revision < excluded.revision
        returning true
        """,
        meeting.meeting_id, meeting.revision, type(meeting).__name__, meeting.model_dump_json(), meeting.department, departments_of(meeting),
        ends(meeting), traceparent,
    )  # fmt: skip
    return bool(done)


async def lock(connection: Connection, meeting_id: UUID) -> tuple[Meeting, str | None] | None:
    """The meeting under its row lock, with the traceparent of its last revision."""
    row = await connection.fetchrow("select type, message::text, traceparent from meetings where meeting_id = $1 for update", meeting_id)
    return (read(row["type"], row["message"]), row["traceparent"]) if row else None


async def coming(connection: Connection, departments: Iterable[str] | None, now: datetime) -> list[UUID]:
    """Meetings to come to which one of the departments is invited, in a fixed order so that locks are taken in one; all departments for None."""
    chosen = None if departments is None else list(departments)
    rows = await connection.fetch(
        "select meeting_id from meetings where ends_at > $1 and departments <> '{}' and ($2::text[] is null or departments && $2) order by 1",
        now,
        chosen,
    )
    return [row["meeting_id"] for row in rows]


async def between(connection: Connection, first: datetime, last: datetime) -> list[UUID]:
    """Meetings that end after `first` and by `last`, in a fixed order so that locks are taken in one."""
    rows = await connection.fetch("select meeting_id from meetings where ends_at > $1 and ends_at <= $2 order by meeting_id", first, last)
    return [row["meeting_id"] for row in rows]


async def written_to_since(connection: Connection, meeting_id: UUID, since: datetime) -> set[str]:
    """People and registrations that were written to about the meeting."""
    rows = await connection.fetch(
        """
        select distinct recipient_id, thread from deliveries where about = $1 and channel = 'mail' and created_at >= $2 and state <> 'abandoned'
        """,
        str(meeting_id),
        since,
    )
    return {row["recipient_id"] for row in rows} | {row["thread"] for row in rows if row["thread"]}


async def rows_about(connection: Connection, meeting_id: UUID) -> list[Row]:
    """The mails about this meeting to those invited, oldest first."""
    rows = await connection.fetch(
        f"""
        select delivery_id, recipient_id, method, revision, {MAY_HAVE_IT} as handed, state in ('waiting', 'unknown') as open,
            says, case when mandate_id is not null then department end as mandated
        from deliveries where about = $1 and channel = 'mail' and kind like 'MEETING%' and state <> 'bounced' order by ordinal
        """,  # noqa: S608  a constant
        str(meeting_id),
    )
    return [
        Row(
            row["delivery_id"],
            row["recipient_id"],
            cast("Method", row["method"]),
            row["revision"],
            row["handed"],
            row["open"],
            row["says"],
            row["mandated"],
        )
        for row in rows
    ]


async def last_item(connection: Connection, meeting_id: UUID, department: str | None, person: str) -> str | None:
    """What the newest inbox item about the meeting says to this coordination, or to this person; None when there is none."""
    found: str | None = await connection.fetchval(
        """
        select coalesce(says, '') from deliveries where about = $1 and channel = 'inbox' and kind in ('MEETING_INVITATION', 'MEETING_CHANGE', 'MEETING_CANCELLATION')
            and case when $2::text is null then recipient_id = $3 and department is null else department = $2 and recipient_id <> 'team' end
        order by ordinal desc limit 1
        """,
        str(meeting_id),
        department,
        person,
    )
    return found


async def told(connection: Connection, delivery_id: UUID) -> tuple[Meeting | None, str | None, str]:
    """What a row told: the meeting, the address and the name."""
    row = await connection.fetchrow("select content::text, address, recipient_name from deliveries where delivery_id = $1", delivery_id)
    if row is None:
        return None, None, ""
    content: dict[str, Any] = json.loads(row["content"])
    return read(content["type"], json.dumps(content["meeting"])), row["address"], row["recipient_name"]


def content_of(meeting: Meeting, before: Meeting | None, to: Invitee | None) -> dict[str, Any]:
    """What a mail's row keeps of the meeting: as it is told, as it was told before, and as what the recipient is expected."""
    return {
        "as": {"department": to.department, "organisation": to.organisation, "path": to.path, "required": to.required} if to else {},
        "type": type(meeting).__name__,
        "meeting": json.loads(meeting.model_dump_json()),
        "before": json.loads(before.model_dump_json()) if before else None,
        "before_type": type(before).__name__ if before else None,
    }


def read(kind: str, text: str) -> Meeting:
    return _MEETINGS[kind].model_validate_json(text)


async def record_registration(connection: Connection, message: Registration) -> bool:
    """Keep the registration's state. False for a revision already known or overtaken."""
    done = await connection.fetchval(
        """
        insert into registrations (registration_id, meeting_id, revision, type, message) values ($1, $2, $3, $4, $5::text::jsonb)
        on conflict (registration_id) do update set revision = excluded.revision, type = excluded.type, message = excluded.message
            where registrations.revision < excluded.revision
        returning true
        """,
        message.registration_id, message.meeting_id, message.revision, type(message).__name__, message.model_dump_json(),
    )  # fmt: skip
    return bool(done)


async def registrations_of(connection: Connection, meeting_id: UUID) -> list[Registration]:
    """Everybody who is registered in some state, cancelled ones left out."""
    rows = await connection.fetch(
        "select type, message::text from registrations where meeting_id = $1 and type <> 'RegistrationCancelled' order by registration_id",
        meeting_id,
    )
    return [read_registration(row["type"], row["message"]) for row in rows]


def read_registration(kind: str, text: str) -> Registration:
    return _REGISTRATIONS[kind].model_validate_json(text)
