"""An import as a row: asked for by HTTP, run by a worker, told to whoever asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection, Pool
from services.ingest.decp.staging import Counts
from services.ingest.decp.tries import MOST

HELD: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Job:
    """A job that this process holds."""

    id: UUID
    file_name: str
    requested_by: str
    traceparent: str | None
    tries: int = 1
    """How often it has been begun, this time included."""


@dataclass(frozen=True)
class Asked:
    """An uploaded file that waits to be imported."""

    id: UUID
    file_name: str
    source_name: str
    sha256: str
    bytes: int
    requested_by: str
    traceparent: str | None


async def ask(connection: Connection, asked: Asked, at: datetime) -> None:
    await connection.execute(
        """
        insert into imports (import_id, state, file_name, source_name, sha256, bytes, requested_by, traceparent, created_at)
        values ($1, 'waiting', $2, $3, $4, $5, $6, $7, $8)
        """,
        asked.id, asked.file_name, asked.source_name, asked.sha256, asked.bytes, asked.requested_by, asked.traceparent, at,
    )  # fmt: skip


async def take(pool: Pool, now: datetime) -> Job | None:
    """The oldest job that nobody runs and that need not wait, or whose runner was killed."""
    row = await pool.fetchrow(
        """
        update imports set state = 'running', held_until = $2, next_try_at = null, tries = tries + 1 where import_id = (
            select import_id from imports
            where (state = 'waiting' and coalesce(next_try_at <= $1, true)) or (state = 'running' and held_until < $1)
            order by created_at limit 1 for update skip locked
        ) returning import_id, file_name, requested_by, traceparent, tries
        """,
        now,
        now + HELD,
    )
    return Job(row["import_id"], row["file_name"], row["requested_by"], row["traceparent"], row["tries"]) if row else None


async def hold(pool: Pool, job: Job, now: datetime) -> None:
    await pool.execute("update imports set held_until = $2 where import_id = $1 and state = 'running'", job.id, now + HELD)


async def finish(connection: Connection, job: Job, counts: Counts, new: int, changed: int, at: datetime) -> None:
    await connection.execute(
        """
        update imports set state = 'done', held_until = null, finished_at = $2, detail = null, read = $3, imported = $4, repaired = $5, duplicates = $6,
            set_aside = $7, outside_region = $8, new_contracts = $9, changed_contracts = $10, reasons = $11::text::jsonb, flags = $12::text::jsonb
        where import_id = $1
        """,
        job.id, at, counts.read, counts.imported, counts.repaired, counts.duplicates, counts.set_aside, counts.outside_region, new, changed,
        json.dumps(counts.reasons), json.dumps(counts.flags),
    )  # fmt: skip


async def fail(pool: Pool, job: Job, detail: str, at: datetime) -> None:
    """The file cannot be imported, now or later."""
    await pool.execute(
        "update imports set state = 'failed', held_until = null, finished_at = $2, detail = $3 where import_id = $1",
        job.id,
        at,
        detail[:500],
    )


async def put_off(pool: Pool, job: Job, detail: str, until: datetime) -> None:
    """Try again then: others go first meanwhile."""
    await pool.execute(
        "update imports set state = 'waiting', held_until = null, next_try_at = $2, detail = $3 where import_id = $1", job.id, until, detail
    )


async def give_up(connection: Connection, job: Job, detail: str, touched: tuple[int, int], at: datetime, kept_until: datetime) -> None:
    """No further try by itself. `touched` contracts, new and changed, were recorded before it stopped; the file stays until `kept_until`."""
    await connection.execute(
        """
        update imports set state = 'failed', held_until = null, finished_at = $2, detail = $3, new_contracts = $4, changed_contracts = $5,
            kept_until = $6, tries = least(tries, $7) where import_id = $1
        """,
        job.id, at, detail, *touched, kept_until, MOST,
    )  # fmt: skip


async def try_again(connection: Connection, import_id: UUID, now: datetime) -> bool:
    """Begin an import anew that was given up, or that waits for its next try. False when it is another's turn, or its file is gone."""
    found = await connection.fetchval(
        """
        update imports set state = 'waiting', tries = 0, next_try_at = null, kept_until = null, finished_at = null, detail = null
        where import_id = $1 and ((state = 'failed' and kept_until > $2) or (state = 'waiting' and next_try_at is not null))
        returning true
        """,
        import_id,
        now,
    )
    return bool(found)


async def needed_files(pool: Pool, now: datetime) -> set[str]:
    """Names of the files that wait, are read, or may be tried again."""
    rows = await pool.fetch("select file_name from imports where state in ('waiting', 'running') or kept_until > $1", now)
    return {row["file_name"] for row in rows}


async def has_ended(pool: Pool, import_id: UUID) -> bool:
    return bool(
        await pool.fetchval("select state in ('done', 'failed') and kept_until is null from imports where import_id = $1", import_id)
    )


async def state_of(connection: Connection, import_id: UUID) -> dict[str, Any] | None:
    """The body of `GET /api/v1/imports/{import}`."""
    row = await connection.fetchrow(
        """
        select import_id, state, detail, source_name, bytes, created_at, finished_at, sha256, read, imported, repaired, duplicates, set_aside, outside_region,
            new_contracts, changed_contracts, tries, next_try_at, kept_until, reasons::text, flags::text from imports where import_id = $1
        """,
        import_id,
    )
    if row is None:
        return None
    found = dict(row)
    found["import"] = str(found.pop("import_id"))
    return {**found, "reasons": json.loads(found["reasons"]), "flags": json.loads(found["flags"])}


async def recent(connection: Connection, limit: int, before: tuple[datetime, UUID] | None = None) -> list[dict[str, Any]]:
    """The last imports, newest first; those asked for before an instant and id."""
    rows = await connection.fetch(
        """
        select import_id, state, source_name, created_at, next_try_at, kept_until, read, imported, repaired, duplicates, set_aside from imports
        where $2::timestamptz is null or (created_at, import_id) < ($2, $3::uuid)
        order by created_at desc, import_id desc limit $1
        """,
        limit,
        *(before or (None, None)),
    )
    return [dict(row) for row in rows]


async def remarks(connection: Connection, import_id: UUID, outcome: str, limit: int) -> list[dict[str, Any]]:
    """Rows of an import that did not become contracts, in the order of the file."""
    rows = await connection.fetch(
        """
        select position, reason, winner, buyer, decp_id from import_remarks where import_id = $1 and outcome = $2 order by position limit $3
        """,
        import_id,
        outcome,
        limit,
    )
    return [dict(row) for row in rows]
