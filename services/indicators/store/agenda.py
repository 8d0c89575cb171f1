"""Public meetings as a department's page announces them: newest revision only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.postgres import Connection, Pool
from schemas.meetings import Meeting, MeetingCancelled


@dataclass(frozen=True)
class AgendaLine:
    """A meeting to come: wall-clock times of its place."""

    kind: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    page: str


async def record(connection: Connection, meetings: Sequence[Meeting]) -> None:
    """Keep these, in a fixed order; an older revision changes nothing."""
    await connection.executemany(
        """
        insert into agenda as a (meeting_id, revision, cancelled, kind, title, department, starts_at, ends_at, zone, place, page)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (meeting_id) do update
        set revision = excluded.revision, cancelled = excluded.cancelled, kind = excluded.kind, title = excluded.title,
            department = excluded.department, starts_at = excluded.starts_at, ends_at = excluded.ends_at, zone = excluded.zone,
            place = excluded.place, page = excluded.page
        where excluded.revision > a.revision
        """,
        [_row(found) for found in sorted(meetings, key=lambda found: (found.meeting_id, found.revision))],
    )


def _row(said: Meeting) -> tuple[object, ...]:
    cancelled, page = isinstance(said, MeetingCancelled), said.page or f"/agenda/{said.meeting_id}"
    times = (said.starts_at, said.ends_at, said.zone)
    return said.meeting_id, said.revision, cancelled, said.kind, said.title, said.department, *times, said.place, page


async def coming(pool: Pool, department: str, now: datetime, most: int) -> list[AgendaLine]:
    """Meetings of the department and of the whole region that have not ended, the soonest first."""
    rows = await pool.fetch(
        """
        select kind, title, starts_at, ends_at, place, page from agenda
        where not cancelled and (department = $1 or department is null) and ends_at at time zone zone > $2
        order by starts_at, meeting_id limit $3
        """,
        department,
        now,
        most,
    )
    return [AgendaLine(**dict(row)) for row in rows]
