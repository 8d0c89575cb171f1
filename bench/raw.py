"""The speed limit: one process reads a topic with aiokafka and throws the records away. Prints {"records", "seconds"}."""

from __future__ import annotations

import json
import sys
import time

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from kit import garbage
from schemas.topics import HOURS

BATCH = 5_000


async def read(bootstrap: str, starts: dict[int, int], ends: dict[int, int]) -> tuple[int, float]:
    """Records read from `starts` to `ends` (offsets by partition), and the seconds since the first ones came."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False, max_partition_fetch_bytes=2 * 1024 * 1024
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(HOURS.name, partition) for partition in starts])
        for partition, offset in starts.items():
            consumer.seek(TopicPartition(HOURS.name, partition), offset)
        return await _drain(consumer, sum(ends.values()) - sum(starts.values()))
    finally:
        await consumer.stop()


async def _drain(consumer: AIOKafkaConsumer, wanted: int) -> tuple[int, float]:
    left, first, begun = wanted, 0, 0.0
    while left > 0:
        got = sum(map(len, (await consumer.getmany(timeout_ms=500, max_records=BATCH)).values()))
        if got and not begun:
            begun, first = time.perf_counter(), got
        left -= got
    return wanted - first, time.perf_counter() - begun


def main() -> None:
    asked = json.load(sys.stdin)
    garbage.collect_rarely()  # as a worker of the kit does
    starts, ends = ({int(partition): offset for partition, offset in asked[name].items()} for name in ("starts", "ends"))
    records, seconds = uvloop.run(read(asked["kafka"], starts, ends))
    json.dump({"records": records, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
