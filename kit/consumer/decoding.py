"""Bytes to messages: three headers and one decoder call a record, since everything here is paid for every record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from aiokafka import ConsumerRecord
from pydantic import BaseModel

from kit.consumer.reader import Decode, Received
from kit.dead_letters import DeadLetter
from schemas.topics import Topic

Record: TypeAlias = ConsumerRecord[bytes | None, bytes | None]
_YIELD_EVERY: Final = 200
"""Records between two looks at the event loop: the database's answers to the previous batch are taken up meanwhile."""


@dataclass
class Decoded:
    """A batch as far as it can be told without the database. `dead` is by index in `records`, in order."""

    records: list[Record]
    received: list[Received] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    """Where each of `received` stands in `records`."""
    dead: dict[int, DeadLetter] = field(default_factory=dict)
    skipped: int = 0


def pydantic_decoder(topic: Topic) -> Decode:
    """The contract itself as decoder: the pydantic model of the record's type."""
    models: dict[str, type[BaseModel]] = {topic.type_name(kind): kind for kind in topic.carries}

    def decode(ce_type: str, value: bytes) -> Any:
        return models[ce_type].model_validate_json(value)

    return decode


class Decoder:
    """Decodes the records of one topic. Anything wrong with a record becomes its dead letter, never an error of the batch."""

    def __init__(self, topic: Topic, decode: Decode | None) -> None:
        self._topic = topic
        self._decode = decode or pydantic_decoder(topic)

    async def batch(self, records: list[Record]) -> Decoded:
        found = Decoded(records)
        received, indexes = found.received, found.indexes
        for start in range(0, len(records), _YIELD_EVERY):
            if start:
                await asyncio.sleep(0)
            for index, record in enumerate(records[start : start + _YIELD_EVERY], start):
                try:
                    one = self.one(record)
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    found.dead[index] = DeadLetter(record, _reason(error), traceparent_in(record))
                    continue
                if one is None:
                    found.skipped += 1
                else:
                    received.append(one)
                    indexes.append(index)
        return found

    def one(self, record: Record) -> Received | None:
        """The record as readers get it; None for a type of this topic that is not known here. Raises ValueError with the reason."""
        headers = dict(record.headers)
        value, key = record.value, record.key
        raw_type = headers.get("ce_type")
        ce_id = headers.get("ce_id")
        story = headers.get("traceparent")
        message: Any = None
        ce_type = ""
        if value is None:
            if not self._topic.compacted:
                raise ValueError("tombstone on a topic that is not compacted")
            if key is None:
                raise ValueError("tombstone without a key")
        else:
            if raw_type is None:
                raise ValueError("no ce_type")
            ce_type = raw_type.decode()
            try:
                message = self._decode(ce_type, value)
            except KeyError:
                if not ce_type.startswith(self._topic.namespace):
                    raise ValueError(f"ce_type {ce_type!r} does not belong to {self._topic.name}") from None
                return None
        return Received(
            message,
            key.decode() if key is not None else "",
            record.topic,
            record.partition,
            record.offset,
            ce_id.decode() if ce_id is not None else "",
            ce_type,
            story.decode("latin-1") if story is not None and len(story) == 55 else None,
            value if value is not None else b"",
        )


def undecoded(record: Record) -> Received:
    """What a hook gets of a record that could not be decoded: no message, the bytes as they are."""
    return Received(
        None, (record.key or b"").decode("utf-8", "replace"), record.topic, record.partition, record.offset,
        "", "", traceparent_in(record), record.value or b"",
    )  # fmt: skip


def traceparent_in(record: Record) -> str | None:
    """The header's text if it has the length of one; a broken header must not travel on."""
    headers: Sequence[tuple[str, bytes | None]] = record.headers
    raw = next((value for name, value in headers if name == "traceparent"), None)
    if raw is None or len(raw) != 55:
        return None
    text = raw.decode("latin-1")
    return text if text.isascii() and text.isprintable() else None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
