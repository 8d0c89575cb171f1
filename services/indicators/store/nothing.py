"""« Rien à déclarer »: contracts of which somebody said that a period has no hours. It counts as having been heard of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kit.postgres import Connection
from schemas.declarations import NothingToDeclare
from schemas.periods import MONTHS
from services.indicators.store.changes import NOTHING, note

_RECORD: Final = """
    insert into nothing_declared (contract_uid, declarant_id, period_start, period_months)
    select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::smallint[]) order by 1, 3, 4, 2
    on conflict do nothing returning contract_uid
"""


async def record(connection: Connection, said: Sequence[NothingToDeclare]) -> None:
    """Keep these and tell the replicas, when anything in them is new."""
    rows = [(uid, one.declarant_id, one.period.start, MONTHS[one.period.grain]) for one in said for uid in one.contracts]
    if not rows:
        return
    new = await connection.fetch(_RECORD, *(list(column) for column in zip(*rows, strict=True)))
    if new:
        await note(connection, NOTHING, sorted({row["contract_uid"] for row in new}))
