"""Keeps the log of changes short: it serves replicas that follow, not those that were away for hours."""

from __future__ import annotations

import asyncio

from kit.service import Runtime, Task
from services.indicators.settings import Pace
from services.indicators.store import changes


def task(pace: Pace) -> Task:
    async def changes_trimmed(runtime: Runtime) -> None:
        while True:
            await changes.trim(runtime.pool, runtime.clock() - pace.changes_kept)
            await asyncio.sleep(pace.trims_every.total_seconds())

    return changes_trimmed
