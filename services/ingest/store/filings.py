"""Takes a filing in: number, values, what they replace, and the announcement, all in one transaction."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from kit import telemetry
from kit.postgres import Connection, Pool
from kit.preconditions import stale
from kit.problems import Problem
from kit.service import Runtime
from schemas.declarations import Door
from schemas.periods import Period
from services.ingest.rules.lines import LineValue
from services.ingest.sources import Declarant
from services.ingest.store import announce, headers, lines, values
from services.ingest.store.differences import end_lines
from services.ingest.store.displaced import announce_displaced
from services.ingest.store.numbers import Drawn, draw, next_accepted
from services.ingest.store.parked import ParkedLine, park
from services.ingest.store.patience import LONG, be_patient
from services.ingest.store.periods import Raced

T = TypeVar("T")
log = logging.getLogger(__name__)

TRIES: Final = 8
AGAIN: Final = (Raced, asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
"""What another transaction's timing did to this one: the same work again gives the right answer."""


@dataclass(frozen=True)
class Filing:
    """What a door hands over: lines that passed the checks, and the rows that are parked. The same for API, file and form."""

    declarant: Declarant
    declared_by: str
    door: Door
    values: Sequence[LineValue]
    mode: str = "all"
    period: Period | None = None
    reason: str | None = None
    parked: Sequence[ParkedLine] = ()
    sha256: str | None = None
    places: Mapping[UUID, str | None] = field(default_factory=dict)
    """Each contract's department as the check saw it; a contract that has moved since makes the work start again."""
    ended: Sequence[UUID] = ()
    """Lines of the declarant that are no more: the filing stands for everything of a span (practice ruling 9)."""


@dataclass(frozen=True)
class Receipt:
    """What the author gets for it."""

    number: str
    revision: int
    received_at: datetime
    lines: int
    replaced: int
    parked: int
    sha256: str | None
    trace_id: str
    announced: int
    ended: int = 0


async def file(runtime: Runtime, filing: Filing) -> Receipt:
    """Take in a new filing in a transaction of its own. Raises Refused for a contract that the declarant may not declare for."""

    async def work(connection: Connection) -> Receipt:
        return await accept(connection, filing, runtime.clock())

    receipt = await committed(runtime.pool, work)
    runtime.wake_relay()
    return receipt


async def committed(pool: Pool, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run the work in a transaction, again when another transaction crossed it. Raises a 503 problem when that goes on for too long."""
    for attempt in range(TRIES):
        try:
            async with pool.acquire() as connection, connection.transaction():
                return await work(connection)
        except AGAIN as crossed:
            log.info("crossed by another transaction", extra={"attempt": attempt + 1, "error": f"{type(crossed).__name__}: {crossed}"})
        await asyncio.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311  a spread in time, not a secret
    raise Problem(
        503, "BUSY", "D’autres déclarations portent sur les mêmes lignes",
        "Rien n’a été enregistré. Réessayez dans un instant avec la même clé.", headers={"Retry-After": "5"},
    )  # fmt: skip


async def accept(connection: Connection, filing: Filing, at: datetime) -> Receipt:
    """Take in a new filing inside the caller's transaction."""
    drawn = await draw(connection, at)
    await connection.execute(
        """
        insert into filings (number, declarant_id, revision, state, departments, received_at)
        values ($1, $2, 1, 'received', $3, $4)
        """,
        drawn.number,
        filing.declarant.id,
        sorted({value.department for value in filing.values}),
        at,
    )
    return await _record(connection, filing, drawn, 1, at)


async def correct(connection: Connection, number: str, expected: int, filing: Filing, at: datetime) -> Receipt:
    """Replace the lines of a filing by those of its next revision. Raises a 412 problem when `expected` is not its revision."""
    return await _revise(connection, number, expected, filing, at, withdrawn=False)


async def restore(connection: Connection, number: str, expected: int, filing: Filing, at: datetime) -> Receipt:
    """The lines of an earlier revision again, as a new one: of a filing that was withdrawn too."""
    return await _revise(connection, number, expected, filing, at, withdrawn=True)


async def _revise(connection: Connection, number: str, expected: int, filing: Filing, at: datetime, *, withdrawn: bool) -> Receipt:
    departments = {value.department for value in filing.values}
    revision = await _advance(connection, number, expected, "received", departments, withdrawn=withdrawn)
    return await _record(connection, filing, Drawn(number, await next_accepted(connection)), revision, at)


async def withdraw(connection: Connection, number: str, expected: int, filing: Filing, at: datetime) -> Receipt:
    """Take a filing back: `filing` has no lines. Each line falls to the newest value of a filing not withdrawn, or is retracted."""
    revision = await _advance(connection, number, expected, "withdrawn", set())
    return await _record(connection, filing, Drawn(number, await next_accepted(connection)), revision, at)


async def _advance(
    connection: Connection, number: str, expected: int, state: str, departments: set[str], *, withdrawn: bool = False
) -> int:
    """The filing's next revision, under its row's lock. `withdrawn`: also of one that was taken back."""
    row = await connection.fetchrow("select revision, state from filings where number = $1 for no key update", number)
    if row is None or row["revision"] != expected:
        raise stale(f"La déclaration {number} en est à la version {row['revision'] if row else 0}.")
    if row["state"] == "withdrawn" and not withdrawn:
        raise stale(f"La déclaration {number} est retirée ; envoyez une nouvelle déclaration.")
    await connection.execute(
        """
        update filings set revision = $2, state = $3,
            departments = (select array_agg(distinct d order by d) from unnest(departments || $4::text[]) d)
        where number = $1
        """,
        number,
        expected + 1,
        state,
        sorted(departments),
    )
    return expected + 1


async def _record(connection: Connection, filing: Filing, drawn: Drawn, revision: int, at: datetime) -> Receipt:
    await _be_patient(connection, filing, drawn.number, revision)
    traceparent = telemetry.with_flag(telemetry.current_traceparent(), sampled=True)
    cause = announce.Cause(drawn.number, revision, filing.declarant.id, traceparent, at)
    stored = await values.store(connection, filing, drawn, revision, cause) if filing.values else values.Stored({})
    await park(connection, drawn.number, revision, filing.parked)
    if filing.values:  # a withdrawal takes its endings back
        await end_lines(connection, drawn, revision, filing.ended)
    settled = await lines.settle(connection, lines.Touch(drawn.number, revision, stored.tops, filing.ended), stored.ahead)
    header = headers.Header(filing, drawn, revision, cause, settled.replaced, len(settled.announced))
    await headers.record(connection, header)
    await announce.lines(connection, settled.announced, cause, filing.values, settled.ahead)
    if settled.ahead is None:  # else every line is new and its own
        await announce_displaced(connection, settled.announced, cause)
    return Receipt(
        number=drawn.number,
        revision=revision,
        received_at=at,
        lines=len(filing.values),
        replaced=settled.replaced,
        parked=len(filing.parked),
        sha256=filing.sha256,
        trace_id=telemetry.trace_id_of(traceparent),
        announced=len(settled.announced),
        ended=len(filing.ended),
    )


async def _be_patient(connection: Connection, filing: Filing, number: str, revision: int) -> None:
    lines_at_stake = len(filing.values)
    if revision > 1:
        lines_at_stake += await connection.fetchval(
            "select lines from filing_revisions where number = $1 and revision = $2", number, revision - 1
        )
    if lines_at_stake > LONG:
        await be_patient(connection)
