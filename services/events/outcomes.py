"""Half a year after an Openmap or a department's event, those who came are asked what came of it: once, by letter, from the retro-planning."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from kit import outbox
from kit.service import Runtime
from schemas.meetings import OutcomesAsked
from services.events.organising import links_of, today
from services.events.settings import TASKS_EVERY_S
from services.events.store import aftermath, editions

log = logging.getLogger(__name__)
LATEST: Final = timedelta(days=90)
"""A step overdue for longer is left to the organisers: people are not asked about what they have forgotten."""


async def ask(runtime: Runtime) -> None:
    """A long task."""
    while True:
        if asked := await ask_once(runtime):
            log.info("asked what came of an event", extra={"people": asked})
            runtime.wake_relay()
        await asyncio.sleep(TASKS_EVERY_S)


async def ask_once(runtime: Runtime) -> int:
    """How many people were asked. The step of the retro-planning is ticked with it, so that nobody is asked twice."""
    day, links, asked = today(runtime), links_of(runtime), 0
    async with runtime.pool.acquire() as connection:
        for found in await aftermath.to_ask(connection, day, day - LATEST):
            async with connection.transaction():
                if not await editions.tick_once(connection, found.edition_id, "OUTCOMES", on=day, by="automatique"):
                    continue
                for who in await aftermath.came(connection, found.meeting_id):
                    page = f"{links.participant(who.participant_id)}/suites"
                    await outbox.add(
                        connection,
                        OutcomesAsked(
                            meeting_id=found.meeting_id, participant_id=who.participant_id, title=found.title, day=found.day, name=who.name,
                            email=who.email, page=page, occurred_at=runtime.clock(),
                        ),
                    )  # fmt: skip
                    asked += 1
    return asked
