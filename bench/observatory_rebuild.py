"""How quickly facts are rebuilt beside those in use, and whether that is linear: lines once more over `hours-replay`, compared, switched.

The lines are those that the worker applied before, so that the comparison must find both tables equal. Measured is indicators' part, from
the worker's start on a full topic to the switch; ingest announces while it is read (`./macs replay` prints the whole way's speed).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer

from bench import filling
from bench.ground import Ground
from bench.lines import Record, Stream
from bench.observatory_apply import Inexact
from deploy.local.part import Part
from schemas.hours import HoursRetracted, LineReplayed, ReplayEnded, ReplayStarted
from schemas.identifiers import uuid7
from schemas.topics import HOURS, HOURS_REPLAY

SIZES: Final = (100_000, 400_000)
PATIENCE_S: Final = 600.0
_LOOK_S: Final = 0.05
_RETRACTED: Final = HOURS.type_name(HoursRetracted)


def measure(place: Ground, say: Callable[[str], None]) -> dict[str, Any]:
    """`rebuild_lines_per_second` (at the larger size) and `rebuild_linearity`: that speed over the one at the smaller size; 1 is linear.

    Raises Inexact when a rebuilt fact differs from the one in use. Empties the facts of the region first.
    """
    speeds = [_speed(place, lines, say) for lines in SIZES]
    return {
        "rebuild_lines_per_second": round(speeds[-1]),
        "rebuild_linearity": round(speeds[-1] / speeds[0], 2),
        "rebuild_at": {str(lines): round(speed) for lines, speed in zip(SIZES, speeds, strict=True)},
    }


def _speed(place: Ground, lines: int, say: Callable[[str], None]) -> float:
    asyncio.run(_emptied(place))
    seed = int(time.time())
    asyncio.run(filling.fill(place.broker.address, Stream(seed), lines, PATIENCE_S))
    end = sum(asyncio.run(filling.ends(place.broker.address)).values())
    worker = _started(place)
    asyncio.run(_until(place, f"select coalesce(sum(next_offset), 0)::bigint >= {end} from offsets where topic = 'hours'"))
    place.stop(worker)
    replay = uuid7()
    count = asyncio.run(_announced(place, Stream(seed), lines, replay))
    say(f"{count:,} lignes à reconstruire")
    begun = time.monotonic()
    worker = _started(place)
    asyncio.run(_until(place, f"select coalesce(bool_or(state = 'switched'), false) from replays where replay_id = '{replay}'"))
    seconds = time.monotonic() - begun
    place.stop(worker)
    asyncio.run(_must_be_equal(place, replay))
    return count / seconds


def _started(place: Ground) -> Part:
    worker = place.worker("indicators")
    place.parts[worker.name] = worker
    worker.look(startable=True)
    return worker


async def _emptied(place: Ground) -> None:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        await connection.execute("truncate facts, facts_rebuilt, totals, totals_longer, changes", timeout=PATIENCE_S)
    finally:
        await connection.close()


async def _announced(place: Ground, stream: Stream, lines: int, replay: UUID) -> int:
    """Every record of the stream as a replay says it; the highest revision of a line wins. Returns how many different lines."""
    producer = AIOKafkaProducer(bootstrap_servers=place.broker.address, enable_idempotence=True, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    known: set[str] = set()
    now = datetime.now(UTC)
    mark = str(replay).encode()
    try:
        await _sent(producer, mark, ReplayStarted, ReplayStarted(replay_id=replay, occurred_at=now).model_dump_json().encode())
        for filing in stream.filings_until(lines):
            for record in filing:
                known.add(json.loads(record.value)["line_id"])
                await _sent(producer, record.key, LineReplayed, _replayed(record, replay))
        await _sent(
            producer, mark, ReplayEnded, ReplayEnded(replay_id=replay, count=len(known), occurred_at=now).model_dump_json().encode()
        )
    finally:
        await producer.stop()
    return len(known)


def _replayed(record: Record, replay: UUID) -> bytes:
    kind = b"retracted" if record.ce_type == _RETRACTED else b"declared"
    return b'{"replay_id":"%s","contract_uid":"%s","%s":%s}' % (str(replay).encode(), record.key, kind, record.value)


async def _sent(producer: AIOKafkaProducer, key: bytes, kind: type[LineReplayed | ReplayStarted | ReplayEnded], value: bytes) -> None:
    headers = filling.headers(Record(key, HOURS_REPLAY.type_name(kind), value))
    await producer.send(HOURS_REPLAY.name, value, key=key, headers=headers)


async def _until(place: Ground, question: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        while not await connection.fetchval(question):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true after {PATIENCE_S:.0f} s: {question}")
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()


async def _must_be_equal(place: Ground, replay: UUID) -> None:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        outcome = json.loads(await connection.fetchval("select outcome::text from replays where replay_id = $1", replay))
    finally:
        await connection.close()
    if outcome["missing"] or outcome["unexpected"] or outcome["different"]:
        raise Inexact(f"the rebuilt facts differ: {outcome}")
