"""What comes in by Kafka: who is who, what was counted, who was told."""

from __future__ import annotations

from typing import Final

from kit import registry
from kit.consumer import Batch, Reader
from kit.postgres import Connection
from schemas import topics
from schemas.countings import DeclarationCounted
from schemas.deliveries import MessageSent
from schemas.directory import OrganisationRecorded
from services.ingest.store import journal
from services.ingest.store.contracts import link_buyer

NAME: Final = "ingest"


async def _directory(connection: Connection, batch: Batch) -> None:
    """After the replica took them in. In the order of SIRETs, which is the order of the contracts' locks for anyone who takes several."""
    known = {o.siret: o for received in batch.records if isinstance(o := received.message, OrganisationRecorded)}
    for siret, organisation in sorted(known.items()):
        await link_buyer(connection, siret, organisation.organisation_id, organisation.occurred_at)


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
        registry.reader(NAME, _directory),
        Reader(topic=topics.COUNTINGS, name=NAME, apply=_countings),
        Reader(topic=topics.DELIVERIES, name=NAME, apply=_deliveries),
    ]
