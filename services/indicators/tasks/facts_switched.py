"""When a replay is complete: compare what was rebuilt with the facts in use, then let it take their place."""

from __future__ import annotations

import asyncio
import logging

from kit.service import Runtime
from services.indicators.store import replays
from services.indicators.store.replays import Outcome

log = logging.getLogger(__name__)
_LOCK = 0x73776974
_LOOKS_EVERY_S = 1.0
_UNDER_WAY_S = 30.0
_AGAIN_S = 0.25


async def facts_switched(runtime: Runtime) -> None:
    """The worker's task. Where several run, one at a time does it."""
    while True:
        await look(runtime)
        await asyncio.sleep(_LOOKS_EVERY_S)


async def look(runtime: Runtime, patience_s: float = _UNDER_WAY_S) -> Outcome | None:
    """Look once. The comparison reads both tables while everything goes on; the switch stops the appliers for its moment only.

    Lines that the record knows and the facts do not yet are waited for: they are on their way, not lost.
    """
    async with runtime.pool.acquire() as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
            return None
        try:
            replay = await replays.complete(connection)
            if replay is None:
                return None
            async with connection.transaction():
                found = await replays.different(connection, replay)
            for _ in range(int(patience_s / _AGAIN_S)):
                if not (found and await replays.awaited(connection, found)):
                    break
                await asyncio.sleep(_AGAIN_S)
            async with connection.transaction():
                outcome = await replays.switch(connection, replay, found, runtime.clock())
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _LOCK)
    level = logging.INFO if outcome.equal else logging.WARNING
    log.log(level, "facts rebuilt from the record took their place", extra={"replay": str(replay["replay_id"]), "outcome": str(outcome)})
    return outcome
