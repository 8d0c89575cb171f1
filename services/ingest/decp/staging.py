"""The rows of a running import in PostgreSQL: the file's duplicates are found there, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.ingest.decp.judging import Judged
from services.ingest.decp.pieces import Piece, together
from services.ingest.parts import Imported, with_earlier
from services.ingest.store.contracts import Entry

_COLUMNS: Final = (
    "import_id", "position", "buyer", "decp_id", "precedence", "digest", "outcome", "reason", "in_region", "part", "piece", "changed_on", "flags",
)  # fmt: skip


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
    flags: dict[str, int]
    """What was wrong in the rows that stand, by code."""


async def clear(connection: Connection, import_id: UUID) -> None:
    await connection.execute("delete from import_rows where import_id = $1", import_id)


async def add(connection: Connection, import_id: UUID, rows: Sequence[Judged]) -> None:
    await connection.copy_records_to_table("import_rows", records=[_record(import_id, row) for row in rows], columns=_COLUMNS)


def _record(import_id: UUID, row: Judged) -> tuple[Any, ...]:
    part = row.part.model_dump_json(exclude_defaults=True) if row.part else None
    flags = list(row.part.procurement.flags) if row.part else []
    return (
        import_id, row.position, row.buyer, row.decp_id, row.order, row.digest, row.outcome, row.reason, row.in_region, part, row.piece,
        row.changed_on, flags,
    )  # fmt: skip


async def expect_many(connection: Connection) -> None:
    """For the transaction: no row held against each row of another. Between two imports the table is empty, and if statistics are gathered then,
    the file's rows are expected to be one: fifteen hundred took longer than any statement may."""
    await connection.execute("set local enable_nestloop = off")


async def mark_duplicates(connection: Connection, import_id: UUID) -> None:
    """Of several rows of one contract the latest stands (`Judged.order`); of equal ones the last. The others name it.

    A copy, word for word, of a row that is no contract is a duplicate of that row and not a second reason.
    """
    await connection.execute(
        """
        with ranked as (
            select position, first_value(position) over (partition by buyer, decp_id order by precedence desc, position desc) as winner
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
    flags = await connection.fetch(
        """
        select flag, count(*) from import_rows, unnest(flags) flag
        where import_id = $1 and outcome in ('imported', 'repaired') group by flag order by flag
        """,
        import_id,
    )
    return Counts(
        **dict(row),
        reasons={reason["reason"]: reason["count"] for reason in reasons},
        flags={flag["flag"]: flag["count"] for flag in flags},
    )


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
        select buyer, decp_id, in_region, part, piece from import_rows
        where import_id = $1 and outcome in ('imported', 'repaired') and (buyer, decp_id) > ($2, $3)
        order by buyer, decp_id limit $4
        """,
        import_id,
        after.buyer,
        after.decp_id,
        limit,
    )
    pieces, earlier = await _pieces(connection, import_id, rows), await _earlier(connection, import_id, rows)
    entries = [Entry(row["buyer"], _part(row, pieces, earlier), row["in_region"]) for row in rows]
    return entries, Mark(rows[-1]["buyer"], rows[-1]["decp_id"]) if rows else after


async def _pieces(connection: Connection, import_id: UUID, rows: Sequence[asyncpg.Record]) -> dict[tuple[str, str], list[Piece]]:
    """All rows about the contracts that a table describes in several."""
    wanted = [(row["buyer"], row["decp_id"]) for row in rows if row["piece"] is not None]
    if not wanted:
        return {}
    found = await connection.fetch(
        """
        select r.buyer, r.decp_id, r.piece, r.precedence, r.changed_on, r.part
        from unnest($2::text[], $3::text[]) w (buyer, decp_id) join import_rows r using (buyer, decp_id)
        where r.import_id = $1 and r.outcome <> 'set_aside' and r.piece is not null
        """,
        import_id,
        [buyer for buyer, _ in wanted],
        [decp_id for _, decp_id in wanted],
    )
    pieces: dict[tuple[str, str], list[Piece]] = {}
    for row in found:
        piece = Piece(row["piece"], row["precedence"], row["changed_on"], Imported.model_validate_json(row["part"]))
        pieces.setdefault((row["buyer"], row["decp_id"]), []).append(piece)
    return pieces


async def _earlier(connection: Connection, import_id: UUID, rows: Sequence[asyncpg.Record]) -> dict[tuple[str, str], list[Imported]]:
    """What the file's other publications of these contracts say, the latest first; only those with amendments."""
    wanted = [(row["buyer"], row["decp_id"]) for row in rows if row["piece"] is None]
    found = await connection.fetch(
        """
        select r.buyer, r.decp_id, r.part
        from unnest($2::text[], $3::text[]) w (buyer, decp_id) join import_rows r using (buyer, decp_id)
        where r.import_id = $1 and r.outcome = 'duplicate' and r.piece is null and r.part like '%"amendments":%'
        order by r.precedence desc, r.position desc
        """,
        import_id,
        [buyer for buyer, _ in wanted],
        [decp_id for _, decp_id in wanted],
    )
    parts: dict[tuple[str, str], list[Imported]] = {}
    for row in found:
        parts.setdefault((row["buyer"], row["decp_id"]), []).append(Imported.model_validate_json(row["part"]))
    return parts


def _part(
    row: asyncpg.Record, pieces: Mapping[tuple[str, str], Sequence[Piece]], earlier: Mapping[tuple[str, str], Sequence[Imported]]
) -> Imported:
    key = row["buyer"], row["decp_id"]
    if of_contract := pieces.get(key):
        return together(of_contract)
    return reduce(with_earlier, earlier.get(key, ()), Imported.model_validate_json(row["part"]))
