"""Events and participants by department, read from meetings, seats and attendance."""

from __future__ import annotations

from datetime import datetime, time

from kit.postgres import Connection, Pool
from schemas.vocabulary.places import DEPARTMENTS
from services.events.rules.presence import Presence, Semester


async def of_semester(connection: Connection | Pool, semester: Semester, now: datetime) -> list[Presence]:
    """The eight departments in their order; `now` is the Europe/Paris wall clock. Cancelled meetings and those of the region do not count."""
    rows = await connection.fetch(
        """
        with visits as (
            select meeting_id, department, starts_at, starts_at >= $2 and starts_at < $3 as inside from meetings
            where state = 'planned' and not save_the_date and department = any($1::text[])
        ), people as (
            select v.department, lower(r.email) as email, coalesce(a.present, false) as present
            from visits v join sessions s using (meeting_id) join registrations r using (session_id)
            left join attendance a using (registration_id)
            where v.inside and v.starts_at < $4 and r.state = 'confirmed'
            union all
            select v.department, coalesce(lower(w.email), w.walk_in_id::text), true from visits v join walk_ins w using (meeting_id) where v.inside and v.starts_at < $4
        ), counted as (
            select department, count(distinct email) as participants, count(distinct email) filter (where present) as present
            from people group by department
        )
        select d.department, count(*) filter (where v.inside and v.starts_at < $4)::int as held,
            count(*) filter (where v.inside and v.starts_at >= $4)::int as planned,
            coalesce(max(c.participants), 0)::int as participants, coalesce(max(c.present), 0)::int as present,
            max(v.starts_at) filter (where v.starts_at < $4)::date as last_visit,
            min(v.starts_at) filter (where v.starts_at >= $4)::date as next_visit
        from unnest($1::text[]) as d(department) left join visits v using (department) left join counted c using (department)
        group by d.department order by d.department
        """,
        list(DEPARTMENTS), datetime.combine(semester.starts_on, time()), datetime.combine(semester.ends_on, time()), now,
    )  # fmt: skip
    return [Presence(**dict(row)) for row in rows]
