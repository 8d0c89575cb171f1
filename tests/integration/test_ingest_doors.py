"""The file door of filings and its pages on a real PostgreSQL: the same lines as by the interface, and what is refused."""

from __future__ import annotations

import asyncio
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.integration.ingest_house import House, body, house

FIELDS = ("contract", "employer_siret", "period", "department", "worker_id", "modality", "hours")


@pytest.fixture
async def here(ingest_database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        found.runtime.settings = found.runtime.settings.model_copy(update={"data": tmp_path})
        yield found


def csv_of(*lines: Mapping[str, object]) -> bytes:
    rows = [";".join(FIELDS), *(";".join(str(line.get(name) or "") for name in FIELDS) for line in lines)]
    return "\n".join(rows).encode()


def line(worker: str, hours: str = "7,50", **more: object) -> dict[str, object]:
    return {"contract": "2026-001", "employer_siret": "12345678200010", "period": "2026-03", "department": "93", "worker_id": worker,
            "modality": "ETTI", "hours": hours, **more}  # fmt: skip


async def send(client: httpx.AsyncClient, data: bytes, *, key: str | None = None, **fields: str) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post("/api/v1/imports", data={"type": "hours", **fields}, files={"file": ("heures.csv", data)}, headers=headers)


async def test_a_file_is_a_filing_and_the_same_file_again_replaces(here: House) -> None:
    await here.contract()
    data = csv_of(line("A"), line("B", "1,25"))
    async with here.client() as client:
        first, second = (await send(client, data)).json(), (await send(client, data)).json()
        state = (await client.get(f"/api/v1/declarations/{second['number']}")).json()
    assert (first["lines"], first["replaced"], second["replaced"], len(first["sha256"])) == (2, 0, 2, 64)
    assert (state["door"], sorted((await here.held()).values())) == ("file", [125, 750])


async def test_a_file_and_the_api_make_the_same_lines(here: House) -> None:
    contract = await here.contract()
    async with here.client() as client:
        await send(client, csv_of(line("A")))
        answer = await client.post("/api/v1/declarations", json=body(contract, "A", hours="8.00"), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["replaced"], list((await here.held()).values())) == (202, 1, [800])


async def test_errors_are_those_of_the_api_one_line_further_down(here: House) -> None:
    await here.contract()
    lines = [line("A"), line("B", "-3"), line("C", period="2999-01"), line("D", "412"), line("A"), line("E", contract="nobody's")]
    async with here.client() as client:
        from_file = await send(client, csv_of(*lines))
        from_api = await client.post("/api/v1/declarations", json={"lines": lines}, headers={"Idempotency-Key": "k"})
    found = {(e["line"], e["code"]) for e in from_file.json()["errors"]}
    assert from_file.status_code == 422
    assert from_file.headers["content-type"].startswith("application/problem+json")
    assert found == {(e["line"] + 1, e["code"]) for e in from_api.json()["errors"]} == {
        (3, "V09"), (4, "V07"), (5, "V08"), (6, "V14"), (7, "UNKNOWN_CONTRACT"),
    }  # fmt: skip
    assert await here.held() == {}


async def test_an_unknown_contract_is_answered_with_one_of_the_declarants_own(here: House) -> None:
    await here.contract("AUB-2026-7")
    async with here.client() as client:
        alone = await send(client, csv_of(line("A", contract="nobody's")))
        beside = await send(client, csv_of(line("A", contract="AUB-2026-7"), line("B", contract="nobody's")))
    examples = {(e["code"], e["example"]) for answer in (alone, beside) for e in answer.json()["errors"]}
    assert examples == {("UNKNOWN_CONTRACT", "AUB-2026-7")}


async def test_partial_takes_the_good_lines_and_parks_the_rest_without_identity(here: House) -> None:
    await here.contract()
    header = b"contract;period;hours;Employeur;Identifiant salari\xc3\xa9;Nom de naissance;Pr\xc3\xa9nom;Date de naissance\n"
    rows = "2026-001;2026-03;7;Jardins;SECRET-1;Dupont;Anne;1990-04-12\n2026-001;2026-03;-7;Jardins;SECRET-2;Durand;Paul;1991-05-13\n"
    async with here.client() as client:
        answer = (
            await send(client, header + (rows + "2026-001;2026-03;9;Jardins;SECRET-1;Dupont;Anne;1990-04-12\n").encode(), mode="partial")
        ).json()
    assert (answer["lines"], answer["parked"]) == (1, 2)
    [said] = await here.announced("declarations")
    assert (said["parked"], said["complete_by"]) == (2, "2027-01-31"), "received in November: due with the fourth quarter"
    kept = json.dumps([dict(row) for row in await here.pool.fetch("select content::text, errors::text from parked_lines")])
    everything = (
        kept
        + json.dumps(await here.announced())
        + json.dumps([row["content"] for row in await here.pool.fetch("select content from line_values")])
    )
    assert not re.search(r"SECRET|Dupont|Durand|Anne|Paul|1990-04-12|1991-05-13", everything)
    assert "person_local" in kept
    assert (await here.announced())[0]["person"]["regional"]


async def test_a_key_makes_one_filing_of_a_file(here: House) -> None:
    await here.contract()
    async with here.client() as client:
        answers = await asyncio.gather(*(send(client, csv_of(line("A")), key="once") for _ in range(6)))
        other = await send(client, csv_of(line("A", "9")), key="once")
    assert len({a.json()["number"] for a in answers if a.status_code == 202}) == 1
    assert {a.status_code for a in answers} <= {202, 409}
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_columns_and_period_of_the_request(here: House) -> None:
    await here.contract()
    data = b"Ref;Total\n2026-001;7\n"
    async with here.client() as client:
        without = await send(client, data)
        good = await send(client, data, period="2026-03", columns=json.dumps({"Ref": "contract", "Total": "hours"}))
        refused = [
            await send(client, data, **fields) for fields in ({"period": "hier"}, {"columns": "[1]"}, {"columns": "{"}, {"mode": "some"})
        ]
    assert without.json()["code"] == "FILE_MISSING_COLUMN"
    assert good.json()["errors"][0]["code"] == "MISSING_FIELD"  # neither employer nor modality
    assert [answer.json()["code"] for answer in refused] == ["PERIOD", "COLUMNS", "COLUMNS", "MODE"]


async def test_hostile_files_are_refused_and_nothing_is_half_stored(here: House) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"x")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    async with here.client() as client:
        seen = {name: await send(client, data) for name, data in {
            "empty": b"", "bomb": bomb.getvalue(), "binary": bytes(range(256)) * 40, "no workbook": b"PK\x03\x04x", "60 MB": b"x" * 60_000_000,
        }.items()}  # fmt: skip
        seen["no file"] = await client.post("/api/v1/imports", data={"type": "hours"})
        seen["no multipart"] = await client.post("/api/v1/imports", content=b"x", headers={"Content-Type": "text/csv"})
        seen["other type"] = await client.post("/api/v1/imports", data={"type": "secret"}, files={"file": ("x", b"x")})
    assert {name: answer.status_code for name, answer in seen.items()} == {**dict.fromkeys(seen, 422), "60 MB": 413}
    assert (seen["bomb"].json()["code"], await here.pool.fetchval("select count(*) from filings")) == ("FILE_BOMB", 0)


