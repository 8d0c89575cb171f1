"""Drafts: sealed, saved as often as a field changes, emptied by their sending, forgotten after 30 days of silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from kit.postgres import Connection
from kit.service import Runtime
from schemas.identifiers import uuid7
from services.ingest.store.spool import Spool

KEPT: Final = timedelta(days=30)
_EVERY_S: Final = 3_600.0


@dataclass(frozen=True)
class Draft:
    """What its author has filled so far. `number` is the filing that it became."""

    id: UUID
    contract_uid: UUID
    quarter_start: date
    content: Mapping[str, Any]
    saved_at: datetime
    number: str | None = None


async def begin(
    connection: Connection, spool: Spool, declarant: UUID, contract: UUID, quarter: date, content: Mapping[str, Any], by: str, at: datetime
) -> UUID:
    found = uuid7()
    await connection.execute(
        """
        insert into drafts (draft_id, declarant_id, contract_uid, quarter_start, started_by, sealed, created_at, saved_at)
        values ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        found, declarant, contract, quarter, by, spool.seal(json.dumps(content).encode(), found), at,
    )  # fmt: skip
    return found


async def alone(connection: Connection, declarant: UUID, contract: UUID) -> None:
    """Until the commit, nobody else of the declarant begins a draft for the contract: two clicks begin one."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"draft:{declarant}:{contract}")


async def begun(connection: Connection, declarant: UUID, contract: UUID, quarter: date, but: UUID | None = None) -> asyncpg.Record | None:
    """(draft_id, saved_at) of the draft that was begun for the contract and the quarter already, `but` one of them; the last saved when there are
    several."""
    return await connection.fetchrow(
        """
        select draft_id, saved_at from drafts
        where declarant_id = $1 and contract_uid = $2 and quarter_start = $3 and number is null and draft_id is distinct from $4
        order by saved_at desc limit 1
        """,
        declarant,
        contract,
        quarter,
        but,
    )


async def get(connection: Connection, spool: Spool, draft_id: UUID, declarant: UUID, *, lock: bool = False) -> Draft | None:
    """The draft, to its declarant only."""
    row = await connection.fetchrow(
        f"""
        select contract_uid, quarter_start, sealed, saved_at, number from drafts where draft_id = $1 and declarant_id = $2
        {"for no key update" if lock else ""}
        """,  # noqa: S608  one of two constants
        draft_id,
        declarant,
    )
    if row is None:
        return None
    content = json.loads(spool.opened(row["sealed"], draft_id)) if row["sealed"] else {}
    return Draft(draft_id, row["contract_uid"], row["quarter_start"], content, row["saved_at"], row["number"])


async def save(connection: Connection, spool: Spool, draft_id: UUID, content: Mapping[str, Any], quarter: date, at: datetime) -> None:
    await connection.execute(
        "update drafts set sealed = $2, quarter_start = $3, saved_at = $4 where draft_id = $1 and number is null",
        draft_id, spool.seal(json.dumps(content).encode(), draft_id), quarter, at,
    )  # fmt: skip


async def sent(connection: Connection, draft_id: UUID, number: str) -> None:
    """Nothing of the draft is left but which filing it became."""
    await connection.execute("update drafts set sealed = '', number = $2 where draft_id = $1", draft_id, number)


async def drop(connection: Connection, draft_id: UUID, declarant: UUID) -> None:
    await connection.execute("delete from drafts where draft_id = $1 and declarant_id = $2", draft_id, declarant)


async def open_of(connection: Connection, declarant: UUID, contract: UUID | None = None) -> list[dict[str, Any]]:
    """The drafts that wait for their author, the last saved first; of one contract only, where it is given."""
    rows = await connection.fetch(
        """
        select d.draft_id, d.contract_uid, d.quarter_start, d.saved_at, c.number as contract, c.object
        from drafts d join contracts c on c.uid = d.contract_uid
        where d.declarant_id = $1 and d.number is null and ($2::uuid is null or d.contract_uid = $2) order by d.saved_at desc limit 20
        """,
        declarant,
        contract,
    )
    return [dict(row) for row in rows]


async def say_worked(
    connection: Connection, declarant: UUID, contract: UUID, quarter: date, centihours: int, by: str, at: datetime
) -> None:
    """Hours that everybody worked on a contract in a quarter; said again, they replace what was said."""
    await connection.execute(
        """
        insert into worked_hours (declarant_id, contract_uid, period_start, period_months, centihours, declared_by, declared_at)
        values ($1, $2, $3, 3, $4, $5, $6)
        on conflict (contract_uid, period_start, period_months, declarant_id)
            do update set centihours = excluded.centihours, declared_by = excluded.declared_by, declared_at = excluded.declared_at
        """,
        declarant, contract, quarter, centihours, by, at,
    )  # fmt: skip


async def forget_drafts(runtime: Runtime) -> None:
    """Long task: delete drafts that nobody has touched for 30 days, sent or not."""
    while True:
        async with runtime.pool.acquire() as connection:
            await connection.execute("delete from drafts where saved_at <= $1", runtime.clock() - KEPT)
        await asyncio.sleep(_EVERY_S)
