"""The replica under memory pressure: the question that does not fit is refused with what to do, and nothing else suffers."""

from __future__ import annotations

import duckdb
import pytest

from kit.problems import Problem
from services.indicators.replica.columnar import MEMORY_LIMIT, Columnar


async def test_a_question_beyond_the_memory_is_refused_alone() -> None:
    replica = Columnar()

    def small(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set memory_limit = '16MB'")

    def greedy(connection: duckdb.DuckDBPyConnection) -> object:
        return connection.execute("select count(distinct i::varchar || repeat('x', 64)) from range(2000000) as r(i)").fetchone()

    def modest(connection: duckdb.DuckDBPyConnection) -> object:
        return connection.execute("select count(*) from facts").fetchone()

    try:
        await replica.ask(small)
        with pytest.raises(Problem) as refused:
            await replica.ask(greedy)
        assert (refused.value.status, refused.value.code) == (503, "TOO_MUCH_MEMORY")
        assert "période plus courte" in (refused.value.detail or "")
        assert "Retry-After" in (refused.value.headers or {})
        assert (await replica.ask(modest))[0] == (0,), "the next one is answered"
        await replica.ask(lambda connection: connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'"))
        assert (await replica.ask(greedy))[0] == (2_000_000,)
    finally:
        replica.close()
