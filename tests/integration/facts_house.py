"""Both faces of indicators over facts drawn at random, and who calls them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from starlette.requests import Request

from kit.health import Health
from kit.identity import ANONYMOUS, Caller, Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.app import create
from services.indicators.replica.follow import load
from services.indicators.replica.task import close_replica, open_replica
from services.indicators.routes.public import close_public, open_public
from tests.fixtures.databases import Database, MakeDatabase

ORGANISATION = UUID(int=7)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CALLERS = {
    "team": Caller("key", "t", roles=frozenset({"team"})),
    "coordinator93": Caller("key", "c", roles=frozenset({"coordinator"}), departments=frozenset({"93"})),
    "declarant": Caller("key", "d", roles=frozenset({"declarant"}), organisation=ORGANISATION),
    "stranger": Caller("key", "s"),
}
MODALITIES, PUBLICS = ("EI", "ETTI", "ETT", "GEIQ"), ("BRSA", "DELD", "JEUNE_26", "ASE")


class Callers:
    """Who calls, by the name in place of a key."""

    async def caller(self, request: Request) -> Caller:
        return CALLERS.get(request.headers.get("authorization", "").removeprefix("Bearer "), ANONYMOUS)


def facts_drawn(seed: int = 3) -> list[tuple[object, ...]]:
    dice = random.Random(seed)
    found: list[tuple[object, ...]] = []
    for number in range(2500):
        person = f"{dice.randint(1, 240):032x}"
        said = random.Random(person)
        found.append((
            UUID(int=number + 1), 1, True, UUID(int=number % 5), ORGANISATION if number % 4 else UUID(int=8), f"{number % 7:014d}",
            date(dice.choice([2025, 2026]), dice.randint(1, 12), 1), 1, said.choice(list(DEPARTMENTS)[2:]), dice.randint(100, 15_000),
            said.choice(MODALITIES), said.choice(["F", "M", "M", "M"]), said.choices(PUBLICS, [10, 6, 3, 0.5])[0], person, person,
        ))  # fmt: skip
    return found


COLUMNS = (
    "line_id", "revision", "live", "contract_uid", "declarant_id", "employer", "period_start", "period_months", "department", "centihours",
    "modality", "sex", "public", "person", "person_local",
)  # fmt: skip


async def _with_facts(found: Database) -> None:
    async with _connected(found) as pool:
        await pool.copy_records_to_table("facts", records=facts_drawn(), columns=COLUMNS)


async def _with_a_release(found: Database) -> None:
    await _with_facts(found)
    async with _connected(found) as pool, _running(pool, found) as runtime, _asking(runtime) as client:
        await published(client)


@pytest.fixture
async def tables(database: MakeDatabase) -> Database:
    return await database("indicators", _with_facts)


@pytest.fixture
async def released(database: MakeDatabase) -> Database:
    """The facts, and 2026-1 of them, measured, protected and attacked once for a run; a module takes it as its `tables`."""
    return await database("indicators", _with_a_release)


@asynccontextmanager
async def _connected(tables: Database) -> AsyncIterator[Pool]:
    found = await open_pool(tables.rows, size=8, application_name="test")
    try:
        yield found
    finally:
        await found.close()


@pytest.fixture
async def pool(tables: Database) -> AsyncIterator[Pool]:
    async with _connected(tables) as found:
        yield found


@asynccontextmanager
async def _running(pool: Pool, tables: Database) -> AsyncIterator[Runtime]:
    settings = Settings(service="indicators", role="web", database_public=tables.public, fictional=True)
    found = Runtime(settings, pool, cast("Identity", Callers()), Health(), clock=lambda: NOW)
    await open_replica(found)
    await open_public(found)
    await load(pool, found.state["replica"])
    yield found
    await close_replica(found)
    await close_public(found)


@pytest.fixture
async def runtime(pool: Pool, tables: Database) -> AsyncIterator[Runtime]:
    async with _running(pool, tables) as found:
        yield found


@asynccontextmanager
async def _asking(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    made = app(create(runtime.settings))
    made.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://127.0.0.1") as found:
        yield found


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with _asking(runtime) as found:
        yield found


def calling(name: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}", **{key.replace("_", "-"): value for key, value in headers.items()}}


def hours_of(lines: list[tuple[object, ...]], year: int, department: str | None = None, organisation: UUID | None = None) -> Decimal:
    return Decimal(
        sum(
            cast("int", line[9])
            for line in lines
            if cast("date", line[6]).year == year and department in {None, line[8]} and organisation in {None, line[4]}
        )
    ) / 100  # fmt: skip


async def published(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/api/v1/pilotage/releases", headers=calling("team"))
    assert answer.status_code == 201, answer.text
    return cast("dict[str, Any]", answer.json())
