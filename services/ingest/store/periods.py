"""Which source counts for a contract and period, locked while filings that may change it are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.ingest.corrections import Reference, SourcePeriod, Top, neighbourhood, overlapping


class Raced(Exception):
    """Another transaction changed what this one had looked at before it held the locks. Roll back and run it again."""


@dataclass(frozen=True)
class Held:
    """What counts in each period, locked. `alone`: nobody else writes lines there, or in a period that overlaps, until the commit."""

    references: dict[SourcePeriod, Reference]
    alone: bool

    @property
    def ranks(self) -> dict[SourcePeriod, int]:
        return {period: reference.rank for period, reference in self.references.items()}


async def hold(connection: Connection, number: str, revision: int, own: Mapping[UUID, Top], ended: Sequence[UUID] = ()) -> Held:
    """Lock the periods that the filing's lines have or had.

    A first filing whose source is already the reference shares them with others like it; whoever may change the reference, or takes a
    line away from a period, holds them alone, with all that overlap them.
    """
    best: dict[SourcePeriod, int] = {}
    for top in own.values():
        best[top.where] = max(best.get(top.where, 0), top.rank)
    left = await (_left(connection, number) if revision == 1 else _of_stacks(connection, number, revision, list(own)))
    if ended:
        left |= await _of_lines(connection, ended)
    wanted = sorted(best.keys() | left)
    known = await _references(connection, wanted)
    alone = revision > 1 or bool(left) or not _stay(best, known)
    missing = [period for period in wanted if period not in known]
    if missing:
        await _gates(connection, wanted if alone else missing, _ALONE)
        alone = await _open(connection, missing, best) or alone
    if alone:
        await _gates(connection, wanted, _TOGETHER)
        wanted = sorted(neighbourhood(wanted, await _of_years(connection, wanted)))
    held = await _references(connection, wanted, _ALONE if alone else _TOGETHER)
    if not alone and not _stay(best, held):
        raise Raced("the source of reference changed meanwhile")
    return Held(held, alone)


async def hold_together(connection: Connection, best: Mapping[SourcePeriod, int]) -> dict[SourcePeriod, int]:
    """Share the periods of new lines, opened where nobody declared before. Raises Raced where a source may move another's lines."""
    known = await _references(connection, sorted(best))
    missing = [period for period in sorted(best) if period not in known]
    if missing:
        await _gates(connection, missing, _ALONE)
        if await _open(connection, missing, best):
            raise Raced("a period overlaps another one")
    held = await _references(connection, sorted(best), _TOGETHER)
    if not _stay(best, held):
        raise Raced("a source may become the reference")
    return {period: reference.rank for period, reference in held.items()}


def _stay(best: Mapping[SourcePeriod, int], known: Mapping[SourcePeriod, Reference]) -> bool:
    return all(known[period].stays(rank) for period, rank in best.items() if period in known)


_ALONE: Final = "for no key update"
_TOGETHER: Final = "for share"


async def _references(connection: Connection, wanted: Sequence[SourcePeriod], lock: str = "") -> dict[SourcePeriod, Reference]:
    rows = await connection.fetch(
        f"""
        select contract_uid, period_start, period_months, rank, elsewhere from source_periods
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
        order by 1, 2, 3 {lock}
        """,  # noqa: S608  one of the two locks above
        *columns_of(wanted),
    )
    return {period_of(row): Reference(row["rank"], row["elsewhere"]) for row in rows}


async def _gates(connection: Connection, wanted: Sequence[SourcePeriod], lock: str) -> None:
    """Hold the years of these contracts: alone while periods are opened there, together while nobody may open one that overlaps."""
    years = sorted({(period.contract_uid, period.period_start.year) for period in wanted})
    columns = [uid for uid, _ in years], [year for _, year in years]
    await connection.execute(
        "insert into source_years (contract_uid, year) select * from unnest($1::uuid[], $2::smallint[]) on conflict do nothing", *columns
    )
    await connection.execute(
        f"""
        select from source_years where (contract_uid, year) in (select * from unnest($1::uuid[], $2::smallint[]))
        order by contract_uid, year {lock}
        """,  # noqa: S608  one of the two locks above
        *columns,
    )


async def _open(connection: Connection, missing: Sequence[SourcePeriod], best: Mapping[SourcePeriod, int]) -> bool:
    """Open the periods in which nobody has declared; their years are held alone. Returns whether one overlaps another.

    Without an overlap a period gets the rank of its first source: there is no line that this could move.
    """
    known = await _of_years(connection, missing)
    opened = sorted(set(missing) - known)
    beside = overlapping(set(opened), known)
    await connection.execute(
        """
        insert into source_periods (contract_uid, period_start, period_months, rank)
        select * from unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[])
        """,
        *columns_of(opened),
        [0 if period in beside else best[period] for period in opened],
    )
    return bool(beside)


async def _of_years(connection: Connection, wanted: Sequence[SourcePeriod]) -> set[SourcePeriod]:
    """All periods of the same contracts and years."""
    years = {(period.contract_uid, date(period.period_start.year, 1, 1)) for period in wanted}
    rows = await connection.fetch(
        """
        select p.contract_uid, p.period_start, p.period_months from unnest($1::uuid[], $2::date[]) y (contract_uid, first)
        join source_periods p on p.contract_uid = y.contract_uid and p.period_start >= y.first and p.period_start < y.first + interval '1 year'
        """,
        [uid for uid, _ in years],
        [first for _, first in years],
    )
    return {period_of(row) for row in rows}


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


async def ranks_of_others(connection: Connection, wanted: Sequence[SourcePeriod], touched: Sequence[UUID]) -> dict[SourcePeriod, set[int]]:
    """The ranks that lines other than the touched ones hold in each period."""
    rows = await connection.fetch(
        """
        select contract_uid, period_start, period_months, array_agg(distinct rank) as ranks from lines
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
            and rank > 0 and line_id <> all($4::uuid[])
        group by 1, 2, 3
        """,
        *columns_of(wanted),
        touched,
    )
    return {period_of(row): set(row["ranks"]) for row in rows}


async def write_references(connection: Connection, references: Mapping[SourcePeriod, Reference]) -> None:
    await connection.execute(
        """
        update source_periods p set rank = n.rank, elsewhere = n.elsewhere
        from unnest($1::uuid[], $2::date[], $3::smallint[], $4::smallint[], $5::boolean[])
            n (contract_uid, period_start, period_months, rank, elsewhere)
        where (p.contract_uid, p.period_start, p.period_months) = (n.contract_uid, n.period_start, n.period_months)
        """,
        *columns_of(list(references)),
        [reference.rank for reference in references.values()],
        [reference.elsewhere for reference in references.values()],
    )


def period_of(row: asyncpg.Record) -> SourcePeriod:
    return SourcePeriod(row["contract_uid"], row["period_start"], row["period_months"])


def columns_of(periods: Sequence[SourcePeriod]) -> tuple[list[UUID], list[date], list[int]]:
    """The periods as three arrays for unnest."""
    return [p.contract_uid for p in periods], [p.period_start for p in periods], [p.period_months for p in periods]
