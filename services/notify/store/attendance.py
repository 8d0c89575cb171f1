"""Who came, as ticked at the door; names and addresses of registrants are those of their registration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import AttendanceRecorded


@dataclass(frozen=True)
class Attended:
    """One seat, and whether its holder came."""

    registration_id: UUID
    present: bool
    name: str | None
    email: str | None
    survey_page: str | None
    material_page: str | None


async def record(connection: Connection, message: AttendanceRecorded) -> None:
    await connection.execute(
        """
        insert into attendance (registration_id, meeting_id, revision, present, name, email, survey_page, material_page)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (registration_id) do update set revision = excluded.revision, present = excluded.present, name = excluded.name,
            email = excluded.email, survey_page = excluded.survey_page, material_page = excluded.material_page, pending = true
            where attendance.revision < excluded.revision
        """,
        message.registration_id, message.meeting_id, message.revision, message.present, message.name, message.email, message.survey_page,
        message.material_page,
    )  # fmt: skip


async def meetings_to_tell(connection: Connection, ended_before: datetime) -> list[UUID]:
    """Meetings that took place and of whose people somebody has not been written to."""
    rows = await connection.fetch(
        """
        select distinct meeting_id from attendance join meetings using (meeting_id)
        where pending and ends_at <= $1 and type <> 'MeetingCancelled' order by meeting_id
        """,
        ended_before,
    )
    return [row["meeting_id"] for row in rows]


async def of_meeting(connection: Connection, meeting_id: UUID) -> list[Attended]:
    rows = await connection.fetch(
        """
        select a.registration_id, a.present, coalesce(r.message->>'name', a.name) as name, coalesce(r.message->>'email', a.email) as email,
            a.survey_page, a.material_page
        from attendance a left join registrations r using (registration_id) where a.meeting_id = $1 order by a.registration_id
        """,
        meeting_id,
    )
    return [Attended(**dict(row)) for row in rows]


async def done(connection: Connection, meeting_id: UUID) -> None:
    await connection.execute("update attendance set pending = false where meeting_id = $1", meeting_id)


async def was_thanked(connection: Connection, meeting_id: UUID, address: str) -> bool:
    return bool(
        await connection.fetchval(
            "select exists (select from deliveries where dedupe = $1)", f"afterwards:{meeting_id}:{address}:REGISTRATION_THANKS"
        )
    )
