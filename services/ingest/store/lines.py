"""The stack of values per line: locked in one order, settled by the rule, written back.

Locks: source periods, then lines, each in sorted order, so that filings on the same lines wait for each other and never in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from services.ingest.corrections import Move, SourcePeriod, Standing, Top, references, settle_all
from services.ingest.store import announce, periods
from services.ingest.store.periods import Raced, columns_of, period_of


class Touch(NamedTuple):
    """A filing's revision, with the tops that its own values would be, and the lines that it ends."""

    number: str
    revision: int
    own: Mapping[UUID, Top]
    ended: Sequence[UUID] = ()


@dataclass
class Settled:
    """What a filing's revision changed: the moves to announce, how many earlier values its own lines replaced, and what was written down of
    the announcement meanwhile."""

    announced: Sequence[Move] = ()
    replaced: int = 0
    ahead: announce.Ahead | None = None


async def settle(connection: Connection, touch: Touch, ahead: announce.Ahead | None = None) -> Settled:
    """Bring the lines of this revision and of the one before to what now counts. Call after the revision's values are stored. `ahead` goes
    on being written down while the database stores the lines, and holds if they are all new and count."""
    held = await periods.hold(connection, touch.number, touch.revision, touch.own, touch.ended)
    if held.alone:
        return await _settle_known(connection, touch, [*touch.own, *touch.ended], held)
    inserting = insert_fresh(connection, [touch.number], touch.revision)
    fresh = set(await (ahead.while_doing(inserting) if ahead else inserting))
    if ahead and len(fresh) == len(touch.own) and not touch.ended and _all_count(touch.own, held.ranks):
        return Settled(ahead.moves, ahead=ahead)
    known = [line_id for line_id in touch.own if line_id not in fresh] + list(touch.ended)
    moves = settle_all({}, {line_id: top for line_id, top in touch.own.items() if line_id in fresh}, held.ranks)
    earlier = await _settle_known(connection, touch, known, held) if known or touch.revision > 1 else Settled()
    return Settled([move for move in moves if move.kind] + list(earlier.announced), earlier.replaced)


def _all_count(tops: Mapping[UUID, Top], ranks: Mapping[SourcePeriod, int]) -> bool:
    shared = {id(top): top for top in tops.values()}
    return all(top.rank >= ranks[top.where] for top in shared.values())


async def insert_fresh(connection: Connection, numbers: Sequence[str], revision: int) -> list[UUID]:
    """Rows for the lines of these filings that have none. Returns them."""
    rows = await connection.fetch(
        """
        insert into lines (line_id, revision, contract_uid, period_start, period_months, number, filing_revision, rank, announced,
            centihours, person, qpv)
        select v.line_id, case when v.rank >= p.rank then 1 else 0 end, v.contract_uid, v.period_start, v.period_months,
            v.number, v.filing_revision, v.rank, v.rank >= p.rank, v.centihours, coalesce(v.person_regional, v.person_local),
            v.content like '%"qpv":true%'
        from line_values v join source_periods p using (contract_uid, period_start, period_months)
        where v.number = any($1::text[]) and v.filing_revision = $2
        order by v.line_id
        on conflict (line_id) do nothing
        returning line_id
        """,
        numbers,
        revision,
    )
    return [row["line_id"] for row in rows]


