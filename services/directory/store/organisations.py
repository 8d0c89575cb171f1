"""Organisations, by id and by SIRET."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.postgres import Connection, Pool
from schemas.directory import OrganisationRecorded
from services.directory.store import mandates
from services.directory.store.record import announce, same


async def find(connection: Connection | Pool, organisation: UUID) -> OrganisationRecorded | None:
    row = await connection.fetchrow(
        "select organisation_id, siret, name, kind, department from organisations where organisation_id = $1", organisation
    )
    return OrganisationRecorded(**dict(row)) if row else None


async def id_of_siret(connection: Connection, siret: str) -> UUID | None:
    found: UUID | None = await connection.fetchval("select organisation_id from organisations where siret = $1", siret)
    return found


async def save(connection: Connection, message: OrganisationRecorded, *, by: str) -> bool:
    """Record the organisation's full state; False when it is what is recorded already. A structure's new name reaches its mandates."""
    before = await find(connection, message.organisation_id)
    if same(message, before):
        return False
    await connection.execute(
        """
        insert into organisations (organisation_id, siret, name, kind, department) values ($1, $2, $3, $4, $5)
        on conflict (organisation_id) do update set siret = excluded.siret, name = excluded.name, kind = excluded.kind,
            department = excluded.department
        """,
        message.organisation_id, message.siret, message.name, message.kind, message.department,
    )  # fmt: skip
    await announce(connection, message, by=by)
    if before is not None and (before.siret, before.name) != (message.siret, message.name):
        for mandate in await mandates.of_structure(connection, message.organisation_id):
            await announce(connection, mandate, by=by)
    return True


async def search(pool: Pool, text: str, *, kinds: Sequence[str] = (), limit: int = 100) -> list[OrganisationRecorded]:
    """Organisations whose name contains the words or whose SIRET starts with the digits, by name."""
    digits = "".join(c for c in text if c.isdigit())
    rows = await pool.fetch(
        """
        select organisation_id, siret, name, kind, department from organisations
        where ($1 = '' or strpos(lower(name), lower($1)) > 0 or ($2 <> '' and starts_with(siret, $2)))
          and (cardinality($3::text[]) = 0 or kind = any($3))
        order by name, organisation_id limit $4
        """,
        text.strip(), digits, list(kinds), limit,
    )  # fmt: skip
    return [OrganisationRecorded(**dict(row)) for row in rows]
