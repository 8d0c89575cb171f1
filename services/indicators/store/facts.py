"""Staged lines become facts; totals, changes and the filings' moves follow from the difference, all in one statement."""

from __future__ import annotations

from typing import Final

from kit.postgres import Connection
from services.indicators.store.staging import FACT_COLUMNS

_COLUMNS: Final = ", ".join(FACT_COLUMNS)
_REPLACED: Final = ", ".join(f"{column} = excluded.{column}" for column in FACT_COLUMNS if column != "line_id")

APPLY: Final = f"""
    with moved as (
        insert into facts ({_COLUMNS})
        select {_COLUMNS} from pg_temp.staged order by line_id
        on conflict (line_id) do update set {_REPLACED} where excluded.revision > facts.revision
        returning new.line_id,
            case when old.live then old.department end as left_department, old.period_start as left_start, old.period_months as left_months,
            case when old.live then old.centihours else 0 end as left_hours,
            case when new.live then new.department end as department, new.period_start as start, new.period_months as months,
            case when new.live then new.centihours else 0 end as hours
    ), halves as (
        select line_id, left_department as department, left_start as start, left_months as months,
            left_hours as before, 0 as after, -1 as lines
        from moved where left_department is not null
        union all
        select line_id, department, start, months, 0, hours, 1 from moved where department is not null
    ), deltas as (
        select department, start, months, sum(after - before)::bigint as centihours, sum(lines)::bigint as lines
        from halves group by department, start, months
    ), of_months as (
        insert into totals (department, month, centihours, lines)
        select department, start, centihours, lines from deltas where months = 1 order by department, start
        on conflict (department, month) do update
        set centihours = totals.centihours + excluded.centihours, lines = totals.lines + excluded.lines
    ), of_longer as (
        insert into totals_longer (department, period_start, period_months, centihours, lines)
        select department, start, months, centihours, lines from deltas where months > 1 order by department, start, months
        on conflict (department, period_start, period_months) do update
        set centihours = totals_longer.centihours + excluded.centihours, lines = totals_longer.lines + excluded.lines
    ), of_filings as (
        insert into filing_moves (declaration_id, revision, department, centihours_before, centihours_after)
        select s.declaration_id, s.declaration_revision, h.department, sum(h.before)::bigint, sum(h.after)::bigint
        from halves h join pg_temp.staged s using (line_id)
        where s.declaration_id is not null
        group by 1, 2, 3 order by 1, 2, 3
        on conflict (declaration_id, revision, department) do update
        set centihours_before = filing_moves.centihours_before + excluded.centihours_before,
            centihours_after = filing_moves.centihours_after + excluded.centihours_after
    )
    insert into changes (topic, partition, batch_no, ids, moved)
    select 'hours', p.partition, p.batch_no, array_agg(s.line_id),
        coalesce((select array_agg(distinct department || '/' || extract(year from start)::text) from deltas), '{{}}')
    from unnest($1::integer[], $2::bigint[]) as p (partition, batch_no) join pg_temp.staged s using (partition)
    group by p.partition, p.batch_no order by p.partition
    on conflict (topic, partition, batch_no) do update set ids = changes.ids || excluded.ids, moved = changes.moved || excluded.moved
"""  # noqa: S608  the columns are named in staging.py


async def apply_staged(connection: Connection, positions: dict[int, int]) -> None:
    """Apply what is staged. `positions` is partition → batch_no of this transaction.

    A staged line whose revision is not newer than the fact's changes nothing (its id may stand in `changes` without need).
    Rows are locked in sorted order in every table: two readers in the same departments wait for each other, they do not deadlock.
    """
    await connection.execute(APPLY, list(positions), list(positions.values()))
