"""Stores the values of a filing's revision: one COPY, whatever their number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from kit.errors import LineError, Refused
from kit.postgres import Connection
from schemas.periods import MONTHS
from services.ingest.corrections import Rank, SourcePeriod, Top
from services.ingest.rules.lines import LineValue
from services.ingest.sources import Parties, rank_of
from services.ingest.store import announce, lines
from services.ingest.store.erasure import drop_erased
from services.ingest.store.numbers import Drawn
from services.ingest.store.periods import Raced
from services.ingest.store.written import content_of

if TYPE_CHECKING:
    from services.ingest.store.filings import Filing

_COLUMNS: Final = (
    "line_id", "number", "filing_revision", "accepted", "line", "contract_uid",
    "period_start", "period_months", "department", "centihours", "rank", "content", "person_local", "person_regional",
)  # fmt: skip
_PATIENCE_S: Final = 60.0
_TURN: Final = 500
"""Rows after which other requests have their turn."""
_ENOUGH: Final = 100
"""Lines that show whether a file is sent again: then little of it is new."""


class Stored(NamedTuple):
    """Where each value stands. `ahead`: the announcement, as far as it is written down already, if all of the lines are new and count."""

    tops: Mapping[UUID, Top]
    ahead: announce.Ahead | None = None


async def store(connection: Connection, filing: Filing, drawn: Drawn, revision: int, cause: announce.Cause) -> Stored:
    """Put the values on top of their lines' stacks. What a correction says as the revision before did keeps its place: a later filing of
    the same line still counts (decision 0167).

    The contracts are share-locked: their place cannot change between this and the commit. Raises Refused for lines of a contract that
    the declarant has nothing to do with.
    """
    contracts = await lock_contracts(connection, {value.contract_uid for value in filing.values})
    ranks = ranks_in(filing, contracts)
    await drop_erased(connection, filing.values)
    tops = tops_of(filing, drawn, revision, ranks)
    writing = write(connection, [(filing, drawn, tops)])
    if revision > 1:
        await writing
        await _keep_places(connection, drawn.number, revision)
        return Stored(tops)
    if await lines.known_of(connection, list(islice(tops, _ENOUGH))):
        await writing
        return Stored(tops)
    ahead = announce.Ahead.of_new(tops, cause, filing.values)
    await ahead.while_doing(writing)
    return Stored(tops, ahead)


async def _keep_places(connection: Connection, number: str, revision: int) -> None:
    """Values that only repeat the revision before take its place in the stack; where they stand in the file does not matter."""
    await connection.execute(
        """
        update line_values v set accepted = e.accepted from line_values e
        where v.number = $1 and v.filing_revision = $2 and e.number = $1 and e.filing_revision = $2 - 1 and e.line_id = v.line_id
            and (e.content = v.content or e.content::jsonb - 'line' = v.content::jsonb - 'line')
        """,
        number,
        revision,
        timeout=_PATIENCE_S,
    )


def ranks_in(filing: Filing, contracts: Mapping[UUID, Parties]) -> dict[UUID, Rank]:
    """The declarant's rank for each contract. Raises Raced for a contract that moved since the check, Refused for somebody else's."""
    mine = {value.contract_uid for value in filing.values}
    if any(uid in contracts and filing.places.get(uid, contracts[uid].department) != contracts[uid].department for uid in mine):
        raise Raced("a contract has moved since the lines were checked")
    ranks = {uid: rank_of(filing.declarant, contracts[uid]) for uid in mine if uid in contracts}
    foreign = [value for value in filing.values if ranks.get(value.contract_uid, Rank.NONE) is Rank.NONE]
    if foreign:
        raise Refused([_not_yours(value) for value in foreign[:100]], code="CONTRACT", title="Un marché n’est pas le vôtre")
    return ranks


def tops_of(filing: Filing, drawn: Drawn, revision: int, ranks: Mapping[UUID, Rank]) -> dict[UUID, Top]:
    """Where each value stands; values of one contract and period share theirs."""
    shared: dict[tuple[int, date, str], Top] = {}  # a number is hashed faster than its UUID
    found: dict[UUID, Top] = {}
    for value in filing.values:
        period = value.period
        key = (value.contract_uid.int, period.start, period.grain)
        top = shared.get(key)
        if top is None:
            where = SourcePeriod(value.contract_uid, period.start, MONTHS[period.grain])
            top = shared[key] = Top(drawn.number, revision, int(ranks[value.contract_uid]), where)
        found[value.line_id] = top
    return found


async def write(connection: Connection, filings: Sequence[tuple[Filing, Drawn, Mapping[UUID, Top]]]) -> None:
    """The values of one or several filings, one COPY."""
    await connection.copy_records_to_table("line_values", records=_rows(filings), columns=_COLUMNS, timeout=_PATIENCE_S)


async def _rows(filings: Sequence[tuple[Filing, Drawn, Mapping[UUID, Top]]]) -> AsyncIterator[tuple[Any, ...]]:
    for filing, drawn, tops in filings:
        for position, value in enumerate(filing.values, start=1):
            top = tops[value.line_id]
            yield (
                value.line_id, drawn.number, top.filing_revision, drawn.accepted, value.line, *top.where,
                value.department, value.centihours, top.rank, content_of(value), *_tokens(value),
            )  # fmt: skip
            if position % _TURN == 0:
                await asyncio.sleep(0)


def _tokens(value: LineValue) -> tuple[UUID | None, UUID | None]:
    """The person's tokens as 128 bits each."""
    person = value.person
    if person is None:
        return None, None
    return UUID(hex=person.local), UUID(hex=person.regional) if person.regional else None


async def lock_contracts(connection: Connection, uids: set[UUID]) -> dict[UUID, Parties]:
    rows = await connection.fetch(
        """
        select uid, department, buyer_siret, buyer_id, facilitator_id, holder_sirets
        from contracts where uid = any($1::uuid[]) order by uid for share
        """,
        list(uids),
    )
    return {row["uid"]: Parties(**{**row, "holder_sirets": frozenset(row["holder_sirets"])}) for row in rows}


def _not_yours(value: LineValue) -> LineError:
    return LineError(
        line=value.line,
        column="contract",
        code="CONTRACT_NOT_YOURS",
        value=str(value.contract_uid),
        message=f"Ligne {value.line} : ce marché n’est pas de ceux pour lesquels vous déclarez.",
    )