async def test_who_may_send_what(here: House) -> None:
    async with (
        here.client("team") as team,
        here.client("coordinator93") as coordinator,
        here.client(None) as nobody,
        here.client() as buyer,
    ):
        assert [(await send(c, csv_of(line("A")))).status_code for c in (team, coordinator, nobody)] == [403, 403, 401]
        decp = await buyer.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("x.json", b"{}")})
        assert decp.status_code == 403
        assert (await buyer.get(f"/api/v1/imports/{UUID(int=1)}")).status_code == 403
        assert (await team.get(f"/api/v1/imports/{UUID(int=1)}")).status_code == 404


async def test_a_filing_is_taken_back_from_its_page_with_a_reason(here: House) -> None:
    await here.contract()
    async with here.client() as client, here.client("company") as other:
        number = (await send(client, csv_of(line("A")))).json()["number"]
        where = f"/declarer/{number}/retirer"
        without = await client.post(where, data={"revision": "1"})
        foreign = await other.post(where, data={"revision": "1", "reason": "TYPING_ERROR"})
        stale = await client.post(where, data={"revision": "7", "reason": "TYPING_ERROR"})
        done = await client.post(where, data={"revision": "1", "reason": "TYPING_ERROR"})
        page = await client.get(f"/declarer/{number}")
    assert [a.status_code for a in (without, foreign, stale, done)] == [422, 404, 412, 303]
    assert "Retirée" in page.text
    assert await here.held() == {}


async def test_the_page_of_files_tells_sends_and_knows_a_file_again(here: House) -> None:
    await here.contract()
    good, bad = csv_of(line("A")), csv_of(line("A"), line("B", "-3"))

    async def post(client: httpx.AsyncClient, data: bytes, **fields: str) -> httpx.Response:
        return await client.post("/declarer/import", data=fields, files={"file": ("h.csv", data)})

    async with here.client() as client:
        told, refused = await post(client, bad, action="check"), await post(client, bad, action="send")
        partial = await post(client, bad, action="send", mode="partial")
        sent, known = await post(client, good, action="send"), await post(client, good, action="send")
        again = await post(client, good, action="send", again="oui")
        nothing, model = await client.post("/declarer/import", data={"action": "send"}), await client.get("/declarer/import/modele.xlsx")
    assert (told.status_code, refused.status_code, "V09" in told.text) == (200, 422, True)
    assert [a.status_code for a in (partial, sent, known, again, nothing)] == [303, 303, 200, 303, 422]
    assert "Fichier déjà reçu" in known.text
    assert model.content[:2] == b"PK"
    assert sorted((await here.held()).values()) == [750]


async def test_everybody_else_stays_outside(here: House) -> None:
    async with here.client(None) as nobody, here.client("coordinator93") as coordinator, here.client("team") as team:
        asked = await nobody.get("/declarer", headers={"Accept": "text/html"})
        assert (asked.status_code, asked.headers["location"]) == (303, "/connexion?suite=/declarer")
        for who in (coordinator, team):
            home = await who.get("/declarer", headers={"Accept": "text/html"})
            assert home.status_code == 200, "the filings that they may read"
            assert "/declarer/nouvelle" not in home.text
        assert (await coordinator.get("/declarer/nouvelle")).status_code == 403
        assert (await team.get("/declarer/nouvelle")).status_code == 403
        assert (await team.get("/declarer/D-2026-999999", headers={"Accept": "text/html"})).status_code == 404
