"""What each contract has done so far, over all years: kept beside the lines, so that a question about contracts need not read them all."""
# ruff: noqa: S608  every name in these queries is one of our own

from __future__ import annotations

from typing import Final

import duckdb

TABLE: Final = "create table done (contract_uid uuid, done bigint, done_qpv bigint, lines bigint)"
"""Centi-hours, those of residents of priority neighbourhoods, and of how many lines they are the sum."""
_COUNTED: Final = "contract_uid, sum(centihours)::bigint, coalesce(sum(centihours) filter (qpv), 0)::bigint, count(*)"
_ADD: Final = """
    create or replace temp table sums as
        select contract_uid, sum(done)::bigint as done, sum(done_qpv)::bigint as done_qpv, sum(lines)::bigint as lines from (
            select * from done where contract_uid in (select contract_uid from moved)
            union all
            select contract_uid, sign * centihours, case when qpv then sign * centihours else 0 end, sign from moved
        ) group by contract_uid;
    delete from done where contract_uid in (select contract_uid from sums);
    insert into done select * from sums where lines > 0
"""


def count_all(connection: duckdb.DuckDBPyConnection) -> None:
    """After all lines were replaced."""
    connection.execute("delete from done")
    connection.execute(f"insert into done select {_COUNTED} from facts group by contract_uid")


def begin(connection: duckdb.DuckDBPyConnection, arrived: str) -> None:
    """Before the lines of `arrived` are replaced: what they were and what they will be."""
    connection.execute(f"""
        create or replace temp table moved as
            select contract_uid, centihours, qpv, -1 as sign from facts where line_id in (select line_id from {arrived})
            union all select contract_uid, centihours, qpv, 1 from {arrived} where live
    """)


def end(connection: duckdb.DuckDBPyConnection) -> None:
    """After they were replaced, in the same transaction."""
    connection.execute(_ADD)
