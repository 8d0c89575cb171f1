"""A filing beside the declarant's earlier ones (V08, V21), and a person's month over declarants: for the coordination only (V13)."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import httpx

from schemas.hours import Group
from services.ingest.store.beside import Asked, beside, beside_each
from tests.integration.import_house import looked_at, upload
from tests.integration.ingest_house import BUYER, COMPANY, House, body, value
from tests.reading import words
from tests.tables_of_hours import csv

HEADER = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées", "Nom de naissance", "Prénom", "Date de naissance")


async def send(client: httpx.AsyncClient, data: bytes) -> str:
    answer = await client.post("/api/v1/imports", data={"type": "hours"}, files={"file": ("f.csv", data)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["number"])


def line(hours: str, *, contract: str = "2026-001", worker: str = "A1", month: str = "2026-03", first: str = "Zoé") -> tuple[str, ...]:
    return contract, month, worker, "X", hours, "Fictif", first, "02/03/1990"


async def test_a_persons_month_is_summed_over_contracts_and_filings(here: House) -> None:
    for number in ("2026-001", "2026-002"):
        await here.contract(number)
    async with here.client() as client:
        number = await send(client, csv(HEADER, line("120")))
        page = words(await upload(client, csv(HEADER, line("120", contract="2026-002"), line("7", contract="2026-002", month="2026-04"))))
        assert f"Avec vos déclarations précédentes ({number}), cette personne a 240 heures en mars 2026" in page
        assert "Rien de bloquant" in page
        alone = words(await upload(client, csv(HEADER, line("125"))))
        assert "déclarations précédentes" not in alone, "the same line again stands in place of the first"


async def test_another_declarants_hours_are_never_told_to_a_declarant(here: House) -> None:
    await here.contract("2026-001")
    await here.contract("2026-009", buyer=COMPANY)
    async with here.client() as buyer, here.client("company") as company:
        await send(buyer, csv(HEADER, line("150")))
        page = words(await upload(company, csv(HEADER, line("150", contract="2026-009"))))
        assert "150" in page
        assert "300" not in page
        assert "Rien de bloquant" in page
        sent = await send(company, csv(HEADER, line("150", contract="2026-009")))
    await looked_at(here)
    async with here.client("coordinator93") as client, here.client("coordinator77") as other, here.client() as buyer:
        [found] = (await client.get("/api/v1/reconciliations?department=93")).json()["items"]
        assert (found["codes"], found["centihours"], found["period_start"]) == (["V13", "V08"], 300_00, "2026-03-01")
        assert {part["declarant"] for part in found["parts"]} == {"Ville de Fictive", "Chantiers Fictifs"}
        shown = await client.get("/declarer/a-rapprocher")
        assert "mars 2026" in words(shown)
        assert not any(
            row["person_regional"].hex in shown.text for row in await here.pool.fetch("select person_regional from reconciliations")
        )
        assert (await other.get("/api/v1/reconciliations")).json()["items"] == []
        assert (await other.get("/api/v1/reconciliations?department=93")).status_code == 403
        assert (await other.post("/declarer/a-rapprocher", data={"id": found["id"]})).status_code == 404
        assert (await buyer.get("/api/v1/reconciliations")).status_code == 403
        assert (await client.post("/declarer/a-rapprocher", data={"id": found["id"]})).status_code == 303
        assert (await client.get("/api/v1/reconciliations")).json()["items"][0]["settled"]
    await here.withdraw(sent, 1, COMPANY)
    await looked_at(here)
    assert await here.pool.fetchval("select count(*) from reconciliations") == 0


async def test_two_sources_of_one_contract_are_no_double_count(here: House) -> None:
    """Practice ruling 2: the facilitator's lines of the buyer's contract are beside the others, not on top of them."""
    await here.contract("2026-001")
    async with here.client() as buyer, here.client("facilitator") as facilitator:
        await send(buyer, csv(HEADER, line("150")))
        await send(facilitator, csv(HEADER, line("150")))
    await looked_at(here)
    assert await here.pool.fetchval("select count(*) from reconciliations") == 0


async def test_persons_and_their_group_are_not_declared_in_two_filings(here: House) -> None:
    contract = await here.contract()
    group = {
        "contract": str(contract),
        "employer_siret": "12345678200010",
        "period": "2026-03",
        "hours": "100",
        "group": "Lot 2",
        "persons": "3",
    }
    async with here.client() as client:
        sent = await client.post("/api/v1/declarations", json={"mode": "all", "lines": [group]}, headers={"Idempotency-Key": "a" * 16})
        assert sent.status_code == 202, sent.text
        number, tag = sent.json()["number"], sent.headers["etag"]
        twice = await client.post("/api/v1/declarations", json=body(contract, "A1"), headers={"Idempotency-Key": "b" * 16})
        assert twice.status_code == 422
        assert [error["code"] for error in twice.json()["errors"] if error["severity"] == "blocking"] == ["V21"]
        assert number in twice.text
        instead = await client.put(
            f"/api/v1/declarations/{number}", json=body(contract, "A1", reason="TYPING_ERROR"), headers={"If-Match": tag}
        )
        assert instead.status_code == 202, "a correction of the filing itself may"
    assert list((await here.held()).values()) == [750]


async def test_an_erased_person_is_in_no_sum(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        await send(client, csv(HEADER, line("150")))
    await here.pool.execute("update line_values set person_local = null, person_regional = null")
    async with here.client() as client:
        assert "déclarations précédentes" not in words(
            await upload(client, csv(HEADER, line("150", month="2026-03", contract="2026-001", worker="A1")))
        )


async def test_filings_that_arrive_together_are_each_held_against_what_stands_beside_them(here: House) -> None:
    first, second = await here.contract("2026-001"), await here.contract("2026-002")
    known = value(first, "A", 120_00)
    number = (await here.file([known])).number
    again, other, unknown = value(first, "A", 120_00), value(second, "A2", 120_00), value(second, "B")
    again.person, other.person, group = known.person, known.person, value(first, "G", 50_00)
    group.person, group.group = None, Group(label="Lot 1", persons=3)
    asked = [
        Asked(BUYER.id, [unknown]), Asked(BUYER.id, [other]), Asked(BUYER.id, [again]), Asked(BUYER.id, [other], number), Asked(BUYER.id, [group]),
        Asked(COMPANY.id, [group]), Asked(BUYER.id, []),
    ]  # fmt: skip
    async with here.pool.acquire() as connection:
        found = await beside_each(connection, asked)
        assert [await beside(connection, one.declarant, one.values, one.correcting) for one in asked] == found, "the same as each alone"
        assert await beside_each(connection, []) == []
    assert [list(one.months.values()) for one in found] == [[], [(120_00, number)], [], [], [], [], []]
    assert [list(one.persons.values()) for one in found] == [[], [], [], [], [number], [], []], "persons stand where the group would"
    assert all(not one.groups for one in found)
    elsewhere = replace(group, line_id=uuid4(), contract_uid=second)
    told = (await here.file([elsewhere])).number
    async with here.pool.acquire() as connection:
        found = await beside_each(connection, asked[:2])
    assert [list(one.groups.values()) for one in found] == [[told], [told]]
