"""A small region's year for the editions: eight departments with hours, and structures of which all but those of the Val-d’Oise have sent theirs."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from kit.health import Health
from kit.identity import ANONYMOUS, Caller, Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.app import create
from services.indicators.panorama.source import close_drafts, open_drafts
from services.indicators.replica.follow import load
from services.indicators.replica.task import close_replica, open_replica
from services.indicators.routes.public import close_public, open_public
from tests.fixtures.databases import Database, MakeDatabase

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLERS = {
    "team": Caller("session", "t", roles=frozenset({"team"}), name="Équipe du réseau"),
    "declarant": Caller("key", "d", roles=frozenset({"declarant"}), organisation=UUID(int=7)),
    **{
        f"coordinator{code}": Caller("session", f"c{code}", roles=frozenset({"coordinator"}), departments=frozenset({code}), name=f"Coordination {code}")
        for code in DEPARTMENTS
    },
}  # fmt: skip
MODALITIES, PUBLICS = ("EI", "ETTI"), ("BRSA", "DELD")
YOUNG = 3
"""So many persons of a third public: too few to be printed."""
FACTS = (
    "line_id", "revision", "live", "contract_uid", "declarant_id", "employer", "period_start", "period_months", "department", "centihours",
    "modality", "sex", "public", "work_contract", "person", "person_local",
)  # fmt: skip
CONTRACTS = (
    "contract_uid", "revision", "number", "object", "department", "starts_on", "ends_on", "notified_on", "mechanisms", "hours_committed",
    "sector", "buyer_kind", "buyer_id", "has_clause",
)  # fmt: skip
SILENT = "95"
"""Most of whose structures sent nothing."""


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class Callers:
    """Who calls, by the name in place of a key."""

    async def caller(self, request: Request) -> Caller:
        return CALLERS.get(request.headers.get("authorization", "").removeprefix("Bearer "), ANONYMOUS)


@dataclass
class House:
    """The service with its database, in this process. `clock` may be moved."""

    runtime: Runtime
    pool: Pool
    clock: Clock
    client: httpx.AsyncClient
    database: Database
    asgi: FastAPI

    async def get(self, path: str, who: str | None = None) -> httpx.Response:
        return await self.client.get(path, headers=_as(who))

    async def post(self, path: str, body: object, who: str | None = "team") -> httpx.Response:
        return await self.client.post(path, json=body, headers=_as(who))

    async def send(self, path: str, fields: dict[str, str], who: str = "team") -> httpx.Response:
        """A form."""
        return await self.client.post(path, data=fields, headers=_as(who))

    async def counted_anew(self) -> None:
        """Facts were changed beneath the replica: it reads them again."""
        await load(self.pool, self.runtime.state["replica"])

    async def done(self, path: str, body: object, status: int = 200, who: str | None = "team") -> dict[str, Any]:
        answer = await self.post(path, body, who)
        assert answer.status_code == status, answer.text
        return cast("dict[str, Any]", answer.json())


def _as(who: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"} if who else {}


def lines(seed: int = 5, count: int = 1600) -> list[tuple[object, ...]]:
    dice = random.Random(seed)
    found: list[tuple[object, ...]] = []
    for number in range(count):
        drawn = dice.randint(1, 400)
        person = f"{drawn:032x}"
        said = random.Random(person)
        place = said.randrange(8)
        contract = place * 4 + dice.randrange(1 if list(DEPARTMENTS)[place] == SILENT else 4)
        found.append((
            UUID(int=number + 1), 1, True, UUID(int=contract + 1), UUID(int=100 + contract), f"{said.randint(1, 9):014d}",
            date(2025, dice.choice([5, 8]), 1), 1, list(DEPARTMENTS)[place], dice.randint(100, 15_000),
            said.choice(MODALITIES), said.choice(["F", "M", "M", "M"]), "JEUNE_26" if drawn <= YOUNG else said.choice(PUBLICS), "CDDI",
            person, person,
        ))  # fmt: skip
    return found


def deals() -> list[tuple[object, ...]]:
    """Four contracts with a clause in each department, each of a buyer of its own."""
    return [
        (UUID(int=number + 1), 1, f"M-{number:03d}", "Réhabilitation", code, date(2024, 1, 1), date(2025, 12, 31), date(2025, 1, 15 + number % 4),
         ["CLAUSE_SOCIALE"], 2_000, "BATIMENT", "BAILLEUR_SOCIAL" if number % 2 else "COMMUNE", UUID(int=100 + number), True)
        for number, code in ((place * 4 + rank, code) for place, code in enumerate(DEPARTMENTS) for rank in range(4))
    ]  # fmt: skip


FIRST = "2026-1"
"""The number of an edition that is the year's first."""


