"""Operations of a declarant or of departments, and what was done on their contracts."""

from __future__ import annotations

from typing import Any, Final

from kit.postgres import Connection
from services.ingest.rules.report import ContractDone
from services.ingest.store.rapprochement import Seen

MOST: Final = 200
_SEEN: Final = """
    ($1 or c.department = any($2::text[]) or c.facilitator_id = $3 or c.buyer_id = $3 or c.buyer_siret = $4)
"""


async def operations(connection: Connection, seen: Seen) -> list[dict[str, Any]]:
    """Names in their order, with how many contracts each has and what they plan."""
    rows = await connection.fetch(
        f"""
        select c.operation, count(*) as contracts, sum(c.hours_committed)::bigint as planned from contracts c
        where c.operation is not null and {_SEEN} group by 1 order by 1 limit {MOST}
        """,  # noqa: S608  constants
        *_who(seen),
    )
    return [dict(row) for row in rows]


async def contracts_of(connection: Connection, seen: Seen, operation: str) -> list[ContractDone]:
    """The operation's contracts that may be seen, in the order of their numbers; only what counts is done."""
    rows = await connection.fetch(
        f"""
        select c.number, c.object, c.hours_committed as planned, c.ends_on, c.declared -> 'clause' ->> 'anru' as anru,
            coalesce(d.done, 0) as done, coalesce(d.named, 0) as named, coalesce(d.qpv, 0) as qpv, coalesce(d.persons, 0) as persons, w.worked,
            coalesce(t.done, 0) as done_then
        from contracts c left join lateral (
            select sum(l.centihours)::bigint as done, sum(l.centihours) filter (where l.person is not null)::bigint as named,
                sum(l.centihours) filter (where l.qpv)::bigint as qpv, count(distinct l.person) filter (where l.centihours > 0) as persons
            from lines l where l.contract_uid = c.uid and l.rank > 0 and l.announced
        ) d on true left join lateral (
            select sum(said.centihours)::bigint as worked from (
                select distinct on (period_start, period_months) centihours from worked_hours
                where contract_uid = c.uid order by period_start, period_months, declared_at desc
            ) said
        ) w on true left join lateral (
            select sum(l.centihours)::bigint as done from lines l
            where w.worked is not null and l.contract_uid = c.uid and l.rank > 0 and l.announced and exists (
                select from worked_hours h where h.contract_uid = c.uid and h.period_start <= l.period_start
                    and l.period_start + make_interval(months => l.period_months) <= h.period_start + make_interval(months => h.period_months))
        ) t on true
        where c.operation = $5 and {_SEEN} order by c.number, c.uid limit {MOST}
        """,  # noqa: S608  constants
        *_who(seen),
        operation,
    )
    return [ContractDone(**dict(row)) for row in rows]


def _who(seen: Seen) -> tuple[Any, ...]:
    who = seen.declarant
    departments = sorted(seen.departments | (who.territory if who else frozenset()))
    return seen.everything, departments, who.id if who else None, who.siret if who else None
