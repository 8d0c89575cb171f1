# ruff: noqa: F811  fixtures are taken by their name
"""Both faces over a release that was made: the same figures for everybody, what a mistake is answered."""

from __future__ import annotations

import io
from decimal import Decimal

import httpx
import pytest
from python_calamine import CalamineWorkbook

from kit.service import Runtime
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.replica.follow import load
from tests.integration.facts_house import calling, client, facts_drawn, hours_of, pool, runtime  # noqa: F401  fixtures
from tests.integration.facts_house import released as tables  # noqa: F401  a fixture

pytestmark = pytest.mark.timeout(900)  # the first publishes: suppression and attack take minutes on a busy machine


MISTAKES = (
    ("I99?period=2025", 404, "UNKNOWN_INDICATOR"),
    ("I01", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&colour=red", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&department=60", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&by=sex,public,department", 422, "UNKNOWN_PARAMETER"),
    ("I01?period=2025&department=75&department=77&department=78&department=91&department=92", 422, "TOO_MANY"),
    ("I01?" + "&".join(f"period={year}" for year in range(2000, 2021)), 422, "TOO_MANY"),
    ("I01?" + "&".join(f"period=12m:{2008 + n // 12}-{n % 12 + 1:02d}" for n in range(200)) + "&by=month,work_contract", 422, "TOO_MANY"),
)


async def test_mistakes_are_named_on_both_faces(client: httpx.AsyncClient) -> None:
    for face in ("/api/v1/indicators", "/api/v1/pilotage/indicators"):
        for asked, status, code in MISTAKES:
            answer = await client.get(f"{face}/{asked}", headers=calling("team"))
            assert (answer.status_code, answer.json()["code"]) == (status, code), (face, asked)


async def test_the_public_face_is_the_release_whoever_asks(client: httpx.AsyncClient, runtime: Runtime) -> None:
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
