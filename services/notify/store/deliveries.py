"""Rows of `deliveries`: written once, then moved through their states. What became of one is announced in the same transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from kit import outbox
from kit.postgres import Connection
from schemas.deliveries import Delivery, MessageAbandoned, MessageBounced, MessageSent
from schemas.identifiers import uuid7
from services.notify.rules.routing import TEAM
from services.notify.store import webhooks

__all__ = ["TEAM", "New", "abandon", "add", "announce_sent", "delivery_of", "message_id_of"]


@dataclass(frozen=True)
class New:
    """A message to one recipient. The same `dedupe` twice is one message."""

    dedupe: str
    channel: Literal["inbox", "mail"]
    kind: str
    about: str
    recipient_id: str
    title: str
    department: str | None = None
    revision: int = 0
    method: str | None = None
    thread: str | None = None
    recipient_name: str = ""
    address: str | None = None
    mandate_id: UUID | None = None
    mandate_day: date | None = None
    content: dict[str, Any] = field(default_factory=dict)
    says: str | None = None
    secret: str | None = None
    digest: str | None = None
    page: str | None = None
    """Where the item leads, where that does not follow from its kind."""
    informs: bool = False
    """An item that asks for nothing: it stands under « Tout » and not under « À traiter »."""
    subject: str | None = None
    """As preferences name it, where the kind alone does not say."""
    by_mandate: bool = False
    due_at: datetime | None = None
    expires_at: datetime | None = None
    traceparent: str | None = None


async def add(connection: Connection, new: New, now: datetime) -> UUID | None:
    """Write the row; an inbox item is handed over by being there and announced at once. None when it was there before."""
    delivery_id = uuid7()
    in_app = new.channel == "inbox"
    row = await connection.fetchrow(
        """
        insert into deliveries (delivery_id, dedupe, channel, kind, about, department, revision, method, thread, recipient_id, recipient_name,
            address, mandate_id, mandate_day, title, content, state, copies, not_before, message_id, secret, digest, traceparent, created_at,
            settled_at, by_mandate, due_at, expires_at, says, subject, page, done_at, done_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::text::jsonb, $17, $18, $19, $20, $21, $22, $23, $24, $25,
            $26, $27, $28, $29, $30, $31, $32, $33)
        on conflict (dedupe) do nothing returning *
        """,
        delivery_id, new.dedupe, new.channel, new.kind, new.about, new.department, new.revision, new.method, new.thread, new.recipient_id,
        new.recipient_name, new.address, new.mandate_id, new.mandate_day, new.title, json.dumps(new.content, ensure_ascii=False),
        "sent" if in_app else "waiting", int(in_app), new.due_at or now, None, new.secret, new.digest, new.traceparent, now,
        now if in_app else None, new.by_mandate, new.due_at, new.expires_at, new.says,
        new.subject, new.page, now if new.informs else None, "info" if new.informs else None,
    )  # fmt: skip
    if row is None:
        return None
    if in_app:
        await announce_sent(connection, row, now, traceparent=new.traceparent)
        await webhooks.enqueue(connection, row, now)
    return delivery_id


async def abandon(connection: Connection, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Give a row up, unless it is settled or under way. Its `copies` stay: they say whether somebody may have it."""
    row = await connection.fetchrow(
        """
        update deliveries set state = 'abandoned', reason = $2, settled_at = $3
        where delivery_id = $1 and state in ('waiting', 'unknown') returning *
        """,
        delivery_id,
        reason,
        now,
    )
    if row is not None:
        await outbox.add(connection, MessageAbandoned(**delivery_of(row), reason=reason), traceparent=row["traceparent"])


async def announce_sent(connection: Connection, row: asyncpg.Record, now: datetime, *, traceparent: str | None) -> None:
    await outbox.add(connection, MessageSent(**delivery_of(row), sent_at=now, copies=max(row["copies"], 1)), traceparent=traceparent)


async def announce_bounced(connection: Connection, row: asyncpg.Record, reason: str, *, traceparent: str | None) -> None:
    await outbox.add(connection, MessageBounced(**delivery_of(row), reason=reason), traceparent=traceparent)


def delivery_of(row: asyncpg.Record) -> dict[str, Any]:
    """The fields that every message about a delivery has."""
    found: dict[str, Any] = {name: row[name] for name in Delivery.model_fields if name in row}
    return found


def message_id_of(delivery_id: UUID, sender: str) -> str:
    """The same in every copy, so that a mail client shows one."""
    return f"<{delivery_id}@{sender.rpartition('@')[2]}>"
