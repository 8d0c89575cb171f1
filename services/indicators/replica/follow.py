"""Follow the log of changes without losing a row, however the transactions that write it overlap.

`batch_no` is drawn in a row that the writing transaction keeps locked, so within one partition the order of numbers is the order of
commits. Over partitions there is no order at all: the cursor is a vector, and every round compares each partition with its own entry.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from kit.postgres import Connection, Pool
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.positions import FOLLOWED, Partition
from services.indicators.replica.spool import Spool

log = logging.getLogger(__name__)

CONTRACTS: Final = "contracts"
NOTHING: Final = "nothing"
PARAMETERS: Final = "parameters"
READER: Final = "indicators"
MAX_BATCHES: Final = 20
"""Batches of one partition taken in one round: what is further behind comes with the next."""
_LOADING_S: Final = 600
PIECE_BYTES: Final = 32 * 1024 * 1024
"""CSV of facts that is put beside at once when all are taken: some 100,000 lines. What a load holds besides the replica."""

# Heads: Kafka's partitions from the reader's rows, other writers' from the log (one index probe a partition). A head that moved without
# a row in the log is a batch that changed nothing. `lowest` shows whether the log was trimmed past a cursor.
_HEADS: Final = """
    with recursive logged(topic, partition) as (
        (select topic, partition from changes order by topic, partition limit 1)
        union all
        select n.topic, n.partition from logged l cross join lateral (
            select topic, partition from changes c where (c.topic, c.partition) > (l.topic, l.partition)
            order by c.topic, c.partition limit 1) n
    ), partitions as (
        select topic, partition from logged
        union
        select topic, partition from offsets where reader = $1 and topic = any($2)
    )
    select p.topic, p.partition,
        greatest(coalesce(o.batch_no, 0), coalesce(log.highest, 0)) as head, log.lowest
    from partitions p
    left join offsets o on o.reader = $1 and (o.topic, o.partition) = (p.topic, p.partition)
    cross join lateral (
        select (select max(c.batch_no) from changes c where (c.topic, c.partition) = (p.topic, p.partition)) as highest,
               (select min(c.batch_no) from changes c where (c.topic, c.partition) = (p.topic, p.partition)) as lowest) log
"""
_BEHIND: Final = """
    select c.topic, c.partition, c.batch_no, c.ids
    from unnest($1::text[], $2::integer[], $3::bigint[]) as k(topic, partition, batch_no)
    cross join lateral (
        select * from changes c where c.topic = k.topic and c.partition = k.partition and c.batch_no > k.batch_no
        order by c.batch_no limit $4) c
