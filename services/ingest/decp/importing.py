"""Runs an import: judge every row, find the duplicates, record the contracts, count. Nothing stands until the whole file was read."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path
from typing import Final

from prometheus_client import Counter

from kit import telemetry
from kit.postgres import TRANSIENT, Connection
from kit.service import Runtime
from services.ingest.decp import jobs, staging, tries
from services.ingest.decp.alike import flag_alike
from services.ingest.decp.jobs import Job
from services.ingest.decp.judging import Judged, judge
from services.ingest.decp.streams import UnreadableDecp, rows_of
from services.ingest.store.contracts import Recorded, record
from services.ingest.store.filings import committed

log = logging.getLogger(__name__)

FAILURES: Final = Counter(
    "macs_ingest_import_failures_total", "Imports of procurement data that failed for a reason of the server's", ["outcome"]
)
for _outcome in ("tried_again", "given_up"):
    FAILURES.labels(_outcome)  # from 0, so that the first one is seen to rise
CHUNK: Final = 500
"""Rows judged or contracts recorded at a time: a tenth of a second of work, so that readers of this process keep their turn."""
_PAUSES_S: Final = (0.5, 1, 2, 4, 8)
PAUSE: Final = 0.5
"""Seconds between two looks for a job."""
_YOUNG_S: Final = 3600.0


def folder_of(runtime: Runtime) -> Path:
    """Where uploaded files wait: shared by the web and worker processes of the service."""
    found = runtime.settings.data / "imports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


async def run_imports(runtime: Runtime) -> None:
    """A task of the worker: run the jobs one after the other, for ever."""
    while True:
        if not await run_next(runtime):
            await asyncio.sleep(PAUSE)


async def run_next(runtime: Runtime) -> bool:
    """Take the next job as far as it goes. False when there is none."""
    job = await jobs.take(runtime.pool, runtime.clock())
    if job is None:
        return False
    file = folder_of(runtime) / job.file_name
    with telemetry.span("import decp", parent=job.traceparent, import_id=str(job.id)):
        await _run(runtime, job, file)
    if await jobs.has_ended(runtime.pool, job.id):
        file.unlink(missing_ok=True)
    return True


async def _run(runtime: Runtime, job: Job, file: Path) -> None:
    """Import the file, or say why not; a failure that is not the file's is tried again (`tries`)."""
    try:
        if job.tries > tries.MOST:
            await _give_up(runtime, job, tries.INTERRUPTED)
        else:
            await _stage(runtime, job, file)
            await _record(runtime, job)
    except UnreadableDecp as error:
        await jobs.fail(runtime.pool, job, str(error), runtime.clock())
    except FileNotFoundError:
        await jobs.fail(runtime.pool, job, "Le fichier n’est plus là : envoyez-le à nouveau.", runtime.clock())
    except Exception as error:
        log.exception("an import failed", extra={"import_id": str(job.id), "tries": job.tries})
        await _written_down(runtime, job, error)
    async with runtime.pool.acquire() as connection:
        await staging.clear(connection, job.id)


async def _written_down(runtime: Runtime, job: Job, error: Exception) -> None:
    """Say what follows as soon as the database, which may be why it failed, takes it."""
    for pause in _PAUSES_S:
        try:
            await _after(runtime, job, error)
            return
        except TRANSIENT:
            await asyncio.sleep(pause)
    await _after(runtime, job, error)


async def _after(runtime: Runtime, job: Job, error: Exception) -> None:
    """The next try, or none. When the database is away for this too, the job is taken up again as that of a killed process is."""
    until = tries.next_try(error, job.tries, runtime.clock())
    if until is None:
        await _give_up(runtime, job, tries.said_of(error))
    else:
        FAILURES.labels("tried_again").inc()
        await jobs.put_off(runtime.pool, job, tries.said_of(error), until)


async def _give_up(runtime: Runtime, job: Job, why: str) -> None:
    now = runtime.clock()
    async with runtime.pool.acquire() as connection, connection.transaction():
        await jobs.give_up(connection, job, why, await _touched(connection, f"import:{job.id}"), now, now + tries.KEPT)
    FAILURES.labels("given_up").inc()
    log.error("an import was given up", extra={"import_id": str(job.id), "tries": job.tries, "why": why})


async def forget_files(runtime: Runtime) -> None:
    """Long task: files that no import needs any more, and those that a killed process left behind."""
    while True:
        await asyncio.to_thread(forget, runtime, await jobs.needed_files(runtime.pool, runtime.clock()), time.time() - _YOUNG_S)
        await asyncio.sleep(_YOUNG_S)


def forget(runtime: Runtime, needed: AbstractSet[str], before: float) -> None:
    """Remove what was written before that time (seconds since 1970) and is not needed: a younger one may not have been asked for yet."""
    for file in folder_of(runtime).iterdir():
        if file.name not in needed and file.stat().st_mtime < before:
            file.unlink(missing_ok=True)


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
