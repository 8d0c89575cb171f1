"""Everything that a declarant has handed in, for a workbook: filings, contracts by period, lines that stand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kit.postgres import Connection
from services.ingest.sources import Declarant

MOST_LINES: Final = 50_000
"""Lines in one workbook: what a spreadsheet opens with ease."""
MOST_FILINGS: Final = 20_000
_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Exported:
    """`filings` are all of them, newest first; `numbers` those whose lines fit into the workbook, in the same order."""

    filings: list[dict[str, Any]]
    numbers: list[str]

    @property
    def whole(self) -> bool:
        return len(self.numbers) == sum(filing["state"] != "withdrawn" for filing in self.filings) and len(self.filings) < MOST_FILINGS


async def filings_of(connection: Connection, declarant: Declarant, year: int | None) -> Exported:
    """The present revision of each filing, of one year of reception or of all."""
    rows = await connection.fetch(
        """
        select f.number, f.state, r.revision, f.received_at, r.counted_at, r.period, f.departments, r.lines, r.parked, r.contracts,
            (select coalesce(sum((d ->> 'centihours')::bigint), 0) from jsonb_array_elements(r.departments) d)::bigint as centihours
        from filings f join filing_revisions r using (number, revision)
        where f.declarant_id = $1 and ($2::int is null or extract(year from f.received_at at time zone 'Europe/Paris') = $2)
            and ($3::text[] is null or f.departments && $3)
        order by f.received_at desc, f.number desc limit $4
        """,
        declarant.id,
        year,
        sorted(declarant.within) if declarant.acting else None,
        MOST_FILINGS,
    )
    filings, numbers, lines = [dict(row) for row in rows], [], 0
    for filing in filings:
        lines += filing["lines"]
        if lines > MOST_LINES:
            break
        if filing["state"] != "withdrawn":
            numbers.append(filing["number"])
    return Exported(filings, numbers)


async def lines_of(connection: Connection, numbers: Sequence[str], declarant: Declarant) -> AsyncIterator[list[dict[str, Any]]]:
    """The lines of these filings that stand today, some thousands at a time. Call inside a transaction."""
    cursor = connection.cursor(
        """
        select n.number, v.line, c.number as contract, c.object, c.hours_committed, v.department, v.centihours, v.content, l.announced
        from unnest($1::text[]) with ordinality n (number, place) join filings f on f.number = n.number
        join line_values v on v.number = f.number and v.filing_revision = f.revision
        join lines l on l.line_id = v.line_id and l.number = v.number and l.filing_revision = v.filing_revision
        join contracts c on c.uid = v.contract_uid
        where l.rank > 0 and ($2::text[] is null or v.department = any($2)) order by n.place, v.line
        """,
        list(numbers),
        sorted(declarant.within) if declarant.acting else None,
        prefetch=_AT_ONCE,
    )
    piece: list[dict[str, Any]] = []
    async for row in cursor:
        piece.append(dict(row))
        if len(piece) == _AT_ONCE:
            yield piece
            piece = []
    yield piece