"""


@dataclass(frozen=True)
class Head:
    """A partition of the log: its newest batch, and the oldest that is still there."""

    newest: int
    lowest: int | None


@dataclass(frozen=True)
class Round:
    """What one round brings: the cursor after it, the lines and the contracts that changed."""

    position: dict[Partition, int]
    facts: Incoming | None = None
    contracts: Incoming | None = None
    nothing: Incoming | None = None
    parameters: Incoming | None = None


@dataclass
class Spools:
    """A place for the rows of each table, closed together."""

    facts: Spool
    contracts: Spool
    nothing: Spool
    parameters: Spool

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        with Spool() as facts, Spool() as contracts, Spool() as nothing, Spool() as parameters:
            yield cls(facts, contracts, nothing, parameters)


async def load(pool: Pool, replica: Columnar) -> None:
    """Take everything: positions and rows from one snapshot of the database."""
    with Spools.open() as spools:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(f"set local statement_timeout = '{_LOADING_S}s'; set local work_mem = '64MB'")
            heads = await _heads(connection)
            pieces = _Pieces(replica, spools.facts)
            await connection.copy_from_query(columns.ALL_FACTS, output=pieces.write, format="csv", timeout=_LOADING_S)
            await pieces.end()
            await connection.copy_from_query(columns.ALL_CONTRACTS, output=spools.contracts.write, format="csv", timeout=_LOADING_S)
            nothing, parameters = await _small(connection, spools, {NOTHING, PARAMETERS})
        position = {partition: head.newest for partition, head in heads.items()}
        await replica.replace(
            position,
            facts=Incoming(None, whole=True),
            contracts=Incoming(spools.contracts, whole=True),
            nothing=nothing,
            parameters=parameters,
        )
    log.info("replica loaded", extra={"bytes": pieces.size + spools.contracts.bytes})


@dataclass
class _Pieces:
    """All facts on their way in. PostgreSQL sends a row a message, so what is written ends with a whole row."""

    replica: Columnar
    spool: Spool
    size: int = 0
    brought: int = 0

    async def write(self, data: bytes) -> None:
        await self.spool.write(data)
        if self.spool.bytes >= PIECE_BYTES:
            await self.end()

    async def end(self) -> None:
        """Put beside what is here. Also where there is nothing: the table is then empty, and new."""
        self.size += self.spool.bytes
        await self.replica.bring(self.spool, first=self.brought == 0)
        self.brought += 1
        self.spool.empty()


async def _small(connection: Connection, spools: Spools, topics: Collection[str]) -> tuple[Incoming | None, Incoming | None]:
    """Tables of a few thousand rows come whole when anything in them changed."""
    if NOTHING in topics:
        await connection.copy_from_query(columns.ALL_NOTHING, output=spools.nothing.write, format="csv", timeout=60)
    if PARAMETERS in topics:
        await connection.copy_from_query(columns.ALL_PARAMETERS, output=spools.parameters.write, format="csv", timeout=60)
    return (
        Incoming(spools.nothing, whole=True) if NOTHING in topics else None,
        Incoming(spools.parameters, whole=True) if PARAMETERS in topics else None,
    )


async def catch_up(pool: Pool, replica: Columnar) -> bool:
    """Take what changed since the cursor. Returns whether anything did; loads everything when the log was trimmed past the cursor."""
    async with replica.follower:
        return await _catch_up(pool, replica)


async def _catch_up(pool: Pool, replica: Columnar) -> bool:
    if not replica.loaded:
        await load(pool, replica)
        return True
    with Spools.open() as spools:
        async with pool.acquire() as connection:
            if _at(replica.position, await _heads(connection)):
                return False
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                heads = await _heads(connection)
                round_ = None if trimmed(replica.position, heads) else await _changes(connection, replica.position, heads, spools)
        # The database's part is over: the replica takes its time without holding a transaction open.
        if round_:
            await replica.replace(
                round_.position, facts=round_.facts, contracts=round_.contracts, nothing=round_.nothing, parameters=round_.parameters
            )
            return True
    log.warning("the log of changes was trimmed past the cursor: loading everything again")
    await load(pool, replica)
    return True


def trimmed(position: Mapping[Partition, int], heads: Mapping[Partition, Head]) -> bool:
    """Whether the log may have lost a batch that the cursor has not seen.

    A gap whose batches changed nothing looks the same; loading again is then needless, never wrong. A cursor ahead of its partition means
    that the database is another one (restored): what was seen may not be true any more.
    """
    for partition, head in heads.items():
        seen = position.get(partition, 0)
        if seen > head.newest or (seen < head.newest and (head.lowest is None or head.lowest > seen + 1)):
            return True
    return not position.keys() <= heads.keys()


async def _heads(connection: Connection) -> dict[Partition, Head]:
    rows = await connection.fetch(_HEADS, READER, list(FOLLOWED))
    return {(row["topic"], row["partition"]): Head(row["head"], row["lowest"]) for row in rows}


def _at(position: Mapping[Partition, int], heads: Mapping[Partition, Head]) -> bool:
    return all(position.get(partition) == head.newest for partition, head in heads.items())


async def _changes(connection: Connection, position: Mapping[Partition, int], heads: Mapping[Partition, Head], spools: Spools) -> Round:
    """The batches after the cursor and the newest state of what they touched, in one snapshot.

    A row may be newer than the batch that names it: the batch that made it so is in the same snapshot and comes now or in a later round.
    """
    before = {partition: position.get(partition, 0) for partition in heads}
    rows = await connection.fetch(
        _BEHIND, [topic for topic, _ in before], [partition for _, partition in before], list(before.values()), MAX_BATCHES
    )
    lines = {uid for row in rows if row["topic"] not in {CONTRACTS, NOTHING, PARAMETERS} for uid in row["ids"]}
    contracts = {uid for row in rows if row["topic"] == CONTRACTS for uid in row["ids"]}
    nothing, parameters = await _small(connection, spools, {row["topic"] for row in rows})
    return Round(
        _advanced(heads, rows),
        await _incoming(connection, spools.facts, columns.SOME_FACTS, lines),
        await _incoming(connection, spools.contracts, columns.SOME_CONTRACTS, contracts),
        nothing,
        parameters,
    )


def _advanced(heads: Mapping[Partition, Head], rows: list[Any]) -> dict[Partition, int]:
    """Up to the head, or up to the last batch taken where the round's limit cut the rest off."""
    taken: dict[Partition, list[int]] = {}
    for row in rows:
        taken.setdefault((row["topic"], row["partition"]), []).append(row["batch_no"])
    full = {partition: max(numbers) for partition, numbers in taken.items() if len(numbers) == MAX_BATCHES}
    return {partition: full.get(partition, head.newest) for partition, head in heads.items()}


async def _incoming(connection: Connection, spool: Spool, query: str, ids: set[UUID]) -> Incoming | None:
    if not ids:
        return None
    await connection.copy_from_query(query, list(ids), output=spool.write, format="csv", timeout=60)
    return Incoming(spool, whole=False)
