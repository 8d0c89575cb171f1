"""Contracts as this service needs them, and those of a trade."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kit.postgres import Connection, Pool
from schemas.contracts import ContractDeclared
from services.events.rules.guests import Contract, end_of


async def record(connection: Connection, said: ContractDeclared) -> None:
    """The newest revision stays; an older one that comes late changes nothing."""
    procurement, clause = said.procurement, said.clause
    await connection.execute(
        """
        insert into contracts (contract_uid, revision, number, object, buyer_siret, buyer_name, buyer_kind, department, cpv, sector,
            notified_on, duration_months, ends_on, has_clause)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (contract_uid) do update set revision = excluded.revision, number = excluded.number, object = excluded.object,
            buyer_siret = excluded.buyer_siret, buyer_name = excluded.buyer_name, buyer_kind = excluded.buyer_kind,
            department = excluded.department, cpv = excluded.cpv, sector = excluded.sector, notified_on = excluded.notified_on,
            duration_months = excluded.duration_months, ends_on = excluded.ends_on, has_clause = excluded.has_clause, withdrawn = false
        where excluded.revision > contracts.revision
        """,
        said.contract_uid, said.revision, said.number, said.object, said.buyer_siret, said.buyer_name, said.buyer_kind, said.department,
        procurement.cpv if procurement else None, clause.sector if clause else None, procurement.notified_on if procurement else None,
        procurement.duration_months if procurement else None, (clause.ends_on if clause else None) or said.ends_on, clause is not None,
    )  # fmt: skip


async def withdraw(connection: Connection, contract_uid: UUID, revision: int) -> None:
    await connection.execute(
        "update contracts set withdrawn = true, revision = $2 where contract_uid = $1 and revision < $2", contract_uid, revision
    )


async def forget(connection: Connection, contract_uid: UUID) -> None:
    await connection.execute("delete from contracts where contract_uid = $1", contract_uid)


async def of_trade(
    connection: Connection | Pool, cpv: Sequence[str], sectors: Sequence[str], department: str | None, *, limit: int = 20_000
) -> list[Contract]:
    """Contracts whose CPV begins with one of the codes or whose sector is one of the trade's; of a department for its own events."""
    rows = await connection.fetch(
        """
        select number, object, buyer_siret, buyer_name, department, ends_on, notified_on, duration_months from contracts
        where not withdrawn and ($3::text is null or department = $3)
            and (sector = any($2::text[]) or exists (select from unnest($1::text[]) as head where cpv like head || '%'))
        order by contract_uid limit $4
        """,
        list(cpv),
        list(sectors),
        department,
        limit,
    )
    found = []
    for row in rows:
        ends_on, estimated = end_of(row["ends_on"], row["notified_on"], row["duration_months"])
        found.append(Contract(row["number"], row["object"], row["buyer_siret"], row["buyer_name"], row["department"], ends_on, estimated))
    return found
