"""Announces, once for each structure, department and quarter, that nothing came of contracts that were running."""

from __future__ import annotations

import asyncio
from typing import Final

from kit import outbox
from kit.service import Runtime
from schemas.indicators import SilenceNoticed
from schemas.vocabulary.places import DEPARTMENTS
from schemas.zones import PARIS
from services.indicators.catalogue.parameters import SILENCE_DAYS
from services.indicators.store import silences

_LOOKS_EVERY_S: Final = 3600.0
_LOCK: Final = 0x73696C65


async def silence_noticed(runtime: Runtime) -> None:
    """The worker's task. Where several run, one at a time does it."""
    while True:
        if await look(runtime):
            runtime.wake_relay()
        await asyncio.sleep(_LOOKS_EVERY_S)


async def look(runtime: Runtime) -> int:
    """Look once. Returns how many silences were announced."""
    now = runtime.clock()
    today = now.astimezone(PARIS).date()
    async with runtime.pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return 0
        parameters = await silences.in_force(connection)
        quarter = silences.quarter_due(today, int(parameters.on(SILENCE_DAYS, today)))
        found = await silences.silent(connection, quarter, DEPARTMENTS)
        new = await silences.note(connection, quarter, found, now)
        said = [
            SilenceNoticed(
                occurred_at=now,
                department=one.department,
                organisation_id=one.organisation_id,
                since=quarter.start,
                contracts=one.contracts,
            )
            for one in new
        ]
        await outbox.add_many(connection, said)
    return len(said)
