"""What moved, what is due to be announced, and the figures of a department's year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kit.postgres import Connection
from schemas.indicators import FiguresMoved
from schemas.topics import HOURS
from services.indicators.catalogue.parameters import FULL_TIME_HOURS
from services.indicators.store import parameters

DepartmentYear = tuple[str, int]
_LOCK: Final = 0x66696775  # "figu"

# Every partition has a cursor; a row beyond it names the department years that its transaction moved. By primary key per partition.
_CURSORS: Final = """
    insert into figures_cursor (topic, partition, batch_no)
    select $1, partition, -1 from generate_series(0, $2::integer - 1) as p (partition)
    on conflict do nothing
"""
_FOLLOW: Final = """
    with news as (
        select f.topic, f.partition, c.batch_no, c.moved from figures_cursor f
        join lateral (
            select batch_no, moved from changes c where c.topic = f.topic and c.partition = f.partition and c.batch_no > f.batch_no
        ) c on true
    ), ahead as (
        update figures_cursor f set batch_no = n.batch_no
        from (select topic, partition, max(batch_no) as batch_no from news group by topic, partition) n
        where f.topic = n.topic and f.partition = n.partition
    )
    insert into figures_announced as a (department, year, moved_at)
    select distinct split_part(name, '/', 1), split_part(name, '/', 2)::integer, $1::timestamptz from news, unnest(news.moved) as m (name)
    order by 1, 2
    on conflict (department, year) do update set moved_at = coalesce(a.moved_at, excluded.moved_at)
"""
_DUE: Final = """
    select department, year from figures_announced a
    where moved_at is not null and not exists (select from figures_announced b where b.department = a.department and b.announced_at > $1)
    order by department, year
"""
_OF_YEARS: Final = """
    select d.department, d.year, coalesce(sum(f.centihours), 0)::bigint as centihours,
        count(distinct coalesce(f.person, f.person_local)) filter (where f.centihours > 0) as persons,
        count(distinct coalesce(f.person, f.person_local)) filter (where f.centihours > 0 and f.sex = 'F') as women,
        count(distinct f.contract_uid) filter (where f.centihours > 0) as contracts
    from unnest($1::text[], $2::integer[]) as d (department, year)
    left join facts f on f.live and f.department = d.department
        and f.period_start >= make_date(d.year, 1, 1) and f.period_start < make_date(d.year + 1, 1, 1)
    group by d.department, d.year order by d.department, d.year
"""
_ANNOUNCED: Final = """
    update figures_announced a set moved_at = null, announced_at = $3
    from unnest($1::text[], $2::integer[]) as d (department, year) where a.department = d.department and a.year = d.year
"""


async def is_mine(connection: Connection) -> bool:
    """Whether this transaction is the one that announces; until its end."""
    return bool(await connection.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK))


async def follow(connection: Connection, now: datetime) -> None:
    """Note which department years moved since the last look."""
    await connection.execute(_CURSORS, HOURS.name, HOURS.partitions)
    await connection.execute(_FOLLOW, now)


async def due(connection: Connection, quiet_since: datetime) -> list[DepartmentYear]:
    """Department years that moved, of departments of which nothing was announced since then."""
    return [(row["department"], row["year"]) for row in await connection.fetch(_DUE, quiet_since)]


async def of_years(connection: Connection, years: Sequence[DepartmentYear]) -> list[FiguresMoved]:
    """The full state of each: live lines of every grain whose period starts in the year; persons and contracts are distinct counts."""
    if not years:
        return []
    full_time = await parameters.in_force(connection)
    rows = await connection.fetch(_OF_YEARS, [department for department, _ in years], [year for _, year in years])
    return [
        FiguresMoved(
            department=row["department"],
            year=row["year"],
            centihours=row["centihours"],
            persons=row["persons"],
            women=row["women"],
            contracts=row["contracts"],
            fte=_full_time_equivalents(row["centihours"], full_time.on(FULL_TIME_HOURS, date(row["year"], 1, 1))),
        )
        for row in rows
    ]


def _full_time_equivalents(centihours: int, hours_a_year: Decimal) -> str:
    return str((Decimal(centihours) / 100 / hours_a_year).quantize(Decimal("0.01"), ROUND_HALF_UP))


async def announced(connection: Connection, years: Sequence[DepartmentYear], now: datetime) -> None:
    await connection.execute(_ANNOUNCED, [department for department, _ in years], [year for _, year in years], now)
