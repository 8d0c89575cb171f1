"""Publish: measure the replica in one snapshot, protect, write everything and announce it in one transaction."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from kit import outbox
from kit.service import Runtime
from schemas.indicators import EditionPublished
from services.indicators.release import store
from services.indicators.release.build import build
from services.indicators.release.store import Published
from services.indicators.replica.follow import catch_up
from services.indicators.replica.positions import write
from services.indicators.replica.task import replica_of

PARIS = ZoneInfo("Europe/Paris")
_ONE_AT_A_TIME = asyncio.Lock()


async def publish(runtime: Runtime) -> Published:
    """The next release, of everything committed before the call. Older releases stay as they are."""
    async with _ONE_AT_A_TIME:
        replica = await replica_of(runtime)
        while await catch_up(runtime.pool, replica):
            pass
        now = runtime.clock()
        today = now.astimezone(PARIS).date()
        release, position = await replica.ask(lambda connection: build(connection, today))
        async with runtime.pool.acquire() as connection, connection.transaction():
            found = await store.write(
                connection, release, at=now, year=today.year, positions=write(position), fictional=runtime.settings.fictional
            )
            announced = EditionPublished(release=found.release, figures_until=found.figures_until, cells=found.cells, hidden=found.hidden)
            await outbox.add(connection, announced)
    runtime.wake_relay()
    return found
