"""The contracts of a declarant in a quarter: which have hours, which have none, of which nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kit import outbox
from kit.postgres import Connection
from schemas.declarations import NothingToDeclare
from schemas.periods import MONTHS, Period
from services.ingest.rules.coverage import Coverage, covered
from services.ingest.sources import Declarant
from services.ingest.store.numbers import draw

MOST: Final = 500
"""Contracts of one declarant in a quarter that are looked at; whoever has more declares by file."""


async def coverage(connection: Connection, declarant: Declarant, quarter: Period) -> Coverage:
    """A contract is expected when its clause is declared, it is the declarant's own (buyer or facilitator named in it), and it ran in
    the quarter."""
    rows = await connection.fetch(
        """
        select uid, number, object, department from contracts
        where declared is not null and (buyer_id = $1 or facilitator_id = $1 or buyer_siret = $2)
            and starts_on < $4 and (ends_on is null or ends_on >= $3)
            and ($6::uuid is null or department = any($7::text[]) or facilitator_id = $6)
        order by number, uid limit $5
        """,
        declarant.id,
        declarant.siret,
        quarter.start,
        quarter.end,
        MOST,
        declarant.acting,
        sorted(declarant.within),
    )
    contracts = [dict(row) for row in rows]
    uids = [contract["uid"] for contract in contracts]
    return covered(
        quarter, contracts, await _declared(connection, declarant, uids, quarter), await _nothing(connection, declarant, uids, quarter)
    )


async def _declared(connection: Connection, declarant: Declarant, uids: Sequence[UUID], quarter: Period) -> set[UUID]:
    """Contracts with a line of this declarant that stands, whether another source counts or not."""
    rows = await connection.fetch(
        """
        select u.contract_uid from unnest($1::uuid[]) u (contract_uid)
        where exists (
            select from lines l join filings f on f.number = l.number
            where l.contract_uid = u.contract_uid and l.rank > 0 and f.declarant_id = $2
                and l.period_start < $4 and l.period_start > $3::date - 366  -- no period is longer
                and l.period_start + make_interval(months => l.period_months) > $3
        )
        """,
        uids,
        declarant.id,
        quarter.start,
        quarter.end,
    )
    return {row["contract_uid"] for row in rows}


async def _nothing(connection: Connection, declarant: Declarant, uids: Sequence[UUID], quarter: Period) -> set[UUID]:
    rows = await connection.fetch(
        "select contract_uid from nothing_declared where declarant_id = $1 and contract_uid = any($2::uuid[]) and period_start = $3 and period_months = $4",
        declarant.id,
        uids,
        quarter.start,
        MONTHS[quarter.grain],
    )
    return {row["contract_uid"] for row in rows}


async def say_nothing(
    connection: Connection, declarant: Declarant, quarter: Period, contracts: Sequence[dict[str, Any]], by: str, at: datetime
) -> str | None:
    """Record « rien à déclarer » for these contracts and announce it; its number. None when all of them had it already."""
    number = (await draw(connection, at)).number
    rows = await connection.fetch(
        """
        insert into nothing_declared (declarant_id, contract_uid, period_start, period_months, number, declared_by, declared_at)
        select $1, uid, $3, $4, $5, $6, $7 from unnest($2::uuid[]) uid order by uid
        on conflict do nothing returning contract_uid
        """,
        declarant.id, [contract["uid"] for contract in contracts], quarter.start, MONTHS[quarter.grain], number, by, at,
    )  # fmt: skip
    said = sorted(row["contract_uid"] for row in rows)
    if not said:
        return None
    departments = {contract["department"] for contract in contracts if contract["uid"] in said and contract["department"]}
    message = NothingToDeclare(
        occurred_at=at,
        declaration_id=number,
        declarant_id=declarant.id,
        period=quarter,
        contracts=tuple(said),
        departments=tuple(sorted(departments)),
    )
    await outbox.add(connection, message)
    return number
