"""How long pages take where a million lines are stored (`bench.record`): the declarant's, the coordination's and the interface's."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any, Final

import httpx

from bench import record
from bench.taking import Buyer, Taking, bearer

TURNS: Final = 20


def measure(taking: Taking) -> dict[str, Any]:
    """Milliseconds of each page over many turns, in the order of the slowest, and the 99th percentile of all."""
    numbers = asyncio.run(record.fill(taking))
    buyer = taking.buyers[0]
    with httpx.Client(base_url=taking.web.probe.removesuffix("/health/ready"), timeout=30) as http:
        paths = [(buyer.key, path) for path in [*_paths(buyer, numbers), *_steps_of_a_draft(http, buyer)]]
        paths += [(taking.team_key, path) for path in ("/declarer", "/declarer/a-rapprocher", "/declarer/rapprochements")]
        for key, path in paths:
            http.get(path, headers=bearer(key)).raise_for_status()
        taken = {_name(taking, key, path): [_ms(http, key, path) for _ in range(TURNS)] for key, path in paths}
    slowest = {path: round(max(times), 1) for path, times in taken.items()}
    every = [each for times in taken.values() for each in times]
    p99 = round(statistics.quantiles(every, n=100, method="inclusive")[98], 1)
    medians = {path: round(statistics.median(times), 1) for path, times in taken.items()}
    return {"p99": p99, "lines": record.LINES, "slowest": dict(sorted(slowest.items(), key=lambda entry: -entry[1])), "medians": medians}


def _name(taking: Taking, key: str, path: str) -> str:
    return f"{path} (team)" if key == taking.team_key else path


def _paths(buyer: Buyer, numbers: dict[str, str]) -> list[str]:
    return [
        "/declarer", f"/declarer/{numbers['usual']}", f"/declarer/{numbers['longest']}", f"/declarer/recu/{numbers['longest']}",
        f"/declarer/{numbers['usual']}/versions", f"/declarer/{numbers['usual']}/corriger", "/declarer/nouvelle", "/declarer/nouvelle?q=école",
        "/declarer/a-completer", f"/declarer/a-completer?declaration={numbers['usual']}", "/declarer/rapprochements", "/declarer/bilan",
        f"/declarer/bilan/operation?nom={buyer.operation}", "/declarer/calculette", "/declarer/qui-voit", "/declarer/nouveau-marche",
        "/declarer/import", "/api/v1/declarations", f"/api/v1/declarations/{numbers['longest']}", f"/api/v1/contracts?q={buyer.contracts[0]}",
        "/api/v1/declarations/expected",
    ]  # fmt: skip


def _steps_of_a_draft(http: httpx.Client, buyer: Buyer) -> list[str]:
    found = http.get("/api/v1/contracts", params={"q": buyer.contracts[0]}, headers=bearer(buyer.key)).json()["items"]
    begun = http.post("/declarer/nouvelle", data={"contract": found[0]["uid"], "quarter": "2025-Q3"}, headers=bearer(buyer.key))
    draft = begun.headers["location"].rpartition("/")[0]
    return [f"{draft}/{step}" for step in ("marche", "heures", "complements", "recapitulatif")]


def _ms(http: httpx.Client, key: str, path: str) -> float:
    begun = time.perf_counter()
    http.get(path, headers=bearer(key))
    return (time.perf_counter() - begun) * 1000
