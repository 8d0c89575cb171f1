"""What became of a filing: steps told by the services that did them."""

from __future__ import annotations

import json
from datetime import datetime

from kit import telemetry
from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent


async def counted(connection: Connection, message: DeclarationCounted, traceparent: str | None) -> None:
    """Keep that a revision is counted. The filing's state follows when that revision is still the one that counts."""
    known = await connection.fetchval(
        """
        update filing_revisions set counted_at = $3, dead = $4, moves = $5::text::jsonb, positions = $6::text::jsonb
        where number = $1 and revision = $2
        returning traceparent
        """,
        message.declaration_id,
        message.revision,
        message.counted_at,
        message.dead,
        json.dumps([move.model_dump() for move in message.departments]),
        json.dumps(message.positions),
    )
    if known is None:
        return
    await connection.execute(
        """
        update filings set state = case when $3 > 0 then 'partly_counted' when revision = 1 then 'counted' else 'corrected' end
        where number = $1 and revision = $2 and state <> 'withdrawn'
        """,
        message.declaration_id,
        message.revision,
        message.dead,
    )
    await _step(connection, message.declaration_id, message.revision, "counted", message.counted_at, traceparent or known)


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
