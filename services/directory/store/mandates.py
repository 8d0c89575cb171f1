"""Coordination mandates: rows in time, never two on one day (the database refuses it as well)."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from kit.postgres import Connection, Pool
from schemas.directory import MandateRecorded
from services.directory.store.record import announce, same

_SELECT: Final = """
    select m.mandate_id, m.department, m.structure_id, o.siret as structure_siret, o.name as structure_name, m.person_id, m.interim,
        m.starts_on, m.ends_on, m.ends_text, m.supposed_end
    from mandates m join organisations o on o.organisation_id = m.structure_id
"""


async def lock(connection: Connection, department: str) -> None:
    """One writer a department at a time: what the rules were shown is still true when the row is written."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('mandates'), hashtext($1))", department)


async def find(connection: Connection | Pool, mandate: UUID) -> MandateRecorded | None:
    row = await connection.fetchrow(f"{_SELECT} where m.mandate_id = $1", mandate)
    return MandateRecorded(**dict(row)) if row else None


async def of_department(connection: Connection | Pool, department: str) -> list[MandateRecorded]:
    """The department's mandates in the order of time."""
    rows = await connection.fetch(f"{_SELECT} where m.department = $1 order by m.starts_on", department)
    return [MandateRecorded(**dict(row)) for row in rows]


async def of_all(connection: Connection | Pool) -> list[MandateRecorded]:
    rows = await connection.fetch(f"{_SELECT} order by m.department, m.starts_on")
    return [MandateRecorded(**dict(row)) for row in rows]


async def of_structure(connection: Connection, structure: UUID) -> list[MandateRecorded]:
    rows = await connection.fetch(f"{_SELECT} where m.structure_id = $1 order by m.department, m.starts_on", structure)
    return [MandateRecorded(**dict(row)) for row in rows]


async def departments_of(connection: Connection | Pool, person: UUID, day: date) -> list[str]:
    """The departments that the person coordinates on that day."""
    rows = await connection.fetch(
        """
        select department from mandates where person_id = $1 and starts_on <= $2 and (ends_on is null or $2 < ends_on)
        order by department
        """,
        person,
        day,
    )
    return [row["department"] for row in rows]


async def departments_near(connection: Connection | Pool, person: UUID, first: date, last: date) -> list[str]:
    """The departments of the person's mandates that begin by `last` and had not ended by `first`."""
    rows = await connection.fetch(
        """
        select distinct department from mandates where person_id = $1 and starts_on <= $3 and (ends_on is null or $2 < ends_on)
        order by department
        """,
        person,
        first,
        last,
    )
    return [row["department"] for row in rows]


async def save(connection: Connection, message: MandateRecorded, *, by: str) -> bool:
    """Record the mandate's full state; False when it is what is recorded already.

    Raises ExclusionViolationError at commit for an overlap that the rules did not see.
    """
    if same(message, await find(connection, message.mandate_id)):
        return False
    await connection.execute(
        """
        insert into mandates (mandate_id, department, structure_id, person_id, interim, starts_on, ends_on, ends_text, supposed_end)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (mandate_id) do update set department = excluded.department, structure_id = excluded.structure_id,
            person_id = excluded.person_id, interim = excluded.interim, starts_on = excluded.starts_on, ends_on = excluded.ends_on,
            ends_text = excluded.ends_text, supposed_end = excluded.supposed_end
        """,
        message.mandate_id, message.department, message.structure_id, message.person_id, message.interim,
        message.starts_on, message.ends_on, message.ends_text, message.supposed_end,
    )  # fmt: skip
    await announce(connection, message, by=by)
    return True
