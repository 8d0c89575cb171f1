"""Mandates as terms in time, the summaries that are due, and what a coordination has under way."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from kit.postgres import Connection
from schemas.meetings import Meeting, MeetingCancelled
from services.notify.rules.handover import Term
from services.notify.store import meetings

_TERMS: Final = """
    select m.department, m.person_id::text, p.first_name, m.structure_siret, m.structure_name, m.starts_on, m.ends_on, m.interim, m.ends_text,
        m.supposed_end
    from registry_mandates m left join registry_people p using (person_id)
"""


async def term(connection: Connection, mandate_id: UUID) -> Term | None:
    row = await connection.fetchrow(f"{_TERMS} where m.mandate_id = $1", mandate_id)
    return Term(**dict(row)) if row else None


async def before(connection: Connection, found: Term) -> Term | None:
    """The department's mandate before this one, directly or after a vacancy."""
    row = await connection.fetchrow(
        f"{_TERMS} where m.department = $1 and m.starts_on < $2 order by m.starts_on desc limit 1", found.department, found.starts_on
    )
    return Term(**dict(row)) if row else None


async def note(connection: Connection, mandate_id: UUID, found: Term, due_at: datetime) -> None:
    """A summary is due; the mandate recorded again with another person is due again."""
    await connection.execute(
        """
        insert into handovers (mandate_id, department, person_id, due_at) values ($1, $2, $3, $4)
        on conflict (mandate_id) do update set department = excluded.department, person_id = excluded.person_id, due_at = excluded.due_at,
            written_at = null where handovers.person_id <> excluded.person_id or handovers.written_at is null
        """,
        mandate_id,
        found.department,
        UUID(found.person_id),
        due_at,
    )


async def drop(connection: Connection, mandate_id: UUID) -> None:
    await connection.execute("delete from handovers where mandate_id = $1 and written_at is null", mandate_id)


async def take_due(connection: Connection, now: datetime) -> list[UUID]:
    """The mandates whose summary is due, taken by this transaction alone."""
    rows = await connection.fetch(
        """
        update handovers set written_at = $1 where mandate_id in (
            select mandate_id from handovers where written_at is null and due_at <= $1 order by mandate_id for update skip locked)
        returning mandate_id
        """,
        now,
    )
    return [row["mandate_id"] for row in rows]


async def running(connection: Connection, department: str, day: date, last: date) -> tuple[UUID, Term] | None:
    """The latest mandate that has begun or begins by `last`; else the next one."""
    row = await connection.fetchrow(
        """
        select mandate_id from registry_mandates where department = $1 and (ends_on is null or ends_on > $2)
        order by starts_on <= $3 desc, case when starts_on <= $3 then starts_on end desc, starts_on limit 1
        """,
        department,
        day,
        last,
    )
    found = await term(connection, row["mandate_id"]) if row else None
    return (row["mandate_id"], found) if row and found else None


async def interims(connection: Connection) -> list[tuple[UUID, Term, str]]:
    """Mandates with a supposed end that nobody has ended."""
    rows = await connection.fetch(
        """
        select m.mandate_id, coalesce(nullif(concat_ws(' ', p.first_name, p.name), ''), 'La coordination') as name
        from registry_mandates m left join registry_people p using (person_id)
        where m.supposed_end is not null and m.ends_on is null order by m.mandate_id
        """
    )
    found = [(row["mandate_id"], await term(connection, row["mandate_id"]), row["name"]) for row in rows]
    return [(mandate, each, name) for mandate, each, name in found if each is not None]


async def meetings_from(connection: Connection, department: str, day: date, now: datetime) -> list[Meeting]:
    """Meetings of the department to come, from that day on, in the order of time; cancelled ones left out."""
    rows = await connection.fetch(
        "select type, message::text from meetings where department = $1 and ends_at > $2 order by message->>'starts_at'", department, now
    )
    found = [meetings.read(row["type"], row["message"]) for row in rows]
    return [m for m in found if not isinstance(m, MeetingCancelled) and m.starts_at.date() >= day]


async def open_filings(connection: Connection, department: str) -> int:
    return int(
        await connection.fetchval(
            "select count(*) from deliveries where channel = 'inbox' and department = $1 and kind like 'FILING%' and done_at is null",
            department,
        )
    )


async def may_read(connection: Connection, person: UUID, department: str, first: date, last: date) -> bool:
    """Whether the person has a mandate there that begins by `last` and had not ended by `first`."""
    return bool(
        await connection.fetchval(
            """
            select exists (select from registry_mandates where person_id = $1 and department = $2 and starts_on <= $4
                and (ends_on is null or ends_on > $3))
            """,
            person,
            department,
            first,
            last,
        )
    )


async def department_ahead(connection: Connection, person: UUID, today: date, last: date) -> str:
    """The department of the person's next mandate that begins by `last`; empty without one."""
    found: str | None = await connection.fetchval(
        "select department from registry_mandates where person_id = $1 and starts_on > $2 and starts_on <= $3 order by starts_on limit 1",
        person, today, last,
    )  # fmt: skip
    return found or ""
