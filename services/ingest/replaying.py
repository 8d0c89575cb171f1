"""Announces the whole record again on `hours-replay`: every line's state, between ReplayStarted and ReplayEnded with their number.

A page of lines goes out in one transaction with the place that it reached, so a process that dies goes on where it stopped. The outbox
is never filled far ahead of the relay: what is declared meanwhile does not wait behind millions of lines.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit import outbox
from kit.postgres import Connection, Pool
from kit.service import Runtime
from schemas.hours import HoursDeclared, HoursRetracted, LineReplayed, ReplayEnded, ReplayStarted
from schemas.identifiers import uuid7
from services.ingest.corrections import Rank
from services.ingest.sources import SOURCES

PAGE: Final = 1_000
MOST_WAITING: Final = 5_000
_LOCK: Final = 0x7265706C
_LOOKS_EVERY_S: Final = 1.0
_PAUSE_S: Final = 0.05
_NOWHERE: Final = UUID(int=0)

_STATES: Final = """
    select l.line_id, l.revision, l.contract_uid, l.announced, l.rank, v.content, v.department, f.declarant_id
    from lines l
    left join line_values v on (v.number, v.filing_revision, v.line_id) = (l.number, l.filing_revision, l.line_id)
    left join filings f on f.number = l.number
    where l.line_id > $1 and l.revision > 0 order by l.line_id limit $2
"""


async def order(connection: Connection, by: str, at: datetime) -> UUID:
    """Begin a replay; the worker does it. Returns its id."""
    replay = uuid7()
    await connection.execute("insert into replays (replay_id, ordered_at, ordered_by) values ($1, $2, $3)", replay, at, by)
    await outbox.add(connection, ReplayStarted(replay_id=replay, occurred_at=at))
    return replay


async def replay_record(runtime: Runtime) -> None:
    """The worker's task: the oldest replay that has not ended, a page at a time."""
    while True:
        moved = await step(runtime.pool, runtime.clock())
        if moved:
            runtime.wake_relay()
        await asyncio.sleep(_PAUSE_S if moved else _LOOKS_EVERY_S)


async def step(pool: Pool, now: datetime) -> bool:
    """One page, where a replay is under way and the outbox has room. Returns whether there was anything to do."""
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return False
        found = await connection.fetchrow("select replay_id, reached, count from replays where ended_at is null order by replay_id limit 1")
        if found is None:
            return False
        waiting = await connection.fetchval("select count(*) from (select from outbox limit $1) as o", MOST_WAITING)
        if waiting < MOST_WAITING:
            await _page(connection, found, now)
    return True


async def _page(connection: Connection, found: asyncpg.Record, now: datetime) -> None:
    rows = await connection.fetch(_STATES, found["reached"] or _NOWHERE, PAGE)
    replay = found["replay_id"]
    await outbox.add_many(connection, [_message(replay, row, now) for row in rows])
    count = found["count"] + len(rows)
    if len(rows) < PAGE:
        await outbox.add(connection, ReplayEnded(replay_id=replay, count=count, occurred_at=now))
    await connection.execute(
        "update replays set reached = coalesce($2, reached), count = $3, ended_at = $4 where replay_id = $1",
        replay, rows[-1]["line_id"] if rows else None, count, now if len(rows) < PAGE else None,
    )  # fmt: skip


def _message(replay: UUID, row: asyncpg.Record, now: datetime) -> LineReplayed:
    line: dict[str, Any] = {"occurred_at": now, "line_id": row["line_id"], "revision": row["revision"], "contract_uid": row["contract_uid"]}
    if not row["announced"]:
        retracted = HoursRetracted.model_validate(line)
        return LineReplayed(occurred_at=now, replay_id=replay, contract_uid=row["contract_uid"], retracted=retracted)
    said = {"declarant_id": row["declarant_id"], "department": row["department"], "source": SOURCES[Rank(row["rank"])]}
    declared = HoursDeclared.model_validate({**json.loads(row["content"]), **said, **line})
    return LineReplayed(occurred_at=now, replay_id=replay, contract_uid=row["contract_uid"], declared=declared)
