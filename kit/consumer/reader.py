"""What a service says about a topic that it reads, and what its `apply` is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from kit.postgres import Connection
from schemas.topics import Topic


class Received(msgspec.Struct, frozen=True, gc=False):
    """One record. A struct without cyclic-garbage tracking, since 10,000 of them are made a batch.

    `message` is None for a tombstone on a compacted topic. `traceparent` is already the record's newest span: hand it to the outbox.
    """

    message: Any
    key: str
    topic: str
    partition: int
    offset: int
    ce_id: str
    ce_type: str
    traceparent: str | None
    raw: bytes


@dataclass(frozen=True)
class Batch:
    """The records of one transaction, in the order of their partitions.

    `positions` is (topic, partition) → batch_no of this transaction: equal order means commit order (engine: how a replica follows).
    `replayed` marks dead letters applied again by an operator, outside their place in the topic.
    """

    records: list[Received]
    positions: dict[tuple[str, int], int]
    replayed: bool = False


Decode = Callable[[str, bytes], Any]
"""(ce_type, value) → message. Raises ValueError for a value that is not of that type, KeyError for a type not known here."""


@dataclass
class Reader:
    """One topic read by one service.

    `apply` runs inside the transaction that also moves the offsets: it may use the connection and nothing else outside itself, it may be
    run again after a rollback, and it may be given the records in smaller batches. To refuse one record raise Unprocessable or ValueError:
    the engine bisects to it and puts it with the dead letters in the same transaction. Any other error is retried from the same place.
    `after_commit` is told of each committed batch (wake a replica, update a cache); it must not raise.
    `on_dead` is told of each dead letter in the transaction, so that a count may include it; `Received.message` is None where it could not be decoded.
    """

    topic: Topic
    name: str
    apply: Callable[[Connection, Batch], Awaitable[None]]
    after_commit: Callable[[Batch], None] | None = None
    on_dead: Callable[[Connection, Received, str], Awaitable[None]] | None = None
    batch: int = 500
    decode: Decode | None = None

    @property
    def group(self) -> str:
        """Kafka's consumer group: one a topic, so that a slow reader's rebalance does not stop its neighbours."""
        return f"{self.name}.{self.topic.name}"
