"""Filings that arrive together are taken in together, and nobody can tell: answers, numbers, keys and figures are those of each alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.ingest import admission
from services.ingest.store import together as shared
from services.ingest.store.periods import Raced
from tests.integration.ingest_house import COMPANY, House, body
from tests.waiting import eventually


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many filings each shared transaction took."""
    sizes: list[int] = []
    take = shared.accept_together

    async def counted(connection: Any, arrived: Any, at: Any) -> Any:
        sizes.append(len(arrived))
        return await take(connection, arrived, at)

    monkeypatch.setattr(admission, "accept_together", counted)
    return sizes


async def _all(here: House, *asked: tuple[dict[str, Any], str, str]) -> list[httpx.Response]:
    """Send (body, key, who) at the same moment."""

    async def one(what: dict[str, Any], key: str, who: str) -> httpx.Response:
        async with here.client(who) as client:
            return await client.post("/api/v1/declarations", json=what, headers={"Idempotency-Key": key})

    return await asyncio.gather(*(one(*each) for each in asked))


async def test_many_at_once_are_taken_in_one_transaction_each_with_its_own_number(here: House, together: list[int]) -> None:
    contracts = [await here.contract(f"2026-{n:03d}") for n in range(4)]
    asked = [(body(contracts[n % 4], f"A{n}", f"B{n}"), f"k{n}", "buyer") for n in range(40)]
    answers = await _all(here, *asked)
    assert {answer.status_code for answer in answers} == {202}
    assert sum(together) > 20, "they did share transactions"
    numbers = [answer.json()["number"] for answer in answers]
    assert len(set(numbers)) == 40
    assert sorted((await here.held()).values()) == [750] * 80
    received = await here.announced("declarations")
    assert {message["declaration_id"] for message in received} == set(numbers)
    lines = await here.announced()
    assert {(m["line_no"], m["lines_in_revision"], m["declaration_revision"]) for m in lines} == {(1, 2, 1), (2, 2, 1)}
    stories = {message["declaration_id"]: message["traceparent"][3:35] for message in received}
    assert {answer.json()["number"]: answer.json()["trace_id"] for answer in answers} == stories
    again = await _all(here, *asked)
    assert [answer.content for answer in again] == [answer.content for answer in answers]
    assert {answer.headers["Idempotent-Replayed"] for answer in again} == {"true"}


async def test_what_is_wrong_with_one_is_nobody_elses_business(here: House, together: list[int]) -> None:
    uid = await here.contract()
    bad, partial = body(uid, "X"), body(uid, "P", "Q", mode="partial")
    bad["lines"][0]["hours"] = partial["lines"][1]["hours"] = "-3"
    answers = await _all(
        here,
        (body(uid, "A"), "a", "buyer"),
        (body(uid, "B"), "b", "buyer"),
        (bad, "bad", "buyer"),
        (body(uid, "C"), "c", "company"),
        (partial, "partial", "buyer"),
        (body(uid, "D"), "same", "buyer"),
        (body(uid, "D"), "same", "buyer"),
        (body(uid, "E"), "b", "facilitator"),
    )
    assert together
    assert Counter(answer.status_code for answer in answers[:5]) == {202: 3, 422: 2}
    assert (answers[2].json()["errors"][0]["code"], answers[3].status_code, answers[4].json()["parked"]) == ("V09", 422, 1)
    assert sorted(answer.status_code for answer in answers[5:7]) in ([202, 409], [202, 202])
    assert answers[7].status_code == 202, "another organisation's key of the same name"
    assert await here.pool.fetchval("select count(*) from parked_lines") == 1
    assert await here.pool.fetchval("select count(*) from filings") == 5
    assert (await _all(here, (body(uid, "A2"), "a", "buyer"), (body(uid, "B2"), "b", "buyer")))[0].json()[
        "code"
    ] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_line_that_several_declare_at_once_counts_once(here: House, together: list[int]) -> None:
    uid = await here.contract()
    answers = await _all(here, *((body(uid, "A", f"B{n}", hours=f"{n + 1}.00"), f"k{n}", "buyer") for n in range(12)))
    assert {answer.status_code for answer in answers} == {202}
    held = await here.held()
    assert len(held) == 13
    last = await here.pool.fetchrow("select line_id, centihours from line_values where line = 1 order by accepted desc limit 1")
    assert last is not None
    assert held[last["line_id"]] == last["centihours"]


async def test_a_better_source_that_comes_at_the_same_time_still_wins(here: House, together: list[int]) -> None:
    uid = await here.contract()
    await here.pool.execute("update contracts set holder_sirets = $1", [COMPANY.siret])
    sources = ("company", "buyer", "facilitator")
    answers = await _all(here, *((body(uid, f"{who}{n}"), f"{who}{n}", who) for n in range(6) for who in sources))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await here.held()) == 6, "the facilitator's lines"
    beside = await here.pool.fetchval("select count(*) from lines where not announced")
    assert beside == 12


@pytest.mark.parametrize("error", [Raced("somebody came between"), RuntimeError("a defect")])
async def test_when_sharing_fails_each_goes_its_own_way(here: House, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    uid = await here.contract()

    async def crossed(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(admission, "accept_together", crossed)
    answers = await _all(here, *((body(uid, f"A{n}"), str(uuid4()), "buyer") for n in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(await here.held()) == 10


async def test_those_who_wait_are_not_kept_by_one_transaction_that_waits(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long filing may hold what the first of them needs."""
    monkeypatch.setattr(admission, "PATIENCE_S", 0.05)
    monkeypatch.setattr(admission, "MOST", 4)
    uid = await here.contract()
    begun: list[int] = []
    free = asyncio.Event()
    take = shared.accept_together

    async def held(connection: Any, arrived: Any, at: Any) -> Any:
        begun.append(len(arrived))
        if len(begun) == 1:
            await asyncio.wait_for(free.wait(), 10)
        return await take(connection, arrived, at)

    monkeypatch.setattr(admission, "accept_together", held)
    sending = asyncio.create_task(_all(here, *((body(uid, f"A{n}"), f"k{n}", "buyer") for n in range(12))))
    await eventually(lambda: here.pool.fetchval("select count(*) >= 4 from filings"))
    free.set()
    assert {answer.status_code for answer in await sending} == {202}
    assert len(await here.held()) == 12


async def test_only_a_filing_that_names_persons_as_others_would_waits_to_be_reconciled(here: House) -> None:
    """V13 compares the tokens that every declarant makes alike; without one there is nothing to look for."""
    uid = await here.contract()
    known = body(uid, "A1")
    known["lines"][0] |= {"birth_name": "Fictive", "first_name": "Camille", "birth_date": "1990-04-02"}
    await _all(here, (known, "k1", "buyer"), (body(uid, "A2"), "k2", "buyer"))
    rows = await here.pool.fetch(
        "select r.reconciled, bool_or(v.person_regional is not null) as named from filing_revisions r join line_values v using (number) group by r.number, r.reconciled"
    )
    assert sorted((row["reconciled"], row["named"]) for row in rows) == [(False, True), (True, False)]
