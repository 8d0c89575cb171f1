"""Let the planner see when a person is busy: fetch the calendar at the address that was typed, keep busy times, read it again every hour."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from kit.errors import LineError, Refused
from kit.outgoing import Fetcher, Unreachable
from kit.service import Runtime
from services.events import reading_calendars
from services.events.organising import today
from services.events.rules.busy_times import Block, NotACalendar
from services.events.settings import TASKS_EVERY_S
from services.events.store import calendars

log = logging.getLogger(__name__)
SECONDS: Final = 9.5
"""To fetch and to read, together."""
AHEAD: Final = timedelta(days=500)
ACCEPT: Final = "text/calendar, */*;q=0.1"


async def add(runtime: Runtime, person_id: UUID, url: str) -> None:
    """The address is kept only when a calendar could be read there. Raises Refused with the reason, 409 beyond three."""
    url = url.strip()
    try:
        blocks = await fetch(runtime, url)
    except (Unreachable, NotACalendar) as error:
        code = error.code if isinstance(error, Unreachable) else "CONTENT"
        raise Refused(
            [LineError(column="url", code=code, message=str(error))], code="CALENDAR_REFUSED", title="Cet agenda ne peut pas être lu"
        ) from None
    async with runtime.pool.acquire() as connection, connection.transaction():
        await calendars.add(connection, person_id, url, blocks, runtime.clock())


async def fetch(runtime: Runtime, url: str) -> list[Block]:
    """Busy times from yesterday on, ten seconds at most from the first name asked to the last block. Raises Unreachable, NotACalendar."""
    start = time.monotonic()
    fetched = await fetcher_of(runtime).get(url, accept=ACCEPT)
    if fetched.content_type.startswith(("text/html", "image/", "application/pdf")):
        raise NotACalendar(
            "L’adresse mène à une page ou à un document, pas à un agenda. Copiez le lien « iCal » ou « .ics » de votre logiciel."
        )
    begin, end = window(today(runtime))
    return await reading_calendars.read(fetched.body, begin, end, max(0.5, SECONDS - (time.monotonic() - start)))


async def refresh(runtime: Runtime) -> int:
    """Reads every calendar that is due; one that fails keeps what was known and says why. Returns how many were tried."""
    tried = 0
    while True:
        async with runtime.pool.acquire() as connection, connection.transaction():
            calendar = await calendars.due(connection, runtime.clock())
        if calendar is None:
            return tried
        tried += 1
        try:
            blocks = await fetch(runtime, calendar.url)
        except (Unreachable, NotACalendar) as error:
            log.info("calendar not read", extra={"calendar": str(calendar.calendar_id), "reason": str(error)})
            async with runtime.pool.acquire() as connection, connection.transaction():
                await calendars.failed(connection, calendar.calendar_id, str(error), runtime.clock())
            continue
        async with runtime.pool.acquire() as connection, connection.transaction():
            await calendars.read(connection, calendar.calendar_id, blocks, runtime.clock())


async def keep_reading(runtime: Runtime) -> None:
    """A long task."""
    while True:
        await refresh(runtime)
        await asyncio.sleep(TASKS_EVERY_S)


def window(day: date) -> tuple[date, date]:
    return day - timedelta(days=1), day + AHEAD


def fetcher_of(runtime: Runtime) -> Fetcher:
    found: Fetcher = runtime.state.setdefault("fetcher", Fetcher(seconds=SECONDS))
    return found
