"""Two thousand people want 25 seats within a minute, by HTTP, while the service is killed between commit and reply."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx

from bench.ground import Ground, ground
from deploy.local.part import Part
from services.events.rules.meetings import Plan, PlannedSession
from services.events.store import meetings

PEOPLE: Final = 2_000
CLIENTS: Final = 50
SEATS: Final = 25
KILLS: Final = 3


@dataclass(frozen=True)
class Wave:
    """What came of one wave: seconds until everybody has an answer, and the answers by key (first, and again with the same key)."""

    seconds: float
    answers: dict[str, list[dict[str, Any]]]

    @property
    def confirmed(self) -> int:
        return Counter(given[0]["state"] for given in self.answers.values())["confirmed"]

    @property
    def ordered(self) -> bool:
        """One seat for a key, whatever was killed; waiting positions 1 to n without a gap."""
        same = all(len({one["id"] for one in given}) == 1 for given in self.answers.values())
        waiting = sorted(given[0]["position"] for given in self.answers.values() if given[0]["state"] == "waitlisted")
        return same and waiting == list(range(1, len(self.answers) - self.confirmed + 1))


def measure() -> dict[str, Any]:
    """`seats_s` until all have an answer, `seats_confirmed`, `seats_ordered`."""
    with ground(("events",)) as made:
        events = made.start(made.service("events", "all"))
        meeting_id, session_id = asyncio.run(_meeting(made))
        url = events.probe.removesuffix("/health/ready") if events.probe else ""
        found = asyncio.run(_wave(made, events, f"{url}/api/v1/meetings/{meeting_id}/sessions/{session_id}/registrations"))
        _agrees(made, session_id, found)
    return {
        "seats_s": round(found.seconds, 1), "seats_people": len(found.answers), "seats_kills": KILLS, "seats_confirmed": found.confirmed,
        "seats_ordered": found.ordered,
    }  # fmt: skip


async def _meeting(made: Ground) -> tuple[UUID, UUID]:
    connection = await asyncpg.connect(made.dsn("events"))
    begins = (datetime.now(UTC) + timedelta(days=30)).replace(tzinfo=None, hour=9, minute=30, second=0, microsecond=0)
    wanted = Plan("ATELIER", "Banc d’essai", begins, begins + timedelta(hours=2), "Salle fictive",
                  sessions=(PlannedSession("Atelier", "ATELIER", SEATS),))  # fmt: skip
    async with connection.transaction():
        kept = await meetings.plan(connection, wanted, by="bench", now=datetime.now(UTC))
    await connection.close()
    session_id = kept.plan.sessions[0].session_id
    if session_id is None:
        raise RuntimeError("a planned session has an id")
    return kept.meeting_id, session_id


async def _wave(made: Ground, events: Part, url: str) -> Wave:
    answers: dict[str, list[dict[str, Any]]] = {}
    left = iter(range(PEOPLE))
    begun = time.perf_counter()
    async with AsyncExitStack() as clients:
        # a client each: one pool of 50 connections looks through all of them for every request, which costs more than the answer
        each = [await clients.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False, verify=False)) for _ in range(CLIENTS)]
        senders = [asyncio.create_task(_client(client, url, left, answers)) for client in each]
        for kill in range(1, KILLS + 1):
            await _reached(answers, PEOPLE * kill // (KILLS + 1))
            await asyncio.to_thread(made.kill, events)
            await asyncio.to_thread(made.start, events)
        await asyncio.gather(*senders)
        seconds = time.perf_counter() - begun
        for key in list(answers)[:: max(1, PEOPLE // 200)]:
            answers[key].append(await _registered(each[0], url, key, answers[key][0]["number"]))
    return Wave(seconds, answers)


async def _reached(answers: dict[str, list[dict[str, Any]]], count: int) -> None:
    while len(answers) < count:  # noqa: ASYNC110  fifty tasks fill it; looking 50 times a second costs nothing
        await asyncio.sleep(0.02)


async def _client(client: httpx.AsyncClient, url: str, left: Any, answers: dict[str, list[dict[str, Any]]]) -> None:
    for number in left:
        key = str(uuid4())
        answers[key] = [await _registered(client, url, key, number)]


async def _registered(client: httpx.AsyncClient, url: str, key: str, number: int) -> dict[str, Any]:
    """Sent until there is an answer: a broken connection says nothing of what was done."""
    body = {"name": f"Personne {number}", "email": f"p{number}@exemple.test", "organisation": "Commune fictive", "role": "BUYER"}
    end = time.monotonic() + 120
    while True:
        try:
            answer = await client.post(url, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 201:
            return {**answer.json(), "number": number}
        if answer is not None and answer.status_code not in {409, 500, 502, 503}:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
        if time.monotonic() > end:
            raise RuntimeError("no answer within two minutes")
        await asyncio.sleep(0.05)


def _agrees(made: Ground, session_id: UUID, found: Wave) -> None:
    """Raises when what people were told is not what is stored."""

    async def stored() -> Counter[str]:
        connection = await asyncpg.connect(made.dsn("events"))
        rows = await connection.fetch("select state from registrations where session_id = $1", session_id)
        await connection.close()
        return Counter(row["state"] for row in rows)

    told = Counter(given[0]["state"] for given in found.answers.values())
    if asyncio.run(stored()) != told:
        raise RuntimeError(f"told {told}, stored otherwise")
