"""The last quarter of an hour in memory: a look every five seconds at lag, waiting rows and memory."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from deploy.console.databases import Databases
from deploy.local.folder import RunFolder
from deploy.local.status import status

EVERY_S: Final = 5.0
LOOKS: Final = 180


@dataclass(frozen=True)
class Look:
    """What was seen at one moment: records not yet read, seconds of the oldest waiting row, bytes of memory, processes not ready."""

    at: datetime
    lag: int
    waiting_s: float
    pss: int
    not_ready: int


@dataclass
class History:
    """The newest look is `now`, the supervisor's whole answer; `looks` are the numbers of the last fifteen minutes."""

    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=LOOKS))
    now: dict[str, Any] | None = None

    async def keep(self, folder: RunFolder, databases: Databases) -> None:
        """Look until cancelled."""
        while True:
            await self.look(folder, databases)
            await asyncio.sleep(EVERY_S)

    async def look(self, folder: RunFolder, databases: Databases) -> dict[str, Any]:
        """Look once, and remember."""
        found = await asyncio.to_thread(status, folder)
        outboxes = await databases.outboxes()
        processes = [process for roles in found["services"].values() for process in roles.values()]
        everything = [*processes, *found["infrastructure"].values()]
        self.looks.append(
            Look(
                datetime.now(UTC),
                sum(process["lag"] or 0 for process in processes),
                max(outboxes.values(), default=0.0),
                found["pss"],
                sum(not part["ready"] for part in everything),
            )
        )
        self.now = {**found, "outboxes": outboxes}
        return self.now
