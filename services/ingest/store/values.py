"""Stores the values of a filing's revision: one COPY, whatever their number."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from kit.errors import LineError, Refused
from kit.postgres import Connection
from schemas.periods import MONTHS
from services.ingest.corrections import Rank
from services.ingest.rules.lines import LineValue
from services.ingest.sources import SOURCES, Parties, rank_of
from services.ingest.store.announce import CHUNK, Content
from services.ingest.store.lines import Raced
from services.ingest.store.numbers import Drawn

if TYPE_CHECKING:
    from services.ingest.store.filings import Filing

_COLUMNS: Final = (
    "line_id", "number", "filing_revision", "accepted", "line", "contract_uid",
    "period_start", "period_months", "department", "centihours", "rank", "content",
)  # fmt: skip


async def store(connection: Connection, filing: Filing, drawn: Drawn, revision: int) -> dict[UUID, Content]:
    """Put the values on top of their lines' stacks. Returns what each says, as it is announced.

    The contracts are share-locked: their place cannot change between this and the commit. Raises Refused for lines of a contract that
    the declarant has nothing to do with.
    """
    lines, declarant = filing.values, filing.declarant
    contracts = await _lock_contracts(connection, {value.contract_uid for value in lines})
    if any(filing.places.get(uid, contract.department) != contract.department for uid, contract in contracts.items()):
        raise Raced("a contract has moved since the lines were checked")
    ranks = {uid: rank_of(declarant, contract) for uid, contract in contracts.items()}
    foreign = [value for value in lines if ranks.get(value.contract_uid, Rank.NONE) is Rank.NONE]
    if foreign:
        raise Refused([_not_yours(value) for value in foreign[:100]], code="CONTRACT", title="Un marché n’est pas le vôtre")
    contents: dict[UUID, Content] = {}

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        for position, value in enumerate(lines):
            rank = ranks[value.contract_uid]
            content = {**value.content(), "declarant_id": str(declarant.id), "source": SOURCES[rank]}
            contents[value.line_id] = content
            yield (
                value.line_id, drawn.number, revision, drawn.accepted, value.line, value.contract_uid,
                value.period.start, MONTHS[value.period.grain], value.department, value.centihours, int(rank),
                json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str),
            )  # fmt: skip
            if position % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)  # others have their turn

    await connection.copy_records_to_table("line_values", records=rows(), columns=_COLUMNS)
    return contents


async def _lock_contracts(connection: Connection, uids: set[UUID]) -> dict[UUID, Parties]:
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
