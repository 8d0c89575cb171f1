"""What is asked again and again, kept as sums beside the lines: what each contract has done, and the hours of each declarant's months.

The sums follow the lines in the transaction that moves these. They hold differences too: a reader adds them up, and a sum of no line (`lines`)
is no line. `tidy` puts them together again.
"""
# ruff: noqa: S608  every name in these queries is one of our own

from __future__ import annotations

from typing import Final

import duckdb

from services.indicators.replica import columns

OF_MONTHS: Final = (
    "declarant_id", "department", "regional", "period_start", "period_end", "period_months", "month",
)  # fmt: skip
"""What a sum of hours still tells of its lines; their names are those of the lines, so that a question may be asked of either."""
TABLES: Final = (
    "create table done (contract_uid uuid, done bigint, done_qpv bigint, lines bigint)",
    "create table done_until (contract_uid uuid, until date, done bigint, lines bigint)",
    """
    create table worked (declarant_id uuid, department varchar, regional boolean, period_start date, period_end date, period_months tinyint,
        month varchar, centihours bigint, lines bigint)
    """,
)
"""`done`: centi-hours of a contract over all years, those of residents of priority neighbourhoods, and of how many lines they are the sum, one
row a contract. `done_until`: the same by calendar year, named by the day after it. `worked`: by declarant, department and period."""
_UNTIL: Final = "(date_trunc('year', period_end - 1) + interval 1 year)::date"
_DONE: Final = "contract_uid, sum(centihours)::bigint, coalesce(sum(centihours) filter (qpv), 0)::bigint, count(*)"
_MONTHS: Final = ", ".join(OF_MONTHS)
_ALL: Final = f"""
    delete from done;
    insert into done select {_DONE} from facts group by contract_uid;
    delete from done_until;
    insert into done_until select contract_uid, {_UNTIL}, sum(centihours)::bigint, count(*) from facts group by all order by 2;
    delete from worked;
    insert into worked select {_MONTHS}, sum(centihours)::bigint, count(*) from facts group by all order by period_start
"""
_ADD: Final = f"""
    create or replace temp table sums as
        select contract_uid, sum(done)::bigint as done, sum(done_qpv)::bigint as done_qpv, sum(lines)::bigint as lines from (
            select * from done where contract_uid in (select contract_uid from moved)
            union all
            select contract_uid, sign * centihours, case when qpv then sign * centihours else 0 end, sign from moved
        ) group by contract_uid;
    delete from done where contract_uid in (select contract_uid from sums);
    insert into done select * from sums where lines > 0;
    insert into done_until select contract_uid, {_UNTIL}, sum(sign * centihours)::bigint as hours, sum(sign)::bigint as lines
        from moved group by all having hours <> 0 or lines <> 0;
    insert into worked select {_MONTHS}, sum(sign * centihours)::bigint as hours, sum(sign)::bigint as lines
        from moved group by all having hours <> 0 or lines <> 0
"""


def count_all(connection: duckdb.DuckDBPyConnection) -> None:
    """After all lines were replaced."""
    connection.execute(_ALL)


def begin(connection: duckdb.DuckDBPyConnection, arrived: str) -> None:
    """Before the lines of `arrived` are replaced: what they were and what they will be."""
    told = ", ".join(columns.worked_out(name) for name in OF_MONTHS)
    connection.execute(f"""
        create or replace temp table moved as
            select contract_uid, centihours, qpv, {_MONTHS}, -1 as sign from facts where line_id in (select line_id from {arrived})
            union all select contract_uid, centihours, qpv, {told}, 1 from {arrived} where live
    """)


def end(connection: duckdb.DuckDBPyConnection) -> None:
    """After they were replaced, in the same transaction."""
    connection.execute(_ADD)


def tidy(connection: duckdb.DuckDBPyConnection) -> None:
    """Put the differences together with what they changed, in a transaction of the caller's."""
    for table, keys, order in (("done_until", "contract_uid, until", "until"), ("worked", _MONTHS, "period_start")):
        hours = "done" if table == "done_until" else "centihours"
        connection.execute(f"""
            create or replace temp table together as
                select {keys}, sum({hours})::bigint as hours, sum(lines)::bigint as lines from {table} group by all having lines <> 0;
            delete from {table};
            insert into {table} select * from together order by {order};
            drop table together
        """)
