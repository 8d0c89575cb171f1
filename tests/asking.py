"""Asks a service everything that its own document allows, and more: every route, made-up values, the rights that let it in deepest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck
from schemathesis.core.result import Ok

from tests.waiting import eventually


@dataclass
class Asked:
    """`answers` by status; `faults` are the requests that were not answered as somebody who asks may expect."""

    routes: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@asynccontextmanager
async def served(application: FastAPI) -> AsyncIterator[str]:
    """The application behind a real port, in this loop."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def ask(application: FastAPI, key_of: Callable[[str], str], *, count: int, seed: int) -> Asked:
    """`count` requests for each operation under /api/; `key_of` gives the key for a path."""
    document = application.openapi()
    document = {**document, "paths": {path: said for path, said in document["paths"].items() if path.startswith("/api/")}}
    async with served(application) as url:
        return await asyncio.to_thread(_asked, document, url, key_of, count, seed)


def _asked(document: dict[str, Any], url: str, key_of: Callable[[str], str], count: int, seed: int) -> Asked:
    found = Asked()
    with httpx.Client(base_url=url, timeout=30, headers={"Connection": "close"}) as http:
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            found.routes += 1
            hypothesis.seed(seed)(_fuzz(operation, http, key_of(operation.path), count, found))()
    return found


def _fuzz(operation: Any, http: httpx.Client, key: str, count: int, found: Asked) -> Callable[[], None]:
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]  # what is found is kept as it was sent: a service has a memory

    @hypothesis.settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=phases)
    @hypothesis.given(case=operation.as_strategy())
    def one(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=str(http.base_url))
        headers = {**{str(name): str(value) for name, value in sent["headers"].items()}, "Authorization": f"Bearer {key}"}
        request = {name: sent[name] for name in ("params", "json", "data", "files", "cookies") if sent.get(name) is not None}
        try:
            answer = http.request(sent["method"], sent["url"], headers=_sendable(headers), **request)
        except (AttributeError, UnicodeEncodeError, ValueError, TypeError, httpx.InvalidURL, httpx.LocalProtocolError):
            return  # what no client can send
        found.answers[answer.status_code] += 1
        if answer.status_code >= 500 or '"code":"OUT_OF_RANGE"' in answer.text:  # the second: storage refused what a rule should have named
            found.faults.append(f"{answer.status_code} {operation.method.upper()} {operation.path}: {str(request)[:600]}")

    return one


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items() if value.isprintable()}
