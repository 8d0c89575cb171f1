"""A declarant's own lines that stand, to compare a file with; and lines that a filing ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from kit.postgres import Connection
from services.ingest.rules.declared import LineValue
from services.ingest.rules.differences import Differences, Span, compare
from services.ingest.store.numbers import Drawn

OFFERED = 20
"""Filings that a file may be said to correct: those that it repeats, the newest of them."""
_CONTENT: TypeAdapter[LineValue] = TypeAdapter(LineValue)


async def differences(
    connection: Connection, declarant: UUID, said: Sequence[LineValue], span: Span, filing: str | None = None
) -> Differences:
    """What these lines do to the declarant's lines that stand, whether another source counts or not; to those of one `filing` alone, where only
    its lines may disappear."""
    rows = await connection.fetch(
        """
        select v.content from filings f
        join line_values v on v.number = f.number and v.filing_revision = f.revision
        join lines l on l.line_id = v.line_id and l.number = v.number and l.filing_revision = v.filing_revision
        where f.declarant_id = $1 and f.state <> 'withdrawn' and l.rank > 0
            and ((v.period_start >= $2 and v.period_start + make_interval(months => v.period_months) <= $3 and ($5::text is null or f.number = $5))
                or v.line_id = any($4::uuid[]))
        order by v.contract_uid, v.period_start, v.line_id
        """,
        declarant, span.start, span.end, [value.line_id for value in said], filing,
    )  # fmt: skip
    return await asyncio.to_thread(_compared, rows, said, span)


def _compared(rows: Sequence[asyncpg.Record], said: Sequence[LineValue], span: Span) -> Differences:
    return compare((_CONTENT.validate_json(row["content"]) for row in rows), said, span)


async def is_own(connection: Connection, declarant: UUID, number: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select from filings where number = $1 and declarant_id = $2)", number, declarant
    )
    return found


async def repeated_filings(connection: Connection, declarant: UUID, said: Sequence[LineValue]) -> dict[str, Span]:
    """The declarant's filings of which these lines repeat one that stands, the newest first, each with the months that it speaks of."""
    rows = await connection.fetch(
        """
        select f.number, min(v.period_start) as first, max(v.period_start + make_interval(months => v.period_months))::date as last
        from filings f join line_values v on v.number = f.number and v.filing_revision = f.revision
        where f.declarant_id = $1 and f.number in (select distinct number from lines where line_id = any($2::uuid[]) and rank > 0)
        group by f.number order by f.number desc limit $3
        """,
        declarant, [value.line_id for value in said], OFFERED,
    )  # fmt: skip
    return {row["number"]: Span(row["first"], row["last"]) for row in rows}


async def repeated(connection: Connection, said: Sequence[LineValue]) -> int:
    """How many of these lines were declared before and still stand."""
    found: int = await connection.fetchval(
        "select count(*) from lines where line_id = any($1::uuid[]) and rank > 0", [value.line_id for value in said]
    )
    return found


async def ended_by(connection: Connection, number: str, revision: int) -> list[UUID]:
    """The lines that a filing's revision ends."""
    rows = await connection.fetch("select line_id from line_endings where number = $1 and filing_revision = $2", number, revision)
    return [row["line_id"] for row in rows]


async def end_lines(connection: Connection, drawn: Drawn, revision: int, ended: Sequence[UUID]) -> None:
    """Record that a filing's revision ends these lines; the endings of the revision before stay where they were."""
    if ended:
        await connection.execute(
            "insert into line_endings (number, filing_revision, line_id, accepted) select $1, $2, line_id, $3 from unnest($4::uuid[]) line_id",
            drawn.number, revision, drawn.accepted, list(ended),
        )  # fmt: skip
    if revision > 1:
        await connection.execute(
            """
            insert into line_endings (number, filing_revision, line_id, accepted)
            select number, $2, line_id, accepted from line_endings where number = $1 and filing_revision = $2 - 1
            on conflict do nothing
            """,
            drawn.number, revision,
        )  # fmt: skip
