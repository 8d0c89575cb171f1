"""Many filings at once while ingest is killed and the database restarts: everybody gets one number for a key, and every number counts once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.standing import Standing
from tests.fixtures.profile import Profile
from tests.fixtures.stack import Stack
from tests.waiting import finally_

PATIENCE_S = 240


def test_every_key_has_one_number_though_ingest_is_killed_and_the_database_restarts(stack: Stack, profile: Profile) -> None:
    kills = profile.pick("kills of ingest under parallel filings", short=2, long=5)
    restarts = profile.pick("restarts of PostgreSQL under parallel filings", short=1, long=2)
    filings = profile.pick("parallel filings while parts are killed", short=60, long=200)
    stack.wait_ready(120)
    standing = Standing(stack)
    line = finally_(lambda: standing.line("1.00"), 60)
    before = standing.figures()
    answers: dict[str, list[str]] = {}
    asyncio.run(_under_fire(stack, line, filings, ["ingest-web"] * kills + ["postgres"] * restarts, answers))
    stack.wait_ready(120)
    assert len(answers) == filings
    assert all(len(set(numbers)) == 1 for numbers in answers.values()), "one key, two numbers"
    numbers = [numbers[0] for numbers in answers.values()]
    assert max(Counter(numbers).values()) == 1, "two keys, one number"
    finally_(lambda: {standing.filing(number)["state"] for number in numbers} == {"counted"}, 120)
    standing.moves_to(before, {f"{line['period'][:4]}/{line['department']}": Decimal(2 * filings)}, 60)
    assert stack.json("verify")["equal"]


async def _under_fire(stack: Stack, line: dict[str, Any], filings: int, targets: list[str], answers: dict[str, list[str]]) -> None:
    """Each filing is sent until it has a number, and once more with the same key; parts are struck while most are on their way."""
    headers = {"Authorization": f"Bearer {stack.key('declarant')}"}
    limits = httpx.Limits(max_connections=filings, max_keepalive_connections=filings)
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30, limits=limits, trust_env=False) as client:
        senders = [asyncio.create_task(_sent(client, line, answers, len(targets))) for _ in range(filings)]
        for target in targets:
            await asyncio.sleep(0.5)
            await asyncio.to_thread(stack.kill, target, signal.SIGINT if target == "postgres" else signal.SIGKILL)
            await asyncio.to_thread(stack.wait_ready, 120)
        await asyncio.gather(*senders)


async def _sent(client: httpx.AsyncClient, line: dict[str, Any], answers: dict[str, list[str]], times: int) -> None:
    key = str(uuid4())
    lines = [{**line, "worker_id": f"L-{key[:13]}-{n}"} for n in range(2)]
    body = {"period": line["period"], "mode": "all", "reason": None, "lines": lines}
    for _ in range(times + 1):
        number = await _until_told(client, key, body)
        answers.setdefault(key, []).append(number)
        await asyncio.sleep(0.4)


async def _until_told(client: httpx.AsyncClient, key: str, body: dict[str, Any]) -> str:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = await client.post("/api/v1/declarations", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 202:
            return str(answer.json()["number"])
        assert answer is None or answer.status_code in {409, 429, 500, 502, 503, 504}, answer.text
        assert time.monotonic() < end, f"no answer within {PATIENCE_S} s: {answer and answer.text}"
        await asyncio.sleep(0.2)
