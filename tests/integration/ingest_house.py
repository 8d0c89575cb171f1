"""What the tests of ingest share: a database with an organisation, its key and contracts; the service without Kafka; its outbox read back."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

import httpx
from fastapi import FastAPI

from kit import api_keys, registry
from kit.freshness import Freshness
from kit.health import Health
from kit.identity import Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.directory import ApiKeyRecorded, OrganisationRecorded
from schemas.hours import Person
from schemas.periods import Period
from services.ingest.app import create
from services.ingest.parts import Declared
from services.ingest.persons import Tokens
from services.ingest.rules.lines import LineValue
from services.ingest.sources import Declarant
from services.ingest.store import filings
from services.ingest.store.contracts import Entry, Recorded, record
from services.ingest.store.filings import Filing, Receipt, committed
from services.ingest.store.spool import Spool

BUYER, COMPANY, FACILITATOR = (
    Declarant(UUID(int=1), "21930048500013"),
    Declarant(UUID(int=2), "12345678200010"),
    Declarant(UUID(int=3), "13000766900018", frozenset({"93"})),
)
MONTH = "2026-03"


_LINES_THAT_SAY_SOMETHING_ELSE = """
    select l.line_id, l.centihours, v.centihours as said from lines l
    left join line_values v on (v.number, v.filing_revision, v.line_id) = (l.number, l.filing_revision, l.line_id)
    where l.centihours <> coalesce(v.centihours, 0) or l.person is distinct from coalesce(v.person_regional, v.person_local)
        or l.qpv <> coalesce((v.content::jsonb #>> '{person,qpv}')::boolean, false)
"""


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    pool: Pool
    clock: Clock
    runtime: Runtime
    application: FastAPI
    keys: dict[str, str] = field(default_factory=dict)

    async def contract(self, number: str = "2026-001", department: str = "93", buyer: Declarant = BUYER) -> UUID:
        part = Declared(number=number, object="École Joliot-Curie, gros œuvre", department=department, starts_on=date(2025, 1, 1))
        return (await self.record(Entry(str(buyer.siret), part, in_region=True))).contract.uid

    async def record(self, entry: Entry) -> Recorded:
        return (await committed(self.pool, lambda connection: record(connection, [entry], by="test", at=self.clock())))[0]

    async def file(self, values: Sequence[LineValue], declarant: Declarant = BUYER, ended: Sequence[UUID] = ()) -> Receipt:
        return await filings.file(self.runtime, Filing(declarant, "key", "api", values, ended=ended))

    async def correct(self, number: str, revision: int, values: Sequence[LineValue], declarant: Declarant = BUYER) -> Receipt:
        filing = Filing(declarant, "key", "api", values, reason="TYPING_ERROR")
        return await committed(self.pool, lambda connection: filings.correct(connection, number, revision, filing, self.clock()))

    async def withdraw(self, number: str, revision: int, declarant: Declarant = BUYER) -> Receipt:
        filing = Filing(declarant, "key", "api", (), reason="TYPING_ERROR")
        return await committed(self.pool, lambda connection: filings.withdraw(connection, number, revision, filing, self.clock()))

    async def announced(self, topic: str = "hours") -> list[dict[str, Any]]:
        """The messages of a topic in their order; `type` is the message's class."""
        rows = await self.pool.fetch("select type, value, traceparent from outbox where topic = $1 order by seq", topic)
        return [{**json.loads(row["value"]), "type": row["type"].split(".")[-2], "traceparent": row["traceparent"]} for row in rows]

    async def held(self) -> dict[UUID, int]:
        """What a reader who believes the last revision of each line holds, after checking that revisions have no gap, and that each line
        says what its standing value says."""
        assert await self.pool.fetch(_LINES_THAT_SAY_SOMETHING_ELSE) == []
        newest: dict[str, dict[str, Any]] = {}
        for message in await self.announced():
            line = message["line_id"]
            assert message["revision"] == newest.get(line, {"revision": 0})["revision"] + 1, message
            newest[line] = message
        return {UUID(line): m["centihours"] for line, m in newest.items() if m["type"] != "HoursRetracted"}

    @asynccontextmanager
    async def client(self, who: str | None = "buyer") -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://ingest.test", headers=headers) as client:
            yield client

    async def _key(self, name: str, roles: Sequence[str], organisation: UUID | None = None, departments: Sequence[str] = ()) -> None:
        self.keys[name] = api_keys.new(name)
        sha256 = api_keys.sha256_of(self.keys[name])
        message = ApiKeyRecorded(
            key_id=name, sha256=sha256, name=name, organisation_id=organisation, roles=tuple(roles), departments=tuple(departments)
        )
        async with self.pool.acquire() as connection:
            await registry.record(connection, message)

    async def fill(self) -> None:
        """Three organisations that know the same hours, and everybody's keys."""
        async with self.pool.acquire() as connection:
            for one, name, kind in (
                (BUYER, "Ville de Fictive", "COMMUNE"),
                (COMPANY, "Chantiers Fictifs", "ENTREPRISE"),
                (FACILITATOR, "PLIE", "PLIE"),
            ):
                message = OrganisationRecorded(organisation_id=one.id, siret=str(one.siret), name=name, kind=kind, department="93")
                await registry.record(connection, message)
        await self._key("buyer", ["declarant"], BUYER.id)
        await self._key("company", ["declarant"], COMPANY.id)
        await self._key("facilitator", ["facilitator"], FACILITATOR.id, ["93"])
        await self._key("coordinator93", ["coordinator"], departments=["93"])
        await self._key("coordinator77", ["coordinator"], departments=["77"])
        await self._key("team", ["team"])
        await self._key("operator", ["operator"])


@asynccontextmanager
async def house(dsn: str) -> AsyncIterator[House]:
    """The service on a database of its own, with its HTTP side and without Kafka: what is announced stays in the outbox."""
    settings = Settings(service="ingest", database=dsn, secrets=Path("/nonexistent"))
    pool = await open_pool(dsn, size=12, application_name="test")
    clock = Clock()
    runtime = Runtime(settings, pool, Identity(pool, Freshness(owner=True), clock), Health(), clock)
    runtime.state.update(tokens=Tokens(secrets.token_bytes(32)), spool=Spool(secrets.token_bytes(32)))
    application = app(create(settings))
    application.state.runtime = runtime
    found = House(pool, clock, runtime, application)
    try:
        await found.fill()
        yield found
    finally:
        await pool.close()


def line_id(worker: str) -> UUID:
    return uuid5(NAMESPACE_DNS, worker)


def value(contract: UUID, worker: str, centihours: int = 750, *, month: str = MONTH, department: str = "93", line: int = 1) -> LineValue:
    """A good line. The same worker is the same line, whatever else it says."""
    return LineValue(
        line=line, line_id=line_id(worker), contract_uid=contract, period=Period.parse(month), department=department,
        centihours=centihours, employer_siret="12345678200010", person=Person(local=uuid5(NAMESPACE_DNS, worker).hex),
    )  # fmt: skip


def body(contract: UUID | str, *workers: str, hours: str = "7.50", **more: Any) -> dict[str, Any]:
    """A filing as a script sends it."""
    line = {
        "contract": str(contract), "employer_siret": "12345678200010", "period": MONTH, "department": "93", "residence": "93048",
        "sex": "F", "birth": "1990-04", "modality": "ETTI", "work_contract": "INTERIM_INSERTION", "public": "BRSA", "hours": hours,
    }  # fmt: skip
    lines = [{**line, "worker_id": worker} for worker in workers]
    return {"period": MONTH, "mode": "all", "reason": None, "lines": lines, **more}
