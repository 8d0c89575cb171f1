"""The stack of values per line: locked in one order, settled by the rule, written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.ingest.corrections import Move, Rank, SourcePeriod, Standing, Top, references, settle_all


class Raced(Exception):
    """Another transaction changed what this one had looked at before it held the locks. Roll back and run it again."""


@dataclass
class Settled:
    """What a filing's revision changed: the moves to announce, and how many earlier values its own lines replaced."""

    announced: list[Move] = field(default_factory=list)
    replaced: int = 0


async def settle_revision(connection: Connection, number: str, revision: int) -> Settled:
    """Bring the lines of this revision and of the one before to what now counts. Call after the revision's values are stored.

    Locks: source periods, then lines, each in sorted order. A first filing whose source is already the reference only shares the
    source period with others like it; whoever may change the reference holds it alone.
    """
    ranks, alone = await _lock_periods(connection, number, revision)
    standings = await _lock_lines(connection, number, revision)
    tops = await _tops(connection, number, revision)
    _check_locked(standings, tops, ranks, alone=alone)
    others: Mapping[SourcePeriod, int] = ranks
    if alone:
        others = await _ranks_of_others(connection, list(ranks), list(standings))
    reference_of = references(tops, others, ranks)
    changed = [period for period, rank in reference_of.items() if rank != ranks[period]]
    replaced = sum(
        1 for line_id, top in tops.items() if top and (top.filing, top.filing_revision) == (number, revision) and standings[line_id].top
    )
    if changed:
        beside = await _others_of(connection, changed, list(standings))
        standings |= beside
        tops |= {line_id: standing.top for line_id, standing in beside.items()}
        await _write_ranks(connection, {period: reference_of[period] for period in changed})
    moves = settle_all(standings, tops, reference_of)
    await _write_standings(connection, moves)
    return Settled([move for move in moves if move.kind], replaced)


def _check_locked(
    standings: Mapping[UUID, Standing], tops: Mapping[UUID, Top | None], ranks: Mapping[SourcePeriod, int], *, alone: bool
) -> None:
    """A line that its source numbers may change its period between two filings: the period it leaves must be held, and held alone."""
    for line_id, top in tops.items():
        before = standings[line_id].top
        if (top and top.where not in ranks) or (before and before.where not in ranks):
            raise Raced("a line changed its period meanwhile")
        if not alone and before and top and before.where != top.where:
            raise Raced("a line leaves its period")


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


async def _lock_periods(connection: Connection, number: str, revision: int) -> tuple[dict[SourcePeriod, int], bool]:
    """The rank that counts in every period that the touched lines have or had, locked; and whether they are held alone."""
    await connection.execute(
        """
        insert into source_periods (contract_uid, period_start, period_months, rank)
        select contract_uid, period_start, period_months, max(rank) from line_values
        where number = $1 and filing_revision = $2
        group by 1, 2, 3 order by 1, 2, 3
        on conflict do nothing
        """,
        number,
        revision,
    )
    rows = await connection.fetch(
        """
        select p.contract_uid, p.period_start, p.period_months, p.rank, t.own
        from (
            select contract_uid, period_start, period_months,
                max(rank) filter (where number = $1 and filing_revision = $2) as own
            from line_values where line_id in (select line_id from line_values where number = $1 and filing_revision in ($2, $2 - 1))
            group by 1, 2, 3
        ) t join source_periods p using (contract_uid, period_start, period_months)
        """,
        number,
        revision,
    )
    alone = revision > 1 or any(row["own"] is None or row["own"] > row["rank"] for row in rows)
    periods = [_period(row) for row in rows]
    held = await connection.fetch(_HOLD_ALONE if alone else _HOLD_TOGETHER, *_columns(periods))
    ranks = {_period(row): row["rank"] for row in held}
    if not alone and any(row["own"] > ranks[_period(row)] for row in rows):
        raise Raced("the source of reference changed meanwhile")
    return ranks, alone


