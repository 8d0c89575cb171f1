"""Which source counts for a contract and period, locked while filings that may change it are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.ingest.corrections import SourcePeriod, Top


class Raced(Exception):
    """Another transaction changed what this one had looked at before it held the locks. Roll back and run it again."""


@dataclass(frozen=True)
class Held:
    """The rank that counts in each period, locked. `alone`: nobody else writes lines there until the commit."""

    ranks: dict[SourcePeriod, int]
    alone: bool


async def hold(connection: Connection, number: str, revision: int, own: Mapping[UUID, Top], ended: Sequence[UUID] = ()) -> Held:
    """Lock the periods that the filing's lines have or had.

    A first filing whose source is already the reference shares them with others like it; whoever may change the reference, or takes a
    line away from a period, holds them alone.
    """
    best: dict[SourcePeriod, int] = {}
    for top in own.values():
        best[top.where] = max(best.get(top.where, 0), top.rank)
    await _open(connection, best)
    left = await (_left(connection, number) if revision == 1 else _of_stacks(connection, number, revision, list(own)))
    if ended:
        left |= await _of_lines(connection, ended)
    wanted = sorted(best.keys() | left)
    ranks = await _ranks(connection, wanted)
    alone = revision > 1 or bool(left) or any(rank > ranks[period] for period, rank in best.items())
    rows = await connection.fetch(_HOLD_ALONE if alone else _HOLD_TOGETHER, *columns_of(wanted))
    held = {period_of(row): row["rank"] for row in rows}
    if not alone and any(rank > held[period] for period, rank in best.items()):
        raise Raced("the source of reference changed meanwhile")
    return Held(held, alone)


async def hold_together(connection: Connection, best: Mapping[SourcePeriod, int]) -> dict[SourcePeriod, int]:
    """Share the periods of new lines, opened where nobody declared before. Raises Raced where a source is better than the reference."""
    await _open(connection, best)
    rows = await connection.fetch(_HOLD_TOGETHER, *columns_of(sorted(best)))
    held = {period_of(row): row["rank"] for row in rows}
    if any(rank > held[period] for period, rank in best.items()):
        raise Raced("a source may become the reference")
    return held


_HOLD_TOGETHER: Final = """
    select contract_uid, period_start, period_months, rank from source_periods
    where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
    order by 1, 2, 3 for share
"""
_HOLD_ALONE: Final = """
    select contract_uid, period_start, period_months, rank from source_periods
    where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
    order by 1, 2, 3 for no key update
"""


async def _open(connection: Connection, best: Mapping[SourcePeriod, int]) -> None:
    """A period in which nobody has declared gets the rank of its first source: there is no line that this could move."""
    wanted = sorted(best)
    await connection.execute(
        """
        insert into source_periods (contract_uid, period_start, period_months, rank)
        select * from unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[])
        on conflict do nothing
        """,
        *columns_of(wanted),
        [best[period] for period in wanted],
    )


async def _left(connection: Connection, number: str) -> set[SourcePeriod]:
    """The periods that lines of a new filing leave: those that their source numbers may stand in another one."""
    rows = await connection.fetch(
        """
        select distinct l.contract_uid, l.period_start, l.period_months
        from line_values v join lines l using (line_id)
        where v.number = $1 and v.filing_revision = 1 and l.rank > 0
            and (l.contract_uid, l.period_start, l.period_months) <> (v.contract_uid, v.period_start, v.period_months)
        """,
        number,
    )
    return {period_of(row) for row in rows}


async def _of_lines(connection: Connection, line_ids: Sequence[UUID]) -> set[SourcePeriod]:
    """The periods of lines that a filing ends."""
    rows = await connection.fetch(
        "select distinct contract_uid, period_start, period_months from lines where line_id = any($1::uuid[])", list(line_ids)
    )
    return {period_of(row) for row in rows}


async def _of_stacks(connection: Connection, number: str, revision: int, own: Sequence[UUID]) -> set[SourcePeriod]:
    """The periods of every value that the lines of a correction or withdrawal may fall back to."""
    rows = await connection.fetch(
        """
        select distinct contract_uid, period_start, period_months from line_values
        where line_id in (
            select unnest($1::uuid[]) union select line_id from line_values where number = $2 and filing_revision = $3
            union select line_id from line_endings where number = $2 and filing_revision = $3
        )
        """,
        own,
        number,
        revision - 1,
    )
    return {period_of(row) for row in rows}


async def _ranks(connection: Connection, wanted: Sequence[SourcePeriod]) -> dict[SourcePeriod, int]:
    rows = await connection.fetch(
        """
        select contract_uid, period_start, period_months, rank from source_periods
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
        """,
        *columns_of(wanted),
    )
    return {period_of(row): row["rank"] for row in rows}


async def ranks_of_others(connection: Connection, wanted: Sequence[SourcePeriod], touched: Sequence[UUID]) -> dict[SourcePeriod, int]:
    """The highest rank that lines other than the touched ones hold in each period."""
    rows = await connection.fetch(
        """
        select contract_uid, period_start, period_months, max(rank) as rank from lines
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
            and rank > 0 and line_id <> all($4::uuid[])
        group by 1, 2, 3
        """,
        *columns_of(wanted),
        touched,
    )
    return {period_of(row): row["rank"] for row in rows}


async def write_ranks(connection: Connection, ranks: Mapping[SourcePeriod, int]) -> None:
    await connection.execute(
        """
        update source_periods p set rank = n.rank
        from unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[]) n (contract_uid, period_start, period_months, rank)
        where (p.contract_uid, p.period_start, p.period_months) = (n.contract_uid, n.period_start, n.period_months)
        """,
        *columns_of(list(ranks)),
        list(ranks.values()),
    )


def period_of(row: asyncpg.Record) -> SourcePeriod:
    return SourcePeriod(row["contract_uid"], row["period_start"], row["period_months"])


def columns_of(periods: Sequence[SourcePeriod]) -> tuple[list[UUID], list[date], list[int]]:
    """The periods as three arrays for unnest."""
    return [p.contract_uid for p in periods], [p.period_start for p in periods], [p.period_months for p in periods]
