"""What events reads beside `directory`: contracts, to know whom to invite."""

from __future__ import annotations

from uuid import UUID

from kit.consumer import Batch, Reader
from kit.errors import Unprocessable
from kit.postgres import Connection
from schemas import topics
from schemas.contracts import ContractDeclared, ContractWithdrawn
from services.events.store import contracts


def contracts_reader() -> Reader:
    return Reader(topic=topics.CONTRACTS, name="events", apply=apply_contracts)


async def apply_contracts(connection: Connection, batch: Batch) -> None:
    """Any order, any repetition: the newest revision of a contract stays. A tombstone removes it."""
    for received in batch.records:
        match received.message:
            case ContractDeclared():
                await contracts.record(connection, received.message)
            case ContractWithdrawn(contract_uid=uid, revision=revision):
                await contracts.withdraw(connection, uid, revision)
            case None:
                await contracts.forget(connection, _uid(received.key))


def _uid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Unprocessable(f"a tombstone for « {key} », which is no contract") from None
