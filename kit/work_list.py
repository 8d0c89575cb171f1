"""What an operator does about dead letters and stopped readers, in the database of the service that reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection

STATES: Final = ("open", "replay", "replayed", "discarded")


async def letters(connection: Connection, states: Sequence[str] = ("open", "replay"), *, limit: int = 1_000) -> list[asyncpg.Record]:
    """Dead letters in these states, oldest first, without their bytes."""
    return await connection.fetch(
        """
        select id, reader, topic, partition, record_offset, reason, traceparent, dead_at, state, handled_at, note
        from dead_letters where state = any($1::text[]) order by dead_at, topic, partition, record_offset limit $2
        """,
        list(states),
        limit,
    )


async def letter(connection: Connection, letter_id: UUID) -> asyncpg.Record | None:
    """One dead letter with its bytes."""
    return await connection.fetchrow("select * from dead_letters where id = $1", letter_id)


async def replay(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    """Ask the reader to apply these letters again; it does so within seconds. Returns those that can be."""
    rows = await connection.fetch(
        "update dead_letters set state = 'replay', note = null where id = any($1::uuid[]) and state in ('open', 'discarded') returning id",
        list(ids),
    )
    return [row["id"] for row in rows]


async def discard(connection: Connection, ids: Sequence[UUID], why: str) -> list[UUID]:
    """Decide that these letters are not to be applied, and say why."""
    rows = await connection.fetch(
        """
        update dead_letters set state = 'discarded', handled_at = now(), note = $2
        where id = any($1::uuid[]) and state = 'open' returning id
        """,
        list(ids),
        why,
    )
    return [row["id"] for row in rows]


async def stopped(connection: Connection) -> list[asyncpg.Record]:
    """Readers that stand at their limit."""
    return await connection.fetch("select reader, topic, stopped_at, reason from stopped_readers order by reader, topic")


async def resume(connection: Connection, reader: str, topic: str | None = None) -> list[str]:
    """Let a service's stopped readers go on, all or the one of a topic. Returns their topics."""
    rows = await connection.fetch(
        "delete from stopped_readers where reader = $1 and ($2::text is null or topic = $2) returning topic", reader, topic
    )
    return sorted(row["topic"] for row in rows)
