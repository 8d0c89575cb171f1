"""Mandates on a real database: who on day D, handovers, overlaps at once, what is announced."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from kit import registry
from schemas.directory import MandateRecorded
from tests.fixtures.databases import MakeDatabase
from tests.integration.directory_house import OPERATOR, House, open_house


@pytest.fixture
async def house(database: MakeDatabase, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(await database("directory"), tmp_path) as found:
        yield found


async def test_each_day_has_one_answer_or_an_explicit_vacancy(house: House) -> None:
    structure, first, second = await house.organisation(), await house.person("Lacombe"), await house.person("Benamar")
    assert (await house.mandate(structure, first, "2018-01-01", "2018-10-01")).status_code == 201
    assert (await house.mandate(structure, second, "2018-10-02")).status_code == 201

    async def on(day: str) -> dict[str, object]:
        answer = await house.get(f"/api/v1/departments/93/coordination?on={day}")
        assert answer.status_code == 200
        found: dict[str, object] = answer.json()
        return found

    assert (await on("2018-09-30"))["person"] == {"id": str(first), "name": "Nora Lacombe"}
    gap = await on("2018-10-01")
    assert (gap["vacancy"], gap["person"], gap["structure"], gap["from"], gap["to"]) == (True, None, None, "2018-10-01", "2018-10-02")
    assert (await on("2018-10-02"))["from"] == "2018-10-02"
    before = await on("2017-12-31")
    assert (before["vacancy"], before["from"], before["to"]) == (True, None, "2018-01-01")
    items = (await house.get("/api/v1/departments/93/mandates")).json()["items"]
    assert [(item["from"], item["to"]) for item in items] == [("2018-01-01", "2018-10-01"), ("2018-10-02", None)]


async def test_the_address_is_for_signed_in_callers_only(house: House) -> None:
    await house.mandate(await house.organisation(), await house.person("Benamar"), "2018-01-01")
    where = "/api/v1/departments/93/coordination"
    assert "email" not in (await house.get(where)).json()["person"]
    assert (await house.get(where, key=OPERATOR)).json()["person"]["email"] == "benamar@exemple.test"


@pytest.mark.parametrize(("path", "status"), [("01/coordination", 404), ("93/coordination?on=31/01/2019", 422), ("2A/mandates", 404)])
async def test_an_unknown_department_is_404_and_a_bad_date_422(house: House, path: str, status: int) -> None:
    assert (await house.get(f"/api/v1/departments/{path}")).status_code == status


async def test_an_overlap_is_refused_and_nothing_is_half_recorded(house: House) -> None:
    structure, first, second = await house.organisation(), await house.person("Lacombe"), await house.person("Benamar")
    await house.mandate(structure, first, "2018-01-01")
    answer = await house.mandate(structure, second, "2018-10-01")
    assert answer.status_code == 409
    assert answer.json()["code"] == "MANDATE_OVERLAP"
    assert "Nora Lacombe" in answer.json()["detail"]
    assert len(await house.announced("MandateRecorded")) == 1


async def test_a_handover_closes_and_opens_in_one_transaction(house: House) -> None:
    structure, first, second = await house.organisation(), await house.person("Lacombe"), await house.person("Benamar")
    await house.mandate(structure, first, "2018-01-01")
    assert (await house.mandate(structure, second, "2018-10-01", handover=True)).status_code == 201
    told = [MandateRecorded.model_validate_json(row["value"]) for row in await house.announced("MandateRecorded")]
    assert [(str(m.starts_on), str(m.ends_on)) for m in told] == [
        ("2018-01-01", "None"), ("2018-01-01", "2018-10-01"), ("2018-10-01", "None"),
    ]  # fmt: skip


async def test_the_same_state_again_changes_and_announces_nothing(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar")
    body = {"id": str(uuid4()), "department": "93", "structure": str(structure), "person": str(person), "from": "2018-01-01"}
    first, second = await house.post("/api/v1/mandates", body), await house.post("/api/v1/mandates", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert await house.organisation() == structure
    assert await house.person("Benamar") == person
    counts = [len(await house.announced(kind)) for kind in ("OrganisationRecorded", "PersonRecorded", "MandateRecorded")]
    assert counts == [1, 1, 1]


async def test_of_many_mandates_at_once_for_the_same_days_one_stands(house: House) -> None:
    structure = await house.organisation()
    people = [await house.person(f"Personne{i}") for i in range(6)]
    answers = await asyncio.gather(*(house.mandate(structure, person, "2018-01-01") for person in people))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert len(await house.announced("MandateRecorded")) == 1


async def test_the_database_itself_refuses_two_mandates_on_one_day(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar")
    insert = "insert into mandates (mandate_id, department, structure_id, person_id, starts_on, ends_on) values ($1, $2, $3, $4, $5, $6)"

    async def put(department: str, starts_on: str, ends_on: str | None) -> None:
        days = [await house.pool.fetchval("select $1::text::date", day) for day in (starts_on, ends_on)]
        await house.pool.execute(insert, uuid4(), department, structure, person, *days)

    await put("93", "2018-01-01", "2018-10-01")
    await put("93", "2018-10-01", None)
    await put("92", "2018-01-01", None)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await put("93", "2018-09-30", "2018-10-01")


async def test_the_new_name_of_a_structure_reaches_its_mandates(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar")
    await house.mandate(structure, person, "2018-01-01")
    await house.organisation(name="Aubraine Ensemble")
    told = [json.loads(row["value"]) for row in await house.announced("MandateRecorded")]
    assert [message["structure_name"] for message in told] == ["Structure 1", "Aubraine Ensemble"]
    async with house.pool.acquire() as connection:
        holder = await registry.holder_on(connection, "93", house.clock().date())
    assert holder is not None
    assert holder.structure_name == "Aubraine Ensemble"


async def test_only_the_team_and_operators_record(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar")
    body = {"department": "93", "structure": str(structure), "person": str(person), "from": "2018-01-01"}
    key = (await house.post("/api/v1/keys", {"name": "Coordination", "roles": ["coordinator"], "person": str(person)})).json()["key"]
    assert (await house.http.post("/api/v1/mandates", json=body)).status_code == 401
    assert (await house.post("/api/v1/mandates", body, key=key)).status_code == 403


async def test_the_page_shows_what_a_mandate_would_change_before_saving_it(house: House) -> None:
    structure, first, second = await house.organisation(), await house.person("Lacombe"), await house.person("Benamar")
    await house.person("Equipe", "team")
    await house.mandate(structure, first, "2018-01-01")
    typed = {
        "department": "93", "structure": str(structure), "person": str(second), "from": "2018-10-01", "to": "2018-12-31", "handover": "oui",
    }  # fmt: skip
    async with house.signed_in("equipe@exemple.test") as browser:
        shown = await browser.post("/annuaire/mandats/nouveau", data={**typed, "step": "check"})
        assert shown.status_code == 200
        assert "prendra fin la veille" in shown.text
        assert "Personne n’est prévu à partir du 01/01/2019." in shown.text
        assert len(await house.announced("MandateRecorded")) == 1
        refused = await browser.post("/annuaire/mandats/nouveau", data={**typed, "handover": "", "step": "save"})
        assert refused.status_code == 409
        assert "déjà suivi par Nora Lacombe" in refused.text
        saved = await browser.post("/annuaire/mandats/nouveau", data={**typed, "step": "save"})
        assert saved.headers["location"] == "/annuaire/93#historique"
        history = (await browser.get("/annuaire/93")).text
        assert "à transmettre" in history
        assert "du 1er\u00a0octobre 2018 au 31\u00a0décembre 2018" in history


async def test_a_recorded_mandate_is_ended_on_its_page(house: House) -> None:
    structure, person = await house.organisation(), await house.person("Benamar")
    await house.person("Equipe", "team")
    mandate = (await house.mandate(structure, person, "2018-01-01")).json()["id"]
    async with house.signed_in("equipe@exemple.test") as browser:
        assert 'value="2018-01-01"' in (await browser.get(f"/annuaire/mandats/{mandate}")).text
        typed = {"department": "93", "structure": str(structure), "person": str(person), "from": "2018-01-01", "to": "2018-09-30"}
        assert (await browser.post(f"/annuaire/mandats/{mandate}", data={**typed, "step": "save"})).status_code == 303
    items = (await house.get("/api/v1/departments/93/mandates")).json()["items"]
    assert [(item["id"], item["to"]) for item in items] == [(mandate, "2018-10-01")]
