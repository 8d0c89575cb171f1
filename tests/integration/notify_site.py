"""notify's HTTP side over a real database, for tests of its pages by client and by browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from kit import api_keys, registry
from kit.freshness import Freshness
from kit.identity import Identity
from kit.postgres import open_pool
from kit.service import Runtime, app
from kit.settings import Settings
from schemas.directory import ApiKeyRecorded
from services.notify.app import create
from services.notify.sending import mailbox_server
from tests.integration.notify_house import House, Post


class Site:
    """notify's HTTP side over a real database, and the keys of three callers."""

    def __init__(self, house: House, client: httpx.AsyncClient, keys: dict[str, str], runtime: Runtime, application: FastAPI) -> None:
        self.house, self.client, self.keys, self.runtime, self.application = house, client, keys, runtime, application

    async def get(self, path: str, who: str | None = None, *, page: bool = False) -> httpx.Response:
        return await self.client.get(path, headers=self._headers(who, page=page))

    async def post(self, path: str, who: str | None = None, *, page: bool = False, **body: object) -> httpx.Response:
        return await self.client.post(path, headers=self._headers(who, page=page), **body)  # type: ignore[arg-type]  # json= or data=

    def _headers(self, who: str | None, *, page: bool) -> dict[str, str]:
        return {"Accept": "text/html" if page else "application/json", **({"Authorization": f"Bearer {self.keys[who]}"} if who else {})}


@asynccontextmanager
async def open_site(dsn: str, folder: Path) -> AsyncIterator[Site]:
    """The embedded mail server listens, so that a mail sent is a mail shown."""
    pool = await open_pool(dsn, size=6, application_name="test")
    house = House(pool, Post())
    settings = Settings(
        service="notify", role="all", local=True, fictional=True, mailbox_smtp="127.0.0.1:0", gateway="http://gateway.test", data=folder
    )
    made = app(create(settings))
    runtime = house.runtime(smtp=None, local=True, mailbox_smtp="127.0.0.1:0")
    runtime.identity = Identity(pool, Freshness(owner=True), house.clock)
    made.state.runtime = runtime
    await mailbox_server.start(runtime)
    await mailbox_server.keep_listening(runtime)  # at once, unless the port that the system gave was taken meanwhile
    [listening] = runtime.state["mailbox_server"].sockets
    house.post.address = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
    keys = {
        "coordinator": await key(house, "coordinator", "93"),
        "neighbour": await key(house, "coordinator", "94"),
        "team": await key(house, "team"),
    }
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield Site(house, client, keys, runtime, made)
    await mailbox_server.stop(runtime)
    await pool.close()


async def key(house: House, role: str, *departments: str, person: UUID | None = None) -> str:
    name = uuid4().hex[:8]
    made = api_keys.new(name)
    async with house.pool.acquire() as connection:
        message = ApiKeyRecorded(
            key_id=name, sha256=api_keys.sha256_of(made), name=role, roles=(role,), departments=departments, person_id=person
        )
        await registry.record(connection, message)
    return made
