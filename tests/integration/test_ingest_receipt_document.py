"""The receipt to take home."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pypdf import PdfReader

from tests.integration.ingest_house import House, body, house


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        yield found


async def test_the_receipt_is_a_tagged_pdf_for_those_who_may_read_the_filing(here: House) -> None:
    contract = await here.contract()
    async with here.client() as client, here.client("company") as other:
        sent = await client.post("/api/v1/declarations", json=body(contract, "A12", "A13"), headers={"Idempotency-Key": str(uuid4())})
        where = f"/declarer/recu/{sent.json()['number']}/recu.pdf"
        found, foreign = await client.get(where), await other.get(where, headers={"Accept": "text/html"})
    assert (found.status_code, found.headers["content-type"], foreign.status_code) == (200, "application/pdf", 404)
    reader = PdfReader(io.BytesIO(found.content))
    text = " ".join(page.extract_text() for page in reader.pages)
    for words in (sent.json()["number"], "Ville de Fictive", "Par département", sent.json()["trace_id"]):
        assert words in text, words
    assert "A12" not in text
    assert reader.metadata is not None
    assert reader.metadata.title == f"Reçu de la déclaration {sent.json()['number']}"
