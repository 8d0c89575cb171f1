"""notify's sender alone, as a process that a test may kill: `python -m tests.integration.notify_sender DSN SMTP LEASE_S`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from kit.postgres import open_pool
from kit.service import Runtime, utc_now
from kit.settings import Settings
from services.notify.sending import claim
from services.notify.sending.sender import Sender


async def send(dsn: str, smtp: str) -> None:
    nothing: Any = None
    runtime = Runtime(
        Settings(service="notify", smtp=smtp), await open_pool(dsn, size=6, application_name="sender"), nothing, nothing, utc_now
    )
    await Sender(runtime, asyncio.Event()).run()


if __name__ == "__main__":
    claim.LEASE = timedelta(seconds=float(sys.argv[3]))  # type: ignore[misc]  # shorter than a test has patience
    asyncio.run(send(sys.argv[1], sys.argv[2]))
