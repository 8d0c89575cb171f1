"""`declarations`: how many lines to expect of a filing, known before its first line; and of which contracts there are no hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas.declarations import Declaration, NothingToDeclare
from schemas.topics import DECLARATIONS
from services.indicators.store import nothing, progress
from services.indicators.store.progress import FilingRevision, Progress


def reader(service: str, clock: Callable[[], datetime]) -> Reader:
    """A revision that sends no lines is none of our business: ingest announces it itself. « Rien à déclarer » counts as heard of."""

    async def apply(connection: Connection, batch: Batch) -> None:
        filings: dict[FilingRevision, Progress] = {}
        for received in batch.records:
            said = received.message
            if isinstance(said, Declaration) and said.lines_announced > 0:
                filings[said.declaration_id, said.revision] = Progress(said.lines_announced, received.traceparent)
        await progress.tick(connection, dict(sorted(filings.items())), clock())
        await nothing.record(connection, [one.message for one in batch.records if isinstance(one.message, NothingToDeclare)])

    return Reader(topic=DECLARATIONS, name=service, apply=apply)
