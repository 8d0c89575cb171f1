"""The replica follows the log of changes: no row is missed however the writers' transactions overlap."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import cast
from uuid import UUID

import pytest

from kit.health import Health
from kit.identity import Identity
from kit.postgres import Pool, open_pool
from kit.problems import Problem
from kit.service import Runtime
from kit.settings import Settings
from services.indicators.replica import task
from services.indicators.replica.columnar import Columnar
from services.indicators.replica.follow import catch_up, load
from services.indicators.replica.positions import read, write
from tests.waiting import eventually

READER = "indicators"


@pytest.fixture
async def replica() -> AsyncIterator[Columnar]:
    made = Columnar()
    yield made
    made.close()


@pytest.fixture
async def pool(indicators_database: str) -> AsyncIterator[Pool]:
    found = await open_pool(indicators_database, size=8, application_name="test")
    yield found
    await found.close()


async def _write(pool: Pool, partition: int, ids: list[UUID], centihours: int, *, live: bool = True, pause_s: float = 0) -> None:
    """A worker's transaction: locks its partition's row, draws the batch number, moves facts, logs what it touched; commits late."""
    async with pool.acquire() as connection, connection.transaction():
        batch_no = await connection.fetchval(
            """
            insert into offsets (reader, topic, partition, next_offset, batch_no) values ($1, 'hours', $2, 1, 1)
            on conflict (reader, topic, partition) do update set next_offset = offsets.next_offset + 1, batch_no = offsets.batch_no + 1
            returning batch_no
            """,
            READER,
            partition,
        )
        await connection.execute(
            """
            insert into facts (line_id, revision, live, contract_uid, period_start, period_months, department, centihours, person_local)
            select id, 1, $2, $3, $4, 1, '93', $5, 'a' from unnest($1::uuid[]) as id
            on conflict (line_id) do update set revision = facts.revision + 1, live = excluded.live, centihours = excluded.centihours
            """,
            ids,
            live,
            UUID(int=partition),
            date(2025, 3, 1),
            centihours,
        )
        await asyncio.sleep(pause_s)
        await connection.execute(
            "insert into changes (topic, partition, batch_no, ids) values ('hours', $1, $2, $3)", partition, batch_no, ids
        )


async def _kept(replica: Columnar) -> dict[str, int]:
    rows, _ = await replica.ask(lambda connection: connection.execute("select line_id::varchar, centihours from facts").fetchall())
    return dict(rows)


async def _true(pool: Pool) -> dict[str, int]:
    return {str(row["line_id"]): row["centihours"] for row in await pool.fetch("select line_id, centihours from facts where live")}


@asynccontextmanager
async def _following(pool: Pool, replica: Columnar) -> AsyncIterator[None]:
    async def follow() -> None:
        while True:
            await catch_up(pool, replica)
            await asyncio.sleep(0.002)

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_no_row_is_missed_while_transactions_overlap(pool: Pool, replica: Columnar) -> None:
    dice = random.Random(7)
    lines = [UUID(int=dice.getrandbits(128)) for _ in range(400)]

    async def writer(partition: int) -> None:
        own = lines[partition::6]  # a line belongs to one contract, a contract to one partition
        for turn in range(30):
            ids = sorted(dice.sample(own, dice.randint(1, 20)))
            await _write(pool, partition, ids, dice.randint(0, 20_000), live=dice.random() > 0.2, pause_s=dice.random() * 0.01)
            if turn % 7 == 0:
                await asyncio.sleep(dice.random() * 0.02)

    async with _following(pool, replica):
        await asyncio.gather(*(writer(partition) for partition in range(6)))
    await catch_up(pool, replica)
    assert await _kept(replica) == await _true(pool)
    assert replica.position == {("hours", partition): 30 for partition in range(6)}


async def test_a_read_waits_for_the_position_it_was_given(pool: Pool, replica: Columnar) -> None:
    await load(pool, replica)
    async with _following(pool, replica):
        await _write(pool, 2, [UUID(int=1)], 750)
        assert await replica.wait_for(read("hours/2=1,declarations/0=9"), 1)
        assert await _kept(replica) == {str(UUID(int=1)): 750}
        assert not await replica.wait_for(read("hours/2=2"), 0.05)
    assert write(replica.position) == "hours/2=1"


async def test_a_trimmed_log_makes_the_replica_load_again(pool: Pool, replica: Columnar) -> None:
    await _write(pool, 0, [UUID(int=1)], 100)
    await load(pool, replica)
    for number in range(2, 5):
        await _write(pool, 0, [UUID(int=number)], number)
    await pool.execute("delete from changes where batch_no < 4")
    assert await catch_up(pool, replica)
    assert await _kept(replica) == await _true(pool)
    assert replica.position == {("hours", 0): 4}


async def test_batches_that_changed_nothing_move_the_cursor_alone(pool: Pool, replica: Columnar) -> None:
    await _write(pool, 0, [UUID(int=1)], 100)
    await load(pool, replica)
    await pool.execute("update offsets set batch_no = batch_no + 1")
    assert await catch_up(pool, replica)
    assert replica.position == {("hours", 0): 2}
    assert not await catch_up(pool, replica)


async def test_other_writers_are_followed_under_their_own_name(pool: Pool, replica: Columnar) -> None:
    await _write(pool, 0, [UUID(int=1), UUID(int=2)], 100)
    await load(pool, replica)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("update facts set centihours = 5 where line_id = $1", UUID(int=2))
        await connection.execute("insert into changes (topic, partition, batch_no, ids) values ('erasures', 0, 1, $1)", [UUID(int=2)])
    assert await catch_up(pool, replica)
    assert await _kept(replica) == {str(UUID(int=1)): 100, str(UUID(int=2)): 5}
    assert replica.position == {("hours", 0): 1, ("erasures", 0): 1}


async def test_contracts_arrive_change_and_go(pool: Pool, replica: Columnar) -> None:
    async def kept() -> list[tuple[object, ...]]:
        rows, _ = await replica.ask(
            lambda connection: connection.execute("select mechanism, hours_committed, notified_on, department from contracts").fetchall()
        )
        return rows

    uid = UUID(int=9)
    await pool.execute(
        """
        insert into contracts (contract_uid, revision, department, starts_on, mechanisms, hours_committed, has_clause)
        values ($1, 1, '93', date '2025-01-06', '{CRITERE_ATTRIBUTION,CONDITION_EXECUTION}', 833, true)
        """,
        uid,
    )
    await load(pool, replica)
    assert await kept() == [("EXECUTION_ET_CRITERE", 833, date(2025, 1, 6), "93")]
    await pool.execute("insert into offsets (reader, topic, partition, next_offset, batch_no) values ('indicators', 'contracts', 4, 1, 1)")
    await pool.execute("update contracts set withdrawn = true")
    await pool.execute("insert into changes (topic, partition, batch_no, ids) values ('contracts', 4, 1, $1)", [uid])
    assert await catch_up(pool, replica)
    assert await kept() == []
    assert replica.position == {("contracts", 4): 1}


async def test_a_far_behind_replica_comes_in_rounds(pool: Pool, replica: Columnar) -> None:
    await load(pool, replica)
    for number in range(1, 46):
        await _write(pool, 0, [UUID(int=number)], number)
    rounds = 0
    while await catch_up(pool, replica):
        rounds += 1
    assert rounds == 3
    assert await _kept(replica) == await _true(pool)


def test_positions_are_read_as_they_are_written() -> None:
    assert read("hours/3=12, contracts/0=4,") == {("hours", 3): 12, ("contracts", 0): 4}
    with pytest.raises(ValueError, match="batch_no"):
        read("hours=3")


async def test_figures_that_do_not_fit_any_more_are_refused_and_come_back_with_room(
    pool: Pool, replica: Columnar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where new rows do not fit, the replica holds yesterday's: no reader may take them for today's, and the process is not ready."""
    monkeypatch.setattr(task, "AWAY_S", 0.02)
    monkeypatch.setattr(task, "FULL_S", 0.05)
    settings = Settings(service="indicators", role="web", database="", fictional=True)
    runtime = Runtime(settings, pool, cast("Identity", None), Health())
    runtime.state["replica"] = replica
    runtime.health.ready_when("replica", lambda: task.lacks(replica))
    await _write(pool, 0, [UUID(int=1)], 100)
    await load(pool, replica)
    await replica.ask(lambda duck: duck.execute("set memory_limit = '12MB'"))
    following = asyncio.create_task(task.follow(runtime))
    try:
        for number in range(2):
            await _write(pool, 1, [UUID(int=1_000_000 * number + line) for line in range(2, 30_000)], 5)
        await eventually(lambda: replica.full, seconds=60)
        with pytest.raises(Problem) as refused:
            await task.replica_of(runtime)
        assert (refused.value.status, refused.value.code) == (503, "FIGURES_TOO_LARGE")
        assert "Retry-After" in (refused.value.headers or {})
        assert runtime.health.readiness()["reasons"] == ["replica: the facts do not fit into the memory of the replica"]
        await replica.ask(lambda duck: duck.execute("set memory_limit = '1GB'"))
        await eventually(lambda: not replica.full, seconds=60)
        assert await task.replica_of(runtime) is replica
        await replica.wait_for({("hours", 1): 2}, 30)
        assert len(await _kept(replica)) == len(await _true(pool))
        assert runtime.health.readiness()["ready"]
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
