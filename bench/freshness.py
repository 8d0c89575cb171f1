"""From receipt to « counted » at a steady pace: ingest's transaction → outbox → relay → `hours` → worker → outbox → relay → `countings`."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.lines import Record, Stream
from kit import outbox
from kit.postgres import Pool, open_pool
from schemas.message import Message
from schemas.topics import COUNTINGS, message_type

SIZES: Final = (10, 10, 10, 10, 10, 50)
"""Lines of the filings sent each tenth of a second: 100 lines."""
BEAT_S: Final = 0.1
PATIENCE_S: Final = 30.0


async def measure(kafka: str, ingest_dsn: str, stream: Stream, seconds: float) -> dict[str, Any]:
    """Milliseconds from the beginning of the transaction that takes a filing to its DeclarationCounted on the topic, over all filings."""
    received: dict[str, float] = {}
    counted: dict[str, float] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    places = [TopicPartition(COUNTINGS.name, partition) for partition in range(COUNTINGS.partitions)]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    for place in places:
        await consumer.position(place)
    listening = asyncio.create_task(_listen(consumer, counted))
    pool = await open_pool(ingest_dsn, size=4, application_name="bench")
    try:
        await _send(pool, stream, seconds, received)
        await _wait_for(received, counted)
    finally:
        listening.cancel()
        await pool.close()
        await consumer.stop()
    return _summary([1000 * (counted[number] - at) for number, at in received.items()])


async def _wait_for(received: dict[str, float], counted: dict[str, float]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while late := received.keys() - counted.keys():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(late)} filings of {len(received)} were not counted within {PATIENCE_S:.0f} s")
        await asyncio.sleep(0.05)


async def _listen(consumer: AIOKafkaConsumer, counted: dict[str, float]) -> None:
    while True:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            for record in records:
                counted.setdefault(record.key.decode(), time.monotonic())


async def _send(pool: Pool, stream: Stream, seconds: float, received: dict[str, float]) -> None:
    """A beat's filings side by side, each in its transaction; a beat that is late is not made up for by a burst."""
    for _ in range(int(seconds / BEAT_S)):
        begun = time.monotonic()
        filings = [[_message(record) for record in stream.filing(size)] for size in SIZES]
        await asyncio.gather(*(_take(pool, stream.filings[place - len(SIZES)], filing, received) for place, filing in enumerate(filings)))
        await asyncio.sleep(max(0.0, BEAT_S - (time.monotonic() - begun)))


async def _take(pool: Pool, number: str, filing: Sequence[Message], received: dict[str, float]) -> None:
    received[number] = time.monotonic()
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add_many(connection, filing)


def _message(record: Record) -> Message:
    kind = message_type(record.ce_type)
    assert kind is not None  # the stream speaks types of the map
    return kind.model_validate_json(record.value)


def _summary(milliseconds: list[float]) -> dict[str, Any]:
    percentiles = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {"p50": round(percentiles[49], 1), "p99": round(percentiles[98], 1), "filings": len(milliseconds)}
