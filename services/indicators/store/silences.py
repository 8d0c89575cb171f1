"""Structures of which nothing came for a quarter in which their contracts were running."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection
from services.indicators.catalogue.parameters import Parameter, Parameters
from services.indicators.catalogue.spans import Span, quarter_before

# Expected of a running contract with a clause: its facilitator, else its buyer. Heard of: any line or « rien à déclarer » that touches the
# quarter, of any of the structure's contracts in the department: who has sent something is not silent.
_SILENT: Final = """
    with expected as (
        select coalesce(facilitator_id, buyer_id) as organisation_id, department, contract_uid from contracts
        where has_clause and not withdrawn and department = any($3::text[]) and coalesce(facilitator_id, buyer_id) is not null
            and coalesce(starts_on, notified_on) < $2 and (ends_on is null or ends_on >= $1)
    ), heard as (
        select contract_uid from facts
        where live and department = any($3::text[]) and period_start > $1::date - interval '12 months' and period_start < $2
            and period_start + make_interval(months => period_months) > $1
        union
        select contract_uid from nothing_declared
        where period_start < $2 and period_start + make_interval(months => period_months) > $1
    )
    select organisation_id, department, count(*)::integer as contracts from expected
    group by organisation_id, department having bool_and(contract_uid not in (select contract_uid from heard))
    order by department, contracts desc, organisation_id
"""


@dataclass(frozen=True)
class Silence:
    organisation_id: UUID
    department: str
    contracts: int


async def silent(connection: Connection, quarter: Span, departments: Collection[str]) -> list[Silence]:
    rows = await connection.fetch(_SILENT, quarter.start, quarter.end, sorted(departments), timeout=60)
    return [Silence(**row) for row in rows]


async def note(connection: Connection, quarter: Span, found: Sequence[Silence], now: datetime) -> list[Silence]:
    """Keep these; returns those that were not kept before."""
    rows = await connection.fetch(
        """
        insert into silences (organisation_id, department, quarter, contracts, noticed_at)
        select o, d, $4, c, $5 from unnest($1::uuid[], $2::text[], $3::integer[]) as s (o, d, c) order by o, d
        on conflict do nothing returning organisation_id, department, contracts
        """,
        [one.organisation_id for one in found],
        [one.department for one in found],
        [one.contracts for one in found],
        quarter.start,
        now,
    )
    return [Silence(**row) for row in rows]


async def names(connection: Connection, organisations: Collection[UUID]) -> dict[UUID, str]:
    rows = await connection.fetch(
        "select organisation_id, name from registry_organisations where organisation_id = any($1::uuid[])", list(organisations)
    )
    return {row["organisation_id"]: row["name"] for row in rows}


async def in_force(connection: Connection) -> Parameters:
    """The parameters as the database has them, for those who have no replica."""
    rows: list[Any] = await connection.fetch("select name, valid_from, value, source from parameters")
    return Parameters(Parameter(*row) for row in rows)


async def contracts_of(connection: Connection, uids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Number, object and buyer of contracts, for lists that people read."""
    rows = await connection.fetch(
        "select contract_uid, number, object, buyer_name, buyer_siret from contracts where contract_uid = any($1::uuid[])", list(uids)
    )
    return {row["contract_uid"]: dict(row) for row in rows}


def quarter_due(today: date, days: int) -> Span:
    """The newest quarter that has been over for so many days."""
    return quarter_before(today - timedelta(days=days))
