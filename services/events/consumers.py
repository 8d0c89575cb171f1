"""What events reads: contracts, figures and releases; of `directory` beyond the replica, mandates that change hands and the team over time."""

from __future__ import annotations

from uuid import UUID

from kit import registry
from kit.consumer import Batch, Reader
from kit.errors import Unprocessable
from kit.postgres import Connection
from schemas import topics
from schemas.contracts import ContractDeclared, ContractWithdrawn
from schemas.directory import MandateRecorded, PersonRecorded
from schemas.indicators import EditionPublished, FiguresMoved
from schemas.message import now
from services.events.store import ballots, contracts, figures, letter


def directory_reader() -> Reader:
    return registry.reader("events", also=apply_directory)


def contracts_reader() -> Reader:
    return Reader(topic=topics.CONTRACTS, name="events", apply=apply_contracts)


def indicators_reader() -> Reader:
    return Reader(topic=topics.INDICATORS, name="events", apply=apply_indicators)


async def apply_directory(connection: Connection, batch: Batch) -> None:
    """What the annuaire says beyond the replica: mandates that change hands, who joins and who leaves the team."""
    await apply_mandates(connection, batch)
    await apply_team(connection, batch)


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


async def apply_team(connection: Connection, batch: Batch) -> None:
    """Who joins and who leaves the team, as the annuaire says it: the replica keeps only the present state."""
    for received in batch.records:
        match received.message:
            case PersonRecorded(person_id=person, occurred_at=at) as said:
                if said.active and "team" in said.roles:
                    await letter.in_team(connection, person, f"{said.first_name} {said.name}", at)
                else:
                    await letter.not_in_team(connection, person, at)
            case None:
                await letter.forget_key(connection, received.key)
            case _:
                pass


def _uid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        raise Unprocessable(f"a tombstone for « {key} », which is no contract") from None
