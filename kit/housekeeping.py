"""Forgets what has served: old answers, handled dead letters, sessions that would have ended anyway."""

from __future__ import annotations

import asyncio

from kit import idempotency
from kit.postgres import Pool

_HOUR_S = 3600.0


async def keep(pool: Pool) -> None:
    """Once an hour until cancelled."""
    while True:
        async with pool.acquire() as connection:
            await idempotency.forget_old(connection)
            await connection.execute("delete from registry_revoked_sessions where expires_at < now()")
            await connection.execute("delete from dead_letters where dead_at < now() - interval '30 days'")
        await asyncio.sleep(_HOUR_S)
