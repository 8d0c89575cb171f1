"""Contracts by HTTP: declared once, found, refused."""

from __future__ import annotations

import asyncio
from uuid import UUID

from tests.integration.filing_house import declared_by
from tests.integration.ingest_house import BUYER, House, body


async def test_somebody_elses_contract_is_refused(here: House) -> None:
    contract = await here.contract()
    answer = await declared_by(here, body(contract, "A"), who="company")
    assert (answer.status_code, {e["code"] for e in answer.json()["errors"]}) == (422, {"CONTRACT_NOT_YOURS"})


async def test_contracts_are_declared_once_and_found(here: House) -> None:
    said = {"number": "2026-118", "object": "Réfection des toitures – Cité Éluard", "department": "93", "starts_on": "2026-01-01",
            "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 2400}}  # fmt: skip
    async with here.client() as client:
        first, again = [await client.post("/api/v1/contracts", json=said) for _ in range(2)]
        assert (first.status_code, again.status_code, first.json()["uid"]) == (201, 200, again.json()["uid"])
        changed = await client.post("/api/v1/contracts", json={**said, "ends_on": "2027-12-31"})
        assert (changed.json()["outcome"], changed.json()["revision"]) == ("changed", 2)
        for q in ("2026-118", "eluard", "refection toitures", ""):
            (item,) = (await client.get("/api/v1/contracts", params={"q": q})).json()["items"]
            assert (item["uid"], item["hours_committed"], item["ends_on"], item["buyer_siret"]) == (
                first.json()["uid"],
                2400,
                "2027-12-31",
                BUYER.siret,
            )
        assert (await client.get("/api/v1/contracts", params={"department": "75"})).json()["items"] == []
        assert (await client.post("/api/v1/contracts", json={**said, "buyer_siret": "12345678200010"})).status_code == 403
    for who, count in (("company", 0), ("facilitator", 1), ("team", 1)):
        async with here.client(who) as client:
            assert len((await client.get("/api/v1/contracts")).json()["items"]) == count, who
    assert [m["revision"] for m in await here.announced("contracts")] == [1, 2]


async def test_contracts_at_once_under_one_number_are_one(here: House) -> None:
    async with here.client("team") as client:
        said = {"number": "77", "object": "Marché", "buyer_siret": BUYER.siret, "department": "93"}
        answers = await asyncio.gather(*(client.post("/api/v1/contracts", json=said) for _ in range(10)))
    assert {a.status_code for a in answers} <= {200, 201}
    assert len({UUID(a.json()["uid"]) for a in answers}) == 1


async def test_a_clause_that_cannot_be_is_refused_and_nothing_is_stored(here: House) -> None:
    contract = {"number": "2026-900", "department": "93", "starts_on": "2026-01-01"}
    async with here.client() as client:
        bad = [
            await client.post("/api/v1/contracts", json={**contract, "clause": clause})
            for clause in (
                {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 0},
                {"mechanisms": ["CONCESSION_RESERVEE"]},
                {"mechanisms": ["CONCESSION_EXECUTION", "CLAUSE_STAGE"], "hours_committed": 10},
            )
        ]
        listed = (await client.get("/api/v1/contracts", params={"q": "2026-900"})).json()["items"]
        good = await client.post(
            "/api/v1/contracts", json={**contract, "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 10}}
        )
    assert [answer.status_code for answer in bad] == [422, 422, 422]
    assert [answer.json()["errors"][0]["code"] for answer in bad] == ["V04", "V03", "V18"]
    assert listed == []
    assert (good.status_code, good.json()["remarks"]) == (201, [])
