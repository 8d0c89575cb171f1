"""Imports of procurement data as jobs: any order, duplicates, broken files, killed processes."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from services.ingest.decp.importing import run_imports
from tests.fixtures.servers import Servers
from tests.integration.ingest_house import House, house
from tests.reading import plain
from tests.waiting import eventually

FILES = Path(__file__).parents[1] / "files" / "decp"


@pytest.fixture
async def here(ingest_database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        found.runtime.settings = found.runtime.settings.model_copy(update={"data": tmp_path})
        yield found


@asynccontextmanager
async def importer(here: House) -> AsyncIterator[httpx.AsyncClient]:
    """The team's client, with the worker's task running beside."""
    task = asyncio.create_task(run_imports(here.runtime))
    try:
        async with here.client("team") as client:
            yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def imported(client: httpx.AsyncClient, data: bytes) -> dict[str, Any]:
    answer = await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("marches.json", data)})
    assert answer.status_code == 202, answer.text
    return await finished(client, answer.json()["import"])


async def finished(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    async def ended() -> dict[str, Any]:
        state: dict[str, Any] = (await client.get(f"/api/v1/imports/{number}")).json()
        return state if state["state"] in {"done", "failed"} else {}

    return await eventually(ended, seconds=200)


FOUR = ("read", "imported", "repaired", "duplicates", "set_aside", "outside_region")


@pytest.mark.timeout(300)
async def test_the_real_file_twice_and_in_another_order(here: House) -> None:
    data = gzip.decompress((FILES / "idf_v1_2018_2019.json.gz").read_bytes())
    rows = json.loads(data)["marches"]
    async with importer(here) as client:
        first = await imported(client, data)
        contents = await _contracts(here)
        again = await imported(client, data)
        random.Random(5).shuffle(rows)
        shuffled = await imported(client, json.dumps({"marches": rows}).encode())
    assert [first[name] for name in FOUR] == [1492, 1337, 51, 55, 49, 0]
    assert first["reasons"] == {"BUYER_SIRET": 4, "PLACEHOLDER": 3, "TEST_RECORD": 42}
    assert first["imported"] + first["repaired"] == first["new_contracts"] == len(contents)
    assert [again[name] for name in FOUR] == [first[name] for name in FOUR]
    assert (again["new_contracts"], again["changed_contracts"], shuffled["new_contracts"]) == (0, 0, 0)
    assert sum(shuffled[name] for name in ("imported", "repaired", "duplicates", "set_aside")) == 1492
    assert shuffled["set_aside"] == first["set_aside"]
    assert shuffled["duplicates"] == first["duplicates"]
    assert shuffled["changed_contracts"] == 0, "the order of the lines is no difference"
    assert len(await here.announced("contracts")) == first["new_contracts"] + shuffled["changed_contracts"]
    assert await here.pool.fetchval("select count(*) from import_rows") == 0


async def test_a_file_is_read_though_the_database_believes_that_there_is_none(here: House, servers: Servers) -> None:
    """Statistics gathered between two imports say that the table of rows is empty: the second file was never imported."""
    data = gzip.decompress((FILES / "idf_v1_2018_2019.json.gz").read_bytes())
    async with importer(here) as client:
        first = await imported(client, data)
        admin = await asyncpg.connect(urlsplit(servers.postgres)._replace(path=f"/{await _name(here)}").geturl())
        try:
            await admin.execute("analyze import_rows")
            assert await admin.fetchval("select reltuples from pg_class where oid = 'import_rows'::regclass") == 0
        finally:
            await admin.close()
        again = await imported(client, data)
    assert [again[name] for name in FOUR] == [first[name] for name in FOUR]


async def _name(here: House) -> str:
    return str(await here.pool.fetchval("select current_database()"))


async def _contracts(here: House) -> dict[str, str]:
    rows = await here.pool.fetch("select uid::text, imported::text from contracts where imported is not null")
    return {row["uid"]: row["imported"] for row in rows}


def _row(number: str, published: str | None, object_: str, **more: object) -> dict[str, object]:
    return {"id": number, "acheteur": {"id": "12345678200010", "nom": "Ville"}, "objet": object_, "codeCPV": "45000000", "montant": 5, "dureeMois": 3,
            "lieuExecution": {"code": "93", "typeCode": "Code département"}, "datePublicationDonnees": published, **more}  # fmt: skip


async def test_the_latest_publication_stands_in_whatever_order_and_file(here: House) -> None:
    old, new, undated = _row("A", "2019-01-01", "old"), _row("A", "2019-02-01", "new"), _row("A", None, "undated")
    async with importer(here) as client:
        for rows in ([new, old, undated], [old], [undated], [undated, old]):
            state = await imported(client, json.dumps({"marches": rows}).encode())
            assert (state["imported"], state["duplicates"]) == (1, len(rows) - 1)
            assert await here.pool.fetchval("select object from contracts") == "new"
        remark = await here.pool.fetchrow("select position, outcome, winner from import_remarks order by import_id, position limit 1")
    assert remark is not None
    assert tuple(remark) == (2, "duplicate", 1)


@pytest.mark.parametrize("files", [[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]], [[0], [1], [2]], [[2], [1], [0]], [[1], [2, 0]]], ids=str)
async def test_amendments_that_are_published_one_by_one_are_all_there_in_whatever_order_and_file(
    here: House, files: list[list[int]]
) -> None:
    """Who publishes only the newest each time: the earlier ones were lost within a file, and where files came the other way round."""
    row = {**_row("A", "2019-01-01", "x"), "dateNotification": "2018-12-01", "dureeMois": 12, "montant": 1000}
    rows = [
        {**row, "modifications": [{"id": number, **change, "dateNotificationModification": day, "datePublicationDonneesModification": day}]}
        for number, (day, change) in enumerate(
            [("2019-06-01", {"dureeMois": 24}), ("2020-06-01", {"montant": 2000}), ("2021-06-01", {"montant": 3000})], start=1
        )
    ]
    async with importer(here) as client:
        for places in files:
            state = await imported(client, json.dumps({"marches": [rows[place] for place in places]}).encode())
            assert (state["read"], state["imported"] + state["repaired"] + state["duplicates"]) == (len(places), len(places))
        said = json.loads(await here.pool.fetchval("select imported::text from contracts"))["procurement"]
    assert (said["amount"], said["duration_months"], [amendment["number"] for amendment in said["amendments"]]) == ("3000", 24, [1, 2, 3])
    assert (said["initial"]["amount"], said["initial"]["duration_months"]) == ("1000", 12)


async def test_what_is_set_aside_is_so_before_it_is_a_duplicate(here: House) -> None:
    bad = _row("A", "2019-01-01", "x", acheteur={"id": "00000000000000"})
    async with importer(here) as client:
        state = await imported(client, json.dumps({"marches": [bad, bad, _row("B", None, "y"), 7, {}]}).encode())
    assert (state["read"], state["imported"], state["duplicates"], state["set_aside"]) == (5, 1, 0, 4)
    assert state["reasons"] == {"BUYER_SIRET": 2, "MISSING_ID": 2}


async def test_an_import_and_a_declared_contract_are_two_parts_of_one(here: House) -> None:
    uid = await here.contract("A", "77")
    async with importer(here) as client:
        buyer = await here.pool.fetchval("select buyer_siret from contracts")
        await here.pool.execute("update contracts set buyer_siret = '12345678200010'")
        await here.pool.execute("update contract_aliases set buyer_siret = '12345678200010'")
        state = await imported(client, json.dumps({"marches": [_row("A", None, "as imported"), _row("a", None, "another")]}).encode())
    assert buyer
    assert (state["new_contracts"], state["changed_contracts"]) == (1, 1)
    row = await here.pool.fetchrow("select object, department, imported->>'object' as imported from contracts where uid = $1", uid)
    assert row is not None
    assert tuple(row) == ("École Joliot-Curie, gros œuvre", "77", "as imported")


async def test_what_the_key_of_contracts_may_have_wrong_is_told_and_kept_as_it_is(here: House) -> None:
    """One number for two contracts, and two numbers for what may be one contract and its amendment (the last two digits of a v1.5 number)."""
    holder, other = ([{"typeIdentifiant": "SIRET", "id": siret}] for siret in ("21930058900013", "12345678200010"))
    rows = [
        _row("2024E0", "2024-02-01", "École", codeCPV="45000000", dateNotification="2024-01-10"),
        _row("2024E0", "2024-03-01", "Nettoyage", codeCPV="90910000", dateNotification="2024-02-20"),
        _row("2018M0100", "2018-12-01", "Voirie", titulaires=holder),
        _row("2018M0101", "2019-12-01", "VOIRIE", titulaires=holder),
        _row("2018M0200", "2018-12-01", "Voirie", titulaires=holder, modifications=[]),
        _row("2018M0301", "2018-12-01", "Voirie", titulaires=other),
        _row("2025E1", "2025-02-01", "Lot 1", codeCPV="45000000", dateNotification="2025-01-10", titulaires=holder),
        _row("2025E1", "2025-02-01", "Lot 2", codeCPV="45400000", dateNotification="2025-01-10", titulaires=other),
        _row("B", "2019-01-01", "Crèche", dateNotification="2018-01-10"),
        _row("B", "2019-02-01", "Crèche municipale", dateNotification="2018-01-10"),
    ]
    async with importer(here) as client:
        state = await imported(client, json.dumps({"marches": rows}).encode())
    assert (state["read"], state["duplicates"], state["new_contracts"]) == (10, 3, 7)
    assert {code: state["flags"].get(code) for code in ("SHARED_NUMBER", "NUMBERED_AMENDMENT")} == {
        "SHARED_NUMBER": 2,
        "NUMBERED_AMENDMENT": 1,
    }


@pytest.mark.parametrize("data", [b'{"marches": [{"id": "A"}, {"id": ', b"not a file", b'{"x": 1}'])
async def test_a_file_that_breaks_off_imports_nothing(here: House, data: bytes) -> None:
    async with importer(here) as client:
        state = await imported(client, data)
    assert state["state"] == "failed"
    assert state["detail"]
    assert [await here.pool.fetchval(f"select count(*) from {table}") for table in ("contracts", "import_rows")] == [0, 0]


async def test_a_job_left_by_a_killed_process_is_taken_up_again(here: House) -> None:
    async with here.client("team") as client:
        data = json.dumps({"marches": [_row("A", None, "x")]}).encode()
        number = (await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("m.json", data)})).json()["import"]
    await here.pool.execute("update imports set state = 'running', held_until = $1", here.clock())
    here.clock.now = here.clock.now.replace(hour=23)
    async with importer(here) as client:
        state = await finished(client, number)
    assert (state["imported"], state["new_contracts"]) == (1, 1)


async def test_the_team_imports_contracts_on_a_page_and_reads_the_report(here: House) -> None:
    data = json.dumps(
        {"marches": [_row("A", "2019-01-01", "École"), _row("A", "2018-01-01", "École"), _row("B", None, "x", acheteur=None)]}
    )
    async with importer(here) as client, here.client("buyer") as buyer:
        missing = await client.post("/declarer/decp", data={"x": "1"})
        taken = await client.post("/declarer/decp", files={"file": ("marchés.json", data.encode())})
        await finished(client, taken.headers["location"].rpartition("/")[2])
        report, listing = await client.get(taken.headers["location"]), await client.get("/declarer/decp")
        foreign = await buyer.get(taken.headers["location"])
    assert (missing.status_code, taken.status_code, report.status_code, foreign.status_code) == (422, 303, 200, 403)
    assert "Sans acheteur" in report.text
    assert "MISSING_BUYER" in report.text
    assert "marchés.json" in listing.text
    assert "<strong>3 lignes lues</strong> = 1 importée telle quelle + 0 réparée + 1 doublon + 1 mise de côté" in plain(report.text)
