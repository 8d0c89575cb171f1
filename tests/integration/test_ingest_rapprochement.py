"""Scene 3: a facilitator declares what the buyer declared: the total stays one source's, both and the coordination see the difference."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import openpyxl
import pypdf

from schemas.contracts import Clause
from schemas.hours import Group
from services.ingest.parts import Declared
from services.ingest.store.contracts import Entry
from services.ingest.store.drafts import say_worked
from tests.integration.filing_house import counted_as, handed_over
from tests.integration.ingest_house import BUYER, FACILITATOR, House, line_id, value
from tests.reading import words

PAGE = {"Accept": "text/html"}


async def test_the_difference_is_shown_to_both_and_to_the_coordination(here: House) -> None:
    uid = await here.contract()
    await here.file([value(uid, "buyer/A", 10_000), value(uid, "buyer/B", 5_000, line=2)])
    await here.file([value(uid, "facilitator/A", 14_000)], FACILITATOR)
    assert list((await here.held()).values()) == [14_000], "one source counts"
    for who in ("buyer", "facilitator", "coordinator93", "team"):
        async with here.client(who) as client:
            page = words((await client.get("/declarer/rapprochements")).text)
        assert "Ville de Fictive (acheteur) 2 150,00 h +10,00 h À côté" in page, (who, page)
        assert "PLIE (facilitateur) 1 140,00 h – Compte" in page
    for who in ("company", "coordinator77"):
        async with here.client(who) as client:
            assert "Rien à rapprocher" in (await client.get("/declarer/rapprochements")).text
    async with here.client("operator") as client:
        assert (await client.get("/declarer/rapprochements", headers=PAGE)).status_code == 403


async def test_a_filing_whose_hours_another_source_took_over_no_longer_says_that_they_count(here: House) -> None:
    """It was counted first: nothing told it that the facilitator became the reference since."""
    uid = await here.contract()
    first = await here.file([value(uid, "buyer/A", 10_000), value(uid, "buyer/B", 5_000, month="2026-04", line=2)])
    await handed_over(here, counted_as(here, {"number": first.number, "revision": 1}))
    page = f"/declarer/{first.number}"
    async with here.client() as client, here.client("coordinator93") as coordinator:
        assert "Vos 150,00 h sont comptées" in words((await client.get(page)).text)
        await here.file([value(uid, "facilitator/A", 14_000)], FACILITATOR)
        seen = words((await client.get(page)).text)
        assert "Aujourd’hui, 50,00 h de vos 150,00 h sont comptées : 100,00 h (1 ligne) sont gardées à côté" in seen, seen
        assert "sont comptées depuis" not in seen
        await here.file([value(uid, "facilitator/B", 4_000, month="2026-04")], FACILITATOR)
        seen = words((await coordinator.get(page)).text)
        assert "Gardée à côté" in seen
        assert "Aujourd’hui, aucune de ces 150,00 h n’est comptée : 150,00 h (2 lignes) sont gardées à côté" in seen, seen
        for who in (client, coordinator):
            listed = (await who.get("/declarer")).text
            assert f"{first.number} " in (row := words(listed)), row
            assert "150,00 h 20 novembre 2026 à 10 h 00 Gardée à côté" in row, row
        assert 'href="/declarer/rapprochements"' in listed, "the coordination finds the page"
        assert "Gardée à côté" in words((await client.get(f"/declarer/recu/{first.number}")).text)


async def test_who_gives_way_is_told_once_and_again_when_its_hours_count_again(here: House) -> None:
    uid = await here.contract()
    await here.file([value(uid, "buyer/A", 10_000), value(uid, "buyer/B", 5_000, line=2), value(uid, "A", 100, month="2026-04", line=3)])
    assert await told_of_sources(here) == []
    first = await here.file([value(uid, "facilitator/A", 14_000)], FACILITATOR)
    await here.file([value(uid, "facilitator/B", 200)], FACILITATOR)
    await here.correct(first.number, 1, [value(uid, "facilitator/A", 14_500)], FACILITATOR)
    [beside] = await told_of_sources(here)
    assert (beside["declarant_id"], beside["declaration_id"], beside["counts"]) == (str(BUYER.id), first.number, False)
    assert (beside["source"], beside["source_name"], beside["lines"], beside["centihours"]) == ("facilitator", "PLIE", 2, 15_000)
    [period] = beside["periods"]
    assert (period["contract"], period["period"]["start"], period["counted_centihours"]) == ("2026-001", "2026-03-01", 14_000)
    await here.withdraw(first.number, 2, FACILITATOR)
    assert len(await told_of_sources(here)) == 1, "another filing of the facilitator still counts"
    [second] = await here.pool.fetch("select number from filings where declarant_id = $1 and state <> 'withdrawn'", FACILITATOR.id)
    await here.withdraw(second["number"], 1, FACILITATOR)
    *_, again = await told_of_sources(here)
    assert (again["declarant_id"], again["counts"], again["centihours"]) == (str(BUYER.id), True, 15_000)


async def told_of_sources(here: House) -> list[dict[str, Any]]:
    return [said for said in await here.announced("declarations") if said["type"] == "SourceChanged"]


async def test_a_filing_that_a_later_one_says_again_is_replaced(here: House) -> None:
    uid = await here.contract()
    first = await here.file([value(uid, "A", 10_000)])
    await handed_over(here, counted_as(here, {"number": first.number, "revision": 1}))
    await here.file([value(uid, "A", 11_000)])
    async with here.client() as client:
        page = words((await client.get(f"/declarer/{first.number}")).text)
        assert "aucune de vos 100,00 h n’est comptée : 100,00 h (1 ligne) ont été remplacées depuis" in page, page
        assert "Remplacée" in words((await client.get("/declarer")).text)


async def test_a_quarter_is_shown_beside_the_months_that_count(here: House) -> None:
    uid = await here.contract()
    await here.file([value(uid, "buyer", 30_000, month="2026-Q1")])
    await here.file([value(uid, f"facilitator/{month}", 9_000, month=f"2026-0{month}") for month in (1, 2, 3)], FACILITATOR)
    await here.file([value(uid, "buyer/may", 5_000, month="2026-05")])
    await here.file([value(uid, "facilitator/Q2", 14_000, month="2026-Q2")], FACILITATOR)
    async with here.client() as client:
        page = words((await client.get("/declarer/rapprochements")).text)
    assert "1er trimestre 2026" in page
    assert "PLIE (facilitateur, janvier 2026) 1 90,00 h – Compte" in page
    assert "Ville de Fictive (acheteur) 1 300,00 h +30,00 h À côté" in page
    assert "PLIE (facilitateur, 2e trimestre 2026) 1 140,00 h – Compte" in page
    assert "Ville de Fictive (acheteur) 1 50,00 h – À côté" in page, "a month is not held against a quarter"


async def test_the_pages_of_a_long_list_name_each_period_once(here: House) -> None:
    uid = await here.contract()
    for n in range(30):
        month = f"{2023 + n // 12}-{n % 12 + 1:02d}"
        await here.file([value(uid, f"b{n}", month=month)])
        await here.file([value(uid, f"f{n}", month=month)], FACILITATOR)
    seen: list[str] = []
    address: str | None = "/declarer/rapprochements"
    async with here.client() as client:
        while address:
            page = (await client.get(address)).text
            seen += re.findall(r"Marché 2026-001, (\w+ \d{4})</h2>", page)
            more = re.search(r'href="(/declarer/rapprochements\?suite=[^"]+)"', page)
            address = more[1] if more else None
    assert len(seen) == len(set(seen)) == 30


async def test_a_report_does_not_say_that_nobody_worked_the_hours_of_a_group(here: House) -> None:
    clause = Clause(revision=1, mechanisms=("CONDITION_EXECUTION",), hours_committed=100, operation="Îlot Joliot")
    recorded = await here.record(
        Entry(str(BUYER.siret), Declared(number="2026-001", object="Gros œuvre", department="93", clause=clause), in_region=True)
    )
    of_group = replace(value(recorded.contract.uid, "G", 4_000), person=None, group=Group(label="Lot 2", persons=3))
    await here.file([of_group])
    async with here.client() as client:
        page = words((await client.get("/declarer/bilan/operation", params={"nom": "Îlot Joliot"})).text)
        book = await client.get("/declarer/bilan/operation.xlsx", params={"nom": "Îlot Joliot"})
    assert "2026-001 Gros œuvre 100 40,00 h 60,00 h 40,0 % – –" in page, page
    assert "celles des groupes n’y sont pas" in page
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert (sheet["D5"].value, sheet["H5"].value) == (40, None)


async def test_an_operations_report_adds_up_on_the_page_on_paper_and_in_the_workbook(here: House) -> None:
    for number, planned in (("2026-001", 100), ("2026-002", 200)):
        clause = Clause(revision=1, mechanisms=("CONDITION_EXECUTION",), hours_committed=planned, operation="Îlot Joliot", anru="TRAVAUX")
        await here.record(
            Entry(str(BUYER.siret), Declared(number=number, object="Gros œuvre", department="93", clause=clause), in_region=True)
        )
    uids = [row["uid"] for row in await here.pool.fetch("select uid from contracts order by number")]
    await here.file([value(uids[0], "A", 12_000), value(uids[1], "B", 4_000, line=2), value(uids[1], "C", 1_000, month="2025-11", line=3)])
    async with here.pool.acquire() as connection:
        await say_worked(connection, BUYER.id, uids[1], here.clock().date().replace(month=1, day=1), 400_000, "key", here.clock())
    async with here.client() as client, here.client("company") as other:
        assert "Îlot Joliot" in (await client.get("/declarer/bilan")).text
        page = words((await client.get("/declarer/bilan/operation", params={"nom": "Îlot Joliot"})).text)
        for said in (
            "300 h prévues",
            "170,00 h réalisées",
            "150,00 h à réaliser",
            "50,0 % d’avancement",
            "1,0 % des heures travaillées",
        ):
            assert said in page, (said, page)
        paper = await client.get("/declarer/bilan/operation.pdf", params={"nom": "Îlot Joliot"})
        text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
        assert "Îlot Joliot" in text
        assert "170,00" in text
        book = await client.get("/declarer/bilan/operation.xlsx", params={"nom": "Îlot Joliot"})
        sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
        assert sheet is not None
        assert [[cell.value for cell in row[:5]] for row in sheet.iter_rows(min_row=5, max_row=7)] == [
            ["2026-001", "Gros œuvre", 100, 120, 0], ["2026-002", "Gros œuvre", 200, 50, 150], ["Ensemble", None, 300, 170, 150],
        ]  # fmt: skip
        assert "Ne pas additionner les personnes" in str([cell.value for row in sheet.iter_rows(min_row=8) for cell in row])
        assert (await other.get("/declarer/bilan/operation", params={"nom": "Îlot Joliot"}, headers=PAGE)).status_code == 404
    assert line_id("A") in await here.held()
