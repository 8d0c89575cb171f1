"""The interface as its document promises it: examples that work, streams, pages, a limit that says when to come back, no unhandled error."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import hypothesis
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck
from schemathesis.core.result import Ok

from services.ingest.routes import examples
from services.ingest.throttle import Throttle
from tests.fixtures.profile import Profile
from tests.integration.ingest_house import MONTH, House, body, house
from tests.waiting import eventually


@pytest.fixture
async def here(ingest_database: str) -> AsyncIterator[House]:
    async with house(ingest_database) as found:
        yield found


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


@asynccontextmanager
async def served(here: House) -> AsyncIterator[str]:
    """The application behind a real port, in this loop."""
    server = uvicorn.Server(uvicorn.Config(here.application, port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
async def test_whatever_is_asked_nothing_is_left_unhandled(here: House, profile: Profile, seed: int) -> None:
    """Schemathesis over every route of the document, with the rights that let it in deepest."""
    logging.getLogger("kit").setLevel(logging.CRITICAL)
    await here.contract()
    async with here.client() as client:
        await client.post("/api/v1/declarations", json=body("2026-001", "A"), headers={"Idempotency-Key": str(uuid4())})
    document = here.application.openapi()
    document["paths"] = {path: said for path, said in document["paths"].items() if path.startswith("/api/")}
    count = profile.pick("requests of the interface's fuzz per route", short=10, long=100)
    async with served(here) as url:
        routes, answers = await asyncio.to_thread(_asked, document, url, here.keys, count, seed)
    assert routes >= 12
    assert sum(answers.values()) > routes * count / 3, "most of what was made up could be sent"
    assert answers[200] + answers[202] > 5, answers


def _asked(document: dict[str, Any], url: str, keys: dict[str, str], count: int, seed: int) -> tuple[int, Counter[int]]:
    routes, answers = 0, Counter[int]()
    with httpx.Client(base_url=url, timeout=30) as http:
        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            key = keys["team"] if "imports" in operation.path else keys["buyer"]
            routes += 1
            hypothesis.seed(seed)(_fuzz(operation, http, key, count, answers))()
    return routes, answers


def _fuzz(operation: Any, http: httpx.Client, key: str, count: int, answers: Counter[int]) -> Callable[[], None]:
    @hypothesis.settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=str(http.base_url))
        headers = {**{str(name): str(value) for name, value in sent["headers"].items()}, "Authorization": f"Bearer {key}"}
        request = {name: sent[name] for name in ("params", "json", "data", "files", "cookies") if sent.get(name) is not None}
        try:
            answer = http.request(sent["method"], sent["url"], headers=_sendable(headers), **request)
        except (AttributeError, UnicodeEncodeError, ValueError, TypeError, httpx.InvalidURL, httpx.LocalProtocolError):
            return  # what no client can send
        answers[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, sent, answer.text)

    return ask


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items() if value.isprintable()}
