"""Who hands in by a program sees no page: the answer says what there is to look at, and what the filing is about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.ingest_house import House, house


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        await found.contract()
        yield found


def line(**more: Any) -> dict[str, Any]:
    return {"contract": "2026-001", "period": "2026-03", "employer_name": "X", "worker_id": "A1", "hours": "7", **more}


async def declare(client: httpx.AsyncClient, *lines: dict[str, Any], key: str | None = None, mode: str = "all") -> httpx.Response:
    answer = await client.post("/api/v1/declarations", json={"mode": mode, "lines": lines}, headers={"Idempotency-Key": key or uuid4().hex})
    assert answer.status_code == 202, answer.text
    return answer


def codes(answer: httpx.Response) -> list[tuple[int, str, str]]:
    return [(error["line"], error["code"], error["severity"]) for error in answer.json().get("remarks", [])]


async def test_what_was_taken_in_with_a_doubt_is_said_once_the_most_serious_first(here: House) -> None:
    lines = [line(hours="190"), line(worker_id="A2", hours="412"), line(worker_id="A3", residence="Nulle-Part")]
    async with here.client() as client:
        first = await declare(client, *lines, key="k", mode="partial")
        again = await declare(client, *lines, key="k", mode="partial")
        plain = await declare(client, line(worker_id="A4"))
        number = first.json()["number"]
        change = {"reason": "TYPING_ERROR", "lines": [line(hours="200")]}
        corrected = await client.put(f"/api/v1/declarations/{number}", json=change, headers={"If-Match": '"1-gzip"'})
    assert codes(first) == [(2, "V08", "blocking"), (1, "V08", "check"), (3, "UNKNOWN_PLACE", "check")]
    assert ("remarks" in again.json(), again.headers["Idempotent-Replayed"], again.json()["number"]) == (False, "true", number)
    assert "remarks" not in plain.json()
    assert codes(corrected) == [(1, "V08", "check")]
    kept = await here.runtime.pool.fetchval("select string_agg(convert_from(body, 'UTF8'), '') from idempotency")
    assert "Nulle-Part" not in kept, "what is kept repeats nothing of what was read"


async def test_a_file_whose_hours_only_rise_is_taken_and_doubted(here: House) -> None:
    months = "Janv. 2025;Févr. 2025;Mars 2025;Avr. 2025;Mai 2025"
    data = f"N° marché;Employeur;Nb pers.;{months}\n2026-001;X;3;100;220;350;380;400\n".encode()
    async with here.client() as client:
        answer = await client.post("/api/v1/imports", files={"file": ("a.csv", data)}, headers={"Idempotency-Key": "f"})
    assert answer.status_code == 202, answer.text
    assert "HOURS_CUMULATED" in [code for _, code, _ in codes(answer)]


@pytest.mark.parametrize(
    ("periods", "span"),
    [(["2026-03"], "2026-03"), (["2026-01", "2026-03"], "2026-Q1"), (["2025-12", "2026-01"], None)],
)
async def test_a_filing_says_the_period_of_its_lines(here: House, periods: list[str], span: str | None) -> None:
    async with here.client() as client:
        answer = await declare(client, *(line(period=period) for period in periods))
        found = await client.get(f"/api/v1/declarations/{answer.json()['number']}")
    assert found.json()["period"] == span


async def test_each_companys_cumul_goes_on_from_its_own_last_filing(here: House) -> None:
    def cumul(name: str, month: str, hours: str) -> dict[str, Any]:
        return {"contract": "2026-001", "period": month, "employer_name": name, "hours_cumulated": hours}

    async with here.client() as client:
        await declare(client, cumul("X", "2026-01", "50"), cumul("Y", "2026-01", "100"))
        await declare(client, cumul("Y", "2026-02", "150"), cumul("X", "2026-02", "80"))
    assert sorted((await here.held()).values()) == [30_00, 50_00, 50_00, 100_00]
