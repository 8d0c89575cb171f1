"""The transaction of a batch: offsets move by compare-and-set, effects and dead letters beside them, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from kit import dead_letters
from kit.consumer import spans
from kit.consumer.decoding import undecoded
from kit.consumer.limit import DeadLetterLimit
from kit.consumer.reader import Batch, Reader, Received
from kit.consumer.work import Work
from kit.dead_letters import DeadLetter
from kit.errors import Unprocessable
from kit.postgres import Connection, Pool

POISON: Final = (
    Unprocessable,
    ValueError,
    asyncpg.exceptions.DataError,
    asyncpg.exceptions.IntegrityConstraintViolationError,
)
"""Failures that belong to a record. asyncpg's own refusal of a value is a ValueError too, although it is also an InterfaceError."""

_MOVE: Final = """
    with mine as (
        select * from unnest($3::integer[], $4::bigint[], $5::bigint[]) as mine (partition, expected, target)
    ), locked as (
        select mine.partition, mine.target from offsets join mine using (partition)
        where reader = $1 and topic = $2 and next_offset = mine.expected
          and not exists (select from stopped_readers where stopped_readers.reader = $1 and stopped_readers.topic = $2)
        order by partition for no key update of offsets
    )
    update offsets set next_offset = locked.target, batch_no = batch_no + 1, updated_at = now()
    from locked where reader = $1 and topic = $2 and offsets.partition = locked.partition
    returning offsets.partition, batch_no, set_config('idle_in_transaction_session_timeout', '5000', true)
"""
"""The last column: a worker that freezes in here gives its row locks up after 5 s, so that another can go on."""


class Fenced(Exception):
    """Somebody else moved the offsets, or an operator's stop stands: nothing was applied; read the rows again."""


class Transactions:
    """Runs batches of one reader."""

    def __init__(self, reader: Reader, pool: Pool) -> None:
        self.reader = reader
        self._pool = pool

    async def commit(self, work: Work) -> Batch:
        """Apply the batch and move the offsets in one transaction. Raises Fenced, or what `apply` raised; then nothing happened."""
        async with self._pool.acquire() as connection, connection.transaction():
            batch = await self._move(connection, work)
            if batch.records:
                await self.reader.apply(connection, batch)
            if work.dead:
                await self._bury(connection, work)
            if work.stops is not None:
                await self._stop(connection, work.stops)
        return batch

    async def poison_in(self, work: Work, limit: DeadLetterLimit) -> dict[int, DeadLetter]:
        """The records that `apply` refuses, by place, found by halving in a transaction that is rolled back. Stops looking at the limit."""
        async with self._pool.acquire() as connection:
            trial = connection.transaction()
            await trial.start()
            try:
                search = _Search(self.reader, connection, work, await self._move(connection, work), limit)
                await search.between(0, len(work.received))
            finally:
                await trial.rollback()
        return search.found

    async def _move(self, connection: Connection, work: Work) -> Batch:
        partitions = sorted(work.targets)
        rows = await connection.fetch(
            _MOVE,
            self.reader.name,
            self.reader.topic.name,
            partitions,
            [work.expected[partition] for partition in partitions],
            [work.targets[partition] for partition in partitions],
        )
        if len(rows) != len(partitions):
            raise Fenced
        topic = self.reader.topic.name
        return Batch(work.received, {(topic, row["partition"]): row["batch_no"] for row in rows})

    async def _bury(self, connection: Connection, work: Work) -> None:
        reader = self.reader
        letters = [msgspec.structs.replace(one, traceparent=spans.dead(reader.topic, reader.group, one)) for one in work.dead.values()]
        await dead_letters.write(connection, reader.topic, reader.name, letters)
        if reader.on_dead is not None:
            for letter in letters:
                await reader.on_dead(connection, letter.received or undecoded(letter.record), letter.reason)

    async def _stop(self, connection: Connection, reason: str) -> None:
        await connection.execute(
            "insert into stopped_readers (reader, topic, reason) values ($1, $2, $3) on conflict do nothing",
            self.reader.name, self.reader.topic.name, reason,
        )  # fmt: skip

    async def replay(self, ids: Sequence[object], received: list[Received], partitions: Sequence[int]) -> Batch:
        """Apply dead letters again in one transaction with fresh batch numbers. Raises what `apply` raises; then nothing happened.

        Without effect for letters that another process has handled meanwhile.
        """
        reader = self.reader
        async with self._pool.acquire() as connection, connection.transaction():
            mine = await connection.fetch(
                "select id from dead_letters where id = any($1::uuid[]) and state = 'replay' order by id for update", list(ids)
            )
            if len(mine) != len(ids):
                return Batch([], {}, replayed=True)
            rows = await connection.fetch(
                """
                with locked as (
                    select partition from offsets where reader = $1 and topic = $2 and partition = any($3::integer[])
                    order by partition for no key update
                )
                update offsets set batch_no = batch_no + 1 from locked
                where reader = $1 and topic = $2 and offsets.partition = locked.partition returning offsets.partition, batch_no
                """,
                reader.name, reader.topic.name, sorted(set(partitions)),
            )  # fmt: skip
            batch = Batch(received, {(reader.topic.name, row["partition"]): row["batch_no"] for row in rows}, replayed=True)
            if received:
                await reader.apply(connection, batch)
            await connection.execute(
                "update dead_letters set state = 'replayed', handled_at = now(), note = null where id = any($1::uuid[])", list(ids)
            )
        return batch


class _Search:
    """Halves a batch until the records that `apply` refuses stand alone."""

    def __init__(self, reader: Reader, connection: Connection, work: Work, batch: Batch, limit: DeadLetterLimit) -> None:
        self._reader = reader
        self._connection = connection
        self._work = work
        self._batch = batch
        self._limit = limit
        self.found: dict[int, DeadLetter] = {}

    async def between(self, start: int, end: int) -> None:
        """Left half before right half: order is kept, and the limit is reached at the record where it would have been."""
        work = self._work
        if start >= end or self._limit.trip(len(work.records), sorted({*work.dead, *self.found})) is not None:
            return
        try:
            async with self._connection.transaction():
                await self._reader.apply(self._connection, Batch(work.received[start:end], self._batch.positions))
        except POISON as error:
            if end - start > 1:
                middle = (start + end) // 2
                await self.between(start, middle)
                await self.between(middle, end)
            else:
                place, one = work.indexes[start], work.received[start]
                self.found[place] = DeadLetter(work.records[place], f"{type(error).__name__}: {error}", one.traceparent, one)
