"""The replica: under memory pressure, asked by several at once, and what it keeps beside the lines."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from kit.problems import Problem
from services.indicators.catalogue.once import KnownRows, Once
from services.indicators.replica import columnar, columns, room
from services.indicators.replica.columnar import MEMORY_LIMIT, Columnar, Incoming, with_room
from services.indicators.replica.spool import Spool


def _limit(connection: duckdb.DuckDBPyConnection) -> object:
    return connection.execute("select current_setting('memory_limit')").fetchone()


@pytest.mark.parametrize(("there", "limit"), [(2, "1000MB"), (16, "2000MB"), (24.5, "3062MB"), (512, "4000MB")])
def test_the_replica_takes_an_eighth_of_the_memory_within_bounds(there: float, limit: str) -> None:
    assert room.memory_limit(int(there * 1_000_000_000)) == limit


def test_a_container_s_own_limit_counts(tmp_path: Path) -> None:
    file = tmp_path / "memory.max"
    without = room.of_machine(file)
    assert without > 100_000_000
    file.write_text("max\n")
    assert room.of_machine(file) == without
    file.write_text("50000000\n")
    assert room.of_machine(file) == 50_000_000


async def test_a_question_beyond_the_memory_is_refused_alone() -> None:
    replica = Columnar()

    def small(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("set memory_limit = '16MB'")

    def greedy(connection: duckdb.DuckDBPyConnection) -> object:
        return connection.execute("select count(distinct i::varchar || repeat('x', 64)) from range(2000000) as r(i)").fetchone()

    def modest(connection: duckdb.DuckDBPyConnection) -> object:
        return connection.execute("select count(*) from facts").fetchone()

    try:
        usual, _ = await replica.ask(_limit)
        await replica.ask(small)
        with pytest.raises(Problem) as refused:
            await replica.ask(greedy)
        assert (refused.value.status, refused.value.code) == (503, "TOO_MUCH_MEMORY")
        assert "période plus courte" in (refused.value.detail or "")
        assert "Retry-After" in (refused.value.headers or {})
        assert (await replica.ask(modest))[0] == (0,), "the next one is answered"
        assert (await replica.ask(with_room(greedy)))[0] == (2_000_000,), "a release has the room that it needs"
        limit, _ = await replica.ask(_limit)
        assert limit == usual, f"{MEMORY_LIMIT} again"
    finally:
        replica.close()


_SUMS = "select contract_uid, sum(centihours), coalesce(sum(centihours) filter (qpv), 0), count(*) from facts group by 1 order by 1"
_KEPT = "select contract_uid, done, done_qpv, lines from done order by 1"
_BESIDE = {
    """select contract_uid, (date_trunc('year', period_end - 1) + interval 1 year)::date as until, sum(centihours), count(*) from facts
       group by 1, 2 order by 1, 2""":
    "select contract_uid, until, sum(done), sum(lines) from done_until group by 1, 2 having sum(lines) <> 0 order by 1, 2",
    """select declarant_id, department, regional, period_start, period_end, period_months, month, sum(centihours), count(*) from facts
       group by all order by all""":
    """select * exclude (centihours, lines), sum(centihours), sum(lines) from worked group by all having sum(lines) <> 0 order by all""",
}  # fmt: skip
"""What the sums must be, and how they are read."""


def _rows(query: str, once: Once) -> list[object]:
    return once.execute(query).fetchall()


_PERIODS = (
    {"period_start": "2025-12-01", "period_months": 1}, {"period_start": "2026-01-01", "period_months": 1},
    {"period_start": "2026-10-01", "period_months": 3}, {"period_start": "2026-01-01", "period_months": 12},
)  # fmt: skip


def _csv(dice: random.Random, ids: list[int]) -> bytes:
    """Lines with these ids; one in four is no longer there."""
    rows = []
    for number in ids:
        said = {
            "line_id": UUID(int=number), "live": "tf"[dice.random() < 0.25], "contract_uid": UUID(int=dice.randrange(5)), "centihours": dice.randrange(9_000),
            "qpv": dice.choice(["t", "f", ""]), **dice.choice(_PERIODS), "department": dice.choice(["93", "75", "60"]),
            "declarant_id": dice.choice(["", UUID(int=1), UUID(int=2)]),
        }  # fmt: skip
        rows.append(",".join(str(said.get(name, "")) for name in columns.FACTS) + "\n")
    return "".join(rows).encode()


@pytest.mark.parametrize("tidy_after", [10, 200_000])
async def test_what_is_kept_beside_the_lines_is_their_sum_whatever_comes(
    seed: int, tidy_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "TIDY_AFTER", tidy_after)
    replica, dice = Columnar(threads=1), random.Random(seed)
    try:
        for turn in range(12):
            with Spool() as first, Spool() as second:
                whole, ids = turn % 5 == 0, dice.sample(range(60), dice.randrange(1, 40))
                await first.write(_csv(dice, ids[::2]))
                await second.write(_csv(dice, ids[1::2]))
                if whole:
                    await replica.bring(first, first=True)
                    await replica.bring(second, first=False)
                    await replica.replace({("hours", 0): turn + 1}, facts=Incoming(None, whole=True))
                else:
                    await replica.replace({("hours", 0): turn + 1}, facts=Incoming(first, whole=False))
            (kept, sums), position = await replica.figures_together(
                lambda once: once.execute(_KEPT).fetchall(), lambda once: once.execute(_SUMS).fetchall()
            )
            assert (kept, position) == (sums, {("hours", 0): turn + 1}), f"turn {turn}"
            for of_lines, beside in _BESIDE.items():
                (expected, found), _ = await replica.figures_together(*(partial(_rows, query) for query in (of_lines, beside)))
                assert found == expected, f"turn {turn}"
    finally:
        replica.close()


async def test_questions_side_by_side_are_answered_of_one_state_while_rows_come() -> None:
    replica = Columnar()

    def slow(once: Once) -> object:
        return once.execute("select count(*) from range(1000000) as r(i) where i % 7 = 3").fetchall()

    def position(once: Once) -> object:
        return once.execute("select batch_no from cursors").fetchall()[0]

    async def move() -> None:
        for batch in range(2, 1_000_000):
            await replica.replace({("hours", 0): batch})

    await replica.replace({("hours", 0): 1})
    moving = asyncio.create_task(move())
    try:
        seen = set()
        for _ in range(30):
            answers, found = await replica.figures_together(position, slow, position)
            assert answers[0] == answers[2] == (found["hours", 0],)
            seen.add(answers[0])
        assert len(seen) > 10, "the state moved meanwhile"
    finally:
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        replica.close()


async def test_what_was_asked_of_a_state_is_not_asked_again_until_it_moves() -> None:
    replica = Columnar()

    def chance(once: Once) -> object:
        return once.execute("select uuid()").fetchall()

    def other(once: Once) -> object:
        return once.execute("select uuid(), $place", {"place": 3}).fetchall(), once.execute(
            "select uuid(), $place", {"place": 4}
        ).fetchall()

    try:
        await replica.replace({("hours", 0): 1})
        first, position = await replica.figures(chance)
        assert await replica.figures(chance) == (first, position)
        (again, pair), _ = await replica.figures_together(chance, other)
        assert again == first
        assert pair[0] != pair[1], "the values belong to the question"
        await replica.replace({("hours", 0): 2})
        moved, position = await replica.figures(chance)
        assert moved != first
        assert position == {("hours", 0): 2}
    finally:
        replica.close()


def test_a_large_answer_is_not_kept() -> None:
    answers = KnownRows()
    answers.keep("large", [(0,)] * KnownRows.MOST_ROWS)
    assert answers.of("large") is None
    for number in range(3):
        answers.keep(str(number), [(number,)] * (KnownRows.MOST_ROWS // 2 - 2))
    assert [answers.of(str(number)) is not None for number in range(3)] == [True, True, False]
