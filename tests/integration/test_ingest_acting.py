"""« Déclarer pour le compte de »: within one's territory, shown everywhere, and nothing of the represented organisation beyond it."""

from __future__ import annotations

from uuid import uuid4

from tests.integration.ingest_house import BUYER, COMPANY, House, body, value

PAGE = {"Accept": "text/html"}
FOR_BUYER = {"Macs-On-Behalf-Of": str(BUYER.siret)}


async def test_a_facilitator_declares_for_a_buyer_of_its_territory(here: House) -> None:
    mine, elsewhere = await here.contract(), await here.contract("2026-077", department="77")
    other = (await here.file([value(elsewhere, "Z", department="77")])).number
    async with here.client("facilitator") as client, here.client() as buyer:
        sent = await client.post("/api/v1/declarations", json=body(mine, "A"), headers={**FOR_BUYER, "Idempotency-Key": str(uuid4())})
        assert sent.status_code == 202, sent.text
        number = sent.json()["number"]
        beyond = await client.post(
            "/api/v1/declarations", json=body(elsewhere, "A"), headers={**FOR_BUYER, "Idempotency-Key": str(uuid4())}
        )
        assert beyond.status_code == 422, "a contract outside the territory"
        assert [item["number"] for item in (await client.get("/api/v1/contracts", headers=FOR_BUYER)).json()["items"]] == ["2026-001"]
        assert (await client.get(f"/api/v1/declarations/{number}", headers=FOR_BUYER)).status_code == 200
        assert (await client.get(f"/api/v1/declarations/{other}", headers=FOR_BUYER)).status_code == 404
        listed = (await client.get("/api/v1/declarations", headers=FOR_BUYER)).json()["items"]
        assert [item["number"] for item in listed] == [number]
        receipt = (await buyer.get(f"/declarer/recu/{number}")).text
        assert "Ville de Fictive, par PLIE pour son compte" in receipt
    [line] = [m for m in await here.announced() if m["declaration_id"] == number]
    assert (line["declarant_id"], line["source"]) == (str(BUYER.id), "buyer")
    header = next(m for m in await here.announced("declarations") if m["declaration_id"] == number)
    assert header["acting_id"] is not None


async def test_nobody_speaks_for_an_organisation_without_a_contract_there(here: House) -> None:
    await here.contract()
    async with here.client("facilitator") as client, here.client() as buyer:
        for siret in (str(COMPANY.siret), "00000000000000", "quelconque"):
            answer = await client.get("/api/v1/declarations", headers={"Macs-On-Behalf-Of": siret})
            assert (siret, answer.status_code) == (siret, 403)
            chosen = await client.post("/declarer/pour-le-compte", data={"siret": siret}, headers=PAGE)
            assert (siret, chosen.status_code) == (siret, 403)
        assert (await buyer.get("/api/v1/declarations", headers={"Macs-On-Behalf-Of": str(COMPANY.siret)})).status_code == 403
        assert (await buyer.get("/declarer/pour-le-compte", headers=PAGE)).status_code == 403


async def test_the_choice_is_shown_on_every_page_until_it_is_undone(here: House) -> None:
    await here.contract()
    async with here.client("facilitator") as client:
        assert "Ville de Fictive" in (await client.get("/declarer/pour-le-compte", params={"q": "fictive"})).text
        assert (await client.post("/declarer/pour-le-compte", data={"siret": str(BUYER.siret)})).status_code == 303
        for place in (
            "/declarer",
            "/declarer/nouvelle",
            "/declarer/import",
            "/declarer/qui-voit",
            "/declarer/bilan",
            "/declarer/rapprochements",
        ):
            assert "pour le compte de Ville de Fictive" in (await client.get(place)).text, place
        await client.post("/declarer/pour-le-compte", data={"siret": ""})
        assert "pour le compte de Ville" not in (await client.get("/declarer")).text
