"""Calendars that software subscribes to: whose they are, what they hold, until when they are good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from kit.problems import Problem
from schemas.identifiers import uuid7
from services.events.rules.deadlines import Deadline


@dataclass(frozen=True)
class Feed:
    """A subscription. With a department it is the department's, else its owner's own."""

    feed_id: UUID
    person_id: UUID
    department: str | None
    created_at: datetime
    revoked_at: datetime | None
    read_at: datetime | None


_SELECT = "select feed_id, person_id, department, created_at, revoked_at, read_at from calendar_feeds "


async def make(connection: Connection, person_id: UUID, department: str | None, now: datetime) -> Feed:
    """A new one; the same person's former one of the same kind ends with it."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", str(person_id))
    await connection.execute(
        "update calendar_feeds set revoked_at = $3 where person_id = $1 and department is not distinct from $2 and revoked_at is null",
        person_id,
        department,
        now,
    )
    feed_id = uuid7()
    await connection.execute(
        "insert into calendar_feeds (feed_id, person_id, department, created_at) values ($1, $2, $3, $4)",
        feed_id,
        person_id,
        department,
        now,
    )
    return await get(connection, feed_id)


async def revoke(connection: Connection, feed_id: UUID, person_id: UUID, now: datetime) -> None:
    """Raises a 404 problem for somebody else's."""
    ended = await connection.execute(
        "update calendar_feeds set revoked_at = coalesce(revoked_at, $3) where feed_id = $1 and person_id = $2", feed_id, person_id, now
    )
    if ended == "UPDATE 0":
        raise unknown()


async def get(connection: Connection | Pool, feed_id: UUID) -> Feed:
    row = await connection.fetchrow(_SELECT + "where feed_id = $1", feed_id)
    if row is None:
        raise unknown()
    return Feed(**dict(row))


async def of_person(connection: Connection | Pool, person_id: UUID) -> list[Feed]:
    """Those that are not revoked: the own one first."""
    rows = await connection.fetch(
        _SELECT + "where person_id = $1 and revoked_at is null order by department nulls first, created_at", person_id
    )
    return [Feed(**dict(row)) for row in rows]


async def still_good(connection: Connection | Pool, feed: Feed, day: date) -> bool:
    """Not revoked, its owner still in the annuaire, and a department's feed still its coordination's or the team's on that day."""
    if feed.revoked_at is not None:
        return False
    found: bool = await connection.fetchval(
        """
        select exists (
            select from registry_people p where p.person_id = $1 and p.active and ($2::text is null or 'team' = any(p.roles) or exists (
                select from registry_mandates m where m.person_id = $1 and m.department = $2 and m.starts_on <= $3
                    and (m.ends_on is null or $3 < m.ends_on)))
        )
        """,
        feed.person_id,
        feed.department,
        day,
    )
    return found


async def was_read(connection: Connection | Pool, feed_id: UUID, now: datetime) -> None:
    """Once an hour is enough to see that somebody's software follows it."""
    await connection.execute(
        "update calendar_feeds set read_at = $2::timestamptz where feed_id = $1 and (read_at is null or read_at < $2::timestamptz - interval '1 hour')",
        feed_id,
        now,
    )


async def meetings_of_person(connection: Connection | Pool, person_id: UUID, since: datetime) -> list[UUID]:
    """Where the person is invited by name, as the coordination on the day, or has a seat."""
    rows = await connection.fetch(
        """
        select m.meeting_id from meetings m where m.ends_at >= $2 and (
            m.invited @> jsonb_build_array(jsonb_build_object('person_id', $1::text))
            or exists (select from registry_mandates h where h.person_id = $1::uuid and h.starts_on <= m.starts_at::date
                and (h.ends_on is null or m.starts_at::date < h.ends_on)
                and (h.department = m.department or m.invited @> jsonb_build_array(jsonb_build_object('department', h.department))))
            or exists (select from sessions s join registrations r using (session_id) join registry_people p on lower(p.email) = lower(r.email)
                where s.meeting_id = m.meeting_id and r.state = 'confirmed' and p.person_id = $1::uuid))
        order by m.starts_at, m.meeting_id limit 500
        """,
        str(person_id),
        since,
    )
    return [row["meeting_id"] for row in rows]


async def meetings_of_department(connection: Connection | Pool, department: str, since: datetime) -> list[UUID]:
    """In the department, those that its coordination is invited to, and the region's Openmap."""
    rows = await connection.fetch(
        """
        select meeting_id from meetings where ends_at >= $2 and (department = $1 or (department is null and kind = 'OPENMAP')
            or invited @> jsonb_build_array(jsonb_build_object('department', $1::text)))
        order by starts_at, meeting_id limit 500
        """,
        department,
        since,
    )
    return [row["meeting_id"] for row in rows]


async def public_deadlines(connection: Connection | Pool, meeting_ids: Sequence[UUID], today: date) -> list[Deadline]:
    """Until when one answers an invitation or proposes a pitch."""
    rows = await connection.fetch(
        """
        select 'reponse-' || meeting_id as uid, answer_by as day, 'Répondre : ' || title as title, coalesce(page, '/agenda/' || meeting_id) as path
        from meetings where meeting_id = any($1::uuid[]) and state = 'planned' and answer_by >= $2
        union all
        select 'pitch-' || e.edition_id, e.pitch_until, 'Proposer un pitch : ' || e.title, coalesce(m.page, '/agenda/' || m.meeting_id)
        from openmap_editions e join meetings m using (meeting_id)
        where m.meeting_id = any($1::uuid[]) and m.state = 'planned' and e.pitch_until >= $2
        order by day, uid
        """,
        list(meeting_ids),
        today,
    )
    return [Deadline(**dict(row)) for row in rows]


async def own_deadlines(connection: Connection | Pool, person_id: UUID | None, departments: Sequence[str]) -> list[Deadline]:
    """Forms to fill in and actions to do, of a person and of departments."""
    rows = await connection.fetch(
        """
        select 'diagnostic-' || diagnostic_id as uid, answer_by as day, 'Fiche diagnostic ' || year || ' à transmettre' as title,
            '/diagnostic/' || year || '/' || department as path
        from diagnostics where state = 'TO_FILL' and department = any($2::text[])
        union all
        select 'action-' || action_id, due, 'Action : ' || title, '/gouvernance/actions/' || action_id
        from actions where state = 'OPEN' and (person_id = $1 or department = any($2::text[]))
        order by day, uid
        """,
        person_id,
        list(departments),
    )
    return [Deadline(**dict(row)) for row in rows]


def unknown() -> Problem:
    return Problem(404, "UNKNOWN_FEED", "Ce calendrier n’existe pas", "Copiez l’adresse entière depuis la page « Calendriers ».")
