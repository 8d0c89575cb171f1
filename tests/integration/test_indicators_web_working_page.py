# ruff: noqa: F811  fixtures are taken by their name
"""The working page: its scope, what is late, who is silent and who is told."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import httpx
import pytest

from kit.postgres import Pool
from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.catalogue.silent import silent
from services.indicators.replica.follow import load
from services.indicators.store import silences
from services.indicators.tasks import silence_noticed
from tests.integration.facts_house import ORGANISATION, calling, client, pool, runtime, tables  # noqa: F401  fixtures
from tests.reading import plain

pytestmark = pytest.mark.timeout(900)  # several publish: suppression and attack take minutes on a busy machine


async def test_the_working_page_shows_the_scope(client: httpx.AsyncClient) -> None:
    team = await client.get("/pilotage?annee=2025", headers=calling("team"))
    assert team.status_code == 200
    assert all(name in team.text for name in DEPARTMENTS.values())
    assert "Publier maintenant" in team.text
    coordinator = await client.get("/pilotage?annee=2025", headers=calling("coordinator93"))
    assert "Seine-Saint-Denis" in coordinator.text
    assert "Val-de-Marne" not in coordinator.text
    assert coordinator.headers["cache-control"] == "private, no-store"
    asked = await client.get("/pilotage", headers={"Accept": "text/html"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/connexion?suite=/pilotage")


async def test_nothing_is_compared_with_a_part_of_a_year(client: httpx.AsyncClient, runtime: Runtime, pool: Pool) -> None:
    """« +470 % à périmètre constant » beside a year of which three months were declared."""
    whole = plain((await client.get("/pilotage?annee=2026", headers=calling("team"))).text)
    assert "seuls comptent les déclarants présents les deux années" in whole
    await pool.execute("update facts set period_start = '2025-11-01' where extract(year from period_start) = 2025 and period_months = 1")
    await pool.execute("delete from facts where extract(year from period_start) = 2025 and period_months > 1")
    await load(pool, runtime.state["replica"])
    part = plain((await client.get("/pilotage?annee=2026", headers=calling("team"))).text)
    assert "en 2025, les heures commencent en octobre : rien ne se compare à une partie d’année" in part
    assert "seuls comptent" not in part


FACILITATOR = UUID(int=21)
_CONTRACT = """
    insert into contracts (contract_uid, revision, number, object, buyer_siret, buyer_name, buyer_id, facilitator_id, department, starts_on,
        ends_on, hours_committed, has_clause)
    values ($1, 1, $2, 'Objet fictif', '21930048500013', 'Ville de Fictive', $3, $4, $5, $6, $7, $8, true)
"""


async def _contract(pool: Pool, number: int, department: str, hours: int, facilitator: UUID | None = None) -> None:
    days = date(2026, 1, 1), date(2026, 12, 31)
    await pool.execute(_CONTRACT, UUID(int=900 + number), f"M-{number}", ORGANISATION, facilitator, department, *days, hours)


async def test_the_working_page_names_what_is_late_and_who_is_silent(client: httpx.AsyncClient, runtime: Runtime, pool: Pool) -> None:
    await _contract(pool, 1, "93", 5_000, FACILITATOR)
    await _contract(pool, 2, "94", 4_000, FACILITATOR)
    await pool.execute("insert into registry_organisations values ($1, '13000766900018', 'PLIE Fictif', 'PLIE', '93')", FACILITATOR)
    await load(pool, runtime.state["replica"])
    shown = (await client.get("/pilotage", headers=calling("coordinator93"))).text
    assert "M-1" in shown
    assert "M-2" not in shown, "a contract of another department"
    assert "PLIE Fictif" in shown
    assert "4\u202f452" in shown, "5,000 hours, 325 of 365 days over"
    declarant = (await client.get("/pilotage", headers=calling("declarant"))).text
    assert "M-1" in declarant
    assert "Déclarants silencieux" not in declarant
    await pool.execute(
        "update facts set contract_uid = $1, period_start = '2026-08-01', department = '93' where line_id = $2", UUID(int=901), UUID(int=1)
    )
    await load(pool, runtime.state["replica"])
    assert "PLIE Fictif" not in (await client.get("/pilotage", headers=calling("coordinator93"))).text


async def test_a_silence_is_announced_once(runtime: Runtime, pool: Pool) -> None:
    await _contract(pool, 1, "93", 5_000, FACILITATOR)
    await _contract(pool, 2, "93", 4_000, FACILITATOR)
    await _contract(pool, 3, "94", 4_000)
    assert await silence_noticed.look(runtime) == 2
    assert await silence_noticed.look(runtime) == 0
    rows = await pool.fetch("select convert_from(value, 'UTF8')::jsonb as said from outbox where topic = 'indicators' order by seq")
    told = {(row["said"]["department"], row["said"]["organisation_id"], row["said"]["contracts"], row["said"]["since"]) for row in rows}
    assert told == {("93", str(FACILITATOR), 2, "2026-07-01"), ("94", str(ORGANISATION), 1, "2026-07-01")}
    await load(pool, runtime.state["replica"])
    quarter = silences.quarter_due(date(2026, 11, 22), 45)
    of_the_page, _ = await runtime.state["replica"].ask(lambda asked: silent(asked, quarter))
    async with pool.acquire() as connection:
        assert of_the_page == await silences.silent(connection, quarter, DEPARTMENTS), "the page names whom the task announces"
    await pool.execute("delete from silences")
    await pool.execute("insert into nothing_declared values ($1, $2, '2026-07-01', 3)", UUID(int=902), FACILITATOR)
    assert await silence_noticed.look(runtime) == 1
