"""Announce a fact in the transaction that makes it true. The relay (relay.py) publishes it; nothing here talks to Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID
from zlib import crc32

from kit import telemetry
from kit.postgres import Connection
from schemas import topics
from schemas.identifiers import uuid7
from schemas.message import Message
from schemas.topics import Topic

SHARDS: Final = 16
MAX_BYTES: Final = 1_000_000
"""Below Kafka's `max.message.bytes` (1 MiB) with room for headers: a record that the broker refuses poisons an idempotent producer."""

PIECE: Final = 1_000
"""Messages written down at once."""

COLUMNS: Final = ("id", "shard", "topic", "key", "value", "type", "occurred_at", "traceparent", "packed")
Row = tuple[UUID, int, str, str | None, bytes | None, str | None, datetime, str | None, bytes | None]
_INSERT: Final = """
    insert into outbox (id, shard, topic, key, value, type, occurred_at, traceparent, packed)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def add(connection: Connection, message: Message, *, traceparent: str | None = None) -> None:
    """Announce one message, after the aggregate's row lock was taken. Never commits.

    `traceparent` is the story it belongs to; without one, the span of the moment. Raises ValueError for an oversize or keyless message
    and KeyError for a type that no topic carries: both before anything is stored.
    """
    await connection.execute(_INSERT, *row_of(message, traceparent or telemetry.current_traceparent()))


async def add_many(connection: Connection, messages: Sequence[Message], *, traceparents: Sequence[str | None] | None = None) -> None:
    """Announce many in their order by COPY. `traceparents` has one entry a message (None: the span of the moment).

    In pieces: 50,000 messages take a second to write down, in which neither the loop nor the transaction may stand still.
    """
    here = telemetry.current_traceparent()
    stories = traceparents if traceparents is not None else [here] * len(messages)
    if len(stories) != len(messages):
        raise ValueError(f"{len(stories)} traceparents for {len(messages)} messages")
    for start in range(0, len(messages), PIECE):
        piece = zip(messages[start : start + PIECE], stories[start : start + PIECE], strict=True)
        await add_rows(connection, [row_of(message, story or here) for message, story in piece])


async def add_rows(connection: Connection, rows: Sequence[Row]) -> None:
    """Announce what `row_of` or `row_written` made, in its order, one COPY."""
    await connection.copy_records_to_table("outbox", records=rows, columns=COLUMNS)


async def copy(connection: Connection, rows: AsyncIterable[Row], *, within_s: float) -> None:
    """Announce what `row_of` made, one COPY: the database writes the first rows down while the later ones are made."""
    await connection.copy_records_to_table("outbox", records=rows, columns=COLUMNS, timeout=within_s)


async def add_tombstone(connection: Connection, topic: Topic, key: str) -> None:
    """Announce that the entity of this key is gone. Raises ValueError on a topic that is not compacted."""
    if not topic.compacted:
        raise ValueError(f"{topic.name} is not compacted: a tombstone there would be a dead letter")
    if not key:
        raise ValueError("a tombstone needs a key")
    shard = shard_of(topic.name, key)
    await connection.execute(_INSERT, uuid7(), shard, topic.name, key, None, None, datetime.now(UTC), telemetry.current_traceparent(), None)


def row_of(message: Message, traceparent: str | None) -> Row:
    """The outbox row of a message, checked as the producer would check it."""
    written = Written(type(message), message.id, message.key(), message.occurred_at, message.model_dump_json().encode())
    return row_written(written, traceparent)


class Written(NamedTuple):
    """A message whose JSON was written down already, byte for byte as the message itself would write it."""

    kind: type[Message]
    id: UUID
    key: str
    occurred_at: datetime
    value: bytes


def row_written(written: Written, traceparent: str | None) -> Row:
    """The outbox row of what `row_of` would have written, with the same checks."""
    kind, identity, key, occurred_at, value = written
    if not key:
        raise ValueError(f"{kind.__name__} without a key")
    if len(value) + len(key) > MAX_BYTES:
        raise ValueError(f"{kind.__name__} of {len(value)} bytes is over {MAX_BYTES}")
    topic, type_name = _carried(kind)
    return identity, shard_of(topic, key), topic, key, value, type_name, occurred_at, traceparent, None


@cache
def _carried(kind: type[Message]) -> tuple[str, str]:
    """The topic of a type of message, and the type's name."""
    topic = topics.of(kind)
    return topic.name, topic.type_name(kind)


def shard_of(topic: str, key: str) -> int:
    """Which relay shard keeps the order of this key. crc32, since Python's own hash differs between processes."""
    return crc32(key.encode(), _begun(topic)) % SHARDS


@cache
def _begun(topic: str) -> int:
    return crc32(topic.encode())
