"""Records that no retry would help: kept unchanged, with the reason, in the transaction that passes over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from kit.outbox import COLUMNS, MAX_BYTES, Row, shard_of
from kit.postgres import Connection
from schemas.identifiers import uuid7
from schemas.topics import Topic

Headers = Sequence[tuple[str, bytes | None]]
_REASON_BYTES: Final = 1_000


class Packed(msgspec.Struct, array_like=True):
    """Key and headers as they came, whatever bytes they hold."""

    key: bytes | None
    headers: list[tuple[str, bytes | None]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Packed).decode


def pack(key: bytes | None, headers: Headers) -> bytes:
    return _encode(Packed(key, list(headers)))


def unpack(packed: bytes) -> Packed:
    return _decode(packed)


class DeadLetter(msgspec.Struct, frozen=True):
    """A record as Kafka gave it, and why it could not be taken."""

    record: Any
    """aiokafka's ConsumerRecord: topic, partition, offset, key, value, headers."""
    reason: str
    traceparent: str | None
    received: Any = None
    """The record as readers get it, when it could be decoded."""


async def write(connection: Connection, topic: Topic, reader: str, letters: Sequence[DeadLetter]) -> None:
    """Put the letters on the work list and into the outbox for `<topic>.<reader>.dead`, original bytes and headers unchanged.

    A letter that is on the work list already (the offsets were set back) is not written a second time.
    """
    for letter in letters:
        record, letter_id = letter.record, uuid7()
        reason = reason_text(letter.reason)
        inserted = await connection.fetchval(
            """
            insert into dead_letters (id, reader, topic, partition, record_offset, key, value, headers, reason, traceparent)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (reader, topic, partition, record_offset) do nothing returning id
            """,
            letter_id, reader, record.topic, record.partition, record.offset, record.key, record.value,
            pack(record.key, record.headers), reason, letter.traceparent,
        )  # fmt: skip
        if inserted is not None:
            await connection.copy_records_to_table(
                "outbox", records=[_outbox_row(topic, reader, letter, letter_id, reason)], columns=COLUMNS
            )


def _outbox_row(topic: Topic, reader: str, letter: DeadLetter, letter_id: UUID, reason: str) -> Row:
    record = letter.record
    added: list[tuple[str, bytes | None]] = [
        ("x-original-topic", record.topic.encode()),
        ("x-original-partition", str(record.partition).encode()),
        ("x-original-offset", str(record.offset).encode()),
        ("x-reader", reader.encode()),
        ("x-error", reason.encode()),
    ]
    original = list(record.headers)
    if letter.traceparent:
        original = [header for header in original if header[0] != "traceparent"]
        added.append(("traceparent", letter.traceparent.encode()))
    value = record.value
    if value is not None and len(value) + len(pack(record.key, original)) > MAX_BYTES:
        value = None  # would not fit any more with the headers above; the work list has it whole
        added.append(("x-value", b"see the work list: too large with its headers"))
    name = topic.dead_letters(reader)
    key = text_of(record.key)
    return (
        letter_id,
        shard_of(name, key),
        name,
        key,
        value,
        None,
        datetime.now(UTC),
        letter.traceparent,
        pack(record.key, [*original, *added]),
    )


def text_of(key: bytes | None) -> str:
    """A key as text for logs and sharding; PostgreSQL's text holds no NUL."""
    return (key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")


def reason_text(reason: str) -> str:
    return reason.replace("\x00", "\ufffd").encode("utf-8", "replace")[:_REASON_BYTES].decode("utf-8", "ignore")
