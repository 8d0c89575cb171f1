"""What became of a filing: steps told by the services that did them."""

from __future__ import annotations

import json
from datetime import datetime

from kit import telemetry
from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent


async def counted(connection: Connection, message: DeclarationCounted, traceparent: str | None) -> datetime | None:
    """Keep that a revision is counted. The filing's state follows when that revision is still the one that counts.

    Returns when the revision was received; None where that is not known, or where it was counted before.
    """
    known = await connection.fetchrow(
        """
        update filing_revisions r set counted_at = $3, dead = $4, moves = $5::text::jsonb, positions = $6::text::jsonb
        from (select counted_at from filing_revisions where number = $1 and revision = $2 for update) before
        where number = $1 and revision = $2
        returning r.traceparent, case when before.counted_at is null then r.received_at end as received_at
        """,
        message.declaration_id,
        message.revision,
        message.counted_at,
        message.dead,
        json.dumps([move.model_dump() for move in message.departments]),
        json.dumps(message.positions),
    )
    if known is None:
        return None
    await connection.execute(
        """
        update filings set state = case when $3 > 0 then 'partly_counted' when revision = 1 then 'counted' else 'corrected' end
        where number = $1 and revision = $2 and state <> 'withdrawn'
        """,
        message.declaration_id,
        message.revision,
        message.dead,
    )
    await _step(connection, message.declaration_id, message.revision, "counted", message.counted_at, traceparent or known["traceparent"])
    received_at: datetime | None = known["received_at"]
    return received_at


async def longest_uncounted(connection: Connection, now: datetime) -> float:
    """Seconds since the oldest revision was received that is not counted; 0 where none waits."""
    oldest = await connection.fetchval("select min(received_at) from filing_revisions where counted_at is null")
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


async def told(connection: Connection, message: MessageSent, traceparent: str | None) -> None:
    """Keep the first message to a coordination about a revision of a filing: « coordination prévenue ». Later ones change nothing.

    A message of no department is the author's own (receipt, answer); one that names no revision is of the newest.
    """
    if message.department is None:
        return
    row = await connection.fetchrow(
        """
        select r.revision, r.traceparent from filings f join filing_revisions r using (number)
        where f.number = $1 and r.revision = coalesce(nullif($2::int, 0), f.revision) and not exists (
            select from filing_steps s where s.number = r.number and s.revision = r.revision and s.step = 'told')
        """,
        message.about,
        message.revision,
    )
    if row is not None:
        await _step(connection, message.about, row["revision"], "told", message.sent_at, traceparent or row["traceparent"])


async def _step(connection: Connection, number: str, revision: int, step: str, at: datetime, traceparent: str) -> None:
    service = {"counted": "indicators", "told": "notify"}[step]
    await connection.execute(
        """
        insert into filing_steps (number, revision, step, service, at, trace_id) values ($1, $2, $3, $4, $5, $6)
        on conflict (number, revision, step) do update set service = excluded.service, at = excluded.at
        """,
        number,
        revision,
        step,
        service,
        at,
        telemetry.trace_id_of(traceparent),
    )
