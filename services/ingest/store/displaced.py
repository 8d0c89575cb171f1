"""Whose hours a filing moved that are not its own: another source counts instead of theirs since, or does no more. Told to them once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

import asyncpg

from kit import outbox
from kit.postgres import Connection
from schemas.declarations import HoursOfPeriod, SourceChanged
from schemas.periods import Period
from services.ingest.corrections import Move, Rank
from services.ingest.sources import SOURCES
from services.ingest.store.announce import Cause

LISTED: Final = 20
"""Contracts and periods that a message spells out; the page of differences has them all."""


async def announce_displaced(connection: Connection, moves: Sequence[Move], cause: Cause) -> None:
    """One message for each organisation whose hours gave way to the filing's, or count again because of it."""
    displaced = [move.line_id for move in moves if _of_others(move, cause)]
    if not displaced or cause.number is None or cause.revision is None:
        return
    rows = await connection.fetch(_MOVED, displaced, cause.declarant_id)
    source = SOURCES[Rank(max(_own_ranks(moves, cause), default=int(Rank.FACILITATOR)))]
    name = await connection.fetchval("select name from registry_organisations where organisation_id = $1", cause.declarant_id)
    for (declarant, counts), found in groupby(rows, key=lambda row: (row["declarant_id"], row["announced"])):
        periods = list(found)
        await outbox.add(connection, SourceChanged(
            occurred_at=cause.at, declaration_id=cause.number, revision=cause.revision, declarant_id=declarant, counts=counts, source=source,
            source_name=name, departments=tuple(sorted({row["department"] for row in periods if row["department"]})),
            lines=sum(row["lines"] for row in periods), centihours=sum(row["centihours"] for row in periods),
            contracts=len({row["contract_uid"] for row in periods}), periods=tuple(map(_period, periods[:LISTED])),
        ), traceparent=cause.traceparent)  # fmt: skip


def _of_others(move: Move, cause: Cause) -> bool:
    """Whether the value stays and only counts no more, or again: one that was taken away or replaced is somebody's own doing."""
    top = move.after.top
    return top is not None and top.filing != cause.number and top == move.before.top and move.after.announced != move.before.announced


def _own_ranks(moves: Sequence[Move], cause: Cause) -> Iterable[int]:
    """Of the lines that the filing brought or took away."""
    return (top.rank for move in moves if not _of_others(move, cause) for top in (move.after.top, move.before.top) if top)


_MOVED: Final = """
    with moved as (
        select f.declarant_id, l.announced, l.contract_uid, l.period_start, l.period_months, count(*)::integer as lines,
            sum(l.centihours)::bigint as centihours
        from lines l join filings f on f.number = l.number
        where l.line_id = any($1::uuid[]) and f.declarant_id <> $2
        group by 1, 2, 3, 4, 5
    )
    select m.*, c.number, c.department, (
        select sum(o.centihours)::bigint from lines o
        where (o.contract_uid, o.period_start, o.period_months) = (m.contract_uid, m.period_start, m.period_months)
            and o.rank > 0 and o.announced and not m.announced
    ) as counted
    from moved m join contracts c on c.uid = m.contract_uid
    order by m.declarant_id, m.announced, c.number, m.period_start, m.period_months
"""


def _period(row: asyncpg.Record) -> HoursOfPeriod:
    return HoursOfPeriod(
        contract=row["number"], period=Period.of(row["period_start"], row["period_months"]), lines=row["lines"], centihours=row["centihours"],
        counted_centihours=row["counted"],
    )  # fmt: skip
