"""The rows of a running import in PostgreSQL: the file's duplicates are found there, so that memory does not grow with the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection
from services.ingest.decp.judging import Judged
from services.ingest.parts import Imported
from services.ingest.store.contracts import Entry

_COLUMNS: Final = ("import_id", "position", "buyer", "decp_id", "published_on", "digest", "outcome", "reason", "in_region", "part")


@dataclass(frozen=True)
class Counts:
    """The four outcomes add up to `read`; `outside_region` counts among the rows that stand."""

    read: int
    imported: int
    repaired: int
    duplicates: int
    set_aside: int
    outside_region: int
    reasons: dict[str, int]


async def clear(connection: Connection, import_id: UUID) -> None:
    await connection.execute("delete from import_rows where import_id = $1", import_id)


async def add(connection: Connection, import_id: UUID, rows: Sequence[Judged]) -> None:
    await connection.copy_records_to_table("import_rows", records=[_record(import_id, row) for row in rows], columns=_COLUMNS)


def _record(import_id: UUID, row: Judged) -> tuple[Any, ...]:
    published_on = row.part.procurement.published_on if row.part else None
    part = row.part.model_dump_json() if row.part else None
    return (import_id, row.position, row.buyer, row.decp_id, published_on, row.digest, row.outcome, row.reason, row.in_region, part)


async def mark_duplicates(connection: Connection, import_id: UUID) -> None:
    """Of several rows of one contract the latest stands: by publication date, else by position. The others name it.

    A copy, word for word, of a row that is no contract is a duplicate of that row and not a second reason.
    """
    await connection.execute(
        """
        with ranked as (
            select position, first_value(position) over (partition by buyer, decp_id order by published_on desc nulls last, position desc) as winner
            from import_rows where import_id = $1 and outcome in ('imported', 'repaired')
        )
        update import_rows r set outcome = 'duplicate', winner = ranked.winner
        from ranked where r.import_id = $1 and r.position = ranked.position and ranked.position <> ranked.winner
        """,
        import_id,
    )
    await connection.execute(
        """
        with ranked as (
            select position, min(position) over (partition by buyer, decp_id, digest) as winner
            from import_rows where import_id = $1 and reason in ('TEST_RECORD', 'PLACEHOLDER')
        )
        update import_rows r set outcome = 'duplicate', reason = null, winner = ranked.winner
        from ranked where r.import_id = $1 and r.position = ranked.position and ranked.position <> ranked.winner
        """,
        import_id,
    )


async def counts(connection: Connection, import_id: UUID) -> Counts:
    (row,) = await connection.fetch(
        """
        select count(*) as read,
            count(*) filter (where outcome = 'imported') as imported,
            count(*) filter (where outcome = 'repaired') as repaired,
            count(*) filter (where outcome = 'duplicate') as duplicates,
            count(*) filter (where outcome = 'set_aside') as set_aside,
            count(*) filter (where outcome in ('imported', 'repaired') and not in_region) as outside_region
        from import_rows where import_id = $1
        """,
        import_id,
    )
    reasons = await connection.fetch(
        "select reason, count(*) from import_rows where import_id = $1 and outcome = 'set_aside' group by reason order by reason", import_id
    )
    return Counts(**dict(row), reasons={reason["reason"]: reason["count"] for reason in reasons})


async def keep_remarks(connection: Connection, import_id: UUID) -> None:
    await connection.execute(
        """
        insert into import_remarks (import_id, position, outcome, reason, winner, buyer, decp_id)
        select import_id, position, outcome, reason, winner, buyer, decp_id from import_rows
        where import_id = $1 and outcome in ('duplicate', 'set_aside') on conflict do nothing
        """,
        import_id,
    )


@dataclass(frozen=True)
class Mark:
    """Where a walk through the standing rows is."""

    buyer: str = ""
    decp_id: str = ""


async def standing(connection: Connection, import_id: UUID, after: Mark, limit: int) -> tuple[list[Entry], Mark]:
    """The next rows that became contracts, by buyer and number: two imports lock contracts in one order."""
    rows = await connection.fetch(
        """
        select buyer, decp_id, in_region, part from import_rows
        where import_id = $1 and outcome in ('imported', 'repaired') and (buyer, decp_id) > ($2, $3)
        order by buyer, decp_id limit $4
        """,
        import_id,
        after.buyer,
        after.decp_id,
        limit,
    )
    entries = [Entry(row["buyer"], Imported.model_validate(json.loads(row["part"])), row["in_region"]) for row in rows]
    return entries, Mark(rows[-1]["buyer"], rows[-1]["decp_id"]) if rows else after
