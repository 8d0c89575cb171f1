"""How quickly filings are taken in: ingest as it runs behind its gateway, with the worker of indicators that counts them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import psutil

from bench.exchange import Exchange
from bench.ground import Ground
from bench.keys import let_in
from kit import registry
from schemas.directory import OrganisationRecorded

CONCURRENT: Final = 200
LINES: Final = 10
ROUNDS: Final = 5
BUYERS, CONTRACTS = 20, 10
LONG: Final = 50_000
PATIENCE_S: Final = 120.0
_MONTHS: Final = [f"2025-{month:02d}" for month in range(1, 13)]
_EMPLOYERS: Final = ("12345678200010", "13000766900018", "21930048500013")


@dataclass(frozen=True)
class Buyer:
    """A declarant with its key and the numbers of its contracts."""

    organisation: UUID
    siret: str
    key: str
    contracts: Sequence[str]

    @property
    def operation(self) -> str:
        """What half of its contracts belong to."""
        return f"Îlot {self.siret}"


class Taking:
    """ingest's two roles, the gateway before them, and indicators' worker, with declarants and their contracts."""

    def __init__(self, place: Ground) -> None:
        self.place = place
        self.web, self.worker = place.start(place.service("ingest", "web")), place.start(place.worker("ingest"))
        place.start(place.worker("indicators"))
        self.gateway = place.start(place.gateway({"ingest": urlsplit(self.web.probe).netloc}))
        self.url = self.gateway.probe.replace("tcp", "http")
        self.team_key, self.buyers = asyncio.run(self._let_in())
        self._declare_contracts()

    async def _let_in(self) -> tuple[str, list[Buyer]]:
        """The team's key, and the buyers with theirs."""
        connection = await asyncpg.connect(self.place.dsn("ingest"))
        try:
            buyers = [await _buyer(connection, number) for number in range(BUYERS)]
            return await let_in(connection, "team", "team"), buyers
        finally:
            await connection.close()

    def _declare_contracts(self) -> None:
        with httpx.Client(base_url=self.url, timeout=60) as http:
            for buyer in self.buyers:
                for place, number in enumerate(buyer.contracts):
                    clause = {"hours_committed": 1200, "operation": buyer.operation} if place % 2 else {"hours_committed": 900}
                    body = {
                        "number": number,
                        "object": "Rénovation d’une école",
                        "department": "93",
                        "starts_on": "2024-06-01",
                        "clause": clause,
                    }
                    http.post("/api/v1/contracts", json=body, headers=bearer(buyer.key)).raise_for_status()

    def long_filing(self) -> tuple[float, float, dict[str, float]]:
        """Seconds until a file of 50,000 lines is accepted, and until it is counted; the processor's seconds of each part meanwhile."""
        buyer = self.buyers[0]
        before = self.busy()
        data = table(buyer, LONG)
        with httpx.Client(base_url=self.url, timeout=PATIENCE_S, headers=bearer(buyer.key)) as http:
            begun = time.perf_counter()
            answer = http.post("/api/v1/imports", data={"type": "hours"}, files={"file": ("heures.csv", data)})
            accepted = time.perf_counter() - begun
            if answer.status_code != 202:
                raise RuntimeError(f"the filing was refused: {answer.text[:500]}")
            where = f"/api/v1/declarations/{answer.json()['number']}"
            _until(lambda: http.get(where).json()["state"] == "counted")
            counted = time.perf_counter() - begun
            return accepted, counted, self._spent_since(before)

    def busy(self) -> dict[str, float]:
        """The processor's seconds that each part has used so far, with its processes: another's work on this machine is not in them."""
        return {part.name: _busy(part.report()["pid"]) for part in self.place.parts.values() if part.running}

    def concurrent(self, rounds: int = ROUNDS) -> dict[str, Any]:
        """Milliseconds of 200 filings of 10 lines sent at the same moment, and how many were not accepted; the first round warms up. `cpu_s`:
        the processor's seconds of each part for all rounds together."""
        host, port = urlsplit(self.url).netloc.split(":")
        before = self.busy()
        told = asyncio.run(_rounds(host, int(port), [self._requests() for _ in range(rounds + 1)]))
        return {**told, "cpu_s": self._spent_since(before)}

    def _spent_since(self, before: dict[str, float]) -> dict[str, float]:
        return {name: round(spent - before.get(name, 0.0), 2) for name, spent in self.busy().items()}

    def _requests(self) -> list[bytes]:
        return [self._request(self.buyers[n % BUYERS]) for n in range(CONCURRENT)]

    def _request(self, buyer: Buyer) -> bytes:
        lines = [line(random.choice(buyer.contracts), random.choice(_MONTHS), uuid4().hex[:10]) for _ in range(LINES)]
        body = json.dumps({"period": None, "mode": "all", "lines": lines}).encode()
        head = (
            "POST /api/v1/declarations HTTP/1.1", "Host: localhost", f"Authorization: Bearer {buyer.key}", f"Idempotency-Key: {uuid4()}",
            "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
        )  # fmt: skip
        return "\r\n".join(head).encode() + body


