"""Scene 4: « 12 505 » instead of 1 250,5 is corrected on the page; the figures go back exactly, the history stays and can come back."""

from __future__ import annotations

import re
from uuid import uuid4

import httpx

from tests.integration.ingest_house import House, body


async def filed(here: House, client: httpx.AsyncClient) -> str:
    """A group of the landlord's with ten times its hours, and a person."""
    contract = await here.contract()
    group = {"contract": str(contract), "period": "2026-03", "department": "93", "employer_name": "Chantiers Fictifs", "modality": "ETTI",
             "group": "Lot 2", "persons": 12, "hours": "12505"}  # fmt: skip
    person = {**body(contract, "A12")["lines"][0], "employer_siret": None, "employer_name": "Autre Fictif", "modality": "ACI"}
    sent = await client.post("/api/v1/declarations", json={"lines": [group, person]}, headers={"Idempotency-Key": str(uuid4())})
    assert sent.status_code == 202, sent.text
    return str(sent.json()["number"])


def hours_fields(page: httpx.Response) -> dict[str, str]:
    """name → value of the hours on the correction page."""
    return dict(re.findall(r'name="(hours\.[0-9a-f-]{36})"[^>]*value="([^"]*)"', page.text))


async def test_a_wrong_figure_is_corrected_compared_and_brought_back(here: House) -> None:
    async with here.client() as client:
        number = await filed(here, client)
        where = f"/declarer/{number}"
        typed = hours_fields(await client.get(f"{where}/corriger"))
        wrong = next(name for name, value in typed.items() if value.startswith("12"))
        before = await here.held()
        form = {**typed, wrong: "1 250,5", "revision": "1"}
        assert (await client.post(f"{where}/corriger", data=form)).status_code == 422, "without a reason"
        done = await client.post(f"{where}/corriger", data={**form, "reason": "TYPING_ERROR"})
        assert done.headers["location"] == f"{where}/versions"
        assert sorted((await here.held()).values()) == [min(before.values()), 1_250_50]
        page = (await client.get(f"{where}/versions")).text
        assert "modifiée" in page
        assert "erreur de saisie" in page
        assert (await client.post(f"{where}/corriger", data={**form, "reason": "TYPING_ERROR"})).status_code == 412, "somebody was faster"
        back = await client.post(f"{where}/versions", data={"version": "1", "revision": "2", "reason": "TYPING_ERROR"})
        assert back.status_code == 303
    assert await here.held() == before


async def test_what_cannot_be_is_said_beside_its_field_and_nothing_changes(here: House) -> None:
    async with here.client() as client, here.client("company") as other:
        number = await filed(here, client)
        where = f"/declarer/{number}/corriger"
        typed = hours_fields(await client.get(where))
        person = next(name for name, value in typed.items() if not value.startswith("12"))
        before = await here.held()
        for cell, code in (("-3", "négatives"), ("412", "213 h"), ("douze", "nombre d’heures")):
            answer = await client.post(where, data={**typed, person: cell, "revision": "1", "reason": "TYPING_ERROR"})
            assert answer.status_code == 422
            assert code in answer.text
            assert 'aria-invalid="true"' in answer.text
        same = await client.post(where, data={**typed, "revision": "1", "reason": "TYPING_ERROR"})
        none = await client.post(
            where, data={**{name.replace("hours", "out"): "oui" for name in typed}, "revision": "1", "reason": "TYPING_ERROR"}
        )
        assert [same.status_code, none.status_code] == [422, 422]
        assert (await other.get(where, headers={"Accept": "text/html"})).status_code == 404
        assert (await client.get(f"/declarer/{number}/versions", params={"a": 7})).status_code == 422
    assert await here.held() == before
