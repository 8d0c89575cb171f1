"""How far this service's replica of `directory` may be behind: a key revoked elsewhere must not be honoured here for long."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka.errors import KafkaError

from kit.postgres import TRANSIENT, Pool

log = logging.getLogger(__name__)

BEHIND_LIMIT: Final = timedelta(seconds=60)
"""Records are known to wait for longer than this: nothing older than the lag is honoured."""
UNKNOWN_LIMIT: Final = timedelta(seconds=180)
"""Kafka cannot be asked. Longer, because then nobody's revocation can travel either and ingest has to survive a broker's restart."""
_EVERY_S: Final = 2.0
_FIRST_S: Final = 0.2

Ends = Callable[[], Awaitable[dict[int, int]]]
"""End offsets of `directory` by partition, as Kafka has them now."""


class Freshness:
    """Compares what was read with what there is. The service that owns the record has no replica and is always fresh."""

    def __init__(self, *, owner: bool = False) -> None:
        self.owner = owner
        self.caught_up = owner
        self._fresh_at = time.monotonic()
        self._asked_at = time.monotonic()

    def lag(self) -> timedelta:
        """How long ago the replica was known to hold everything."""
        return timedelta(seconds=0 if self.owner else time.monotonic() - self._fresh_at)

    def vouches_for(self, issued_at: datetime) -> bool:
        """Whether a credential of that age may be honoured."""
        lag = self.lag()
        reachable = time.monotonic() - self._asked_at < 3 * _EVERY_S
        if lag <= (BEHIND_LIMIT if reachable else UNKNOWN_LIMIT):
            return True
        return issued_at > datetime.now(UTC) - lag

    def reason(self) -> str | None:
        """Why the service is not ready to judge credentials."""
        if not self.caught_up:
            return "directory is not read to the end yet"
        lag = self.lag()
        return f"directory is {lag.seconds} s behind" if lag > BEHIND_LIMIT else None

    async def watch(self, pool: Pool, reader: str, ends: Ends) -> None:
        """Keep comparing until cancelled."""
        first: dict[int, int] = {}
        while not self.owner:
            try:
                asked_at = time.monotonic()
                found = await ends()
                self._asked_at = time.monotonic()
                first = first or found
                read = await self._read(pool, reader)
                self.caught_up = self.caught_up or _covers(read, first)
                if _covers(read, found):
                    self._fresh_at = asked_at
            except (*TRANSIENT, KafkaError) as error:
                log.warning("directory's end is not known", extra={"error": f"{type(error).__name__}: {error}"})
            await asyncio.sleep(_EVERY_S if self.caught_up else _FIRST_S)

    async def _read(self, pool: Pool, reader: str) -> dict[int, int]:
        rows = await pool.fetch("select partition, next_offset from offsets where reader = $1 and topic = 'directory'", reader)
        return {row["partition"]: row["next_offset"] for row in rows}


def _covers(read: dict[int, int], ends: dict[int, int]) -> bool:
    return all(read.get(partition, 0) >= end for partition, end in ends.items())
