"""What comes in by Kafka: who is who, what was counted, who was told."""

from __future__ import annotations

from typing import Final

from kit import registry
from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent
from services.ingest.store import journal

NAME: Final = "ingest"


async def _countings(connection: Connection, batch: Batch) -> None:
    for received in sorted(batch.records, key=lambda r: r.key):  # rows in one order, whoever else holds them
        if isinstance(received.message, DeclarationCounted):
            await journal.counted(connection, received.message, received.traceparent)


async def _deliveries(connection: Connection, batch: Batch) -> None:
    for received in batch.records:
        if isinstance(received.message, MessageSent):
            await journal.told(connection, received.message, received.traceparent)


def readers() -> list[Reader]:
    return [
        registry.reader(NAME),
        Reader(topic=topics.COUNTINGS, name=NAME, apply=_countings),
        Reader(topic=topics.DELIVERIES, name=NAME, apply=_deliveries),
    ]
