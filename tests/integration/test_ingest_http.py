"""The HTTP interface of filings: headers, what is kept under a key, all lines or the good ones, lists."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.integration.filing_house import WHERE, declared_by
from tests.integration.ingest_house import MONTH, House, body


async def test_a_filing_gets_its_receipt(here: House) -> None:
    contract = await here.contract()
    answer = await declared_by(here, body(contract, "A12", "A13"))
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert set(said) == {"number", "revision", "received_at", "lines", "replaced", "parked", "sha256", "trace_id", "links"}
    assert (said["number"], said["revision"], said["lines"], said["replaced"], said["parked"]) == ("D-2026-000001", 1, 2, 0, 0)
    assert (answer.headers["ETag"], len(said["sha256"]), len(said["trace_id"])) == ('"1"', 64, 32)


async def test_the_contract_may_be_named_by_its_number_and_lines_inherit_the_period(here: House) -> None:
    await here.contract(number="2026-045")
    what = body("2026-045", "A12")
    what["lines"][0].pop("period")
    assert (await declared_by(here, what)).status_code == 202
    assert (await here.announced())[0]["period"] == {"grain": "month", "start": "2026-03-01", "end": "2026-04-01"}


async def test_idempotency_key(here: House) -> None:
    contract = await here.contract()
    async with here.client() as client:
        assert (await client.post(WHERE, json=body(contract, "A"))).status_code == 400
    first = await declared_by(here, body(contract, "A"), key="k")
    again = await declared_by(here, body(contract, "A"), key="k")
    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (202, first.content, "true")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (await declared_by(here, body(contract, "B"), key="k")).status_code == 422
    here.clock.now += timedelta(days=1)
    assert len(await here.announced("declarations")) == 1


async def test_a_refused_body_is_not_kept_under_the_key(here: House) -> None:
    contract = await here.contract()
    assert (await declared_by(here, body(contract, "A", hours="-3"), key="k")).status_code == 422
    assert (await declared_by(here, body(contract, "A"), key="k")).status_code == 202


async def test_twenty_at_once_with_one_key_make_one_number(here: House) -> None:
    contract = await here.contract()
    answers = await asyncio.gather(*(declared_by(here, body(contract, "A"), key="same") for _ in range(20)))
    assert Counter(a.status_code for a in answers).keys() <= {202, 409}
    assert len({a.json()["number"] for a in answers if a.status_code == 202}) == 1
    assert await here.pool.fetchval("select count(*) from filings") == 1


async def test_a_long_filing_is_replayed_without_being_checked_again(here: House) -> None:
    contract = await here.contract()
    what = body(contract, *(f"w{i}" for i in range(600)))
    first = await declared_by(here, what, key="long")
    assert first.status_code == 202, first.text
    await here.pool.execute("update contracts set buyer_siret = '00000000000000', buyer_id = null")
    assert (await declared_by(here, what, key="long")).content == first.content


@pytest.mark.parametrize("mode", ["all", "partial"])
async def test_all_lines_or_the_good_ones(here: House, mode: str) -> None:
    contract = await here.contract()
    what = body(contract, "A", "B", mode=mode)
    what["lines"][1]["hours"] = "412"
    answer = await declared_by(here, what)
    if mode == "all":
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        (error,) = [e for e in answer.json()["errors"] if e["severity"] == "blocking"]
        assert (error["line"], error["column"], error["code"], error["value"]) == (2, "hours", "V08", "412")
        assert await here.pool.fetchval("select count(*) from filings") == 0
    else:
        assert (answer.status_code, answer.json()["lines"], answer.json()["parked"]) == (202, 1, 1)
        parked = await here.pool.fetchval("select content::text from parked_lines")
        assert "worker_id" not in parked
        assert "person_local" in parked


async def test_a_parked_row_may_hold_anything(here: House) -> None:
    contract = await here.contract()
    what = body(contract, "A", "B", mode="partial")
    what["lines"][1] |= {"sex": ["F"], "hours": {"of": 3}, "birth_name": "Dupont", "unknown": "x"}
    answer = await declared_by(here, what)
    assert (answer.status_code, answer.json()["parked"]) == (202, 1)
    content = json.loads(await here.pool.fetchval("select content::text from parked_lines"))
    assert not content.keys() & {"birth_name", "unknown", "worker_id"}


async def test_nothing_good_is_refused_in_either_mode(here: House) -> None:
    contract = await here.contract()
    assert (await declared_by(here, body(contract, "A", hours="-1", mode="partial"))).status_code == 422


async def test_lists_are_paged_and_narrowed(here: House) -> None:
    contract, paris = await here.contract(), await here.contract(number="2026-075", department="75")
    for i in range(5):
        here.clock.now += timedelta(minutes=1)
        await declared_by(
            here,
            body(contract if i % 2 else paris, f"w{i}")
            | {"lines": [{**body(contract if i % 2 else paris, f"w{i}")["lines"][0], "department": "93" if i % 2 else "75"}]},
        )
    async with here.client() as client:
        first = (await client.get(WHERE, params={"limit": 3})).json()
        rest = (await client.get(WHERE, params={"limit": 3, "cursor": first["next"]})).json()
        assert [i["number"][-1] for i in first["items"] + rest["items"]] == list("54321")
        assert rest["next"] is None
        assert len((await client.get(WHERE, params={"department": "93"})).json()["items"]) == 2
        assert len((await client.get(WHERE, params={"state": "received", "period": MONTH})).json()["items"]) == 5
        for wrong in ({"cursor": "nonsense"}, {"state": "lost"}, {"limit": "0"}, {"colour": "red"}, {"period": "2019-13"}):
            assert (await client.get(WHERE, params=wrong)).status_code == 422, wrong
    async with here.client("company") as client:
        assert (await client.get(WHERE)).json()["items"] == []


async def test_bad_bodies_are_refused_and_nothing_is_stored(here: House) -> None:
    contract = await here.contract()
    whole = json.dumps(body(contract, "A"))
    raws = {
        "not json": b"{", "list": b"[]", "nul": whole.replace('"A"', '"A\\u0000B"').encode(), "latin": whole.encode().replace(b'"A"', b'"\xe9"'),
        "surrogate": whole.replace('"A"', '"\\ud800"').encode(), "deep": b"[" * 100_000 + b"]" * 100_000,
        "nan": whole.replace('"7.50"', "NaN").encode(), "nan text": whole.replace('"7.50"', '"NaN"').encode(),
        "huge": whole.replace('"7.50"', "1e999999").encode(), "huge text": whole.replace('"7.50"', '"1e999999"').encode(),
        "lines is text": b'{"lines": "x"}', "no lines": b'{"lines": []}', "60 MB": b" " * 60_000_000, "empty": b"",
    }  # fmt: skip
    async with here.client() as client:
        for name, raw in raws.items():
            answer = await client.post(WHERE, content=raw, headers={"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, (name, answer.status_code, answer.text[:300])
            assert answer.headers["content-type"] == "application/problem+json", name
    assert await here.pool.fetchval("select (select count(*) from filings) + (select count(*) from idempotency)") == 0
