"""An import that the server cannot finish: tried again, given up, begun anew; nothing lost, nothing twice, and its author told."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from services.ingest.decp import importing, jobs, staging, tries
from tests.integration.ingest_house import House, house
from tests.reading import plain
from tests.waiting import eventually

FILE: Final = json.dumps(
    {
        "marches": [
            {"id": f"M{number}", "acheteur": {"id": "12345678200010", "nom": "Ville"}, "objet": "x", "montant": 5, "dureeMois": 3,
             "lieuExecution": {"code": "93", "typeCode": "Code département"}, "datePublicationDonnees": "2019-01-01"}
            for number in range(1200)
        ]
    }
).encode()  # fmt: skip


@pytest.fixture
async def here(ingest_database: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        found.runtime.settings = found.runtime.settings.model_copy(update={"data": tmp_path})
        yield found


async def asked(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": ("marches.json", FILE)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["import"])


async def state(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/api/v1/imports/{number}")).json()
    return found


async def one_turn(here: House) -> bool:
    """What the worker's task does once, without waiting. False when there is no job to take."""
    return await importing.run_next(here.runtime)


def fails(error: Exception, monkeypatch: pytest.MonkeyPatch, *, at: str = "mark_duplicates") -> None:
    async def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(staging, at, failing)


async def test_a_passing_failure_is_told_and_ends_by_itself(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with here.client("team") as client:
        number = await asked(client)
        with monkeypatch.context() as patch:
            fails(asyncpg.QueryCanceledError("canceling statement due to statement timeout"), patch)
            assert await one_turn(here)
            assert not await one_turn(here), "it waits"
            waiting, page = await state(client, number), await client.get(f"/declarer/decp/{number}")
            listing = await client.get("/declarer/decp")
        here.clock.now += timedelta(seconds=11)
        assert await one_turn(here)
        done = await state(client, number)
    assert (waiting["state"], waiting["tries"], waiting["detail"]) == ("waiting", 1, "La base de données n’a pas fini à temps.")
    assert waiting["next_try_at"] == "2026-11-20T09:00:10+00:00"
    assert "Essayé 1 fois sur 6 ; prochain essai à 10 h 00" in plain(page.text)
    assert "Nouvel essai prévu" in listing.text
    assert (done["state"], done["tries"], done["detail"], done["next_try_at"]) == ("done", 2, None, None)
    assert (done["read"], done["imported"], done["new_contracts"]) == (1200, 1200, 1200)


async def test_it_is_given_up_after_a_number_of_tries_and_begun_anew_when_asked(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = importing.FAILURES.labels("given_up")._value.get()
    async with here.client("team") as client:
        number = await asked(client)
        with monkeypatch.context() as patch:
            fails(ConnectionResetError("gone"), patch)
            turns = 0
            while (await state(client, number))["state"] == "waiting":
                assert await one_turn(here)
                turns += 1
                here.clock.now += timedelta(hours=1)
        given_up, page = await state(client, number), await client.get(f"/declarer/decp/{number}")
        importing.forget(here.runtime, await jobs.needed_files(here.pool, here.clock()), before=float("inf"))
        again = await client.post(f"/api/v1/imports/{number}/try-again")
        twice = await client.post(f"/api/v1/imports/{number}/try-again")
        assert await one_turn(here)
        done = await state(client, number)
    assert (turns, given_up["state"], given_up["tries"]) == (6, "failed", 6)
    assert importing.FAILURES.labels("given_up")._value.get() == before + 1
    assert "L’import s’est arrêté avant la fin" in page.text
    assert "La base de données n’était pas joignable. 6 essais" in plain(page.text)
    assert "Essayer à nouveau" in page.text
    assert (again.status_code, again.json()["state"], twice.status_code) == (202, "waiting", 409)
    assert (done["state"], done["tries"], done["new_contracts"], done["kept_until"]) == ("done", 1, 1200, None)
    assert not list(importing.folder_of(here.runtime).iterdir()), "the file goes when it is imported"


async def test_what_was_recorded_before_it_stopped_is_said_and_not_counted_twice(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    true, calls = staging.standing, 0

    async def breaks_at_the_second(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 2 == 0:
            raise ValueError("a mistake of ours")
        return await true(*given)

    async with here.client("team") as client:
        number = await asked(client)
        with monkeypatch.context() as patch:
            patch.setattr(staging, "standing", breaks_at_the_second)
            for _ in range(tries.MOST_UNFORESEEN):
                assert await one_turn(here)
                here.clock.now += timedelta(hours=1)
        stopped, page = await state(client, number), await client.get(f"/declarer/decp/{number}")
        await client.post(f"/declarer/decp/{number}")
        assert await one_turn(here)
        done = await state(client, number)
    assert (stopped["state"], stopped["new_contracts"], stopped["changed_contracts"]) == ("failed", 500, 0)
    assert "500 marchés sont déjà enregistrés, les autres pas encore" in plain(page.text)
    assert "a mistake" not in page.text
    assert (done["state"], done["new_contracts"], done["changed_contracts"]) == ("done", 1200, 0)
    assert len(await here.announced("contracts")) == 1200


async def test_a_job_whose_process_is_killed_each_time_ends_too(here: House) -> None:
    async with here.client("team") as client:
        number = await asked(client)
        for _ in range(tries.MOST):
            assert await jobs.take(here.pool, here.clock())
            here.clock.now += timedelta(minutes=5)
        assert await one_turn(here)
        ended = await state(client, number)
    assert (ended["state"], ended["tries"], ended["detail"]) == ("failed", 6, tries.INTERRUPTED)
    assert ended["kept_until"]


async def test_a_failure_is_written_down_when_the_database_is_back(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its author read « Lecture en cours » for a minute, although the database was back after seconds."""
    true, calls = jobs.put_off, 0

    async def away_at_first(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        await true(*given)

    async with here.client("team") as client:
        number = await asked(client)
        with monkeypatch.context() as patch:
            patch.setattr(importing, "_PAUSES_S", (0, 0, 0))
            patch.setattr(jobs, "put_off", away_at_first)
            fails(asyncpg.ConnectionDoesNotExistError("connection was closed"), patch)
            assert await one_turn(here)
        waiting = await state(client, number)
    assert (calls, waiting["state"], waiting["detail"]) == (3, "waiting", "La base de données n’était pas joignable.")


async def test_another_import_goes_first_while_one_waits(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with here.client("team") as client:
        first = await asked(client)
        with monkeypatch.context() as patch:
            fails(TimeoutError(), patch)
            assert await one_turn(here)
        second = await asked(client)
        assert await one_turn(here)
        assert [(await state(client, number))["state"] for number in (first, second)] == ["waiting", "done"]
        now = await client.post(f"/api/v1/imports/{first}/try-again")
        assert await one_turn(here)
        assert (now.status_code, (await state(client, first))["new_contracts"]) == (202, 0)


async def test_files_that_nobody_needs_are_forgotten(here: House) -> None:
    async with here.client("team") as client:
        await asked(client)
    folder = importing.folder_of(here.runtime)
    left = folder / "left"
    left.write_bytes(b"x")
    young = folder / "young"
    young.write_bytes(b"x")
    for file in folder.iterdir():
        if file != young:
            os.utime(file, (1, 1))
    task = asyncio.create_task(importing.forget_files(here.runtime))
    await eventually(lambda: not left.exists())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert young.exists()
    assert len(list(folder.iterdir())) == 2
