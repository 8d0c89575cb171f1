"""How quick the working face is while figures move: its pages and answers asked of a web process that follows a busy log of changes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import psutil

from bench.ground import LOADING_S, Ground
from bench.keys import let_in
from deploy.local.part import Part

REQUESTS: Final = 400
WARM: Final = 20
_YEARS: Final = ("2026", "2025", "2024")
_ADDRESSES: Final = (
    *(f"/pilotage?annee={year}" for year in _YEARS),
    *(f"/api/v1/pilotage/indicators/I01?period={year}&by=department,month" for year in _YEARS),
    *(f"/api/v1/pilotage/indicators/I05?period={year}&by=department" for year in _YEARS),
    "/api/v1/pilotage/indicators/I08?period=2026&by=department,residence_department",
    "/api/v1/pilotage/indicators/I02?period=2026&by=department,modality",
    "/api/v1/pilotage/indicators/I16?period=2026&by=department",
)
# One transaction as a worker's: lines of the newest year get other hours, totals follow, and the log says so.
_MOVE: Final = """
    with chosen as materialized (
        select distinct md5('line' || ($1::integer - 1 - (random() * least($1::integer / 10, 100000))::integer))::uuid as line_id
        from generate_series(1, 500)
    ), moved as (
        update facts f set revision = revision + 1, centihours = centihours + 1 from chosen c where f.line_id = c.line_id returning f.line_id
    ), logged as (
        insert into changes (topic, partition, batch_no, ids)
        select 'bench', 0, coalesce((select max(batch_no) from changes where topic = 'bench'), 0) + 1, array_agg(line_id) from moved
    ) select count(*) from moved
"""


def measure(place: Ground, base: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`working_p99_ms` over pages and answers, of the team and of a declarant, while some 500 lines of the base move every 300 ms; `web_mb`
    at the end."""
    lines = asyncio.run(_lines(place))
    keys = asyncio.run(_let_in(place))
    begun = time.monotonic()
    web = place.start(place.service("indicators", "web"), LOADING_S)
    loaded_s = time.monotonic() - begun
    say(f"{lines:,} lignes chargées en {loaded_s:.0f} s")
    try:
        taken, moves = asyncio.run(_asked(place, web, keys, base))
        memory = psutil.Process(web.report()["pid"]).memory_full_info().pss / 1e6
    finally:
        place.stop(web)
    every = [ms for times in taken.values() for ms in times]
    return {
        "working_p99_ms": _centile(every, 99),
        "working_p50_ms": _centile(every, 50),
        "working_ms": {address: {"p50": _centile(times, 50), "max": round(max(times), 1)} for address, times in taken.items()},
        "working_moves": moves,
        "web_mb": round(memory),
        "replica_loaded_s": round(loaded_s, 1),
    }


async def _lines(place: Ground) -> int:
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        return int(await connection.fetchval("select count(*) from facts", timeout=LOADING_S))
    finally:
        await connection.close()


async def _let_in(place: Ground) -> tuple[str, str]:
    """Keys of the team and of a declarant of the region."""
    connection = await asyncpg.connect(place.dsn("indicators"))
    try:
        organisation = await connection.fetchval("select declarant_id from facts where declarant_id is not null limit 1")
        return await let_in(connection, "team", "team"), await let_in(connection, "declarant", "declarant", UUID(str(organisation)))
    finally:
        await connection.close()


async def _asked(place: Ground, web: Part, keys: tuple[str, str], base: int) -> tuple[dict[str, list[float]], int]:
    enough = asyncio.Event()
    moving = asyncio.create_task(_move(place, base, enough))
    taken: dict[str, list[float]] = {address: [] for address in _ADDRESSES}
    try:
        async with httpx.AsyncClient(base_url=web.probe.removesuffix("/health/ready"), timeout=60) as http:
            for number in range(WARM + REQUESTS):
                address, key = _ADDRESSES[number % len(_ADDRESSES)], keys[number % 5 == 0]
                begun = time.perf_counter()
                answer = await http.get(address, headers={"Authorization": f"Bearer {key}"})
                answer.raise_for_status()
                if number >= WARM:
                    taken[address].append((time.perf_counter() - begun) * 1000)
    finally:
        enough.set()
    return taken, await moving


async def _move(place: Ground, base: int, enough: asyncio.Event) -> int:
    """Move lines until told to stop; how many lines moved."""
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    moved = 0
    try:
        while not enough.is_set():
            moved += int(await connection.fetchval(_MOVE, base, timeout=60))
            await asyncio.sleep(0.3)
        return moved
    finally:
        await connection.close()


def _centile(times: list[float], which: int) -> float:
    return round(statistics.quantiles(times, n=100, method="inclusive")[which - 1], 1)
