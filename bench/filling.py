"""Puts a stream's records on the topic `hours` directly: what was produced before the measured reader starts."""

from __future__ import annotations

import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench.lines import Record, Stream
from schemas.topics import HOURS

_HEADERS = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"01a20526-a7ea-7001-a000-000000017ae9"),
    ("ce_source", b"/ingest"),
    ("ce_time", b"2026-11-22T21:08:52.548113Z"),
    ("content-type", b"application/json"),
    ("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
)


async def fill(bootstrap: str, stream: Stream, records: int, seconds: float) -> int:
    """Whole filings until so many records or so much time. Returns how many records."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    made, deadline = 0, time.monotonic() + seconds
    try:
        for filing in stream.filings_until(records):
            for record in filing:
                await producer.send(HOURS.name, record.value, key=record.key, headers=headers(record))
            made += len(filing)
            if time.monotonic() > deadline:
                break
    finally:
        await producer.stop()
    return made


def headers(record: Record) -> list[tuple[str, bytes]]:
    return [*_HEADERS, ("ce_type", record.ce_type.encode()), ("ce_subject", record.key)]


async def ends(bootstrap: str) -> dict[int, int]:
    """End offset by partition of `hours`."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(HOURS.name, partition) for partition in range(HOURS.partitions)]
        consumer.assign(places)
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}
    finally:
        await consumer.stop()
