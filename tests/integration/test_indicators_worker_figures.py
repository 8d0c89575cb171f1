"""Contracts as they were last said, filings announced by their header, and the figures of a department told after they moved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from kit.consumer import Batch, Received
from kit.errors import Unprocessable
from kit.postgres import Pool, open_pool
from kit.service import Runtime
from schemas.contracts import Clause, ContractDeclared, ContractWithdrawn, Procurement
from schemas.declarations import DeclarationReceived
from schemas.hours import Person
from schemas.message import Message
from schemas.topics import CONTRACTS, DECLARATIONS
from services.indicators.consumers import contracts, declarations
from services.indicators.settings import Pace
from services.indicators.store import changes, figures
from services.indicators.tasks import figures_moved
from tests.fixtures.hours_lines import NOON, STORY, Place, announced, apply, declared, received, retracted

ONE = UUID(int=1)
PACE = Pace()


@pytest.fixture
async def pool(indicators_database: str) -> AsyncIterator[Pool]:
    found = await open_pool(indicators_database, size=4, application_name="test")
    yield found
    await found.close()


def contract(revision: int, **more: Any) -> ContractDeclared:
    return ContractDeclared(contract_uid=ONE, revision=revision, number="2026-12", object="Voirie", buyer_siret="10000000000008", **more)


async def tell(pool: Pool, batch_no: int, *messages: Message | None, partition: int = 0) -> None:
    records = [Received(message, str(ONE), CONTRACTS.name, partition, 0, "", "", None, b"") for message in messages]
    async with pool.acquire() as connection, connection.transaction():
        await contracts.apply(connection, Batch(records, {(CONTRACTS.name, partition): batch_no}))


async def kept(pool: Pool) -> dict[str, Any]:
    row = await pool.fetchrow("select * from contracts where contract_uid = $1", ONE)
    return dict(row) if row else {}


async def test_the_newest_revision_of_a_contract_is_kept_with_both_its_parts(pool: Pool) -> None:
    clause = Clause(revision=1, mechanisms=("MC01", "MC02"), hours_committed=1_200, starts_on=date(2026, 2, 1))
    procurement = Procurement(
        revision=1, decp_id="X1", cpv="45233140", amount="125000.50", notified_on=date(2026, 1, 5), techniques=("Accord-cadre",)
    )
    await tell(pool, 1, contract(1), contract(3, department="93", clause=clause, procurement=procurement), contract(2, department="75"))
    await tell(pool, 2, contract(2))
    found = await kept(pool)
    assert (found["revision"], found["department"], found["mechanisms"], found["hours_committed"]) == (3, "93", ["MC01", "MC02"], 1_200)
    assert found["framework"] is True
    assert (str(found["amount"]), found["cpv"], found["notified_on"]) == ("125000.50", "45233140", date(2026, 1, 5))
    assert (found["starts_on"], found["has_clause"]) == (date(2026, 2, 1), True)
    logged = await pool.fetch("select batch_no, ids from changes where topic = 'contracts'")
    assert [tuple(row) for row in logged] == [(1, [ONE])]


async def test_a_withdrawn_contract_is_not_revived_by_an_older_revision(pool: Pool) -> None:
    await tell(pool, 1, ContractWithdrawn(contract_uid=ONE, revision=2))
    await tell(pool, 2, contract(1))
    assert (await kept(pool))["withdrawn"]
    await tell(pool, 3, contract(3))
    assert not (await kept(pool))["withdrawn"]


async def test_a_tombstone_removes_a_contract_and_a_tombstone_of_nothing_is_dead(pool: Pool) -> None:
    await tell(pool, 1, contract(1))
    await tell(pool, 2, None)
    assert not await kept(pool)
    stray = Received(None, "no contract", CONTRACTS.name, 0, 0, "", "", None, b"")
    async with pool.acquire() as connection:
        with pytest.raises(Unprocessable):
            await contracts.apply(connection, Batch([stray], {(CONTRACTS.name, 0): 3}))


async def test_a_filings_header_says_what_to_expect_before_and_after_its_lines(pool: Pool) -> None:
    reader = declarations.reader("indicators", lambda: NOON)

    async def header(number: str) -> None:
        said = DeclarationReceived(declaration_id=number, revision=1, declarant_id=ONE, lines=2, lines_announced=2)
        record = Received(said, number, DECLARATIONS.name, 0, 0, "", "", STORY[:-2] + "01", b"")
        async with pool.acquire() as connection, connection.transaction():
            await reader.apply(connection, Batch([record], {(DECLARATIONS.name, 0): 1}))

    await header("D-2026-000001")
    assert await pool.fetchval("select expected from filing_progress where counted_at is null") == 2
    for batch_no, number in enumerate(("D-2026-000001", "D-2026-000002")):
        lines = [received(declared(10 * batch_no + line, place=Place(number, line, 2))) for line in (1, 2)]
        await apply(pool, batch_no, lines)
    await header("D-2026-000002")
    await header("D-2026-000001")
    assert [one["positions"] for one in await announced(pool)] == [{"hours/0": 0}, {"hours/0": 1}]
    assert await pool.fetchval("select array_agg(right(traceparent, 2) order by seq) from outbox where topic = 'countings'") == ["01", "00"]


class Clocked:
    """As much of a runtime as the task needs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.now = NOON

    def clock(self) -> datetime:
        return self.now

    async def look(self, after: timedelta = timedelta(0)) -> list[dict[str, Any]]:
        """Look once; the values announced by it."""
        self.now += after
        before = await self.pool.fetchval("select coalesce(max(seq), 0) from outbox")
        await figures_moved.announce(cast("Runtime", self), PACE)
        rows = await self.pool.fetch(
            "select convert_from(value, 'UTF8')::jsonb as value from outbox where topic = 'indicators' and seq > $1 order by seq", before
        )
        return [row["value"] for row in rows]


