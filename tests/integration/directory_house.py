"""What the tests of directory share: the whole HTTP side on a real database, a clock that stands, a mailbox."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
from aiosmtpd.smtp import SMTP, Envelope

from demo.identifiers import siret
from kit import api_keys
from kit.freshness import Freshness
from kit.identity import Identity
from kit.postgres import open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from services.directory.app import create
from tests.fixtures.databases import Database
from tests.waiting import eventually

OPERATOR = api_keys.new("operator")


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Mailbox:
    mails: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802  the library's name
        mail = email.message_from_bytes(cast("bytes", envelope.content), policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], str(mail.get_content())))
        return "250 2.0.0 Taken"

    async def link_of(self, to: str) -> str:
        """The path of the last link that was sent there."""
        found = await eventually(lambda: [text for address, text in self.mails if address == to], 10)
        seen = re.search(r"https?://[^/\s]+(/\S+)", found[-1])
        assert seen
        return seen[1]


@dataclass
class House:
    """directory without Kafka. `http` is nobody; `by(key)` is the caller with that key."""

    runtime: Runtime
    http: httpx.AsyncClient
    mailbox: Mailbox
    clock: Clock
    transport: httpx.ASGITransport

    @property
    def pool(self) -> Any:
        return self.runtime.pool

    async def post(self, path: str, body: Any, *, key: str = OPERATOR) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"Authorization": f"Bearer {key}"})

    async def get(self, path: str, *, key: str | None = None) -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {key}"} if key else {})

    async def organisation(self, number: int = 1, **more: Any) -> UUID:
        body = {"siret": siret(number), "name": f"Structure {number}", "kind": "PLIE", "department": "93", **more}
        answer = await self.post("/api/v1/organisations", body)
        assert answer.status_code in {200, 201}, answer.text
        return UUID(answer.json()["id"])

    async def person(self, name: str, *roles: str, **more: Any) -> UUID:
        body = {"first_name": "Nora", "name": name, "email": f"{name.lower()}@exemple.test", "roles": roles or ("coordinator",), **more}
        answer = await self.post("/api/v1/people", body)
        assert answer.status_code in {200, 201}, answer.text
        return UUID(answer.json()["id"])

    async def mandate(self, structure: UUID, person: UUID, starts_on: str, ends_on: str | None = None, **more: Any) -> httpx.Response:
        body = {
            "id": str(uuid4()),
            "department": "93",
            "structure": str(structure),
            "person": str(person),
            "from": starts_on,
            "to": ends_on,
        }
        return await self.post("/api/v1/mandates", {**body, **more})

    @asynccontextmanager
    async def signed_in(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that came in by the link of a mail; cookies are its own."""
        async with httpx.AsyncClient(transport=self.transport, base_url="http://127.0.0.1", headers={"Accept": "text/html"}) as browser:
            asked = await browser.post("/connexion", data={"email": address})
            assert asked.status_code == 303, asked.text
            token = (await self.mailbox.link_of(address)).partition("jeton=")[2]
            entered = await browser.post("/connexion/lien", data={"jeton": token})
            assert entered.status_code == 303, entered.text
            yield browser

    async def announced(self, kind: str) -> list[asyncpg.Record]:
        found: list[asyncpg.Record] = await self.pool.fetch(
            "select key, value from outbox where type = $1 order by seq", f"fr.macs.directory.{kind}.v1"
        )
        return found


@asynccontextmanager
async def open_house(database: Database, secrets: Path) -> AsyncIterator[House]:
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="post.test", loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = Settings(
        service="directory", database=database.rows, secrets=secrets, gateway="http://127.0.0.1", local=True, fictional=True,
        mailbox_smtp=f"127.0.0.1:{port}", bootstrap_key_sha256=api_keys.sha256_of(OPERATOR),
    )  # fmt: skip
    pool = await open_pool(database.rows, size=4, application_name="test")
    service = create(settings)
    made = app(service)
    clock = Clock()
    runtime = Runtime(settings, pool, Identity(pool, Freshness(owner=True), clock), made.state.health, clock=clock)
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for started in service.on_start:
            await started(runtime)
        made.state.runtime = runtime
        yield House(runtime, client, mailbox, clock, transport)
    server.close()
    await server.wait_closed()
    await pool.close()
