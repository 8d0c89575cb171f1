"""Which lines of a filing were dealt with, as one bit a line; the write that sets the last bit finds out that it did."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import asyncpg

from kit import outbox
from kit.postgres import Connection
from schemas.countings import DeclarationCounted, DepartmentMove

log = logging.getLogger(__name__)

FilingRevision = tuple[str, int]


@dataclass
class Progress:
    """What one transaction adds to a filing's revision."""

    expected: int
    traceparent: str | None = None
    positions: dict[str, int] = field(default_factory=dict)
    """`topic/partition` → batch_no, for the partitions that held some of its lines."""
    seen: bytearray = field(init=False)
    dead: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.seen = bytearray((self.expected + 7) // 8)
        self.dead = bytearray((self.expected + 7) // 8)

    @property
    def complete(self) -> bool:
        return int.from_bytes(self.seen).bit_count() == self.expected

    def bit(self, line_no: int, *, dead: bool = False) -> None:
        """Tick off a line (1..expected)."""
        place, mask = divmod(line_no - 1, 8)
        self.seen[place] |= 0x80 >> mask
        if dead:
            self.dead[place] |= 0x80 >> mask

    def told_by(self, traceparent: str | None) -> None:
        """Keep the story to continue: a sampled one rather than any."""
        if traceparent and (self.traceparent is None or (traceparent[-1] in _SAMPLED and self.traceparent[-1] not in _SAMPLED)):
            self.traceparent = traceparent


_SAMPLED: Final = frozenset("13579bdf")

# A line that was dead and is now applied (a replay) leaves `dead`; a dead one enters it unless it was applied before.
# A message that says another number of lines than the first one did is left alone: it is not returned, see _tick.
_TICK: Final = """
    insert into filing_progress as p (declaration_id, revision, expected, seen, dead, positions, traceparent, counted_at)
    select * from unnest($1::text[], $2::integer[], $3::integer[], $4::varbit[], $5::varbit[], $6::jsonb[], $7::text[], $8::timestamptz[])
    order by 1, 2
    on conflict (declaration_id, revision) do update
    set seen = p.seen | excluded.seen,
        dead = (p.dead & ~(excluded.seen & ~excluded.dead)) | (excluded.dead & ~p.seen),
        positions = p.positions || excluded.positions,
        traceparent = case
            when p.traceparent is null or (p.traceparent !~ '[13579bdf]$' and excluded.traceparent ~ '[13579bdf]$')
            then coalesce(excluded.traceparent, p.traceparent) else p.traceparent end,
        counted_at = case when bit_count(p.seen | excluded.seen) = p.expected then coalesce(p.counted_at, $9) end
    where p.expected = excluded.expected
    returning declaration_id, revision, expected, coalesce(bit_count(old.seen), 0) as seen_before, bit_count(new.seen) as seen,
        coalesce(bit_count(old.dead), 0) as dead_before, bit_count(new.dead) as dead, new.positions, new.traceparent
"""
_MOVES: Final = """
    select declaration_id, revision, department, centihours_before, centihours_after from filing_moves
    where (declaration_id, revision) in (select * from unnest($1::text[], $2::integer[])) order by department
"""


async def tick(connection: Connection, filings: Mapping[FilingRevision, Progress], now: datetime) -> int:
    """Tick off lines and announce each filing that this completes, in the caller's transaction. Returns how many it completed.

    A filing is announced once, and once more when the last of its dead lines was replayed.
    """
    if not filings:
        return 0
    rows = await _tick(connection, filings, now)
    complete = [row for row in rows if row["seen"] == row["expected"] and _is_news(row)]
    if complete:
        await _announce(connection, complete, now)
    return len(complete)


def _is_news(row: asyncpg.Record) -> bool:
    return bool(row["seen_before"] < row["expected"] or (row["dead_before"] and not row["dead"]))


async def _tick(connection: Connection, filings: Mapping[FilingRevision, Progress], now: datetime) -> list[asyncpg.Record]:
    rows = await connection.fetch(
        _TICK,
        [number for number, _ in filings],
        [revision for _, revision in filings],
        [progress.expected for progress in filings.values()],
        [asyncpg.BitString.frombytes(bytes(progress.seen), progress.expected) for progress in filings.values()],
        [asyncpg.BitString.frombytes(bytes(progress.dead), progress.expected) for progress in filings.values()],
        [progress.positions for progress in filings.values()],
        [progress.traceparent for progress in filings.values()],
        [now if progress.complete else None for progress in filings.values()],
        now,
    )
    if len(rows) < len(filings):
        known = {(row["declaration_id"], row["revision"]) for row in rows}
        for filing, progress in filings.items():
            if filing not in known:
                log.error("lines disagree about their number", extra={"filing": filing, "said": progress.expected})
    return rows


async def _announce(connection: Connection, complete: list[asyncpg.Record], now: datetime) -> None:
    numbers, revisions = [row["declaration_id"] for row in complete], [row["revision"] for row in complete]
    moves: dict[FilingRevision, list[DepartmentMove]] = {}
    for row in await connection.fetch(_MOVES, numbers, revisions):
        move = DepartmentMove(
            department=row["department"], centihours_before=row["centihours_before"], centihours_after=row["centihours_after"]
        )
        moves.setdefault((row["declaration_id"], row["revision"]), []).append(move)
    counted = [
        DeclarationCounted(
            declaration_id=row["declaration_id"],
            revision=row["revision"],
            lines=row["expected"],
            applied=row["seen"] - row["dead"],
            dead=row["dead"],
            departments=tuple(moves.get((row["declaration_id"], row["revision"]), ())),
            positions=row["positions"],
            counted_at=now,
        )
        for row in complete
    ]
    await outbox.add_many(connection, counted, traceparents=[row["traceparent"] for row in complete])
