"""How long filings wait to be counted: of those that are, and of the oldest that is not."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from prometheus_client import Gauge, Histogram

from kit.service import Runtime
from services.ingest.store import journal

COUNTED_SECONDS: Final = Histogram(
    "macs_ingest_counted_seconds", "From a filing's receipt until it is counted",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)  # fmt: skip
OLDEST_UNCOUNTED_S: Final = Gauge("macs_ingest_oldest_uncounted_seconds", "Since the oldest filing was received that is not counted")
_EVERY_S: Final = 15.0


def counted(received_at: datetime | None, counted_at: datetime) -> None:
    """Take a filing into account that was counted for the first time; without effect where `received_at` is None."""
    if received_at is not None:
        COUNTED_SECONDS.observe(max(0.0, (counted_at - received_at).total_seconds()))


async def measure(runtime: Runtime) -> None:
    """Long task: what is never counted is in no average."""
    while True:
        async with runtime.pool.acquire() as connection:
            OLDEST_UNCOUNTED_S.set(await journal.longest_uncounted(connection, runtime.clock()))
        await asyncio.sleep(_EVERY_S)