def _with(*persons: tuple[int, str, str | None]) -> list[Received]:
    """Lines of one hour of (line, sex, regional token)."""
    return [
        received(declared(line, centihours=100, person=Person(local=f"{line:032x}", regional=regional, sex=sex)))
        for line, sex, regional in persons
    ]


async def test_moved_figures_are_told_whole_and_at_most_every_ten_seconds(pool: Pool) -> None:
    runtime, token = Clocked(pool), "a" * 32
    await apply(pool, 1, _with((1, "F", token), (2, "F", token), (13, "H", None)))
    (first,) = await runtime.look()
    assert {name: first[name] for name in ("department", "year", "centihours", "persons", "women", "contracts", "fte")} == {
        "department": "93", "year": 2026, "centihours": 300, "persons": 2, "women": 1, "contracts": 2, "fte": "0.00",
    }  # fmt: skip
    assert await runtime.look(timedelta(seconds=1)) == []
    await apply(pool, 2, [received(declared(4, centihours=160_700 - 300, department="93"))])
    await apply(pool, 3, [received(declared(5, department="75"))])
    (other,) = await runtime.look(timedelta(seconds=1))
    assert other["department"] == "75"
    (second,) = await runtime.look(timedelta(seconds=8))
    assert (second["department"], second["centihours"], second["fte"]) == ("93", 160_700, "1.00")
    assert await runtime.look(timedelta(minutes=1)) == []


async def test_a_person_without_an_hour_is_nobody_and_the_divisor_is_the_one_in_force(pool: Pool) -> None:
    await pool.execute(
        "insert into parameters (name, valid_from, value, source, set_by) values ('full_time_hours', '2026-01-01', 1600, 'Essai', 't')"
    )
    nobody = received(declared(14, centihours=0, person=Person(local=f"{14:032x}", regional=None, sex="F")))
    await apply(pool, 1, [*_with((1, "F", None)), nobody, received(declared(4, centihours=159_900, department="93"))])
    (told,) = await Clocked(pool).look()
    assert (told["persons"], told["women"], told["fte"]) == (2, 2, "1.00"), "as I05 and I18 say"


async def test_a_department_that_came_back_to_nothing_is_told_too(pool: Pool) -> None:
    runtime = Clocked(pool)
    await apply(pool, 1, [received(declared(1))])
    await runtime.look()
    await apply(pool, 2, [received(retracted(1, 2))])
    (empty,) = await runtime.look(timedelta(minutes=1))
    assert [empty[name] for name in ("centihours", "persons", "contracts")] == [0, 0, 0]


async def test_of_two_workers_one_announces(pool: Pool) -> None:
    runtime = Clocked(pool)
    await apply(pool, 1, [received(declared(1))])
    async with pool.acquire() as other, other.transaction():
        assert await figures.is_mine(other)
        assert await runtime.look() == []
    assert len(await runtime.look()) == 1


async def test_a_commit_that_comes_late_in_another_partition_is_not_missed(pool: Pool) -> None:
    """Numbers of batches are in order within a partition only: the cursor is a vector."""
    runtime = Clocked(pool)
    await apply(pool, 50, [received(declared(1, department="75"), partition=1)])
    await runtime.look()
    await apply(pool, 2, [received(declared(2, department="77"), partition=0)])
    assert [one["department"] for one in await runtime.look(timedelta(minutes=1))] == ["77"]


async def test_the_log_forgets_what_is_old_and_looked_at_but_never_its_newest_row(pool: Pool) -> None:
    for batch_no in (1, 2, 3):
        await apply(pool, batch_no, [received(declared(batch_no))])
    late = NOON + timedelta(days=36_500)
    assert await changes.trim(pool, late) == 0
    await Clocked(pool).look()
    assert await changes.trim(pool, NOON - timedelta(days=36_500)) == 0
    assert await changes.trim(pool, late) == 2
    assert await pool.fetchval("select array_agg(batch_no) from changes") == [3]


async def test_two_readers_that_share_a_filing_and_departments_do_not_stop_each_other(pool: Pool) -> None:
    """Two workers, two partitions, the same totals and the same filing: every lock is taken in one order."""

    async def work(partition: int) -> None:
        for batch_no in range(15):
            records = [
                received(
                    declared(
                        1_000 * partition + 10 * batch_no + line,
                        department=("93", "75", "77")[line % 3],
                        place=Place(f"D-2026-{batch_no:06d}", 2 * line + partition + 1, 20),
                    ),
                    partition=partition,
                )
                for line in range(10)
            ]
            await apply(pool, batch_no, records if partition else records[::-1])

    await asyncio.gather(work(0), work(1))
    assert len(await announced(pool)) == 15
    assert await pool.fetchval("select sum(lines)::int from totals") == 300
