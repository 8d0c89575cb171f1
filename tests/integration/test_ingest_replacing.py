"""Scene 2: the same file again counts nothing twice; a T3 export that repeats T1 and T2 shows what it changes, and may stand for the span."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import httpx

from tests.integration.import_house import HEADER, upload, where
from tests.integration.ingest_house import BUYER, House
from tests.reading import hidden, plain, words
from tests.tables_of_hours import csv

Row = tuple[str, str, str, str, str]


def row(worker: str, month: str, hours: str = "7", contract: str = "2026-001") -> Row:
    return (contract, f"2026-{month}", worker, "Chantiers Fictifs", hours)


T1_T2 = [row(worker, month) for worker in "ABCD" for month in ("01", "04")]
T1_T3 = [row(w, m, "8" if (w, m) == ("A", "04") else "7") for w in "ABCE" for m in ("01", "04", "07") if (w, m) != ("C", "01")]
"""B is as it was; A has changed in April; C lost January; D is gone; E and July are new."""


async def sent(client: httpx.AsyncClient, rows: list[Row]) -> str:
    answer = await upload(client, csv(HEADER, *rows), action="send")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[1]


def figures(page: httpx.Response) -> list[str]:
    return re.findall(r'figure-value">([^<]+)', page.text)


async def test_the_difference_is_shown_and_what_disappeared_is_withdrawn_or_kept(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        await sent(client, T1_T2)
        before = await here.held()
        place = where(page := await upload(client, csv(HEADER, *T1_T3)))
        assert "Il reprend 5 lignes déjà déclarées" in words(page)
        shown = await client.get(f"{place}/differences")
        assert figures(shown) == ["4", "1", "6", "3"]
        assert "Heures : 7 → <strong>8</strong>" in plain(shown.text)
        narrow = await client.get(f"{place}/differences", params={"du": "2026-04", "au": "2026-09"})
        assert figures(narrow) == ["4", "1", "6", "1"], "outside the span nothing disappears"
        assert (await client.get(f"{place}/differences", params={"du": "hier", "au": "2026-09"})).status_code == 422
        chosen = await client.post(f"{place}/differences", data={"action": "replace", "du": "2026-01", "au": "2026-07", "gone": "withdraw"})
        assert chosen.headers["location"] == f"{place}#envoi"
        assert "3 lignes disparues seront retirées" in words(await client.get(place))
        number = (await client.post(place, data={"action": "send"})).headers["location"].rsplit("/", 1)[1]
        assert sorted((await here.held()).values()) == [700] * 10 + [800]
        assert [m["ended"] for m in await here.announced("declarations")] == [0, 3]
        found = (await client.get(f"/api/v1/declarations/{number}")).json()
        await client.request(
            "DELETE", f"/api/v1/declarations/{number}", json={"reason": "TYPING_ERROR"}, headers={"If-Match": f'"{found["revision"]}"'}
        )
    assert await here.held() == before, "withdrawn, the filing gives back what it ended"


async def test_lines_that_somebody_declared_meanwhile_are_not_withdrawn_unseen(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        await sent(client, T1_T2)
        place = where(await upload(client, csv(HEADER, *T1_T3)))
        await client.post(f"{place}/differences", data={"action": "replace", "du": "2026-01", "au": "2026-07", "gone": "withdraw"})
        await sent(client, [row("Z", "02")])
        again = await client.post(place, data={"action": "send"})
        assert again.headers["location"] == f"{place}/differences"
        assert figures(await client.get(f"{place}/differences"))[3] == "4"


async def test_the_corrected_file_of_one_filing_takes_away_what_that_one_said_and_nothing_else(here: House) -> None:
    """Another filing of the same months would disappear with it."""
    await here.contract()
    async with here.client() as client:
        first = await sent(client, [row("A", "01"), row("B", "01"), row("B", "04")])
        await sent(client, [row("Z", "01")])
        assert "Renvoyez le fichier corrigé" in words(await client.get(f"/declarer/{first}/corriger"))
        place = where(await upload(client, csv(HEADER, row("A", "01", "9"))))
        everything = await client.get(f"{place}/differences")
        assert figures(everything) == ["0", "1", "0", "2"], "B and Z in January"
        assert f"la déclaration {first} seule" in words(everything)
        alone = await client.get(f"{place}/differences", params={"declaration": first})
        assert figures(alone) == ["0", "1", "0", "2"], "B in January and in April, which the file does not say any more"
        assert f"Ce fichier corrige la déclaration {first}" in words(alone)
        form = {"action": "replace", **hidden(alone), "gone": "withdraw"}
        assert form["declaration"] == first
        assert (await client.post(f"{place}/differences", data={**form, "declaration": "D-2026-999999'"})).status_code == 422
        await client.post(f"{place}/differences", data=form)
        assert f"Ce fichier corrige la déclaration {first}. 2 lignes disparues seront retirées" in words(await client.get(place))
        assert (await client.post(place, data={"action": "send"})).status_code == 303
    assert sorted((await here.held()).values()) == [700, 900], "Z stays, A is corrected"


async def test_a_program_corrects_its_own_filings_only(here: House) -> None:
    await here.contract()
    async with here.client() as client, here.client("facilitator") as other:
        first = await sent(client, [row("A", "01"), row("B", "01")])
        for who, number, status in ((other, first, 422), (client, "D-2026-999999", 422), (client, first, 202)):
            said = {"from": "2026-01", "to": "2026-01", "gone": "withdraw", "filing": number}
            answer = await who.post(
                "/api/v1/imports", data={"type": "hours", "replaces": json.dumps(said)},
                files={"file": ("a.csv", csv(HEADER, row("A", "01", "9")))}, headers={"Idempotency-Key": str(uuid4())},
            )  # fmt: skip
            assert answer.status_code == status, answer.text
            assert status == 202 or "n’est pas une de vos déclarations" in answer.text
    assert list((await here.held()).values()) == [900]


async def test_a_file_with_rows_to_correct_withdraws_nothing(here: House) -> None:
    """A row that is not understood may be one of the lines that seem to have disappeared."""
    await here.contract()
    async with here.client() as client:
        await sent(client, T1_T2)
        place = where(await upload(client, csv(HEADER, row("A", "01"), row("B", "01", "-3"))))
        answer = await client.post(f"{place}/differences", data={"action": "replace", "du": "2026-01", "au": "2026-07", "gone": "withdraw"})
        assert answer.status_code == 422
        assert "on ne sait pas si les lignes déclarées auparavant ont disparu" in words(answer)
        file = {"file": ("suivi.csv", csv(HEADER, row("A", "01"), row("B", "01", "-3")))}
        form = {"type": "hours", "mode": "partial", "replaces": json.dumps({"from": "2026-01", "to": "2026-07", "gone": "withdraw"})}
        assert (await client.post("/api/v1/imports", data=form, files=file)).status_code == 422


async def test_only_the_chosen_contracts_lose_their_lines(here: House) -> None:
    first, second = await here.contract(), await here.contract("2026-002")
    async with here.client() as client:
        await sent(client, [row("A", "01"), row("B", "01"), row("A", "01", contract="2026-002")])
        place = where(await upload(client, csv(HEADER, row("A", "01", "9"))))
        shown = await client.get(f"{place}/differences", params={"du": "2026-01", "au": "2026-03"})
        assert "marché absent du fichier" in shown.text
        form = {"action": "replace", "du": "2026-01", "au": "2026-03", "gone": "choose", f"gone.{first}": "oui"}
        await client.post(f"{place}/differences", data=form)
        await client.post(place, data={"action": "send"})
    lines = await here.pool.fetch("select contract_uid from lines where announced")
    assert sorted(line["contract_uid"] for line in lines) == sorted([first, second])


async def test_over_http_a_file_stands_for_a_span(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        await sent(client, T1_T2)
        key = str(uuid4())
        form = {"type": "hours", "replaces": json.dumps({"from": "2026-Q1", "to": "2026-Q3", "gone": "withdraw"})}
        for replayed in (None, "true"):
            answer = await client.post(
                "/api/v1/imports", data=form, files={"file": ("t3.csv", csv(HEADER, *T1_T3))}, headers={"Idempotency-Key": key}
            )
            assert (answer.status_code, answer.json()["ended"]) == (202, 3)
            assert answer.headers.get("Idempotent-Replayed") == replayed
        for wrong in ("[]", "{", '{"from": "2026-07", "to": "2026-01"}', '{"from": "2026-01", "to": "2026-07", "gone": "all"}'):
            answer = await client.post("/api/v1/imports", data={**form, "replaces": wrong}, files={"file": ("t3.csv", csv(HEADER, *T1_T3))})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "REPLACES")
    assert len(await here.held()) == 11
    assert BUYER.id in {row["declarant_id"] for row in await here.pool.fetch("select declarant_id from filings")}
