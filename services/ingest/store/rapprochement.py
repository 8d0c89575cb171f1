"""Contract and period where two sources said their hours: what each says, the reference first. The total counts the reference alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from kit.postgres import Connection
from services.ingest.sources import Declarant
from services.ingest.store import cursors


@dataclass(frozen=True)
class Seen:
    """Whose contracts are looked at: a declarant's, those of departments, or all."""

    declarant: Declarant | None = None
    departments: frozenset[str] = frozenset()
    everything: bool = False


async def differences(connection: Connection, seen: Seen, cursor: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """The newest periods first, and the cursor of the next page: `{contract, object, period_start, period_months, sources}`."""
    after = cursors.read(cursor, date.fromisoformat, UUID) if cursor else (None, None)
    who = seen.declarant
    periods = await connection.fetch(
        """
        select distinct l.period_start, l.contract_uid, l.period_months, c.number, c.object, c.department
        from lines l join contracts c on c.uid = l.contract_uid
        where l.rank > 0 and not l.announced
            and ($1 or c.department = any($2::text[]) or c.facilitator_id = $3 or c.buyer_id = $3 or c.buyer_siret = $4
                or c.holder_sirets @> array[$4])
            and ($5::date is null or l.period_start < $5 or (l.period_start = $5 and l.contract_uid > $6::uuid))
        order by l.period_start desc, l.contract_uid, l.period_months limit $7
        """,
        seen.everything, sorted(seen.departments | (who.territory if who else frozenset())), who.id if who else None,
        who.siret if who else None, *after, limit + 1,
    )  # fmt: skip
    shown = periods[:limit]
    said = await _said(connection, shown)
    items = [{**row, "sources": said[row["contract_uid"], row["period_start"], row["period_months"]]} for row in map(dict, shown)]
    more = len(periods) > limit
    return items, cursors.write(shown[-1]["period_start"].isoformat(), shown[-1]["contract_uid"]) if more else None


async def _said(connection: Connection, periods: list[Any]) -> dict[tuple[UUID, date, int], list[dict[str, Any]]]:
    """What each organisation says of each period, the highest rank first, and what counts of periods that overlap it."""
    rows = await connection.fetch(
        """
        select q.contract_uid, q.period_start, q.period_months, l.period_start as said_start, l.period_months as said_months,
            l.rank, f.declarant_id, o.name, sum(l.centihours)::bigint as centihours, count(*) as lines, bool_or(l.announced) as counts
        from unnest($1::uuid[], $2::date[], $3::smallint[]) q (contract_uid, period_start, period_months)
        join source_periods s on s.contract_uid = q.contract_uid and s.period_start > q.period_start - 366  -- no period is longer
            and s.period_start < q.period_start + make_interval(months => q.period_months)
            and s.period_start + make_interval(months => s.period_months) > q.period_start
        join lines l on l.contract_uid = s.contract_uid and l.period_start = s.period_start and l.period_months = s.period_months and l.rank > 0
            and (l.announced or (s.period_start, s.period_months) = (q.period_start, q.period_months))
        join filings f on f.number = l.number
        left join registry_organisations o on o.organisation_id = f.declarant_id
        group by 1, 2, 3, 4, 5, 6, 7, 8 order by l.rank desc, o.name, 4, 5
        """,
        [row["contract_uid"] for row in periods], [row["period_start"] for row in periods], [row["period_months"] for row in periods],
    )  # fmt: skip
    found: dict[tuple[UUID, date, int], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["contract_uid"], row["period_start"], row["period_months"]), []).append(dict(row))
    return found
