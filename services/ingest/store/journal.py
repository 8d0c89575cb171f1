"""What became of a filing: steps told by the services that did them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from kit import telemetry
from kit.postgres import Connection
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent

Revision = tuple[str, int]
"""A filing's number and which revision of it."""


async def counted(connection: Connection, told: Sequence[tuple[DeclarationCounted, str | None]]) -> dict[Revision, datetime | None]:
    """Keep that revisions are counted, each with the story that said so. A filing's state follows when that revision is still the one that counts.

    Returns when each revision was received; None where it was counted before, no entry where it is not known.
    """
    said = {(message.declaration_id, message.revision): (message, traceparent) for message, traceparent in told}
    messages = [said[revision][0] for revision in sorted(said)]  # rows in one order, whoever else holds them
    rows = await connection.fetch(
        _COUNTED,
        [message.declaration_id for message in messages],
        [message.revision for message in messages],
        [message.counted_at for message in messages],
        [message.dead for message in messages],
        [json.dumps([move.model_dump() for move in message.departments]) for message in messages],
        [json.dumps(message.positions) for message in messages],
    )
    known = {(row["number"], row["revision"]): row for row in rows}
    messages = [message for message in messages if (message.declaration_id, message.revision) in known]
    await _follow(connection, messages)
    await _steps(connection, [
        _Step(*revision, "counted", said[revision][0].counted_at, said[revision][1] or known[revision]["traceparent"]) for revision in sorted(known)
    ])  # fmt: skip
    return {revision: row["received_at"] for revision, row in known.items()}


_COUNTED: Final = """
    with said as (
        select * from unnest($1::text[], $2::integer[], $3::timestamptz[], $4::integer[], $5::text[], $6::text[])
            s (number, revision, counted_at, dead, moves, positions)
    ), before as (
        select r.number, r.revision, r.counted_at from filing_revisions r join said using (number, revision)
        order by r.number, r.revision for update of r
    )
    update filing_revisions r set counted_at = s.counted_at, dead = s.dead, moves = s.moves::jsonb, positions = s.positions::jsonb
    from said s join before b using (number, revision)
    where r.number = s.number and r.revision = s.revision
    returning r.number, r.revision, r.traceparent, case when b.counted_at is null then r.received_at end as received_at
"""


async def _follow(connection: Connection, messages: Sequence[DeclarationCounted]) -> None:
    """The state of the filings whose revision still counts."""
    await connection.execute(
        """
        with held as (select number from filings where number = any($1::text[]) order by number for no key update)
        update filings f set state = case when s.dead > 0 then 'partly_counted' when f.revision = 1 then 'counted' else 'corrected' end
        from unnest($1::text[], $2::integer[], $3::integer[]) s (number, revision, dead) join held using (number)
        where f.number = s.number and f.revision = s.revision and f.state <> 'withdrawn'
        """,
        [message.declaration_id for message in messages],
        [message.revision for message in messages],
        [message.dead for message in messages],
    )


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
        await _steps(connection, [_Step(message.about, row["revision"], "told", message.sent_at, traceparent or row["traceparent"])])


_SERVICES: Final = {"counted": "indicators", "told": "notify"}


class _Step(NamedTuple):
    number: str
    revision: int
    step: str
    at: datetime
    traceparent: str


async def _steps(connection: Connection, steps: Sequence[_Step]) -> None:
    """Steps of different revisions, in one order."""
    await connection.execute(
        """
        insert into filing_steps (number, revision, step, service, at, trace_id)
        select * from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
        on conflict (number, revision, step) do update set service = excluded.service, at = excluded.at
        """,
        [step.number for step in steps],
        [step.revision for step in steps],
        [step.step for step in steps],
        [_SERVICES[step.step] for step in steps],
        [step.at for step in steps],
        [telemetry.trace_id_of(step.traceparent) for step in steps],
    )
