"""The local mailbox: every mail as it was handed over."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from uuid import UUID

import asyncpg

from kit.postgres import Connection, Pool
from schemas.identifiers import uuid7

KEPT = 5_000
"""Mails kept; a demonstration that runs for weeks does not grow."""


async def keep(connection: Connection, sender: str, recipient: str, raw: bytes, now: datetime) -> None:
    """One row a recipient, headers read as a client reads them."""
    headers = email.message_from_bytes(raw, policy=email.policy.default)
    about = [part.strip() for part in str(headers.get("x-macs-about", "")).split(",") if part.strip()]
    await connection.execute(
        """
        insert into mailbox (id, received_at, sender, recipient, subject, about, message_id, raw) values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        uuid7(), now, sender, recipient, str(headers.get("subject", "(sans objet)")).replace("\x00", ""), about,
        headers.get("message-id"), raw,
    )  # fmt: skip


async def search(pool: Pool, *, to: str | None = None, about: str | None = None, limit: int = 200) -> list[asyncpg.Record]:
    """Newest first; `to` is the whole address, in any case."""
    return await pool.fetch(
        """
        select id, recipient, subject, received_at, about from mailbox
        where ($1::text is null or lower(recipient) = lower($1)) and ($2::text is null or about @> array[$2])
        order by received_at desc, id desc limit $3
        """,
        to or None,
        about or None,
        limit,
    )


async def one(pool: Pool, mail_id: UUID) -> asyncpg.Record | None:
    return await pool.fetchrow(
        "select id, received_at, sender, recipient, subject, about, message_id, raw from mailbox where id = $1", mail_id
    )


async def forget_old(connection: Connection) -> None:
    await connection.execute(
        "delete from mailbox where received_at < (select received_at from mailbox order by received_at desc offset $1 limit 1)", KEPT
    )
