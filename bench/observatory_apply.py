"""Whether the worker stays as quick on a full table: 100,000 lines applied onto 100,000, then onto the whole region, in turns."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer

from bench import filling, region
from bench.ground import Ground
from bench.lines import Stream
from schemas.topics import HOURS

SMALL: Final = 100_000
APPLIED: Final = 100_000
TURNS: Final = 3
PATIENCE_S: Final = 300.0
_LOOK_S: Final = 0.02


class Inexact(Exception):
    """Totals are not the sum of the facts: nothing else matters then."""


def ratio(place: Ground, lines: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`apply_ratio_full` and both speeds (medians of the turns). Leaves the whole region loaded and `indicators-worker` stopped."""
    asyncio.run(region.prepare(place))
    say(f"{SMALL:,} lignes par COPY")
    asyncio.run(region.load(place, 0, SMALL, lines))
    stream = Stream(seed=int(time.time()))
    small = [_turn(place, stream, SMALL) for _ in range(TURNS)]
    say(f"{lines:,} lignes par COPY")
    asyncio.run(region.load(place, SMALL, lines, lines))
    whole = [_turn(place, stream, lines) for _ in range(TURNS)]
    asyncio.run(_must_be_exact(place))
    speeds = statistics.median(small), statistics.median(whole)
    return {
        "apply_ratio_full": round(speeds[1] / speeds[0], 3),
        "apply_lines_per_second": {"small": round(speeds[0]), "whole": round(speeds[1])},
        "apply_turns": {"small": [round(each) for each in small], "whole": [round(each) for each in whole]},
    }


def _turn(place: Ground, stream: Stream, base: int) -> float:
    """Lines a second of a worker that finds 100,000 waiting, from the first that it applies to the last."""
    asyncio.run(_fill(place, stream, base))
    end = sum(asyncio.run(filling.ends(place.broker.address)).values())
    worker = place.worker("indicators")
    place.parts[worker.name] = worker
    worker.look(startable=True)
    try:
        return asyncio.run(_applied(place, end))
    finally:
        place.stop(worker)


async def _fill(place: Ground, stream: Stream, base: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=place.broker.address, enable_idempotence=True, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for filing in region.filings(stream, APPLIED, base):
            for record in filing:
                await producer.send(HOURS.name, record.value, key=record.key, headers=filling.headers(record))
    finally:
        await producer.stop()


async def _applied(place: Ground, end: int) -> float:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        begin = await _offsets(connection)
        first = await _until(connection, begin + 1)
        last = await _until(connection, end)
        return (last[1] - first[1]) / (last[0] - first[0])
    finally:
        await connection.close()


async def _until(connection: asyncpg.Connection, enough: int) -> tuple[float, int]:
    deadline = time.monotonic() + PATIENCE_S
    while (offset := await _offsets(connection)) < enough:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the worker stands at {offset}")
        await asyncio.sleep(_LOOK_S)
    return time.monotonic(), offset


async def _offsets(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select coalesce(sum(next_offset), 0)::bigint from offsets where topic = 'hours'"))


async def _must_be_exact(place: Ground) -> None:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        wrong = await connection.fetch(
            """
            select department, month from totals full join (
                select department, period_start as month, sum(centihours)::bigint as hours, count(*) as rows from facts where live group by 1, 2
            ) f using (department, month)
            where (coalesce(centihours, 0), coalesce(lines, 0)) <> (coalesce(hours, 0), coalesce(rows, 0))
            """,
            timeout=PATIENCE_S,
        )
    finally:
        await connection.close()
    if wrong:
        raise Inexact(f"{len(wrong)} totals differ from the facts")
