"""What events reads beside `directory`: contracts, to know whom to invite; figures and releases of the observatory."""

from __future__ import annotations

from uuid import UUID

from kit import registry
from kit.consumer import Batch, Reader
from kit.errors import Unprocessable
from kit.postgres import Connection
from schemas import topics
from schemas.contracts import ContractDeclared, ContractWithdrawn
from schemas.directory import MandateRecorded
from schemas.indicators import EditionPublished, FiguresMoved
from schemas.message import now
from services.events.store import ballots, contracts, figures


def directory_reader() -> Reader:
    return registry.reader("events", also=apply_mandates)


def contracts_reader() -> Reader:
    return Reader(topic=topics.CONTRACTS, name="events", apply=apply_contracts)


def indicators_reader() -> Reader:
    return Reader(topic=topics.INDICATORS, name="events", apply=apply_indicators)


async def apply_mandates(connection: Connection, batch: Batch) -> None:
    """A mandate that changes hands leaves what was answered in polls to be confirmed; the same mandate again changes nothing."""
    departments = {received.message.department for received in batch.records if isinstance(received.message, MandateRecorded)}
    for department in sorted(departments):
        await ballots.inherit(connection, department, now())


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


async def apply_indicators(connection: Connection, batch: Batch) -> None:
    """Any order, any repetition: the newest figures of a department's year stay."""
    for received in batch.records:
        match received.message:
            case FiguresMoved():
                await figures.record(connection, received.message)
            case EditionPublished():
                await figures.publish(connection, received.message)


def _uid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Unprocessable(f"a tombstone for « {key} », which is no contract") from None