async def drafted(made: Database) -> None:
    """The region with an edition and its first draft, which takes seconds."""
    async with a_house(made) as house:
        assert await planned(house) == FIRST


@asynccontextmanager
async def a_house(made: Database) -> AsyncIterator[House]:
    """The service over a new database, or one that `drafted` left."""
    pool = await open_pool(made.rows, size=8, application_name="test")
    if not await pool.fetchval("select exists (select from facts)"):
        await pool.copy_records_to_table("contracts", records=deals(), columns=CONTRACTS)
        await pool.copy_records_to_table("facts", records=lines(), columns=FACTS)
    clock = Clock()
    settings = Settings(service="indicators", role="web", database=made.rows, database_public=made.public, fictional=True)
    runtime = Runtime(settings, pool, cast("Identity", Callers()), Health(), clock=clock)
    await open_replica(runtime)
    await open_public(runtime)
    await open_drafts(runtime)
    await load(pool, runtime.state["replica"])
    web = app(create(settings))
    web.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://127.0.0.1", timeout=120) as client:
        try:
            yield House(runtime, pool, clock, client, made, web)
        finally:
            await close_replica(runtime)
            await close_public(runtime)
            await close_drafts(runtime)
            await pool.close()


async def corrected_by_one(house: House, back_to: int | None = None) -> int:
    """A line of May had one digit too many: a person's hours, in the 93. Answers what it said; with that, the correction is taken back. The road
    from the declarant's form to here is `tests/e2e/test_edition.py`."""
    before: int | None = await house.pool.fetchval(
        """
        update facts set centihours = coalesce($1::bigint, centihours / 10), revision = revision + 1
        where line_id = (
            select line_id from facts where department = '93' and period_start = '2025-05-01' and ($1::bigint is null or revision > 1)
            order by centihours desc, line_id limit 1
        )
        returning old.centihours
        """,
        back_to,
    )
    assert before is not None
    await house.counted_anew()
    return before


async def owner(house: House) -> asyncpg.Connection:
    """The owner of the tables, whom no right holds back."""
    return await asyncpg.connect(house.database.owner)


PLAN = {
    "year": 2025,
    "title": "Panorama 2025",
    "says_not": "Les heures de stage n’y sont pas.\nLes marchés privés n’y sont pas.",
    "final": True,
}


async def planned(house: House, **more: object) -> str:
    """An edition with its first draft; its number."""
    number = str((await house.done("/api/v1/editions", {**PLAN, **more}, 201))["edition"])
    await house.done(f"/api/v1/editions/{number}/draft", {}, 201)
    return number


async def published(house: House, **more: object) -> str:
    """An edition that went all the way, nobody having answered before the deadline."""
    number = await planned(house, **more)
    await through(house, number)
    return number


async def through(house: House, number: str) -> None:
    """From the draft to the publication, nobody having answered before the deadline."""
    address = f"/api/v1/editions/{number}"
    await house.done(f"{address}/review", {"deadline": "2026-11-24"})
    house.clock.now = house.clock.now.replace(day=25)
    await house.done(f"{address}/validate", {"minutes": "Comité du 25 novembre 2026"})
    await house.done(f"{address}/publish", {}, 201)


@pytest.fixture
async def house(database: MakeDatabase) -> AsyncIterator[House]:
    async with a_house(await database("indicators")) as found:
        yield found


@pytest.fixture
async def begun(database: MakeDatabase) -> AsyncIterator[House]:
    """With the first draft of an edition."""
    async with a_house(await database("indicators", drafted)) as found:
        yield found
