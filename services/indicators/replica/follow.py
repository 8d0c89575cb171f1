"""Follow the log of changes without losing a row, however the transactions that write it overlap.

`batch_no` is drawn in a row that the writing transaction keeps locked, so within one partition the order of numbers is the order of
commits. Over partitions there is no order at all: the cursor is a vector, and every round compares each partition with its own entry.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection, Pool
from services.indicators.replica import columns
from services.indicators.replica.columnar import Columnar, Incoming
from services.indicators.replica.positions import FOLLOWED, Partition
from services.indicators.replica.spool import Spool

log = logging.getLogger(__name__)

CONTRACTS: Final = "contracts"
READER: Final = "indicators"
MAX_BATCHES: Final = 20
"""Batches of one partition taken in one round: what is further behind comes with the next."""

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
    facts: Incoming | None
    contracts: Incoming | None


async def load(pool: Pool, replica: Columnar) -> None:
    """Take everything: positions and rows from one snapshot of the database."""
    with Spool() as facts, Spool() as contracts:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("set local statement_timeout = '120s'")
            heads = await _heads(connection)
            await connection.copy_from_query(columns.ALL_FACTS, output=facts.write, format="csv", timeout=120)
            await connection.copy_from_query(columns.ALL_CONTRACTS, output=contracts.write, format="csv", timeout=120)
        position = {partition: head.newest for partition, head in heads.items()}
        await replica.replace(position, facts=Incoming(facts, whole=True), contracts=Incoming(contracts, whole=True))
    log.info("replica loaded", extra={"bytes": facts.bytes + contracts.bytes})


async def catch_up(pool: Pool, replica: Columnar) -> bool:
    """Take what changed since the cursor. Returns whether anything did; loads everything when the log was trimmed past the cursor."""
    async with replica.follower:
        return await _catch_up(pool, replica)


async def _catch_up(pool: Pool, replica: Columnar) -> bool:
    if not replica.loaded:
        await load(pool, replica)
        return True
    with Spool() as facts, Spool() as contracts:
        async with pool.acquire() as connection:
            if _at(replica.position, await _heads(connection)):
                return False
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                heads = await _heads(connection)
                round_ = None if trimmed(replica.position, heads) else await _changes(connection, replica.position, heads, facts, contracts)
        # The database's part is over: the replica takes its time without holding a transaction open.
        if round_:
            await replica.replace(round_.position, facts=round_.facts, contracts=round_.contracts)
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


async def _changes(
    connection: Connection, position: Mapping[Partition, int], heads: Mapping[Partition, Head], fact_spool: Spool, contract_spool: Spool
) -> Round:
    """The batches after the cursor and the newest state of what they touched, in one snapshot.

    A row may be newer than the batch that names it: the batch that made it so is in the same snapshot and comes now or in a later round.
    """
    before = {partition: position.get(partition, 0) for partition in heads}
    rows = await connection.fetch(
        _BEHIND, [topic for topic, _ in before], [partition for _, partition in before], list(before.values()), MAX_BATCHES
    )
    lines = {uid for row in rows if row["topic"] != CONTRACTS for uid in row["ids"]}
    contracts = {uid for row in rows if row["topic"] == CONTRACTS for uid in row["ids"]}
    return Round(
        _advanced(heads, rows),
        await _incoming(connection, fact_spool, columns.SOME_FACTS, lines),
        await _incoming(connection, contract_spool, columns.SOME_CONTRACTS, contracts),
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
