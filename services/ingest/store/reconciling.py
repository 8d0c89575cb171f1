"""« À rapprocher »: persons' months that count from several declarants, looked for beside the filings and kept for the coordination."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kit.postgres import Connection
from kit.service import Runtime

_EVERY_S: Final = 2.0
MOST: Final = 200


async def reconcile(runtime: Runtime) -> None:
    """Long task: look at each revision once it is committed. Of two filings on their way at once, the later one looked at sees the other."""
    while True:
        async with runtime.pool.acquire() as connection:
            looked_at = await look_at_next(connection, runtime.clock())
        if not looked_at:
            await asyncio.sleep(_EVERY_S)


async def look_at_next(connection: Connection, at: datetime) -> bool:
    """Bring what one revision and the one before it touch up to date; False when none waits."""
    async with connection.transaction():
        row = await connection.fetchrow(
            "select number, revision from filing_revisions where not reconciled order by accepted limit 1 for update skip locked"
        )
        if row is None:
            return False
        await connection.execute(_LOOK, row["number"], row["revision"], at)
        await connection.execute(
            "update filing_revisions set reconciled = true where number = $1 and revision = $2", row["number"], row["revision"]
        )
    return True


_LOOK: Final = """
    with touched as (
        select distinct person_regional, period_start from line_values
        where number = $1 and filing_revision in ($2, $2 - 1) and person_regional is not null and period_months = 1
    ), counted as (
        select v.person_regional, v.period_start, v.centihours, v.department, f.declarant_id, v.number, v.line, c.number as contract
        from touched t join line_values v using (person_regional, period_start)
        join lines l on (l.line_id, l.number, l.filing_revision) = (v.line_id, v.number, v.filing_revision)
        join filings f on f.number = v.number join contracts c on c.uid = v.contract_uid
        where v.period_months = 1 and l.announced and v.centihours > 0 and not exists (  -- an erasure may be under way
            select from erased_persons e where e.digest in (
                sha256(replace(v.person_regional::text, '-', '')::bytea), sha256(replace(v.person_local::text, '-', '')::bytea)))
    ), found as (
        select person_regional, period_start, sum(centihours)::bigint as centihours, array_agg(distinct department) as departments,
            case when sum(centihours) > 21300 then array['V13', 'V08'] else array['V13'] end as codes,
            jsonb_agg(jsonb_build_object('declarant', declarant_id, 'number', number, 'line', line, 'contract', contract,
                'department', department, 'centihours', centihours) order by number, line) as parts
        from counted group by person_regional, period_start having count(distinct declarant_id) > 1
    ), gone as (
        delete from reconciliations r using touched t
        where (r.person_regional, r.period_start) = (t.person_regional, t.period_start)
            and not exists (select from found f where (f.person_regional, f.period_start) = (r.person_regional, r.period_start))
    )
    insert into reconciliations (person_regional, period_start, codes, centihours, parts, departments, found_at)
    select person_regional, period_start, codes, centihours, parts, departments, $3 from found
    on conflict (person_regional, period_start) do update set codes = excluded.codes, centihours = excluded.centihours,
        parts = excluded.parts, departments = excluded.departments, found_at = excluded.found_at, settled_at = null, settled_by = null
        where reconciliations.parts <> excluded.parts
"""


async def reconciliations(connection: Connection, departments: Sequence[str] | None) -> list[dict[str, Any]]:
    """Those of the departments (None: of all), the latest month first; a person is a number on the list, never a token."""
    rows = await connection.fetch(
        """
        select r.reconciliation_id as id, r.period_start, r.codes, r.centihours, r.parts, r.found_at, r.settled_at is not null as settled,
            (select jsonb_object_agg(o.organisation_id, o.name) from registry_organisations o
                where o.organisation_id in (select (p ->> 'declarant')::uuid from jsonb_array_elements(r.parts) p)) as names
        from reconciliations r where $1::text[] is null or r.departments && $1
        order by r.settled_at is not null, r.period_start desc, r.centihours desc, r.person_regional limit $2
        """,
        departments,
        MOST,
    )
    return [_told(dict(row)) for row in rows]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    names = row.pop("names") or {}
    parts = [
        {**{name: value for name, value in part.items() if name != "declarant"}, "declarant": names.get(part["declarant"]) or "–"}
        for part in row["parts"]
    ]
    return {**row, "parts": parts}


async def settle(connection: Connection, found: UUID, departments: Sequence[str] | None, by: str, at: datetime) -> bool:
    """A coordinator has looked into it; it comes back when a part changes. False for what is not theirs."""
    done: str = await connection.execute(
        """
        update reconciliations set settled_at = $3, settled_by = $4
        where reconciliation_id = $1 and ($2::text[] is null or departments && $2)
        """,
        found,
        departments,
        at,
        by,
    )
    return done != "UPDATE 0"
