"""Announces the figures of a department's year after they moved: the whole state, at most every ten seconds a department."""

from __future__ import annotations

import asyncio

from kit import outbox
from kit.service import Runtime, Task
from services.indicators.settings import Pace
from services.indicators.store import figures


def task(pace: Pace) -> Task:
    """The task of one worker. Where several run, one at a time does it: the others find the lock taken and look again later."""

    async def figures_moved(runtime: Runtime) -> None:
        while True:
            if await announce(runtime, pace):
                runtime.wake_relay()
            await asyncio.sleep(pace.looks_every.total_seconds())

    return figures_moved


async def announce(runtime: Runtime, pace: Pace) -> int:
    """Look once, in one transaction. Returns how many department years were announced.

    What moved is read from `changes` by a cursor of its own, so the transactions that apply lines never wait for this one.
    """
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        if not await figures.is_mine(connection):
            return 0
        await figures.follow(connection, now)
        due = await figures.due(connection, now - pace.figures_every)
        moved = await figures.of_years(connection, due)
        await outbox.add_many(connection, moved)
        await figures.announced(connection, due, now)
    return len(moved)
