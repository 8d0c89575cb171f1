"""The HTTP interface of filings and contracts: statuses, headers and bodies that scripts rely on."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from kit.consumer import Batch, Received
from schemas.countings import DeclarationCounted, DepartmentMove
from schemas.deliveries import Channel, MessageSent
from services.ingest import consumers
from tests.integration.ingest_house import BUYER, MONTH, House, body, house

WHERE = "/api/v1/declarations"


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        yield found


async def _declare(here: House, what: dict[str, Any], *, key: str | None = None, who: str = "buyer") -> httpx.Response:
    async with here.client(who) as client:
        return await client.post(WHERE, json=what, headers={"Idempotency-Key": key or str(uuid4())})


async def _read(here: House, number: str, who: str | None = "buyer") -> httpx.Response:
    async with here.client(who) as client:
        return await client.get(f"{WHERE}/{number}")


async def _tell(here: House, message: DeclarationCounted | MessageSent) -> None:
    """As the reader of the topic does, in a transaction."""
    topic = "countings" if isinstance(message, DeclarationCounted) else "deliveries"
    apply = next(reader.apply for reader in consumers.readers() if reader.topic.name == topic)
    story = f"00-{'ab' * 16}-{'cd' * 8}-01"
    received = Received(message, message.key(), topic, 0, 0, str(message.id), "", story, b"")
    async with here.pool.acquire() as connection, connection.transaction():
        await apply(connection, Batch([received], {(topic, 0): 1}))


def _counting(here: House, receipt: dict[str, Any], dead: int = 0) -> DeclarationCounted:
    return DeclarationCounted(
        declaration_id=receipt["number"], revision=receipt["revision"], lines=1, applied=1 - dead, dead=dead, counted_at=here.clock(),
        departments=(DepartmentMove(department="93", centihours_before=0, centihours_after=750),), positions={"hours/3": 12},
    )  # fmt: skip


async def test_a_filing_gets_its_receipt(here: House) -> None:
    contract = await here.contract()
    answer = await _declare(here, body(contract, "A12", "A13"))
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert set(said) == {"number", "revision", "received_at", "lines", "replaced", "parked", "sha256", "trace_id", "links"}
    assert (said["number"], said["revision"], said["lines"], said["replaced"], said["parked"]) == ("D-2026-000001", 1, 2, 0, 0)
    assert (answer.headers["ETag"], len(said["sha256"]), len(said["trace_id"])) == ('"1"', 64, 32)


async def test_the_contract_may_be_named_by_its_number_and_lines_inherit_the_period(here: House) -> None:
    await here.contract(number="2026-045")
    what = body("2026-045", "A12")
    what["lines"][0].pop("period")
    assert (await _declare(here, what)).status_code == 202
    assert (await here.announced())[0]["period"] == {"grain": "month", "start": "2026-03-01", "end": "2026-04-01"}


async def test_idempotency_key(here: House) -> None:
    contract = await here.contract()
    async with here.client() as client:
        assert (await client.post(WHERE, json=body(contract, "A"))).status_code == 400
    first = await _declare(here, body(contract, "A"), key="k")
    again = await _declare(here, body(contract, "A"), key="k")
    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (202, first.content, "true")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (await _declare(here, body(contract, "B"), key="k")).status_code == 422
    here.clock.now += timedelta(days=1)
    assert len(await here.announced("declarations")) == 1


async def test_a_refused_body_is_not_kept_under_the_key(here: House) -> None:
    contract = await here.contract()
    assert (await _declare(here, body(contract, "A", hours="-3"), key="k")).status_code == 422
    assert (await _declare(here, body(contract, "A"), key="k")).status_code == 202


async def test_twenty_at_once_with_one_key_make_one_number(here: House) -> None:
    contract = await here.contract()
    answers = await asyncio.gather(*(_declare(here, body(contract, "A"), key="same") for _ in range(20)))
    assert Counter(a.status_code for a in answers).keys() <= {202, 409}
    assert len({a.json()["number"] for a in answers if a.status_code == 202}) == 1
    assert await here.pool.fetchval("select count(*) from filings") == 1


async def test_a_long_filing_is_replayed_without_being_checked_again(here: House) -> None:
    contract = await here.contract()
    what = body(contract, *(f"w{i}" for i in range(600)))
    first = await _declare(here, what, key="long")
    assert first.status_code == 202, first.text
    await here.pool.execute("update contracts set buyer_siret = '00000000000000', buyer_id = null")
    assert (await _declare(here, what, key="long")).content == first.content


@pytest.mark.parametrize("mode", ["all", "partial"])
async def test_all_lines_or_the_good_ones(here: House, mode: str) -> None:
    contract = await here.contract()
    what = body(contract, "A", "B", mode=mode)
    what["lines"][1]["hours"] = "412"
    answer = await _declare(here, what)
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
    answer = await _declare(here, what)
    assert (answer.status_code, answer.json()["parked"]) == (202, 1)
    content = json.loads(await here.pool.fetchval("select content::text from parked_lines"))
    assert not content.keys() & {"birth_name", "unknown", "worker_id"}


async def test_nothing_good_is_refused_in_either_mode(here: House) -> None:
    contract = await here.contract()
    assert (await _declare(here, body(contract, "A", hours="-1", mode="partial"))).status_code == 422


async def test_states_from_received_to_withdrawn(here: House) -> None:
    contract = await here.contract()
    receipt = (await _declare(here, body(contract, "A"))).json()
    number = receipt["number"]
    assert (await _read(here, number)).json()["state"] == "received"
    here.clock.now += timedelta(seconds=1)
    await _tell(here, _counting(here, receipt))
    counted = (await _read(here, number)).json()
    assert (counted["state"], counted["positions"], counted["moves"][0]["centihours_after"]) == ("counted", {"hours/3": 12}, 750)
    async with here.client() as client:
        corrected = await client.put(
            f"{WHERE}/{number}", json=body(contract, "A", hours="9.00", reason="UNIT_ERROR"), headers={"If-Match": '"1"'}
        )
        assert (corrected.status_code, corrected.json()["revision"], corrected.headers["ETag"]) == (202, 2, '"2"')
        waiting = (await _read(here, number)).json()
        assert (waiting["state"], waiting["revision"], waiting["trace_id"]) == ("received", 2, corrected.json()["trace_id"])
        await _tell(here, _counting(here, receipt))
        assert (await _read(here, number)).json()["state"] == "received", "the counting of an earlier revision says nothing of this one"
        await _tell(here, _counting(here, corrected.json()))
        assert (await _read(here, number)).json()["state"] == "corrected"
        gone = await client.request("DELETE", f"{WHERE}/{number}", json={"reason": "WRONG_CONTRACT"}, headers={"If-Match": '"2"'})
        assert gone.status_code == 202
    await _tell(here, _counting(here, gone.json()))
    assert (await _read(here, number)).json()["state"] == "withdrawn"


async def test_a_filing_with_dead_lines_is_partly_counted(here: House) -> None:
    receipt = (await _declare(here, body(await here.contract(), "A"))).json()
    await _tell(here, _counting(here, receipt, dead=1))
    assert (await _read(here, receipt["number"])).json()["state"] == "partly_counted"


async def test_the_first_message_about_a_filing_is_the_third_step(here: House) -> None:
    receipt = (await _declare(here, body(await here.contract(), "A"))).json()
    await _tell(here, _counting(here, receipt))
    channels: tuple[Channel, ...] = ("inbox", "mail")
    for channel in channels:
        here.clock.now += timedelta(seconds=30)
        await _tell(here, MessageSent(
            recipient_id="p", delivery_id=uuid4(), channel=channel, kind="FILING", about=receipt["number"], department="93", sent_at=here.clock(),
        ))  # fmt: skip
    journey = (await _read(here, receipt["number"])).json()["journey"]
    assert [(s["step"], s["service"]) for s in journey] == [("received", "ingest"), ("counted", "indicators"), ("told", "notify")]
    assert [s["trace_id"] for s in journey] == [receipt["trace_id"], "ab" * 16, "ab" * 16]


async def test_changes_need_the_version_they_start_from_and_a_reason(here: House) -> None:
    contract = await here.contract()
    number = (await _declare(here, body(contract, "A"))).json()["number"]
    good = body(contract, "A", reason="TYPING_ERROR")
    async with here.client() as client:
        for method, content, headers, status in (
            ("PUT", good, {}, 428),
            ("PUT", good, {"If-Match": '"999"'}, 412),
            ("PUT", {**good, "reason": None}, {"If-Match": '"1"'}, 422),
            ("PUT", {**good, "reason": "BORED"}, {"If-Match": '"1"'}, 422),
            ("DELETE", {"reason": "TYPING_ERROR"}, {}, 428),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"2"'}, 412),
            ("DELETE", {"reason": "?"}, {"If-Match": '"1"'}, 422),
            ("PUT", good, {"If-Match": '"1"'}, 202),
            ("PUT", good, {"If-Match": '"1"'}, 412),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"2"'}, 202),
            ("DELETE", {"reason": "TYPING_ERROR"}, {"If-Match": '"3"'}, 412),
        ):
            answer = await client.request(method, f"{WHERE}/{number}", json=content, headers=headers)
            assert answer.status_code == status, (method, headers, answer.text)


async def test_who_may_read_and_change(here: House) -> None:
    contract = await here.contract()
    number = (await _declare(here, body(contract, "A"))).json()["number"]
    seen = {
        who: (await _read(here, number, who)).status_code
        for who in (None, "buyer", "company", "facilitator", "coordinator93", "coordinator77", "team", "operator")
    }
    assert seen == {
        None: 401,
        "buyer": 200,
        "company": 404,
        "facilitator": 404,
        "coordinator93": 200,
        "coordinator77": 404,
        "team": 200,
        "operator": 200,
    }
    for who, status in (("company", 404), ("team", 403), ("coordinator93", 403)):
        async with here.client(who) as client:
            answer = await client.request("DELETE", f"{WHERE}/{number}", json={"reason": "TYPING_ERROR"}, headers={"If-Match": '"1"'})
            assert answer.status_code == status, who
    assert (await _read(here, "D-2026-999999")).status_code == 404
    assert (await _read(here, "nonsense")).status_code == 404


async def test_somebody_elses_contract_is_refused(here: House) -> None:
    contract = await here.contract()
    answer = await _declare(here, body(contract, "A"), who="company")
    assert (answer.status_code, {e["code"] for e in answer.json()["errors"]}) == (422, {"CONTRACT_NOT_YOURS"})


async def test_lists_are_paged_and_narrowed(here: House) -> None:
    contract, paris = await here.contract(), await here.contract(number="2026-075", department="75")
    for i in range(5):
        here.clock.now += timedelta(minutes=1)
        await _declare(
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


async def test_contracts_are_declared_once_and_found(here: House) -> None:
    said = {"number": "2026-118", "object": "Réfection des toitures – Cité Éluard", "department": "93", "starts_on": "2026-01-01",
            "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 2400}}  # fmt: skip
    async with here.client() as client:
        first, again = [await client.post("/api/v1/contracts", json=said) for _ in range(2)]
        assert (first.status_code, again.status_code, first.json()["uid"]) == (201, 200, again.json()["uid"])
        changed = await client.post("/api/v1/contracts", json={**said, "ends_on": "2027-12-31"})
        assert (changed.json()["outcome"], changed.json()["revision"]) == ("changed", 2)
        for q in ("2026-118", "eluard", "refection toitures", ""):
            (item,) = (await client.get("/api/v1/contracts", params={"q": q})).json()["items"]
            assert (item["uid"], item["hours_committed"], item["ends_on"], item["buyer_siret"]) == (
                first.json()["uid"],
                2400,
                "2027-12-31",
                BUYER.siret,
            )
        assert (await client.get("/api/v1/contracts", params={"department": "75"})).json()["items"] == []
        assert (await client.post("/api/v1/contracts", json={**said, "buyer_siret": "12345678200010"})).status_code == 403
    for who, count in (("company", 0), ("facilitator", 1), ("team", 1)):
        async with here.client(who) as client:
            assert len((await client.get("/api/v1/contracts")).json()["items"]) == count, who
    assert [m["revision"] for m in await here.announced("contracts")] == [1, 2]


async def test_contracts_at_once_under_one_number_are_one(here: House) -> None:
    async with here.client("team") as client:
        said = {"number": "77", "object": "Marché", "buyer_siret": BUYER.siret, "department": "93"}
        answers = await asyncio.gather(*(client.post("/api/v1/contracts", json=said) for _ in range(10)))
    assert {a.status_code for a in answers} <= {200, 201}
    assert len({UUID(a.json()["uid"]) for a in answers}) == 1


async def test_a_clause_that_cannot_be_is_refused_and_nothing_is_stored(here: House) -> None:
    contract = {"number": "2026-900", "department": "93", "starts_on": "2026-01-01"}
    async with here.client() as client:
        bad = [
            await client.post("/api/v1/contracts", json={**contract, "clause": clause})
            for clause in (
                {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 0},
                {"mechanisms": ["CONCESSION_RESERVEE"]},
                {"mechanisms": ["CONCESSION_EXECUTION", "CLAUSE_STAGE"], "hours_committed": 10},
            )
        ]
        listed = (await client.get("/api/v1/contracts", params={"q": "2026-900"})).json()["items"]
        good = await client.post(
            "/api/v1/contracts", json={**contract, "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 10}}
        )
    assert [answer.status_code for answer in bad] == [422, 422, 422]
    assert [answer.json()["errors"][0]["code"] for answer in bad] == ["V04", "V03", "V18"]
    assert listed == []
    assert (good.status_code, good.json()["remarks"]) == (201, [])
