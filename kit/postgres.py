"""Pools of connections that give up early: a frozen process must not keep a row lock."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from typing import TYPE_CHECKING, Final

import asyncpg
import asyncpg.pool

log = logging.getLogger(__name__)

if TYPE_CHECKING:  # the library's classes are generic for the type checker only
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

TRANSIENT: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
    OSError,
    TimeoutError,
)
"""Failures after which the same work may succeed: keep it and try again with back-off."""

COMMAND_TIMEOUT_S: Final = 20.0
IDLE_S: Final = 60.0
"""After so long without use a connection is given up, down to one: its server process holds 8 to 20 MB, and a burst had opened it."""
_SESSION: Final = {
    # a request may compute for a while between two statements; the readers, whose locks others wait for, have 5 s (consumer/transaction.py)
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "3s",
    "statement_timeout": "20s",
    "timezone": "UTC",
}


async def open_pool(
    dsn: str, *, size: int, application_name: str, settings: dict[str, str] | None = None, patience_s: float = 600.0
) -> Pool:
    """A pool of at most `size` connections. Waits for a server that is not there yet; raises its last error after `patience_s`.

    `settings` replace session settings for connections with other needs (the relay waits for Kafka inside its transaction).
    """
    server_settings = {**_SESSION, "application_name": application_name, **(settings or {})}
    deadline = asyncio.get_running_loop().time() + patience_s
    wait = 0.1
    while True:
        try:
            return await asyncpg.create_pool(
                dsn, min_size=1, max_size=size, max_inactive_connection_lifetime=IDLE_S, command_timeout=COMMAND_TIMEOUT_S, timeout=5, server_settings=server_settings,
                init=_speak_json, reset=_leave_no_transaction,
            )  # fmt: skip
        except (*TRANSIENT, asyncpg.exceptions.InvalidAuthorizationSpecificationError, asyncpg.exceptions.InvalidCatalogNameError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("waiting for PostgreSQL", extra={"error": f"{type(error).__name__}: {error}"})
        await asyncio.sleep(jittered(wait))
        wait = min(wait * 2, 2.0)


async def _speak_json(connection: Connection) -> None:
    """jsonb and json come and go as Python objects."""
    for kind in ("jsonb", "json"):
        await connection.set_type_codec(kind, encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave_no_transaction(connection: Connection) -> None:
    """Instead of the library's four statements at each release: nothing here keeps state in a session, so only a left-over transaction is ended."""
    if connection.is_in_transaction():
        await connection.execute("rollback")


def jittered(seconds: float) -> float:
    """The wait with ±50 %: several processes that failed together must not come back together."""
    return seconds * random.uniform(0.5, 1.5)  # noqa: S311  a spread in time, not a secret
