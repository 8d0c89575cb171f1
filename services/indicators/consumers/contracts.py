"""`contracts`: what the figures join when a question is asked about mechanism, buyer or programme."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from kit.consumer import Batch, Reader
from kit.errors import Unprocessable
from kit.postgres import Connection
from schemas.contracts import ContractDeclared, ContractWithdrawn
from schemas.topics import CONTRACTS
from services.indicators.store import contracts

Said = ContractDeclared | ContractWithdrawn | None


def reader(service: str, after_commit: Callable[[Batch], None] | None = None) -> Reader:
    return Reader(topic=CONTRACTS, name=service, apply=apply, after_commit=after_commit)


async def apply(connection: Connection, batch: Batch) -> None:
    """The newest revision of each contract wins, wherever it stands in the batch; a tombstone (None) removes the contract."""
    for (topic, partition), batch_no in sorted(batch.positions.items()):
        newest: dict[UUID, Said] = {}
        for received in batch.records:
            if (received.topic, received.partition) == (topic, partition):
                _keep_newest(newest, received.key, received.message)
        declared = [said for said in newest.values() if isinstance(said, ContractDeclared)]
        withdrawn = {uid: said.revision for uid, said in newest.items() if isinstance(said, ContractWithdrawn)}
        moved = await contracts.record(connection, declared)
        moved |= await contracts.withdraw(connection, dict(sorted(withdrawn.items())))
        moved |= await contracts.forget(connection, sorted(uid for uid, said in newest.items() if said is None))
        if moved:
            await contracts.changed(connection, partition, batch_no, moved)


def _keep_newest(newest: dict[UUID, Said], key: str, said: Said) -> None:
    if said is None:
        try:
            newest[UUID(key)] = None
        except ValueError:
            raise Unprocessable(f"a tombstone for « {key} », which is no contract") from None
        return
    held = newest.get(said.contract_uid)
    if held is None or said.revision > held.revision:
        newest[said.contract_uid] = said
