# ruff: noqa: F811  fixtures are taken by their name
"""What is published: by whom, the same for everybody, and with no way to the facts."""

from __future__ import annotations

import io
from decimal import Decimal
from types import SimpleNamespace

import asyncpg
import httpx
import pytest
from python_calamine import CalamineWorkbook

from kit.postgres import Pool
from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.release import store
from services.indicators.replica.follow import load
from tests.fixtures.databases import Database
from tests.integration.facts_house import calling, client, facts_drawn, hours_of, pool, published, runtime, tables  # noqa: F401  fixtures
from tests.integration.printed_house import Told, publish

pytestmark = pytest.mark.timeout(900)  # several publish: suppression and attack take minutes on a busy machine


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


async def test_the_public_face_is_the_release_whoever_asks(client: httpx.AsyncClient, runtime: Runtime) -> None:
    await published(client)
    address = "/api/v1/indicators/I01?period=2025&by=department"
    anonymous, team = await client.get(address), await client.get(address, headers=calling("team"))
    assert anonymous.json() == team.json()
    assert anonymous.headers["cache-control"].startswith("public")
    assert (await client.get(address, headers={"If-None-Match": anonymous.headers["etag"]})).status_code == 304
    cells = {cell["department"]: cell for cell in anonymous.json()["cells"]}
    assert list(cells) == list(DEPARTMENTS)
    assert all(Decimal(cell["value"]) == hours_of(facts_drawn(), 2025, code) for code, cell in cells.items() if cell["status"] == "ok")
    await runtime.pool.execute("update facts set centihours = centihours + 100")
    await load(runtime.pool, runtime.state["replica"])
    assert (await client.get(address)).json() == anonymous.json()
    slice_ = (await client.get("/api/v1/indicators/I01?period=2025&department=93")).json()
    assert slice_["cells"] == [{"value": cells["93"]["value"], "status": cells["93"]["status"]}]
    await _hidden_cells_are_never_alone(client)
    await _what_is_not_published_is_said(client)
    await _files_carry_their_warnings(client)


async def _hidden_cells_are_never_alone(client: httpx.AsyncClient) -> None:
    cells = (await client.get("/api/v1/indicators/I01?period=2025&by=department,public")).json()["cells"]
    margins = {
        axis: {cell[axis]: cell["status"] for cell in (await client.get(f"/api/v1/indicators/I01?period=2025&by={axis}")).json()["cells"]}
        for axis in ("department", "public")
    }
    secret = [cell for cell in cells if cell["status"] == "secret"]
    assert secret
    assert all(cell["value"] is None for cell in secret)
    for axis, statuses in margins.items():
        for code, status in statuses.items():
            assert status != "ok" or len([cell for cell in secret if cell[axis] == code]) != 1, (axis, code)


async def _what_is_not_published_is_said(client: httpx.AsyncClient) -> None:
    for asked in ("I01?period=2025-03", "I01?period=2025&by=education", "I01?period=2025&by=sex,public", "I05G?period=2025&by=mechanism"):
        answer = await client.get(f"/api/v1/indicators/{asked}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_PUBLISHED"), asked
    several = await client.get("/api/v1/indicators/I05?period=2025&department=93&department=94")
    assert (several.status_code, several.json()["code"]) == (422, "NOT_ADDITIVE")
    assert (await client.get("/api/v1/indicators/I01?period=2025&department=93&department=94")).status_code == 200


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


async def _files_carry_their_warnings(client: httpx.AsyncClient) -> None:
    file = await client.get("/api/v1/indicators/I05.csv?period=2025&by=department")
    rows = file.text.splitlines()
    assert rows[0] == "indicateur,nom,unite,periode,department,department_libelle,valeur,statut,publication,arrete_au,mention"
    assert len(rows) == 9
    assert all("Données fictives" in row and "Ne pas additionner" in row for row in rows[1:])
    assert (await client.get("/api/v1/indicators/I05.json?period=2025")).json()["indicator"] == "I05"
    workbook = CalamineWorkbook.from_filelike(
        io.BytesIO((await client.get("/api/v1/indicators/I01.xlsx?period=2025&by=department")).content)
    )
    sheet = workbook.get_sheet_by_name("Données").to_python()
    shown = {
        cell["department"]: cell["value"] for cell in (await client.get("/api/v1/indicators/I01?period=2025&by=department")).json()["cells"]
    }
    assert {row[4]: row[6] for row in sheet[1:]} == {code: float(value) if value else "" for code, value in shown.items()}
    assert any("Données fictives" in str(row[1]) for row in workbook.get_sheet_by_name("Métadonnées").to_python())
    assert (await client.get("/api/v1/indicators/I05.exe?period=2025")).status_code == 404
