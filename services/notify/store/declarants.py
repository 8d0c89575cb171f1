"""Who declares for an organisation, when it last did, and for which quarters nothing came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool


@dataclass(frozen=True)
class Silence:
    """Nothing came from an organisation for a quarter, in one department or several."""

    organisation_id: UUID
    name: str
    since: date
    departments: tuple[str, ...]
    contracts: int
    secret: str | None
    last: datetime | None


async def authors(connection: Connection, by: str | None, organisation_id: UUID) -> list[UUID]:
    """The account that acted, or the person whose key did; for a key that is nobody's, the organisation's declarants."""
    row = await connection.fetchrow(
        """
        select p.person_id from registry_people p
        where p.active and (p.person_id::text = $1 or p.person_id = (select k.person_id from registry_keys k where k.key_id = $1))
        """,
        by,
    )
    return [row["person_id"]] if row else await of_organisation(connection, organisation_id)


async def of_organisation(connection: Connection, organisation_id: UUID) -> list[UUID]:
    rows = await connection.fetch(
        """
        select person_id from registry_people
        where organisation_id = $1 and active and roles && array['declarant', 'facilitator'] order by person_id
        """,
        organisation_id,
    )
    return [row["person_id"] for row in rows]


async def asker(connection: Connection, by: str) -> UUID | None:
    """The person behind an account or key."""
    found: UUID | None = await connection.fetchval(
        """
        select person_id from registry_people
        where active and (person_id::text = $1 or person_id = (select person_id from registry_keys where key_id = $1))
        """,
        by,
    )
    return found


async def heard_from(connection: Connection, organisation_id: UUID, departments: Sequence[str], at: datetime) -> list[str]:
    """The organisation declared something: its silences there are over. Returns the secrets of the letters that are done with."""
    await connection.execute(
        """
        insert into last_filings (organisation_id, at) values ($1, $2)
        on conflict (organisation_id) do update set at = greatest(last_filings.at, excluded.at)
        """,
        organisation_id,
        at,
    )
    return await close(connection, organisation_id, departments, at)


async def close(connection: Connection, organisation_id: UUID, departments: Sequence[str], at: datetime) -> list[str]:
    """No more reminders there; everywhere when no department is named."""
    rows = await connection.fetch(
        """
        update silences set closed_at = $3 where organisation_id = $1 and closed_at is null and ($2::text[] = '{}' or department = any($2))
            and noticed_at <= $3
        returning secret
        """,
        organisation_id,
        list(departments),
        at,
    )
    return sorted({row["secret"] for row in rows if row["secret"]})


async def notice(connection: Connection, organisation_id: UUID, department: str, since: date, contracts: int, now: datetime) -> None:
    """Announced again, it is the same silence."""
    await connection.execute(
        """
        insert into silences (organisation_id, department, since, contracts, noticed_at) values ($1, $2, $3, $4, $5)
        on conflict (organisation_id, department, since) do nothing
        """,
        organisation_id,
        department,
        since,
        contracts,
        now,
    )


async def untold(connection: Connection) -> list[Silence]:
    return await _open(connection, "told_at is null")


async def to_remind(connection: Connection, until: datetime) -> list[Silence]:
    """Told by `until`, and not reminded of."""
    return await _open(connection, "reminded_at is null and told_at <= $1", until)


async def to_hand_over(connection: Connection, until: datetime) -> list[Silence]:
    """Reminded of by `until`, and nothing came."""
    return await _open(connection, "reminded_at <= $1", until)


async def _open(connection: Connection, condition: str, *values: object) -> list[Silence]:
    rows = await connection.fetch(
        f"""
        select s.organisation_id, coalesce(min(o.name), 'une organisation') as name, s.since, array_agg(s.department order by s.department) as departments,
            sum(s.contracts)::integer as contracts, min(s.secret) as secret, min(f.at) as last
        from silences s left join registry_organisations o using (organisation_id) left join last_filings f using (organisation_id)
        where s.closed_at is null and s.handed_at is null and {condition} group by s.organisation_id, s.since order by 1, 3
        """,  # noqa: S608  constants
        *values,
    )
    return [Silence(**{**dict(row), "departments": tuple(row["departments"])}) for row in rows]


async def told(connection: Connection, found: Silence, secret: str, now: datetime) -> None:
    await connection.execute(
        "update silences set told_at = $4, secret = $5 where organisation_id = $1 and since = $2 and department = any($3)",
        found.organisation_id,
        found.since,
        list(found.departments),
        now,
        secret,
    )


async def reminded(connection: Connection, found: Silence, now: datetime) -> None:
    await connection.execute(
        "update silences set reminded_at = $4 where organisation_id = $1 and since = $2 and department = any($3)",
        found.organisation_id,
        found.since,
        list(found.departments),
        now,
    )


async def handed_over(connection: Connection, found: Silence, now: datetime) -> None:
    await connection.execute(
        "update silences set handed_at = $4 where organisation_id = $1 and since = $2 and department = any($3)",
        found.organisation_id,
        found.since,
        list(found.departments),
        now,
    )


async def by_secret(pool: Pool, secret: str) -> Silence | None:
    """The silence whose letter carried this secret, whatever became of it."""
    row = await pool.fetchrow(
        """
        select s.organisation_id, coalesce(min(o.name), 'une organisation') as name, s.since, array_agg(s.department order by s.department) as departments,
            sum(s.contracts)::integer as contracts, min(s.secret) as secret, null::timestamptz as last
        from silences s left join registry_organisations o using (organisation_id) where s.secret = $1 group by s.organisation_id, s.since
        """,
        secret,
    )
    return Silence(**{**dict(row), "departments": tuple(row["departments"])}) if row else None


async def contact_of(connection: Connection, department: str, day: date) -> str | None:
    """« Nom, téléphone » of the department's coordination on that day."""
    row = await connection.fetchrow(
        """
        select p.first_name, p.name, p.phone, p.email from registry_mandates m join registry_people p using (person_id)
        where m.department = $1 and m.starts_on <= $2 and (m.ends_on is null or m.ends_on > $2) order by m.starts_on desc limit 1
        """,
        department,
        day,
    )
    return f"{row['first_name']} {row['name']}, {row['phone'] or row['email']}" if row else None