async def _lock_lines(connection: Connection, number: str, revision: int) -> dict[UUID, Standing]:
    await connection.execute(
        """
        insert into lines (line_id, contract_uid, period_start, period_months, rank)
        select line_id, contract_uid, period_start, period_months, rank from line_values
        where number = $1 and filing_revision = $2
        order by line_id
        on conflict (line_id) do nothing
        """,
        number,
        revision,
    )
    rows = await connection.fetch(
        """
        select line_id, revision, contract_uid, period_start, period_months, rank, number, filing_revision, announced
        from lines where line_id in (select line_id from line_values where number = $1 and filing_revision in ($2, $2 - 1))
        order by line_id for no key update
        """,
        number,
        revision,
    )
    return {row["line_id"]: _standing(row) for row in rows}


async def _tops(connection: Connection, number: str, revision: int) -> dict[UUID, Top | None]:
    """The newest value of each touched line among the filings' present revisions. A statement of its own, after the locks: it sees
    what the transactions that held them before have committed."""
    rows = await connection.fetch(
        """
        with touched as (select distinct line_id from line_values where number = $1 and filing_revision in ($2, $2 - 1))
        select distinct on (t.line_id)
            t.line_id, v.number, v.filing_revision, v.rank, v.contract_uid, v.period_start, v.period_months
        from touched t
        left join (line_values v join filings f on f.number = v.number and f.revision = v.filing_revision) using (line_id)
        order by t.line_id, v.accepted desc nulls last
        """,
        number,
        revision,
    )
    return {row["line_id"]: _top(row) for row in rows}


async def _ranks_of_others(connection: Connection, periods: Sequence[SourcePeriod], touched: Sequence[UUID]) -> dict[SourcePeriod, int]:
    rows = await connection.fetch(
        """
        select contract_uid, period_start, period_months, max(rank) as rank from lines
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
            and number is not null and line_id <> all($4::uuid[])
        group by 1, 2, 3
        """,
        *_columns(periods),
        touched,
    )
    return {_period(row): row["rank"] for row in rows}


async def _others_of(connection: Connection, periods: Sequence[SourcePeriod], touched: Sequence[UUID]) -> dict[UUID, Standing]:
    """The other lines of periods whose reference changes. Their periods are held alone, so nobody else moves them."""
    rows = await connection.fetch(
        """
        select line_id, revision, contract_uid, period_start, period_months, rank, number, filing_revision, announced
        from lines
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
            and number is not null and line_id <> all($4::uuid[])
        order by line_id for no key update
        """,
        *_columns(periods),
        touched,
    )
    return {row["line_id"]: _standing(row) for row in rows}


async def _write_ranks(connection: Connection, ranks: Mapping[SourcePeriod, int]) -> None:
    await connection.execute(
        """
        update source_periods p set rank = n.rank
        from unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[]) n (contract_uid, period_start, period_months, rank)
        where (p.contract_uid, p.period_start, p.period_months) = (n.contract_uid, n.period_start, n.period_months)
        """,
        *_columns(list(ranks)),
        list(ranks.values()),
    )


async def _write_standings(connection: Connection, moves: Sequence[Move]) -> None:
    """A line without any value keeps the place of its last one."""
    places = [move.after.top or move.before.top for move in moves]
    await connection.execute(
        """
        update lines l set revision = n.revision, number = n.number, filing_revision = n.filing_revision, announced = n.announced,
            rank = n.rank, contract_uid = n.contract_uid, period_start = n.period_start, period_months = n.period_months
        from unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::boolean[], $6::smallint[], $7::uuid[], $8::date[],
            $9::smallint[]) n (line_id, revision, number, filing_revision, announced, rank, contract_uid, period_start, period_months)
        where l.line_id = n.line_id
        """,
        [move.line_id for move in moves],
        [move.after.revision for move in moves],
        [move.after.top.filing if move.after.top else None for move in moves],
        [move.after.top.filing_revision if move.after.top else None for move in moves],
        [move.after.announced for move in moves],
        [place.rank if place else int(Rank.NONE) for place in places],
        *_columns([place.where for place in places if place]),
    )


def _period(row: asyncpg.Record) -> SourcePeriod:
    return SourcePeriod(row["contract_uid"], row["period_start"], row["period_months"])


def _top(row: asyncpg.Record) -> Top | None:
    if row["number"] is None:
        return None
    return Top(row["number"], row["filing_revision"], row["rank"], _period(row))


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(row["revision"], _top(row), row["announced"])


def _columns(periods: Sequence[SourcePeriod]) -> tuple[list[Any], list[Any], list[Any]]:
    return [p.contract_uid for p in periods], [p.period_start for p in periods], [p.period_months for p in periods]
