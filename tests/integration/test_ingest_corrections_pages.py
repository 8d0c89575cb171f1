"""Scene 4: « 12 505 » instead of 1 250,5 is corrected on the page; the figures go back exactly, the history stays and can come back."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import NAMESPACE_DNS, uuid4, uuid5

import httpx
import pytest

from schemas.hours import Person
from tests.integration.import_house import upload, where
from tests.integration.ingest_house import House, body, line_id, value
from tests.integration.test_ingest_form import PERSON, started
from tests.reading import plain, words
from tests.tables_of_hours import csv


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


async def restored(client: httpx.AsyncClient, number: str, version: int, present: int) -> None:
    form = {"version": str(version), "revision": str(present), "reason": "TYPING_ERROR"}
    back = await client.post(f"/declarer/{number}/versions", data=form)
    assert back.status_code == 303, back.text


async def test_a_withdrawn_filing_comes_back_once_and_ends_again_what_it_ended(here: House) -> None:
    contract = await here.contract()
    await here.file([value(contract, "gone", 500)])
    sent = await here.file([value(contract, "stays", 700)], ended=[line_id("gone")])
    before = await here.held()
    async with here.client() as client:
        await client.post(f"/declarer/{sent.number}/retirer", data={"revision": "1", "reason": "WRONG_CONTRACT"})
        assert await here.held() == {line_id("gone"): 500}
        assert "Rétablir une version antérieure" in (await client.get(f"/declarer/{sent.number}/versions")).text
        await restored(client, sent.number, 1, 2)
        assert await here.held() == before == {line_id("stays"): 700}
        await client.post(f"/declarer/{sent.number}/retirer", data={"revision": "3", "reason": "WRONG_CONTRACT"})
    assert await here.held() == {line_id("gone"): 500}


async def test_an_earlier_version_does_not_forget_the_rows_that_wait(here: House) -> None:
    line = body(await here.contract(), "A12")["lines"][0]
    form = {"lines": [line, {**line, "worker_id": "A13", "hours": "900"}], "mode": "partial"}
    async with here.client() as client:
        sent = await client.post("/api/v1/declarations", json=form, headers={"Idempotency-Key": str(uuid4())})
        number = sent.json()["number"]
        where = f"/declarer/{number}"
        typed = hours_fields(await client.get(f"{where}/corriger"))
        await client.post(f"{where}/corriger", data={**dict.fromkeys(typed, "8"), "revision": "1", "reason": "TYPING_ERROR"})
        await restored(client, number, 1, 2)
        assert 'value="900"' in (await client.get("/declarer/a-completer")).text
        await client.post(f"{where}/retirer", data={"revision": "3", "reason": "WRONG_CONTRACT"})
        assert 'value="900"' not in (await client.get("/declarer/a-completer")).text
        await restored(client, number, 2, 4)
        assert 'value="900"' in (await client.get("/declarer/a-completer")).text


async def test_the_page_says_which_lines_count_by_a_later_filing_and_leaves_them_there(here: House) -> None:
    contract = await here.contract()
    first = await here.file([value(contract, "a", 1000), value(contract, "b", 2000, line=2), value(contract, "c", 3000, line=3)])
    later = await here.file([value(contract, "a", 1200)], ended=[line_id("b")])
    async with here.client() as client:
        page = await client.get(f"/declarer/{first.number}/corriger")
        assert f'href="/declarer/{later.number}"' in page.text
        assert "Retirée depuis par une autre déclaration" in page.text
        typed = {name: "31" if hours == "30" else hours for name, hours in hours_fields(page).items()}
        await client.post(f"/declarer/{first.number}/corriger", data={**typed, "revision": "1", "reason": "TYPING_ERROR"})
    assert await here.held() == {line_id("a"): 1200, line_id("c"): 3100}
    period = await here.pool.fetchval("select period from filing_revisions where number = $1 and revision = 2", first.number)
    assert period == "2026-03", "a corrected filing says its month as the first one did"


async def test_a_difference_in_something_else_than_hours_is_said_in_words(here: House) -> None:
    contract = await here.contract()
    sent = await here.file([value(contract, "a")])
    other = replace(value(contract, "a"), modality="ACI", person=Person(local=uuid5(NAMESPACE_DNS, "a").hex, sex="F"))
    await here.correct(sent.number, 1, [other, value(contract, "b", line=2)])
    await here.correct(sent.number, 2, [value(contract, "b"), replace(other, line=2)])
    async with here.client() as client, here.client("coordinator93") as coordinator:
        where = f"/declarer/{sent.number}/versions"
        page = plain((await client.get(where, params={"de": 1, "a": 2})).text)
        assert "Modalité : – → " in page
        assert "Sexe : – → " in page
        assert "Sexe : modifié" in plain((await coordinator.get(where, params={"de": 1, "a": 2})).text), "of a person only that it changed"
        assert "Aucune différence." in (await client.get(where)).text, "the order of the lines is no difference"


@pytest.mark.parametrize("number", ["9" * 5000, "²", "99"])
async def test_a_number_that_no_version_has_is_said_with_what_would_be_right(here: House, number: str) -> None:
    """Five thousand nines, or a superscript two, were an unhandled error."""
    contract = await here.contract()
    sent = await here.file([value(contract, "a")])
    await here.correct(sent.number, 1, [value(contract, "a", 1100)])
    async with here.client() as client:
        where = f"/declarer/{sent.number}"
        said = await client.post(f"{where}/versions", data={"revision": "2", "version": number, "reason": "NOPE"})
        assert said.status_code == 422
        assert number[:40] in said.text
        assert "de 1 à 1" in plain(said.text)
        assert "Erreur de saisie" in said.text, "and which reasons there are"
        for page in ("versions", "corriger", "retirer"):
            stale = await client.post(f"{where}/{page}", data={"revision": number, "version": "1", "reason": "TYPING_ERROR"})
            assert stale.status_code == 412, page
    assert await here.held() == {line_id("a"): 1100}


async def test_an_employer_that_the_directory_knows_is_named_beside_its_siret(here: House) -> None:
    """In the comparison of two versions, where its SIRET changed, where a file repeats lines, and before the form is sent."""
    contract = await here.contract()
    known, other = "12345678200010", "13000766900018"
    lines = body(contract, "A12")["lines"]
    async with here.client() as client:
        sent = await client.post("/api/v1/declarations", json={"lines": lines}, headers={"Idempotency-Key": str(uuid4())})
        number, line = sent.json()["number"], {**lines[0], "employer_siret": known, "source_line": "L-1"}
        first = {"lines": [{**line, "employer_siret": known}], "reason": "TYPING_ERROR"}
        second = {"lines": [{**line, "employer_siret": other}], "reason": "TYPING_ERROR"}
        for revision, said in enumerate((first, second), start=1):
            corrected = await client.put(f"/api/v1/declarations/{number}", json=said, headers={"If-Match": f'"{revision}"'})
            assert corrected.status_code == 202, corrected.text
        page = words((await client.get(f"/declarer/{number}/versions")).text)
        assert "PLIE (130 007 669 00018)" in page, page
        assert "SIRET employeur : Chantiers Fictifs (12345678200010) → PLIE (13000766900018)" in page, page
        header = ("N° marché", "Mois", "Matricule", "SIRET employeur", "Heures réalisées")
        place = where(await upload(client, csv(header, ("2026-001", lines[0]["period"], "B7", known, "9"))))
        assert "Chantiers Fictifs (123 456 782 00010)" in words((await client.get(f"{place}/differences")).text)
        draft = await started(client, contract)
        typed = {**PERSON, "lines.1.employer_name": "", "lines.1.employer_siret": known, "lines.1.modality": "ETTI"}
        await client.post(f"{draft}/heures", data=typed)
        assert "Chantiers Fictifs (123 456 782 00010)" in words((await client.get(f"{draft}/recapitulatif")).text)