def _busy(pid: int) -> float:
    process = psutil.Process(pid)
    every = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:4]) if each is process else sum(each.cpu_times()[:2]) for each in every)


async def _rounds(host: str, port: int, rounds: Sequence[Sequence[bytes]]) -> dict[str, Any]:
    exchanges = await asyncio.gather(*(Exchange.open(host, port) for _ in range(CONCURRENT)))
    taken: list[float] = []
    errors = 0
    for number, requests in enumerate(rounds):
        done = await asyncio.gather(*(each.ask(request) for each, request in zip(exchanges, requests, strict=True)))
        if number:
            taken += [answer.seconds * 1000 for answer in done]
            errors += sum(answer.status != 202 for answer in done)
        await asyncio.sleep(1.0)  # the readers of the round before are through
    for each in exchanges:
        each.close()
    centiles = statistics.quantiles(taken, n=100, method="inclusive")
    return {"p50": round(centiles[49], 1), "p99": round(centiles[98], 1), "errors": errors, "filings": len(taken)}


async def _buyer(connection: asyncpg.Connection, number: int) -> Buyer:
    found = uuid4()
    organisation = OrganisationRecorded(
        organisation_id=found, siret=siret_of(number), name=f"Ville fictive {number}", kind="COMMUNE", department="93"
    )
    await registry.record(connection, organisation)
    key = await let_in(connection, f"b{number}", "declarant", found)
    return Buyer(found, siret_of(number), key, [f"2025-{number:02d}{contract:02d}" for contract in range(CONTRACTS)])


def siret_of(number: int) -> str:
    """An invented SIRET with right sums."""
    siren = _with_sum(f"20{number:06d}")
    return _with_sum(f"{siren}0001")


def _with_sum(digits: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def line(contract: str, month: str, worker: str) -> dict[str, Any]:
    return {
        "contract": contract, "employer_siret": random.choice(_EMPLOYERS), "period": month, "department": "93", "residence": "93048",
        "worker_id": worker, "sex": "F", "birth": "1990-04", "modality": "ETTI", "work_contract": "INTERIM_INSERTION", "public": "BRSA",
        "hours": "7.50",
    }  # fmt: skip


def table(buyer: Buyer, rows: int) -> bytes:
    """A canonical file with a line for each worker."""
    text = io.StringIO()
    names = list(line("", "", ""))
    writer = csv.DictWriter(text, names, delimiter=";")
    writer.writeheader()
    writer.writerows(line(buyer.contracts[n % CONTRACTS], _MONTHS[n % 12], f"W{n}") for n in range(rows))
    return text.getvalue().encode()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_S:.0f} s")
        time.sleep(0.1)