async def known_of(connection: Connection, line_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the lines that were declared before."""
    return {row["line_id"] for row in await connection.fetch("select line_id from lines where line_id = any($1::uuid[])", line_ids)}


async def _settle_known(connection: Connection, touch: Touch, known: list[UUID], held: periods.Held) -> Settled:
    if held.alone:
        await _insert_unsettled(connection, touch)
    standings = await _lock_lines(connection, touch, known)
    tops = await _tops(connection, list(standings))
    _check_locked(standings, tops, held)
    reference_of, moved = held.ranks, list[SourcePeriod]()
    if held.alone:
        others = await periods.ranks_of_others(connection, list(held.references), list(standings))
        settled = references(tops, others, held.references)
        reference_of = {period: reference.rank for period, reference in settled.items()}
        moved = [period for period, rank in reference_of.items() if rank != held.references[period].rank]
        await periods.write_references(connection, {p: settled[p] for p in settled if settled[p] != held.references[p]})
    replaced = sum(1 for line_id in touch.own if line_id in standings and standings[line_id].top and tops[line_id] == touch.own[line_id])
    if moved:
        beside = await _others_of(connection, moved, list(standings))
        standings |= beside
        tops |= {line_id: standing.top for line_id, standing in beside.items()}
    moves = settle_all(standings, tops, reference_of)
    await _write_standings(connection, moves)
    return Settled([move for move in moves if move.kind], replaced)


def _check_locked(standings: Mapping[UUID, Standing], tops: Mapping[UUID, Top | None], held: periods.Held) -> None:
    """A line that its source numbers may change its period between two filings: the period it leaves must be held, and held alone."""
    for line_id, top in tops.items():
        before = standings[line_id].top
        if (top and top.where not in held.references) or (before and before.where not in held.references):
            raise Raced("a line changed its period meanwhile")
        if not held.alone and before and top and before.where != top.where:
            raise Raced("a line leaves its period")


async def _insert_unsettled(connection: Connection, touch: Touch) -> None:
    """Rows for lines that nobody declared before, where the reference is not settled yet."""
    await connection.execute(
        """
        insert into lines (line_id, contract_uid, period_start, period_months, rank)
        select line_id, contract_uid, period_start, period_months, 0 from line_values
        where number = $1 and filing_revision = $2
        order by line_id
        on conflict (line_id) do nothing
        """,
        touch.number,
        touch.revision,
    )


async def _lock_lines(connection: Connection, touch: Touch, known: list[UUID]) -> dict[UUID, Standing]:
    """The touched lines that are not fresh, and those that only the revision before named."""
    rows = await connection.fetch(_LOCK, known, touch.number, touch.revision - 1)
    return {row["line_id"]: _standing(row) for row in rows}


_LOCK: Final = """
    select line_id, revision, contract_uid, period_start, period_months, rank, number, filing_revision, announced
    from lines where line_id in (
        select unnest($1::uuid[]) union select line_id from line_values where number = $2 and filing_revision = $3
        union select line_id from line_endings where number = $2 and filing_revision = $3
    )
    order by line_id for no key update
"""


async def _tops(connection: Connection, touched: list[UUID]) -> dict[UUID, Top | None]:
    """The newest value of each line among the filings' present revisions; none when a filing has ended the line since. A statement of its
    own, after the locks: it sees what the transactions that held them before have committed."""
    rows = await connection.fetch(
        """
        select distinct on (line_id) line_id, number, filing_revision, rank, contract_uid, period_start, period_months
        from (
            select v.line_id, v.number, v.filing_revision, v.rank, v.contract_uid, v.period_start, v.period_months, v.accepted
            from line_values v join filings f on f.number = v.number and f.revision = v.filing_revision
            where v.line_id = any($1::uuid[])
            union all
            select e.line_id, null, null, null, null, null, null, e.accepted
            from line_endings e join filings f on f.number = e.number and f.revision = e.filing_revision
            where e.line_id = any($1::uuid[])
        ) stack
        order by line_id, accepted desc
        """,
        touched,
    )
    return {**dict.fromkeys(touched), **{row["line_id"]: _top(row) for row in rows}}


async def _others_of(connection: Connection, changed: list[Any], touched: list[UUID]) -> dict[UUID, Standing]:
    """The other lines of periods whose reference changes. Their periods are held alone, so nobody else moves them."""
    rows = await connection.fetch(
        """
        select line_id, revision, contract_uid, period_start, period_months, rank, number, filing_revision, announced
        from lines
        where (contract_uid, period_start, period_months) in (select * from unnest($1::uuid[], $2::date[], $3::smallint[]))
            and rank > 0 and line_id <> all($4::uuid[])
        order by line_id for no key update
        """,
        *columns_of(changed),
        touched,
    )
    return {row["line_id"]: _standing(row) for row in rows}


async def _write_standings(connection: Connection, moves: list[Move]) -> None:
    """A line without any value keeps the place of its last one."""
    places = [move.after.top or move.before.top for move in moves]
    await connection.execute(
        """
        update lines l set revision = n.revision, number = n.number, filing_revision = n.filing_revision, announced = n.announced,
            rank = n.rank, contract_uid = n.contract_uid, period_start = n.period_start, period_months = n.period_months,
            centihours = coalesce(v.centihours, 0), person = coalesce(v.person_regional, v.person_local),
            qpv = coalesce(v.content like '%"qpv":true%', false)
        from unnest($1::uuid[], $2::integer[], $3::text[], $4::integer[], $5::boolean[], $6::smallint[], $7::uuid[], $8::date[],
            $9::smallint[]) n (line_id, revision, number, filing_revision, announced, rank, contract_uid, period_start, period_months)
        left join line_values v on v.number = n.number and v.filing_revision = n.filing_revision and v.line_id = n.line_id
        where l.line_id = n.line_id
        """,
        [move.line_id for move in moves],
        [move.after.revision for move in moves],
        [move.after.top.filing if move.after.top else None for move in moves],
        [move.after.top.filing_revision if move.after.top else None for move in moves],
        [move.after.announced for move in moves],
        [move.after.top.rank if move.after.top else 0 for move in moves],
        *columns_of([place.where for place in places if place]),
    )


def _top(row: asyncpg.Record) -> Top | None:
    if row["number"] is None:
        return None
    return Top(row["number"], row["filing_revision"], row["rank"], period_of(row))


def _standing(row: asyncpg.Record) -> Standing:
    return Standing(row["revision"], _top(row), row["announced"])
