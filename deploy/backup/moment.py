"""One moment of all databases: no relay publishes while it is fixed, so that the topics copied in it hold what the databases know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from kit.outbox import SHARDS
from kit.relay import LOCK, SESSION_NAME

PATIENCE_S: Final = 30.0
_ASK_AGAIN_S: Final = 0.2
_TAKE: Final = "select pg_advisory_lock($1, shard) from generate_series(0, $2) as shard"
_END_RELAYS: Final = """
    select count(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()
"""


class NoMoment(Exception):
    """A relay did not let go in time."""


@dataclass(frozen=True)
class Snapshot:
    """What `pg_dump --snapshot` reads, for as long as its connection is open."""

    name: str
    connection: asyncpg.Connection

    async def let_publish(self) -> None:
        """Give the shards back; the snapshot stays."""
        await self.connection.execute("select pg_advisory_unlock_all()")


@asynccontextmanager
async def held(dsns: Mapping[str, str]) -> AsyncIterator[dict[str, Snapshot]]:
    """A snapshot of each database, `{service: dsn}` with a superuser's addresses, taken while no relay of theirs publishes.

    What a reader had taken in is in the topics then, and what is in the topics is in its publisher's database: published, or waiting in the
    outbox to be published once more under the same id. Requests are answered meanwhile, and readers read. Raises NoMoment.
    """
    async with AsyncExitStack() as stack:
        connections = {service: await stack.enter_async_context(_open(dsn)) for service, dsn in dsns.items()}
        await asyncio.gather(*(_take_shards(service, dsns[service], connection) for service, connection in connections.items()))
        yield {service: await _fixed(connection) for service, connection in connections.items()}


@asynccontextmanager
async def _open(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    settings: dict[str, Any] = {"application_name": "backup", "timezone": "UTC", "idle_in_transaction_session_timeout": "0"}
    connection = await asyncpg.connect(dsn, timeout=10, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def _take_shards(service: str, dsn: str, connection: asyncpg.Connection) -> None:
    """Wait in the queue of the relay's locks, and end its sessions: a relay begins again by asking for what is free, and does not queue."""
    async with _open(dsn) as ender:
        taking = asyncio.ensure_future(connection.fetch(_TAKE, LOCK, SHARDS - 1))
        deadline = time.monotonic() + PATIENCE_S
        try:
            while not taking.done():
                await ender.fetchval(_END_RELAYS, SESSION_NAME)
                await asyncio.wait([taking], timeout=_ASK_AGAIN_S)
                if time.monotonic() > deadline:
                    raise NoMoment(f"le relais de {service} ne lâche pas ses verrous")
            await taking
        finally:
            taking.cancel()


async def _fixed(connection: asyncpg.Connection) -> Snapshot:
    await connection.execute("begin isolation level repeatable read read only")
    return Snapshot(await connection.fetchval("select pg_export_snapshot()"), connection)
