"""A service as a process: it waits for its database, says when it is ready, stops in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import ports
from kit.watchdog import Watchdog
from tests import waiting
from tests.fixtures.databases import Database, MakeDatabase
from tests.fixtures.servers import Servers

STARTS_WITHIN_S = 80  # a process of its own on a crowded machine
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(240)


@asynccontextmanager
async def running(
    servers: Servers, database: Database, role: str = "all", dsn: str | None = None
) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    [port] = ports.some(1)
    environment = {
        **os.environ, "MACS_KAFKA": servers.kafka, "MACS_DATABASE": dsn or database.admin, "MACS_DATABASE_OWNER": database.owner,
        "MACS_HTTP_PORT": str(port), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.kit_service", role, cwd=ROOT, env=environment, stderr=PIPE
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _within(seconds: float, question: Callable[[], Any]) -> None:
    await waiting.eventually(question, seconds)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_process_becomes_ready_answers_and_stops_in_order(servers: Servers, database: MakeDatabase) -> None:
    async with running(servers, await database("kit")) as (process, client):
        await _within(STARTS_WITHIN_S, lambda: _is_ready(client))
        assert (await client.get("/api/v1/hello")).json() == {"started": 1, "caller": "anonymous"}
        assert (await client.get("/health/live")).json() == {"live": True, "reasons": []}
        metrics = (await client.get("/metrics")).text
        assert "macs_http_request_seconds_bucket" in metrics
        assert 'route="/api/v1/hello"' in metrics
        await _within(20, lambda: _has_metric(client, 'macs_task_failures_total{task="fails_once"} 1.0'))
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
    lines = [json.loads(line) for line in log.decode().splitlines()]
    assert all({"at", "level", "service", "message", "trace_id"} <= set(line) for line in lines)
    assert any(line["message"].startswith("a long task failed") and "first attempt" in line["exception"] for line in lines)


async def _has_metric(client: httpx.AsyncClient, line: str) -> bool:
    return line in (await client.get("/metrics")).text


async def test_a_process_waits_for_its_database_and_says_so(servers: Servers, database: MakeDatabase) -> None:
    """HTTP answers from the first moment: 503 for a route, the reason on /health/ready."""
    found = await database("kit")
    absent = found.admin.replace(f"/{found.name}", "/not_there")
    async with running(servers, found, "web", dsn=absent) as (process, client):
        await _within(STARTS_WITHIN_S, lambda: _answers(client))
        answer = await client.get("/api/v1/hello")
        assert answer.status_code == 503
        assert answer.json()["code"] == "STARTING"
        assert (await client.get("/health/ready")).json()["reasons"] == ["start: still starting"]
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def test_the_watchdog_tells_of_a_blocked_loop() -> None:
    dog = Watchdog(tell_after_s=1.5)
    beating = asyncio.create_task(dog.run())
    await asyncio.sleep(0)
    time.sleep(4)  # noqa: ASYNC251  the fault itself
    beating.cancel()
    assert dog.barked == 1
