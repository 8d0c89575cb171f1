"""A declarant's own lines on a contract in a quarter, and what counts on it so far."""

from __future__ import annotations

from uuid import UUID

from pydantic import TypeAdapter

from kit.postgres import Connection
from schemas.periods import Period
from services.ingest.rules.declared import LineValue

_CONTENT: TypeAdapter[LineValue] = TypeAdapter(LineValue)


async def own_lines(connection: Connection, declarant: UUID, contract: UUID, quarter: Period) -> list[LineValue]:
    """The values that stand, in the order of their filing."""
    rows = await connection.fetch(
        """
        select v.content from lines l
        join filings f on f.number = l.number
        join line_values v on v.number = l.number and v.filing_revision = l.filing_revision and v.line_id = l.line_id
        where l.contract_uid = $1 and l.rank > 0 and f.declarant_id = $2 and l.period_start >= $3 and l.period_start < $4
            and l.period_months <= 3
        order by v.number, v.line limit 200
        """,
        contract, declarant, quarter.start, quarter.end,
    )  # fmt: skip
    return [_CONTENT.validate_json(row["content"]) for row in rows]


async def counted_on(connection: Connection, contract: UUID) -> int:
    """Centi-hours of the source of reference over the contract's whole life."""
    found: int = await connection.fetchval(
        """
        select coalesce(sum(centihours), 0)::bigint from lines where contract_uid = $1 and rank > 0 and announced
        """,
        contract,
    )
    return found
