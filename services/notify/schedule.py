"""What happens by the clock: mandates looked at again at 00:05, digests from 8:00 on working days, both in Paris."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from prometheus_client import Gauge

from kit.postgres import Connection
from kit.service import Runtime
from services.notify.dispatch import attendance, declarants, digests, filings, handovers, meetings, reminders, tasks
from services.notify.rules import workdays
from services.notify.store import mailbox, retention
from services.notify.store import meetings as meeting_store

WAITING: Final = Gauge("macs_notify_mails_open", "Mails that are not settled, by state", ["state"])
OLDEST_S: Final = Gauge("macs_notify_oldest_open_mail_seconds", "Age of the oldest mail that is not settled")
TICK_S: Final = 20.0
"""Short steps instead of one long sleep: a clock that is set, or a laptop that slept, must not skip a morning."""


async def look_again_at_mandates(runtime: Runtime) -> None:
    """At start, since midnight may have passed without us, then every night: a mandate begins and ends without a message."""
    while True:
        following = workdays.next_reroute(runtime.clock())
        await reroute_all(runtime)
        while runtime.clock() < following:  # noqa: ASYNC110  the wall clock decides, and it may be set
            await asyncio.sleep(TICK_S)


async def reroute_all(runtime: Runtime) -> None:
    """One meeting a transaction: none is locked for long."""
    now = runtime.clock()
    async with runtime.pool.acquire() as connection:
        coming = await meeting_store.coming(connection, None, now)
        async with connection.transaction():
            await filings.reroute(connection, None, now)
        for meeting_id in coming:
            async with connection.transaction():
                await meetings.reconsider(connection, meeting_id, now)
        await mailbox.forget_old(connection)
        await retention.forget_old(connection, now)
    runtime.wake_relay()


async def count_what_waits(runtime: Runtime) -> None:
    """Mails by state, and the age of the oldest, for the operator's page and its alert."""
    while True:
        async with runtime.pool.acquire() as connection:
            rows = await connection.fetch(
                """
                select state, count(*) as mails, min(created_at) as oldest from deliveries
                where channel = 'mail' and state in ('waiting', 'sending', 'unknown') group by state
                """
            )
        found = {row["state"]: row for row in rows}
        for state in ("waiting", "sending", "unknown"):
            WAITING.labels(state).set(found[state]["mails"] if state in found else 0)
        oldest = min((row["oldest"] for row in rows), default=runtime.clock())
        OLDEST_S.set(max((runtime.clock() - oldest).total_seconds(), 0.0))
        await asyncio.sleep(TICK_S)


async def by_the_clock(connection: Connection, now: datetime) -> int:
    """What a morning brings: reminders of meetings, the digest, summaries of handovers, reminders of polls, questions about interims, letters
    about silences, thanks after a meeting. Nothing of it before 8:00 of a working day."""
    if workdays.digest_day(now) is None:
        return 0
    return (
        await reminders.due(connection, now)
        + await digests.due(connection, now)
        + await handovers.due(connection, now)
        + await tasks.remind(connection, now)
        + await handovers.ask_about_interims(connection, now)
        + await declarants.tell_of_silences(connection, now)
        + await attendance.tell_afterwards(connection, now)
    )


async def write_digests(runtime: Runtime) -> None:
    while True:
        async with runtime.pool.acquire() as connection, connection.transaction():
            written = await by_the_clock(connection, runtime.clock())
        if written:
            runtime.state["mail_wake"].set()
        await asyncio.sleep(TICK_S)
