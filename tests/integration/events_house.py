"""What the tests of events share: the service on a database of its own, without Kafka; keys of the network; its outbox read back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from kit import api_keys, registry
from kit.freshness import Freshness
from kit.health import Health
from kit.identity import Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.directory import ApiKeyRecorded, MandateRecorded
from services.events.app import create
from services.events.rate import Rate
from services.events.secret_links import SecretLinks


@dataclass
class Clock:
    now: datetime = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    pool: Pool
    clock: Clock
    runtime: Runtime
    application: FastAPI
    keys: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def client(self, who: str | None = "team") -> AsyncIterator[httpx.AsyncClient]:
        """As somebody with a key, or as anybody."""
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://events.test", headers=headers) as client:
            yield client

    async def announced(self) -> list[dict[str, Any]]:
        """The messages of `meetings` in their order; `type` is the message's class."""
        rows = await self.pool.fetch("select type, value from outbox where topic = 'meetings' order by seq")
        return [{**json.loads(row["value"]), "type": row["type"].split(".")[-2]} for row in rows]

    async def _key(self, name: str, roles: Sequence[str], departments: Sequence[str] = ()) -> None:
        self.keys[name] = api_keys.new(name)
        message = ApiKeyRecorded(
            key_id=name, sha256=api_keys.sha256_of(self.keys[name]), name=name, roles=tuple(roles), departments=tuple(departments)
        )
        async with self.pool.acquire() as connection:
            await registry.record(connection, message)

    async def fill(self) -> None:
        await self._key("coordinator93", ["coordinator"], ["93"])
        await self._key("coordinator77", ["coordinator"], ["77"])
        await self._key("team", ["team"])
        await self._key("declarant", ["declarant"])


@asynccontextmanager
async def house(dsn: str) -> AsyncIterator[House]:
    """The service on this database, with its HTTP side and without Kafka: what is announced stays in the outbox."""
    settings = Settings(service="events", database=dsn, secrets=Path("/nonexistent"))
    pool = await open_pool(dsn, size=12, application_name="test")
    clock = Clock()
    runtime = Runtime(settings, pool, Identity(pool, Freshness(owner=True), clock), Health(), clock)
    runtime.state.update(links=SecretLinks(b"a key of this test"), rate=Rate(lambda: 0.0))
    application = app(create(settings))
    application.state.runtime = runtime
    found = House(pool, clock, runtime, application)
    try:
        await found.fill()
        yield found
    finally:
        await pool.close()


def mandate(department: str, person: UUID | None = None, **changes: Any) -> MandateRecorded:
    """The coordination of a department by a person (somebody), from the year's first day on."""
    usual: dict[str, Any] = {"mandate_id": uuid4(), "starts_on": date(2026, 1, 1)}
    return MandateRecorded(
        department=department, structure_id=uuid4(), structure_siret="12345678200010", structure_name="Structure fictive",
        person_id=person or uuid4(), interim=False, **{**usual, **changes},
    )  # fmt: skip
