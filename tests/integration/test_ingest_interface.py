"""The interface as its document promises it: examples that work, streams, pages, a limit that says when to come back, no unhandled error."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.ingest.routes import examples
from services.ingest.throttle import Throttle
from tests.asking import ask
from tests.fixtures.profile import Profile
from tests.integration.ingest_house import MONTH, House, body


async def _bulk(client: httpx.AsyncClient, content: Any, key: str = "k", **query: str) -> httpx.Response:
    headers = {"Idempotency-Key": key, "Content-Type": "application/x-ndjson; charset=utf-8"}
    return await client.post("/api/v1/declarations", params=query, content=content, headers=headers)


def _lines(*workers: str) -> list[bytes]:
    uid = "2026-001"
    return [json.dumps(line).encode() + b"\n" for line in body(uid, *workers)["lines"]]


async def test_every_example_of_the_document_is_a_request_that_works(here: House) -> None:
    await here.contract("2026-045")
    document = here.application.openapi()
    operation = document["paths"]["/api/v1/declarations"]["post"]
    shown = operation["requestBody"]["content"]
    assert operation["responses"]["202"]["content"]["application/json"]["examples"]
    assert "Retry-After" in operation["responses"]["429"]["headers"]
    async with here.client() as client:
        for name, example in shown["application/json"]["examples"].items():
            answer = await client.post("/api/v1/declarations", json=example["value"], headers={"Idempotency-Key": name})
            assert answer.status_code == 202, answer.text
            assert answer.json().keys() == examples.RECEIPT.keys()
        bulk = await _bulk(client, shown["application/x-ndjson"]["examples"]["bulk"]["value"], "bulk")
        assert (bulk.status_code, bulk.json()["lines"]) == (202, 2), bulk.text
        number = bulk.json()["number"]
        corrected = await client.put(f"/api/v1/declarations/{number}", json=examples.CORRECTION_BODY, headers={"If-Match": '"1"'})
        assert corrected.status_code == 202, corrected.text
        contract = document["components"]["schemas"]["ContractBody"]["examples"][0]
        assert (await client.post("/api/v1/contracts", json={**contract, "number": "2026-046"})).status_code == 201


async def test_a_stream_of_lines_is_one_filing(here: House) -> None:
    await here.contract()

    async def pieces() -> AsyncIterator[bytes]:
        whole = b"".join(_lines("A", "B", "C")) + b"\n"
        for start in range(0, len(whole), 7):
            yield whole[start : start + 7]

    async with here.client() as client:
        sent = await _bulk(client, pieces(), period=MONTH)
        again = await _bulk(client, b"".join(_lines("A", "B", "C")) + b"\n", period=MONTH)
        other = await _bulk(client, b"".join(_lines("A", "B", "D")), period=MONTH)
        mode = await _bulk(client, b"".join(_lines("E")), "k4", period=MONTH, mode="partial")
    assert (sent.status_code, sent.json()["lines"]) == (202, 3)
    assert again.json() == sent.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert mode.status_code == 202
    assert len(await here.held()) == 4


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b'{"a": 1\n', 1, "NOT_JSON"), (b"{}\n\n[1]\n", 3, "NOT_JSON"), (b'{"a": NaN}\n', 1, "NOT_JSON"), (b'{"a": "\\u0000"}', 1, "NOT_JSON"),
        (b"\xff\xfe\n", 1, "NOT_JSON"), (b"x" * 200_000, 1, "TOO_LONG"), (b"", None, "TOO_SHORT"),
    ],
)  # fmt: skip
async def test_a_stream_that_is_none_says_which_line(here: House, content: bytes, line: int | None, code: str) -> None:
    await here.contract()
    async with here.client() as client:
        answer = await _bulk(client, content, period=MONTH)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["errors"][0]["line"], answer.json()["errors"][0]["code"]) == (line, code)
    assert await here.pool.fetchval("select count(*) from filings") == 0


async def test_a_byte_order_mark_before_a_stream_is_none_of_its_text(here: House) -> None:
    await here.contract()
    lines = _lines("A", "B")
    async with here.client() as client:
        whole = await _bulk(client, b"\xef\xbb\xbf" + b"".join(lines), "k1", period=MONTH)
        alone = await _bulk(client, b"\xef\xbb\xbf" + _lines("C")[0].rstrip(), "k2", period=MONTH)
        inside = await _bulk(client, lines[0] + b"\xef\xbb\xbf" + lines[1], "k3", period=MONTH)
    assert (whole.status_code, whole.json()["lines"], alone.status_code) == (202, 2, 202), whole.text
    assert (inside.status_code, inside.json()["errors"][0]["line"]) == (422, 2)


@pytest.mark.parametrize("number", ["", "   ", "---", "\u00a0", "—"])
async def test_a_contract_needs_a_number_that_names_it(here: House, number: str) -> None:
    async with here.client() as client:
        answer = await client.post(
            "/api/v1/contracts", json={"number": number, "clause": {"mechanisms": ["CONDITION_EXECUTION"], "hours_committed": 10}}
        )
    assert (answer.status_code, answer.json()["errors"][0]["column"]) == (422, "number"), answer.text
    assert await here.pool.fetchval("select count(*) from contracts where declared is not null") == 0


async def test_a_contract_of_the_interface_names_nobody_as_one_of_the_form(here: House) -> None:
    async with here.client() as client:
        answer = await client.post("/api/v1/contracts", json={"number": "2026-9", "object": "Voir jean@exemple.fr"})
    assert (answer.status_code, answer.json()["errors"][0]["code"], answer.json()["errors"][0]["column"]) == (422, "V19", "object")
    assert "jean" not in answer.text


async def test_whoever_asks_too_fast_is_told_when_to_come_back(here: House) -> None:
    await here.contract()
    now = 100.0
    here.runtime.state["throttle"] = Throttle(per_second=1, burst=3, clock=lambda: now)
    async with here.client() as client, here.client("team") as team:
        answers = [await client.get("/api/v1/declarations") for _ in range(4)]
        others = await team.get("/api/v1/declarations")
        now += 1.1
        later = await client.get("/api/v1/declarations")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (answers[3].headers["Retry-After"], answers[3].headers["Content-Type"]) == ("1", "application/problem+json")
    assert answers[3].json()["code"] == "TOO_FAST"
    assert (others.status_code, later.status_code) == (200, 200)


async def test_200_programs_that_start_together_stay_below_the_limit(here: House) -> None:
    throttle = Throttle()
    assert not any(throttle.wait_of("key") for _ in range(10 * 200))


async def test_imports_are_listed_page_by_page(here: House) -> None:
    async with here.client("team") as client, here.client() as buyer:
        for number in range(3):
            here.clock.now = here.clock.now.replace(minute=number)
            await client.post("/api/v1/imports", data={"type": "decp"}, files={"file": (f"{number}.json", b"[]")})
        first = (await client.get("/api/v1/imports?limit=2")).json()
        second = (await client.get("/api/v1/imports", params={"limit": 2, "cursor": first["next"]})).json()
        assert (await buyer.get("/api/v1/imports")).status_code == 403
    assert [item["source_name"] for item in first["items"] + second["items"]] == ["2.json", "1.json", "0.json"]
    assert second["next"] is None


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
async def test_whatever_is_asked_nothing_is_left_unhandled(here: House, profile: Profile, seed: int) -> None:
    """Schemathesis over every route of the document, with the rights that let it in deepest."""
    logging.getLogger("kit").setLevel(logging.CRITICAL)
    await here.contract()
    async with here.client() as client:
        await client.post("/api/v1/declarations", json=body("2026-001", "A"), headers={"Idempotency-Key": str(uuid4())})
    count = profile.pick("requests of the interface's fuzz per route", short=10, long=100)
    keys = here.keys
    asked = await ask(here.application, lambda path: keys["team" if "imports" in path else "buyer"], count=count, seed=seed)
    assert asked.faults == []
    assert asked.routes >= 12
    assert sum(asked.answers.values()) > asked.routes * count / 3, "most of what was made up could be sent"
    assert asked.answers[200] + asked.answers[202] > 5, asked.answers


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
async def test_an_instant_beyond_the_calendar_is_refused(here: House, at: str) -> None:
    async with here.client() as client:
        for name in ("since", "until"):
            answer = await client.get("/api/v1/declarations", params={name: at})
            assert (answer.status_code, answer.json()["errors"][0]["column"]) == (422, name), answer.text


@pytest.mark.parametrize("number", [-1, 10**9, 2**31, 2**63, 10**30])
@pytest.mark.parametrize("field", ["hours_committed", "hours_all_workers", "revision", "headcount"])
async def test_a_count_that_no_contract_has_is_refused_by_its_name(here: House, field: str, number: int) -> None:
    clause = {"staff_transfer": {field: number}} if field == "headcount" else {field: number}
    async with here.client() as client:
        answer = await client.post(
            "/api/v1/contracts", json={"number": "2026-9", "clause": {"mechanisms": ["CONDITION_EXECUTION"], **clause}}
        )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["column"].endswith(field), answer.text
    assert await here.pool.fetchval("select count(*) from contracts where number = '2026-9'") == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("columns", '{"\\ud800": "hours"}'), ("replaces", '{"from": "\\ud800", "to": "2019-09"}'), ("replaces", '{"from": "9999-12", "to": "9999-12"}'),
        ("period", "T4 9999"), ("period", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")), ("mode", '{"all"}'),
    ],
)  # fmt: skip
async def test_a_field_beside_a_file_that_cannot_be_is_refused(here: House, name: str, value: str) -> None:
    async with here.client() as client:
        answer = await client.post(
            "/api/v1/imports", data={"type": "hours", name: value}, files={"file": ("a.csv", b"Marche;Heures\n1;2\n")}
        )
    assert answer.status_code == 422, answer.text
