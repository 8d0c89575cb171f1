"""Plain SQL files applied once each, in order, under an advisory lock. A file that changed after it was applied stops the start."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Final

import asyncpg

from kit.postgres import TRANSIENT, jittered

log = logging.getLogger(__name__)

KIT: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x6D616373  # "macs": one number for every service, since each has its own database
_TABLE: Final = """
    create table if not exists migrations (
        component text not null,
        name text not null,
        sha256 text not null,
        applied_at timestamptz not null default now(),
        primary key (component, name)
    )
"""


class ChangedMigration(Exception):
    """A file that was already applied has other contents now. Put it back and write a new file instead."""


async def migrate(dsn: str, service: str, folder: Path, *, patience_s: float = 600.0) -> list[str]:
    """Bring the database up to date as its owner: the kit's tables, then the service's. Returns the names applied now.

    Waits for PostgreSQL and for another process that is migrating. Grants the role `<service>` rows and nothing else.
    """
    connection = await _connect(dsn, patience_s)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(_TABLE)
        applied = [*await _apply(connection, "kit", KIT), *await _apply(connection, service, folder)]
        if applied:
            await _grant_rows(connection, service)
            log.info("migrated", extra={"files": applied})
        return applied
    finally:
        await connection.close()


async def _connect(dsn: str, patience_s: float) -> asyncpg.Connection:
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=5, server_settings={"application_name": "migrations", "timezone": "UTC"})
        except (*TRANSIENT, asyncpg.exceptions.InvalidAuthorizationSpecificationError, asyncpg.exceptions.InvalidCatalogNameError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("waiting for PostgreSQL", extra={"error": f"{type(error).__name__}: {error}"})
        await asyncio.sleep(jittered(0.3))


async def _apply(connection: asyncpg.Connection, component: str, folder: Path) -> list[str]:
    rows = await connection.fetch("select name, sha256 from migrations where component = $1", component)
    known = {row["name"]: row["sha256"] for row in rows}
    applied: list[str] = []
    for file in sorted(folder.glob("*.sql")):  # noqa: ASYNC240  as above
        text = file.read_bytes()
        sha256 = hashlib.sha256(text).hexdigest()
        if file.name not in known:
            async with connection.transaction():
                await connection.execute(text.decode())
                await connection.execute(
                    "insert into migrations (component, name, sha256) values ($1, $2, $3)", component, file.name, sha256
                )
            applied.append(f"{component}/{file.name}")
        elif known[file.name] != sha256:
            raise ChangedMigration(
                f"{component}/{file.name} was applied with other contents (sha256 {known[file.name][:12]}, now {sha256[:12]})"
            )
    return applied


async def _grant_rows(connection: asyncpg.Connection, service: str) -> None:
    if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", service):
        return
    role = await connection.fetchval("select quote_ident($1)", service)
    await connection.execute(f"""
        grant usage on schema public to {role};
        grant select, insert, update, delete on all tables in schema public to {role};
        grant usage, select on all sequences in schema public to {role};
        revoke insert, update, delete on migrations from {role};
    """)  # noqa: S608  quoted by the server
