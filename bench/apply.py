"""How many lines a second one worker of indicators applies exactly once, beside the same topic only read, in turns on one machine."""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from bench import filling, freshness, surroundings
from bench.ground import Ground, ground
from bench.lines import Stream
from deploy.local.folder import ROOT
from deploy.local.part import Part
from kit.migrate import migrate

RESULTS: Final = Path(__file__).parent / "results"
ROUNDS: Final = 3
QUIET_RATE: Final = 40_000
"""Lines a second for which the topic is filled; on a slower machine a round simply lasts longer, up to PATIENCE_S."""
PATIENCE_S: Final = 120.0
_LOOK_S: Final = 0.02

Say = Callable[[str], None]


class Inexact(Exception):
    """The worker's totals are not the stream's: nothing else matters then."""


@dataclass(frozen=True)
class Round:
    """One turn: records a second of both, processor seconds of the worker's turn by process, the worker's memory at its end."""

    raw_per_second: float
    lines_per_second: float
    lines: int
    cpu_s: dict[str, float]
    worker_mb: float


def measure(seconds: float, say: Say) -> dict[str, Any]:
    """The whole measurement: the topic filled, read and applied in three turns, then freshness with the worker that is still there."""
    before = surroundings.machine()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic's first leaders take a moment; the clients ask again
    with ground(progress=say) as place:
        stream = Stream(seed=int(time.time()))
        rounds = [_round(place, stream, seconds / ROUNDS, say) for _ in range(ROUNDS)]
        asyncio.run(_must_be_exact(place, stream))
        say("fraîcheur à 1 000 lignes par seconde")
        fresh = _freshness(place, stream, seconds / 2)
        asyncio.run(_must_be_exact(place, stream))
    return _result(before, rounds, fresh)


def _round(place: Ground, stream: Stream, seconds: float, say: Say) -> Round:
    kafka = place.broker.address
    starts = asyncio.run(filling.ends(kafka))
    say("remplissage")
    asyncio.run(filling.fill(kafka, stream, int(seconds * QUIET_RATE), max(10.0, 2 * seconds)))
    ends = asyncio.run(filling.ends(kafka))
    say(f"lecture seule, puis application de {sum(ends.values()) - sum(starts.values())} lignes")
    raw = _read(kafka, starts, ends)
    worker = place.worker("indicators")
    try:
        return asyncio.run(_applied(place, worker, sum(ends.values()), raw))
    finally:
        place.stop(worker)


def _read(kafka: str, starts: dict[int, int], ends: dict[int, int]) -> float:
    """Records a second of a process that does nothing with them."""
    asked = json.dumps({"kafka": kafka, "starts": starts, "ends": ends})
    done = subprocess.run([sys.executable, "-m", "bench.raw"], input=asked, capture_output=True, text=True, check=True, cwd=ROOT)
    found = json.loads(done.stdout)
    return float(found["records"] / found["seconds"])


async def _applied(place: Ground, worker: Part, end: int, raw: float) -> Round:
    """Start the worker and look from outside how its offsets move, from their first movement to the end."""
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        begin = await _offsets(connection)
        place.parts[worker.name] = worker
        worker.look(startable=True)
        processes = {name: _process(place.parts[name]) for name in ("kafka", "postgres", worker.name)}
        first = await _until(connection, lambda offset: offset > begin)
        cpu = {name: _cpu_s(process) for name, process in processes.items()}
        last = await _until(connection, lambda offset: offset >= end)
        used = {name: _cpu_s(process) - cpu[name] for name, process in processes.items()}
        lines = last[1] - first[1]
        memory = processes[worker.name].memory_full_info().pss / 1e6
        return Round(raw, lines / (last[0] - first[0]), lines, used, memory)
    finally:
        await connection.close()


async def _until(connection: asyncpg.Connection, enough: Callable[[int], bool]) -> tuple[float, int]:
    deadline = time.monotonic() + PATIENCE_S
    while not enough(offset := await _offsets(connection)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the worker stands at {offset}")
        await asyncio.sleep(_LOOK_S)
    return time.monotonic(), offset


async def _offsets(connection: asyncpg.Connection) -> int:
    if await connection.fetchval("select to_regclass('offsets')") is None:
        return 0
    return int(await connection.fetchval("select coalesce(sum(next_offset), 0)::bigint from offsets where topic = 'hours'"))


def _process(part: Part) -> psutil.Process:
    return psutil.Process(part.report()["pid"])


def _cpu_s(process: psutil.Process) -> float:
    """Of the process and its children, those that have ended included."""
    own = process.cpu_times()
    return own.user + own.system + own.children_user + own.children_system + sum(map(_cpu_s, process.children()))


async def _must_be_exact(place: Ground, stream: Stream) -> None:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        rows = await connection.fetch(
            "select department, to_char(month, 'YYYY-MM') as month, centihours, lines from totals where lines > 0"
        )
        open_filings = await connection.fetchval("select count(*) from filing_progress where counted_at is null")
    finally:
        await connection.close()
    if {(row["department"], row["month"]): (row["centihours"], row["lines"]) for row in rows} != stream.totals():
        raise Inexact("totals differ from the stream's")
    if open_filings:
        raise Inexact(f"{open_filings} filings are still open")


def _freshness(place: Ground, stream: Stream, seconds: float) -> dict[str, Any]:
    asyncio.run(migrate(place.dsn("ingest", "ingest_owner"), "ingest", Path(__file__).parent))  # no tables but the kit's
    place.start(place.program("bench.relay", "ingest"))
    place.start(place.worker("indicators"))
    return asyncio.run(freshness.measure(place.broker.address, place.dsn("ingest"), stream, max(5.0, seconds)))


def _result(before: dict[str, Any], rounds: list[Round], fresh: dict[str, Any]) -> dict[str, Any]:
    """The ratio is the median of the turns' own ratios: what the machine did otherwise in a turn slowed both of its halves."""
    raw = statistics.median(each.raw_per_second for each in rounds)
    applied = statistics.median(each.lines_per_second for each in rounds)
    lines = sum(each.lines for each in rounds)
    cpu = {name: round(sum(each.cpu_s[name] for each in rounds) / lines * 1e6, 1) for name in rounds[0].cpu_s}
    return {
        "lines_per_second": round(applied),
        "raw_per_second": round(raw),
        "ratio": round(statistics.median(each.lines_per_second / each.raw_per_second for each in rounds), 3),
        "cpu_s_per_million": round(sum(cpu.values()), 1),
        "cpu_s_per_million_by_process": cpu,
        "freshness_ms": fresh,
        "freshness_path": "outbox, relay, hours, worker, outbox, relay, countings",
        "worker_mb": round(max(each.worker_mb for each in rounds)),
        "lines": lines,
        "exact": True,
        "rounds": [{"raw_per_second": round(each.raw_per_second), "lines_per_second": round(each.lines_per_second)} for each in rounds],
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": before,
        "versions": surroundings.versions(),
    }


def keep(result: dict[str, Any]) -> Path:
    """Write the result beside those of other days."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"apply-{result['measured_at'][:10]}.json"
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return file
