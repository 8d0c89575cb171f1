"""A small service of the kit's tests: one topic of pings, one table that writes down what was applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Final

from aiokafka import AIOKafkaConsumer

from kit.consumer import Batch, Reader
from kit.consumer.consumers import Shell
from kit.health import Health
from kit.postgres import Connection, Pool
from kit.producer import Headers, Outgoing, Producer
from kit.settings import Settings
from schemas.message import Message
from schemas.topics import Topic
from tests import waiting

READER: Final = "trial"


class Ping(Message):
    """A numbered sign of life of somebody."""

    key_field: ClassVar[str] = "name"

    name: str
    number: int


LIKE: Final = Topic("pings", "name", (Ping,), "kit", (READER,), 2, timedelta(days=1))
TABLE: Final = (
    "create table applied (seq bigint generated always as identity, name text, number integer, batch_no bigint, partition integer)"
)


async def eventually(question: Callable[[], Any]) -> Any:
    """Waiting with a deadline for a crowded machine."""
    return await waiting.eventually(question, seconds=30)


async def write_down(connection: Connection, batch: Batch) -> None:
    """The effect that tests count: one row a record."""
    rows = [
        (one.message.name, one.message.number, batch.positions[one.topic, one.partition], one.partition)
        for one in batch.records
        if one.message is not None
    ]
    await connection.copy_records_to_table("applied", records=rows, columns=("name", "number", "batch_no", "partition"))


@dataclass
class House:
    """One topic, one database, one producer; readers come and go."""

    topic: Topic
    pool: Pool
    settings: Settings
    producer: Producer
    health: Health = field(default_factory=Health)

    def reader(self, apply: Callable[[Connection, Batch], Awaitable[None]] = write_down, *, batch: int = 500) -> Reader:
        return Reader(topic=self.topic, name=READER, apply=apply, batch=batch)

    @asynccontextmanager
    async def reading(self, reader: Reader | None = None, health: Health | None = None) -> AsyncIterator[Shell]:
        """The reader at work, stopped in order at the end."""
        shell = Shell(self.settings, reader or self.reader(), self.pool, health or self.health, lambda: None)
        running = asyncio.create_task(shell.run())
        try:
            yield shell
        finally:
            await shell.stop()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def headers(self, ping: Ping, **more: bytes | None) -> Headers:
        found: dict[str, bytes | None] = {"ce_id": str(ping.id).encode(), "ce_type": self.topic.type_name(Ping).encode(), **more}
        return list(found.items())

    def record(self, ping: Ping) -> Outgoing:
        return self.topic.name, ping.name.encode(), ping.model_dump_json().encode(), self.headers(ping)

    def pings(self, count: int, *, start: int = 0, names: int = 7) -> list[Outgoing]:
        return [self.record(Ping(name=f"n{number % names}", number=number)) for number in range(start, start + count)]

    async def send(self, records: Sequence[Outgoing]) -> None:
        sent = await self.producer.send(records)
        assert len(sent) == len(records)

    async def applied(self) -> list[int]:
        """Numbers in the order of their effects."""
        return [row["number"] for row in await self.pool.fetch("select number from applied order by seq")]

    async def dead(self) -> list[str]:
        return [row["reason"] for row in await self.pool.fetch("select reason from dead_letters order by partition, record_offset")]

    async def has(self, count: int) -> bool:
        return bool(await self.pool.fetchval("select count(*) = $1 from applied", count))

    async def in_order(self) -> bool:
        """Every key's numbers rise in the order of their effects."""
        rows = await self.pool.fetch("select name, array_agg(number order by seq) as numbers from applied group by name")
        return all(row["numbers"] == sorted(row["numbers"]) for row in rows)

    async def read_all(self, topic: str, count: int) -> list[object]:
        """The first `count` records of a topic, straight from Kafka."""
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.settings.kafka, auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        try:
            return [await asyncio.wait_for(consumer.getone(), 10) for _ in range(count)]
        finally:
            await consumer.stop()
