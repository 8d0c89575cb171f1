"""Keys for the services that are measured: recorded as the directory would tell of them, handed back as a caller sends them."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from kit import api_keys, registry
from schemas.directory import ApiKeyRecorded


async def let_in(connection: asyncpg.Connection, name: str, role: str, organisation: UUID | None = None) -> str:
    """A key with this role in the service whose database the connection is in. It must be recorded before the process starts, or be told by topic."""
    key = api_keys.new(name)
    recorded = ApiKeyRecorded(
        key_id=name, sha256=api_keys.sha256_of(key), name=name, organisation_id=organisation, roles=(role,), departments=()
    )
    await registry.record(connection, recorded)
    return key


async def of_team(dsn: str) -> str:
    """A key of the network's team in this database."""
    connection = await asyncpg.connect(dsn)
    try:
        return await let_in(connection, "team", "team")
    finally:
        await connection.close()
