"""What the letter of the new school year is made from: mandates of the annuaire, the team over time, what is to come."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from kit.postgres import Connection, Pool
from services.events.rules.letter import Gathering, Mandate, Teammate


async def mandates(connection: Connection | Pool, until: date) -> list[Mandate]:
    """Every mandate that begins by that day, the oldest first."""
    rows = await connection.fetch(
        """
        select m.department, m.structure_name as structure, concat_ws(' ', p.first_name, p.name) as person, m.interim, m.starts_on, m.ends_on,
            m.ends_text
        from registry_mandates m left join registry_people p using (person_id) where m.starts_on <= $1 order by m.department, m.starts_on
        """,
        until,
    )
    return [Mandate(**dict(row)) for row in rows]


async def team(connection: Connection | Pool) -> list[Teammate]:
    """Everybody who is or was in the team, in the order in which they came."""
    rows = await connection.fetch(
        """
        select name, (since at time zone 'Europe/Paris')::date as since, (until at time zone 'Europe/Paris')::date as until
        from team_members order by team_members.since, name
        """
    )
    return [Teammate(**dict(row)) for row in rows]


async def gatherings(connection: Connection | Pool, now: datetime, until: datetime) -> list[Gathering]:
    """Meetings to come (Europe/Paris wall clock), the soonest first."""
    rows = await connection.fetch(
        """
        select title, starts_at, place, department from meetings where state = 'planned' and starts_at >= $1 and starts_at < $2
        order by starts_at, meeting_id limit 60
        """,
        now,
        until,
    )
    return [Gathering(**dict(row)) for row in rows]


async def forms_open(connection: Connection | Pool) -> list[tuple[int, int, date]]:
    rows = await connection.fetch(
        "select year, count(*)::int as open, max(answer_by) as until from diagnostics where state = 'TO_FILL' group by year order by year"
    )
    return [(row["year"], row["open"], row["until"]) for row in rows]


async def in_team(connection: Connection, person_id: UUID, name: str, at: datetime) -> None:
    """The person is in the team at that instant; said again, only the name may change."""
    renamed = await connection.execute("update team_members set name = $2 where person_id = $1 and until is null", person_id, name)
    if renamed == "UPDATE 0":
        await connection.execute(
            "insert into team_members (person_id, name, since) values ($1, $2, $3) on conflict do nothing", person_id, name, at
        )


async def not_in_team(connection: Connection, person_id: UUID, at: datetime) -> None:
    """The person is not, or no longer, in the team."""
    await connection.execute("update team_members set until = $2 where person_id = $1 and until is null and since <= $2", person_id, at)


async def forget_key(connection: Connection, key: str) -> None:
    """The annuaire has erased an entity; if it was a person, the name goes."""
    await connection.execute("delete from team_members where person_id::text = $1", key)
