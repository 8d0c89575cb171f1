"""The receipt to take home."""

from __future__ import annotations

import io
from uuid import uuid4

from pypdf import PdfReader

from tests.integration.ingest_house import House, body
from tests.reading import words


async def test_the_receipt_is_a_tagged_pdf_for_those_who_may_read_the_filing(here: House) -> None:
    contract = await here.contract()
    async with here.client() as client, here.client("company") as other:
        sent = await client.post("/api/v1/declarations", json=body(contract, "A12", "A13"), headers={"Idempotency-Key": str(uuid4())})
        where = f"/declarer/recu/{sent.json()['number']}/recu.pdf"
        found, foreign = await client.get(where), await other.get(where, headers={"Accept": "text/html"})
    assert (found.status_code, found.headers["content-type"], foreign.status_code) == (200, "application/pdf", 404)
    reader = PdfReader(io.BytesIO(found.content))
    text = " ".join(page.extract_text() for page in reader.pages)
    for part in (sent.json()["number"], "Ville de Fictive", "Par département", sent.json()["trace_id"]):
        assert part in text, part
    assert "A12" not in text
    assert reader.metadata is not None
    assert reader.metadata.title == f"Reçu de la déclaration {sent.json()['number']}"


async def test_rows_set_aside_are_to_be_completed_by_a_day(here: House) -> None:
    contract = await here.contract()
    sent = body(contract, "A12", "A13", mode="partial")
    sent["lines"][0]["hours"] = "-3"
    async with here.client() as client:
        number = (await client.post("/api/v1/declarations", json=sent, headers={"Idempotency-Key": str(uuid4())})).json()["number"]
        where = f"/declarer/recu/{number}"
        assert "1 ligne reste à compléter avant le 31 janvier 2027." in words(await client.get(where))
        paper = " ".join(page.extract_text() for page in PdfReader(io.BytesIO((await client.get(f"{where}/recu.pdf")).content)).pages)
        assert "à compléter avant le 31 janvier 2027" in " ".join(paper.split())
        await client.post("/declarer/a-completer", data={"drop": f"{number}.1.1.0", f"reason:{number}.1.1.0": "DUPLICATE"})
        assert "Vous n’avez rien d’autre à faire." in words(await client.get(where))
