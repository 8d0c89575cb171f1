# ruff: noqa: F811  fixtures are taken by their name
"""What is published: by whom, each time anew, and with no way to the facts."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import asyncpg
import httpx
import pytest

from kit.postgres import Pool
from services.indicators.release import store
from tests.fixtures.databases import Database
from tests.integration.facts_house import calling, client, pool, published, runtime, tables  # noqa: F401  fixtures
from tests.integration.printed_house import Told, publish

pytestmark = pytest.mark.timeout(900)  # one publishes twice: suppression and attack take minutes on a busy machine


async def test_before_the_first_release_pages_explain(client: httpx.AsyncClient) -> None:
    home = await client.get("/")
    assert home.status_code == 200
    assert "Rien n’est encore publié" in home.text
    assert (await client.get("/departements/93")).status_code == 200
    answer = await client.get("/api/v1/indicators/I01?period=2025")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED")


async def test_only_the_team_publishes_and_each_release_is_a_new_one(client: httpx.AsyncClient, pool: Pool) -> None:
    assert (await client.post("/api/v1/pilotage/releases")).status_code == 401
    assert (await client.post("/api/v1/pilotage/releases", headers=calling("declarant"))).status_code == 403
    first, second = await published(client), await published(client)
    assert (first["release"], second["release"], first["figures_until"]) == ("2026-1", "2026-2", "2026-10-01")
    assert await pool.fetchval("select count(distinct release) from published_cells") == 2
    announced = await pool.fetch("select type, key from outbox order by seq")
    assert [tuple(row) for row in announced] == [("fr.macs.indicators.EditionPublished.v1", "11")] * 2
    assert (await client.get("/api/v1/indicators")).json()["release"] == "2026-2"


async def test_a_number_that_was_kept_keeps_the_share_said_with_it(pool: Pool) -> None:
    """0,9100 beside 885 persons, of 2026-1; what 2026-2 would say of the year now tells who came since."""
    for number in ("2026-1", "2026-2"):
        await publish(pool, number, {("I05", "2025", "", "", ""): Told("885", "ok")})
        await pool.execute("delete from published_shares where release = '2026-2'")
    now = SimpleNamespace(joinable={"2025-Q1": Decimal("0.5000")}, shares_kept={"2025": "2026-1"})
    async with pool.acquire() as connection:
        await store.write_shares(connection, "published_shares", "2026-2", now)  # type: ignore[arg-type]
    assert await store.joinable_shares(pool, "2026-2") == {"2025": "0.9100", "2025-Q1": "0.5000"}


async def test_the_public_role_reads_no_fact(tables: Database) -> None:
    connection = await asyncpg.connect(tables.public)
    try:
        for table in ("facts", "contracts", "changes", "totals", "registry_people", "outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {table} limit 1")
        await connection.fetch("select * from published_cells limit 1")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from published_cells")
    finally:
        await connection.close()
