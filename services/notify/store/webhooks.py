"""Webhooks of people, and what is on its way to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection, Pool
from schemas.identifiers import uuid7
from services.notify.rules.webhooks import ROTATION, new_secret

LEASE: Final = timedelta(seconds=30)
_COLUMNS: Final = "webhook_id, url, state, reason, created_at, former_until"
_CALLS: Final = """
    select c.call_id, c.state, c.attempts, c.not_before, c.status, c.reason, c.created_at, c.settled_at, c.body, d.kind, d.title
    from webhook_calls c left join deliveries d using (delivery_id)
"""


@dataclass(frozen=True)
class Call:
    """A message under way. `attempt` fences: a result counts only for the attempt that it belongs to."""

    call_id: UUID
    webhook_id: UUID
    attempt: int
    url: str
    body: str | None
    keys: tuple[str, ...]
    item: asyncpg.Record | None
    """The inbox item; None for a trial."""
    created_at: datetime


async def enqueue(connection: Connection, item: asyncpg.Record, now: datetime) -> None:
    """An inbox item has come to its recipient: their webhooks hear of it, each once."""
    rows = await connection.fetch(
        "select webhook_id from webhooks where state = 'active' and recipients @> array[$1::text]", item["recipient_id"]
    )
    for row in rows:
        await _add(connection, row["webhook_id"], item["delivery_id"], now)


async def trial(connection: Connection, webhook_id: UUID, now: datetime) -> None:
    await _add(connection, webhook_id, None, now)


async def _add(connection: Connection, webhook_id: UUID, delivery_id: UUID | None, now: datetime) -> None:
    await connection.execute(
        """
        insert into webhook_calls (call_id, webhook_id, delivery_id, state, not_before, created_at) values ($1, $2, $3, 'waiting', $4, $4)
        on conflict (webhook_id, delivery_id) do nothing
        """,
        uuid7(), webhook_id, delivery_id, now,
    )  # fmt: skip


async def of_person(pool: Pool, person: str) -> list[asyncpg.Record]:
    return await pool.fetch(f"select {_COLUMNS} from webhooks where person_id = $1 order by created_at", person)  # noqa: S608  constants


async def one(connection: Connection | Pool, person: str, webhook_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(
        f"select {_COLUMNS} from webhooks where person_id = $1 and webhook_id = $2",  # noqa: S608  constants
        person, webhook_id,
    )  # fmt: skip


async def create(connection: Connection, person: str, recipients: list[str], url: str, now: datetime) -> str | None:
    """The secret, shown once. None when the person has this address already."""
    secret = new_secret()
    made = await connection.fetchval(
        """
        insert into webhooks (webhook_id, person_id, recipients, url, secret, state, created_at) values ($1, $2, $3, $4, $5, 'active', $6)
        on conflict (person_id, url) do nothing returning webhook_id
        """,
        uuid7(), person, recipients, url, secret, now,
    )  # fmt: skip
    return secret if made else None


async def rotate(connection: Connection, webhook_id: UUID, now: datetime) -> str:
    """A new secret; the former one goes on signing for a day."""
    secret = new_secret()
    await connection.execute(
        "update webhooks set former_secret = secret, former_until = $3, secret = $2 where webhook_id = $1",
        webhook_id,
        secret,
        now + ROTATION,
    )
    return secret


async def set_state(connection: Connection, webhook_id: UUID, state: str, reason: str | None = None) -> None:
    await connection.execute("update webhooks set state = $2, reason = $3 where webhook_id = $1", webhook_id, state, reason)


async def delete(connection: Connection, webhook_id: UUID) -> None:
    """With its journal."""
    await connection.execute("delete from webhooks where webhook_id = $1", webhook_id)


async def journal(pool: Pool, webhook_id: UUID, limit: int) -> list[asyncpg.Record]:
    """The newest calls first."""
    return await pool.fetch(f"{_CALLS} where c.webhook_id = $1 order by c.ordinal desc limit $2", webhook_id, limit)


async def replay(connection: Connection, webhook_id: UUID, call_id: UUID, now: datetime) -> bool:
    """The same message again, with the same id and body. False when there is no such settled call."""
    return bool(
        await connection.fetchval(
            """
            update webhook_calls set state = 'waiting', attempts = 0, not_before = $3, settled_at = null, reason = null
            where webhook_id = $1 and call_id = $2 and state in ('sent', 'abandoned') returning true
            """,
            webhook_id, call_id, now,
        )
    )  # fmt: skip


async def claim(connection: Connection, now: datetime) -> Call | None:
    """Take the next call that is due, one at a time for each webhook: a receiver that hangs holds up itself alone."""
    row = await connection.fetchrow(
        """
        update webhook_calls set state = 'sending', attempts = attempts + 1, lease_until = $1 + $2::interval
        where call_id = (
            select c.call_id from webhook_calls c join webhooks w using (webhook_id)
            where w.state = 'active' and ((c.state = 'waiting' and c.not_before <= $1) or (c.state = 'sending' and c.lease_until <= $1))
                and not exists (select from webhook_calls other
                    where other.webhook_id = c.webhook_id and other.state = 'sending' and other.lease_until > $1)
            order by c.not_before, c.ordinal limit 1 for update of c skip locked)
        returning *
        """,
        now, LEASE,
    )  # fmt: skip
    if row is None:
        return None
    hook = await connection.fetchrow(
        "select url, secret, former_secret, former_until from webhooks where webhook_id = $1", row["webhook_id"]
    )
    if hook is None:
        return None
    item = await connection.fetchrow("select * from deliveries where delivery_id = $1", row["delivery_id"]) if row["delivery_id"] else None
    former = hook["former_secret"] if hook["former_until"] and hook["former_until"] > now else None
    keys = (hook["secret"], former) if former else (hook["secret"],)
    return Call(row["call_id"], row["webhook_id"], row["attempts"], hook["url"], row["body"], keys, item, row["created_at"])


async def keep_body(connection: Connection, call_id: UUID, body: str) -> None:
    await connection.execute("update webhook_calls set body = $2 where call_id = $1", call_id, body)


async def settle(
    connection: Connection,
    call: Call,
    state: str,
    now: datetime,
    *,
    status: int | None,
    reason: str | None,
    not_before: datetime | None = None,
) -> bool:
    """Write an attempt's outcome down; False when another process has taken the call since."""
    return bool(
        await connection.fetchval(
            """
            update webhook_calls set state = $3, status = $4, reason = $5, not_before = coalesce($6, not_before), lease_until = null,
                settled_at = case when $3 = 'waiting' then null else $7::timestamptz end
            where call_id = $1 and state = 'sending' and attempts = $2 returning true
            """,
            call.call_id, call.attempt, state, status, reason, not_before, now,
        )
    )  # fmt: skip


async def stop(connection: Connection, webhook_id: UUID, reason: str, now: datetime) -> asyncpg.Record | None:
    """Nothing more is sent there. Returns the webhook, or None when it was stopped before."""
    row = await connection.fetchrow(
        "update webhooks set state = 'stopped', reason = $2 where webhook_id = $1 and state = 'active' returning person_id, url",
        webhook_id, reason,
    )  # fmt: skip
    await connection.execute(
        "update webhook_calls set state = 'abandoned', reason = $2, settled_at = $3 where webhook_id = $1 and state = 'waiting'",
        webhook_id, reason, now,
    )  # fmt: skip
    return row
