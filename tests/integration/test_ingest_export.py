"""« Tout exporter en Excel », and the card of what is due: until when, and a form for each contract in one click."""

from __future__ import annotations

import io
from datetime import date
from uuid import uuid4

import httpx
import openpyxl

from schemas.periods import Period
from services.ingest.rules.coverage import complete_by, due_on
from tests.integration.filing_house import counted_as, handed_over
from tests.integration.ingest_house import BUYER, FACILITATOR, House, body, value
from tests.reading import words

WHERE = "/declarer/export.xlsx"


def opened(answer: httpx.Response) -> dict[str, list[list[object]]]:
    """Sheet → rows below the titles, a cell each."""
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(min_row=4, values_only=True)] for sheet in book}


async def test_everything_that_was_declared_and_nothing_of_others(here: House) -> None:
    uid = await here.contract()
    sent = body(uid, "A12", "A13")
    sent["lines"][0]["employer_name"] = "=cmd|' /C calc'!A0"
    async with here.client() as client, here.client("company") as other, here.client("coordinator93") as coordinator:
        first = (await client.post("/api/v1/declarations", json=sent, headers={"Idempotency-Key": str(uuid4())})).json()["number"]
        again = {**body(uid, "A12"), "lines": [{**sent["lines"][0], "hours": "9"}]}
        second = (await client.post("/api/v1/declarations", json=again, headers={"Idempotency-Key": str(uuid4())})).json()["number"]
        found, none = opened(await client.get(WHERE)), opened(await other.get(WHERE))
        of_2020 = opened(await client.get(WHERE, params={"annee": 2020}))
        assert (await coordinator.get(WHERE)).status_code == 403
    assert [row[0] for row in found["Déclarations"]] == [second, first]
    assert sorted((row[0], row[2], row[10], row[20]) for row in found["Lignes"]) == sorted(
        [(second, "2026-001", 9, "Comptée"), (first, "2026-001", 7.5, "Comptée")]
    ), "a line that was replaced is not there twice"
    assert {row[6] for row in found["Lignes"]} >= {"=cmd|' /C calc'!A0"}, "a text, not a formula"
    assert [row[4:6] for row in found["Marchés"]] == [[16.5, 16.5]]
    assert "A12" not in str(found)
    assert none == {"Déclarations": [], "Lignes": [], "Marchés": []} == of_2020


async def test_the_workbook_says_what_counts_today_and_not_what_counted_once(here: House) -> None:
    uid = await here.contract()
    beside = await here.file([value(uid, "buyer/A", 10_000), value(uid, "buyer/B", 500, line=2)])
    partly = await here.file([value(uid, "A", 700, month="2026-04"), value(uid, "B", 300, month="2026-05", line=2)])
    replaced = await here.file([value(uid, "C", 900, month="2026-06")])
    for number in (beside, partly, replaced):
        await handed_over(here, counted_as(here, {"number": number.number, "revision": 1}))
    await here.file([value(uid, "C", 950, month="2026-06")])
    await here.file([value(uid, "facilitator/A", 9_000), value(uid, "facilitator/B", 600, month="2026-04", line=2)], FACILITATOR)
    async with here.client() as client:
        rows = {row[0]: row for row in opened(await client.get(WHERE))["Déclarations"]}
    assert [rows[beside.number][at] for at in (3, 7, 8, 9, 10)] == ["Gardée à côté", 105, 0, 105, 0]
    assert [rows[partly.number][at] for at in (3, 7, 8, 9, 10)] == ["Comptée", 10, 3, 7, 0]
    assert [rows[replaced.number][at] for at in (3, 7, 8, 9, 10)] == ["Remplacée", 9, 0, 0, 9]


async def test_a_contract_that_is_due_is_declared_in_one_click(here: House) -> None:
    uid = await here.contract()
    await here.pool.execute("update registry_organisations set kind = 'BAILLEUR_SOCIAL' where organisation_id = $1", BUYER.id)
    async with here.client() as client:
        card = words(await client.get("/declarer"))
        assert "L’échéance du 31 octobre 2026 est passée" in card
        assert "Déclarer les heures de 2026-001" in card
        begun = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q3"})
        draft = begun.headers["location"].removesuffix("/marche")
        assert "Groupe 1" in words(await client.get(f"{draft}/heures")), "a landlord begins with a group"
        again = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q3"})
        assert again.headers["location"] == f"{draft}/heures", "what was begun is taken up again"
        other = await client.post("/declarer/nouvelle", data={"contract": str(uid), "quarter": "2026-Q2"})
        assert other.headers["location"] != begun.headers["location"]


def test_a_quarter_is_due_at_the_end_of_the_month_after_it() -> None:
    assert [due_on(Period.parse(f"2018-Q{quarter}")) for quarter in (1, 2, 3, 4)] == [
        date(2018, 4, 30), date(2018, 7, 31), date(2018, 10, 31), date(2019, 1, 31),
    ]  # fmt: skip
    assert complete_by(date(2018, 10, 16)) == date(2019, 1, 31)
    assert complete_by(date(2018, 12, 31)) == date(2019, 1, 31)
    assert complete_by(date(2019, 1, 1)) == date(2019, 4, 30)
