"""What comes in by Kafka: who is who, what was counted, who was told."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kit import registry
from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent
from schemas.directory import OrganisationRecorded
from services.ingest import freshness
from services.ingest.store import journal
from services.ingest.store.contracts import link_buyer

NAME: Final = "ingest"


async def _directory(connection: Connection, batch: Batch) -> None:
    """After the replica took them in. In the order of SIRETs, which is the order of the contracts' locks for anyone who takes several."""
    known = {o.siret: o for received in batch.records if isinstance(o := received.message, OrganisationRecorded)}
    for siret, organisation in sorted(known.items()):
        await link_buyer(connection, siret, organisation.organisation_id, organisation.occurred_at)


def _countings() -> Reader:
    """Keeps that filings are counted, and says once it is committed how long that took."""
    received_at: dict[tuple[str, int], datetime | None] = {}

    async def apply(connection: Connection, batch: Batch) -> None:
        told = [(r.message, r.traceparent) for r in batch.records if isinstance(r.message, DeclarationCounted)]
        if told:
            received_at.update(await journal.counted(connection, told))

    def measure(batch: Batch) -> None:
        for received in batch.records:
            if isinstance(message := received.message, DeclarationCounted):
                freshness.counted(received_at.pop((message.declaration_id, message.revision), None), message.counted_at)

    return Reader(topic=topics.COUNTINGS, name=NAME, apply=apply, after_commit=measure)


async def _deliveries(connection: Connection, batch: Batch) -> None:
    for received in batch.records:
        if isinstance(received.message, MessageSent):
            await journal.told(connection, received.message, received.traceparent)


def readers() -> list[Reader]:
    return [
        registry.reader(NAME, _directory),
        _countings(),
        Reader(topic=topics.DELIVERIES, name=NAME, apply=_deliveries),
    ]
