"""The replica under memory pressure: the question that does not fit is refused with what to do, and nothing else suffers."""

from __future__ import annotations

import duckdb
import pytest

from kit.problems import Problem
from services.indicators.replica.columnar import MEMORY_LIMIT, Columnar, with_room


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
        assert (await replica.ask(with_room(greedy)))[0] == (2_000_000,), "a release has the room that it needs"
        limit, _ = await replica.ask(lambda connection: connection.execute("select current_setting('memory_limit')").fetchone())
        assert limit == ("953.6 MiB",), f"{MEMORY_LIMIT} again"
    finally:
        replica.close()
