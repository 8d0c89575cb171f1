"""ingest's record against indicators' facts and totals: two questions of two databases, compared here. Shares no code with either service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from kit.cluster import Cluster
from kit.kafka import Ends

SAMPLE: Final = 20


class Cell(NamedTuple):
    """Where and when hours were worked: a department and a span of whole months."""

    department: str
    start: str
    months: int


class Sum(NamedTuple):
    centihours: int
    lines: int


NOTHING: Final = Sum(0, 0)
Sums = Mapping[Cell, Sum]


@dataclass(frozen=True)
class Difference:
    """One cell where the three do not say the same."""

    cell: Cell
    record: Sum
    facts: Sum
    totals: Sum


@dataclass
class Outcome:
    """What was compared and what differs. `lines` compares line by line: equal sums of different lines are no agreement."""

    record: Sums
    facts: Sums
    totals: Sums
    missing: list[UUID] = field(default_factory=list)
    unexpected: list[UUID] = field(default_factory=list)
    other_value: list[UUID] = field(default_factory=list)
    drained: bool = True
    waited_s: float = 0.0

    @property
    def differences(self) -> list[Difference]:
        cells = sorted({*self.record, *self.facts, *self.totals})
        found = (Difference(c, self.record.get(c, NOTHING), self.facts.get(c, NOTHING), self.totals.get(c, NOTHING)) for c in cells)
        return [d for d in found if not d.record == d.facts == d.totals]

    @property
    def equal(self) -> bool:
        return not (self.differences or self.missing or self.unexpected or self.other_value)


@dataclass(frozen=True)
class Places:
    """Where the two databases are, and the brokers between them."""

    ingest: str
    indicators: str
    kafka: Cluster


async def reconcile(places: Places, patience_s: float) -> Outcome:
    """Compare once everything announced has been read, or when the patience is over. Filings on their way are given that time."""
    ingest = await asyncpg.connect(places.ingest, timeout=10)
    indicators = await asyncpg.connect(places.indicators, timeout=10)
    ends = Ends(places.kafka)
    begun = time.monotonic()
    try:
        while True:
            drained = await _drained(ingest, indicators, ends)
            outcome = await compare(ingest, indicators)
            outcome.drained, outcome.waited_s = drained, time.monotonic() - begun
            # one that differs though nothing was on its way may have been looked at between two of its transactions: ask again
            if (drained and (outcome.equal or outcome.waited_s > 3)) or outcome.waited_s > patience_s:
                return outcome
            await asyncio.sleep(0.3)
    finally:
        await ends.close()
        await ingest.close()
        await indicators.close()


async def _drained(ingest: asyncpg.Connection[Any], indicators: asyncpg.Connection[Any], ends: Ends) -> bool:
    """Nothing waits in ingest's outbox, and indicators has read the topic to its end."""
    if await ingest.fetchval("select exists (select from outbox where topic = 'hours')"):
        return False
    end = await ends.of("hours")
    rows = await indicators.fetch("select partition, next_offset from offsets where reader = 'indicators' and topic = 'hours'")
    read = {row["partition"]: row["next_offset"] for row in rows}
    return all(read.get(partition, 0) >= offset for partition, offset in end.items())


_RECORD: Final = """
    with said as (
        select v.line_id, v.contract_uid, v.period_start, v.period_months, v.department, v.centihours, v.rank, v.accepted
        from line_values v join filings f on f.number = v.number and f.revision = v.filing_revision
        union all
        select e.line_id, null, null, null, null, null, null, e.accepted
        from line_endings e join filings f on f.number = e.number and f.revision = e.filing_revision
    ), last as (
        select distinct on (line_id) * from said order by line_id, accepted desc
    ), newest as (
        select * from last where contract_uid is not null
    ), ranked as (
        select n.*, max(n.rank) over (partition by n.contract_uid, n.period_start, n.period_months) as best from newest n
    )
    select line_id, department, period_start::text as start, period_months as months, centihours from ranked where rank = best
"""
"""From the values themselves, not from what ingest notes of its own announcements: an error of those must show."""
_FACTS: Final = "select line_id, department, period_start::text as start, period_months as months, centihours from facts where live"
_TOTALS: Final = """
    select department, month::text as start, 1 as months, centihours, lines from totals
    union all
    select department, period_start::text, period_months, centihours, lines from totals_longer
"""


async def compare(ingest: asyncpg.Connection[Any], indicators: asyncpg.Connection[Any]) -> Outcome:
    """What the two databases say at this moment."""
    said = {row["line_id"]: row for row in await ingest.fetch(_RECORD, timeout=120)}
    async with indicators.transaction(isolation="repeatable_read", readonly=True):
        held = {row["line_id"]: row for row in await indicators.fetch(_FACTS, timeout=120)}
        totals = {
            _cell(row): Sum(row["centihours"], row["lines"]) for row in await indicators.fetch(_TOTALS) if row["lines"] or row["centihours"]
        }
    return Outcome(
        record=_sums(said),
        facts=_sums(held),
        totals=totals,
        missing=[line for line in said if line not in held],
        unexpected=[line for line in held if line not in said],
        other_value=[
            line
            for line, row in said.items()
            if line in held and (_cell(row), row["centihours"]) != (_cell(held[line]), held[line]["centihours"])
        ],
    )


def _sums(rows: Mapping[UUID, asyncpg.Record]) -> dict[Cell, Sum]:
    found: dict[Cell, Sum] = {}
    for row in rows.values():
        cell = _cell(row)
        before = found.get(cell, NOTHING)
        found[cell] = Sum(before.centihours + row["centihours"], before.lines + 1)
    return found


def _cell(row: asyncpg.Record) -> Cell:
    return Cell(row["department"], row["start"], row["months"])
