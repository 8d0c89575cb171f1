"""Runs an import: judge every row, find the duplicates, record the contracts, count. Nothing stands until the whole file was read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from kit import telemetry
from kit.postgres import Connection
from kit.service import Runtime
from services.ingest.decp import jobs, staging
from services.ingest.decp.alike import flag_alike
from services.ingest.decp.jobs import Job
from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.streams import UnreadableDecp, rows_of
from services.ingest.store.contracts import Recorded, record
from services.ingest.store.filings import committed

CHUNK: Final = 500
"""Rows judged or contracts recorded at a time: a tenth of a second of work, so that readers of this process keep their turn."""
PAUSE: Final = 0.5
"""Seconds between two looks for a job."""


def folder_of(runtime: Runtime) -> Path:
    """Where uploaded files wait: shared by the web and worker processes of the service."""
    found = runtime.settings.data / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


async def run_imports(runtime: Runtime) -> None:
    """A task of the worker: run the jobs one after the other, for ever."""
    while True:
        job = await jobs.take(runtime.pool, runtime.clock())
        if job is None:
            await asyncio.sleep(PAUSE)
            continue
        file = folder_of(runtime) / job.file_name
        with telemetry.span("import decp", parent=job.traceparent, import_id=str(job.id)):
            await _run(runtime, job, file)
        file.unlink(missing_ok=True)


async def _run(runtime: Runtime, job: Job, file: Path) -> None:
    try:
        await _stage(runtime, job, file)
        await _record(runtime, job)
    except UnreadableDecp as error:
        await jobs.fail(runtime.pool, job, str(error), runtime.clock())
    except FileNotFoundError:
        await jobs.fail(runtime.pool, job, "Le fichier n’est plus là : envoyez-le à nouveau.", runtime.clock())
    async with runtime.pool.acquire() as connection:
        await staging.clear(connection, job.id)


async def _stage(runtime: Runtime, job: Job, file: Path) -> None:
    """Judge the file row by row into the staging table. Parsing runs beside the event loop."""
    async with runtime.pool.acquire() as connection:
        await staging.clear(connection, job.id)
        rows = (judge(row) for row in rows_of(file))
        while batch := await asyncio.to_thread(_next, rows):
            await staging.add(connection, job.id, batch)
            await jobs.hold(runtime.pool, job, runtime.clock())
        async with connection.transaction():
            await staging.expect_many(connection)
            await staging.mark_duplicates(connection, job.id)
            await flag_alike(connection, job.id)
            await staging.keep_remarks(connection, job.id)


def _next(rows: Iterator[Judged]) -> list[Judged]:
    return list(islice(rows, CHUNK))


async def _record(runtime: Runtime, job: Job) -> None:
    """Record what stands, chunk by chunk; a job that is run again finds its first chunks unchanged, so their counts are asked of the history."""
    at, mark = runtime.clock(), staging.Mark()
    by = f"import:{job.id}"
    while True:
        async with runtime.pool.acquire() as connection:
            entries, mark = await staging.standing(connection, job.id, mark, CHUNK)
        if not entries:
            break

        async def work(connection: Connection) -> list[Recorded]:
            return await record(connection, entries, by=by, at=at)  # noqa: B023  awaited before the next turn

        await committed(runtime.pool, work)
        runtime.wake_relay()
        await jobs.hold(runtime.pool, job, runtime.clock())
    async with runtime.pool.acquire() as connection, connection.transaction():
        new, changed = await _touched(connection, by)
        await jobs.finish(connection, job, await staging.counts(connection, job.id), new, changed, runtime.clock())


async def _touched(connection: Connection, by: str) -> tuple[int, int]:
    """How many contracts this import made, and how many it changed."""
    (row,) = await connection.fetch(
        """
        select count(*) filter (where revision = 1) as new, count(*) filter (where revision > 1) as changed
        from contract_revisions where changed_by = $1
        """,
        by,
    )
    return row["new"], row["changed"]
