"""Which partitions may be processed, and from where: the offsets rows decide, never Kafka's own commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from kit.consumer.decoding import Record
from kit.consumer.reader import Reader
from kit.postgres import TRANSIENT, Pool, jittered

log = logging.getLogger(__name__)

_ROWS: Final = "select partition, next_offset from offsets where reader = $1 and topic = $2 and partition = any($3::integer[])"
_STOPPED: Final = "select reason from stopped_readers where reader = $1 and topic = $2"
_FIRST: Final = "insert into offsets (reader, topic, partition, next_offset) values ($1, $2, $3, $4) on conflict do nothing"


class Gate:
    """Opens a partition once the consumer stands at the row's offset.

    aiokafka hands out records before `on_partitions_assigned` has finished, so an assigned partition stays shut until its seek is done.
    `generation` changes at every event after which work under way no longer counts.
    """

    def __init__(self, reader: Reader, pool: Pool) -> None:
        self._reader = reader
        self._pool = pool
        self.generation = 0
        self.positions: dict[int, int] = {}
        self.assigned: set[int] = set()
        self.alarms: dict[int, str] = {}
        self._sought_back: dict[int, int] = {}

    def close(self, partitions: Iterable[int]) -> None:
        """These are no longer ours (or no longer known to stand right)."""
        self.generation += 1
        for partition in partitions:
            self.positions.pop(partition, None)
            self._sought_back.pop(partition, None)

    def assign(self, partitions: set[int]) -> None:
        self.close(list(self.positions))
        self.assigned = partitions
        self.alarms = {}

    @property
    def shut(self) -> set[int]:
        return self.assigned - set(self.positions)

    async def arm(self, consumer: AIOKafkaConsumer) -> str | None:
        """Open every shut partition; waits for Kafka and PostgreSQL. Returns early when the assignment changes meanwhile.

        When the reader stands stopped, opens nothing and returns the reason.
        """
        generation, wait = self.generation, 0.1
        while self.shut and generation == self.generation:
            try:
                if (stopped := await self.stopped()) is None:
                    await self._arm(consumer, generation)
                return stopped
            except (*TRANSIENT, KafkaError) as error:
                log.warning(
                    "a partition is not open yet", extra={"topic": self._reader.topic.name, "error": f"{type(error).__name__}: {error}"}
                )
            await asyncio.sleep(jittered(wait))
            wait = min(wait * 2, 2.0)
        return None

    async def stopped(self) -> str | None:
        """Why the reader stands still, here or in any other process; None while it may read."""
        found: str | None = await self._pool.fetchval(_STOPPED, self._reader.name, self._reader.topic.name)
        return found

    async def _arm(self, consumer: AIOKafkaConsumer, generation: int) -> None:
        name, topic = self._reader.name, self._reader.topic.name
        places = [TopicPartition(topic, partition) for partition in sorted(self.shut)]
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        rows = await self._rows(places)
        missing = [(name, topic, place.partition, begins[place]) for place in places if place.partition not in rows]
        if missing:
            await self._pool.executemany(_FIRST, missing)
            rows = await self._rows(places)
        if generation != self.generation:
            return
        for place in places:
            self._open(consumer, place, rows[place.partition], begins[place], ends[place])

    async def _rows(self, places: list[TopicPartition]) -> dict[int, int]:
        found = await self._pool.fetch(_ROWS, self._reader.name, self._reader.topic.name, [place.partition for place in places])
        return {row["partition"]: row["next_offset"] for row in found}

    def _open(self, consumer: AIOKafkaConsumer, place: TopicPartition, stored: int, begin: int, end: int) -> None:
        """Never a silent jump: a stored offset outside what Kafka has is an alarm, and the partition stays shut."""
        if not begin <= stored <= end:
            self._alarm(place.partition, f"stored offset {stored} is outside {begin}..{end}")
            return
        try:
            consumer.seek(place, stored)
            consumer.resume(place)
        except IllegalStateError:  # taken away between the question and the answer; the next assignment says what is ours
            return
        self.positions[place.partition] = stored
        self.alarms.pop(place.partition, None)

    async def take(self, consumer: AIOKafkaConsumer, records: Iterable[Record]) -> list[Record]:
        """The records that come next, by partition. Older ones are dropped; after a hole the consumer is sent back once."""
        by_partition: dict[int, list[Record]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record)
        taken: list[Record] = []
        for partition, found in by_partition.items():
            expected = self.positions.get(partition)
            if expected is None:
                continue
            if found[0].offset < expected:
                found = [record for record in found if record.offset >= expected]  # noqa: PLW2901  the rest of them
            if found and (found[0].offset == expected or await self._is_real_hole(consumer, partition, expected, found[0].offset)):
                taken += found
        return taken

    async def _is_real_hole(self, consumer: AIOKafkaConsumer, partition: int, expected: int, first: int) -> bool:
        """Compaction and markers leave holes; a stale fetch or a trimmed topic looks the same at first."""
        place = TopicPartition(self._reader.topic.name, partition)
        if self._sought_back.get(partition) != expected:
            self._sought_back[partition] = expected
            try:
                consumer.seek(place, expected)
            except IllegalStateError:
                self.positions.pop(partition, None)
            return False
        try:
            begin = (await consumer.beginning_offsets([place]))[place]
        except KafkaError:
            self._sought_back.pop(partition, None)
            return False
        if begin > expected:
            self.positions.pop(partition, None)
            consumer.pause(place)
            self._alarm(partition, f"records {expected}..{begin - 1} are gone before they were read (first now {first})")
            return False
        return True

    def _alarm(self, partition: int, reason: str) -> None:
        if partition not in self.alarms:
            log.error("a partition is paused", extra={"topic": self._reader.topic.name, "partition": partition, "reason": reason})
        self.alarms[partition] = reason
