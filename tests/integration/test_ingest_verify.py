"""`./macs verify` sees what is missing, what is too much and what is different, also where the sums agree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from cli.reconciliation import Cell, Outcome, Sum, compare
from tests.fixtures.databases import MakeDatabase
from tests.integration.ingest_house import COMPANY, House, house, line_id, value

MARCH = Cell("93", "2026-03-01", 1)


class Both:
    """A record in ingest, and facts put into indicators by hand."""

    def __init__(self, here: House, record: asyncpg.Connection[Any], facts: asyncpg.Connection[Any]) -> None:
        self.here, self.record, self.facts = here, record, facts

    async def count(self, worker: str, contract: UUID, centihours: int) -> None:
        await self.facts.execute(
            """
            insert into facts (line_id, revision, live, contract_uid, department, period_start, period_months, centihours)
            values ($1, 1, true, $2, '93', $3, 1, $4)
            """,
            line_id(worker), contract, date(2026, 3, 1), centihours,
        )  # fmt: skip
        await self.facts.execute(
            """
            insert into totals (department, month, centihours, lines) values ('93', $1, $2, 1)
            on conflict (department, month) do update set centihours = totals.centihours + $2, lines = totals.lines + 1
            """,
            date(2026, 3, 1), centihours,
        )  # fmt: skip

    async def outcome(self) -> Outcome:
        return await compare(self.record, self.facts)


@pytest.fixture
async def both(database: MakeDatabase) -> AsyncIterator[Both]:
    ingest, indicators = await database("ingest"), await database("indicators")
    async with house(ingest.rows) as here:
        record, facts = await asyncpg.connect(ingest.rows), await asyncpg.connect(indicators.rows)
        yield Both(here, record, facts)
        await record.close()
        await facts.close()


async def test_what_is_declared_and_counted_is_equal(both: Both) -> None:
    contract = await both.here.contract()
    await both.here.pool.execute("update contracts set holder_sirets = $1", [COMPANY.siret])
    await both.here.file([value(contract, "a", 100), value(contract, "b", 200)])
    await both.here.file([value(contract, "b", 250)])
    await both.here.file([value(contract, "beside", 999)], COMPANY)
    await both.count("a", contract, 100)
    await both.count("b", contract, 250)
    outcome = await both.outcome()
    assert outcome.equal
    assert outcome.record == outcome.facts == outcome.totals == {MARCH: Sum(350, 2)}


async def test_a_missing_line_and_one_too_many_are_named_although_the_sums_agree(both: Both) -> None:
    contract = await both.here.contract()
    await both.here.file([value(contract, "a", 100)])
    await both.count("stranger", contract, 100)
    outcome = await both.outcome()
    assert not outcome.differences
    assert not outcome.equal
    assert (outcome.missing, outcome.unexpected) == ([line_id("a")], [line_id("stranger")])


async def test_totals_that_drifted_from_the_facts_are_a_difference(both: Both) -> None:
    contract = await both.here.contract()
    await both.here.file([value(contract, "a", 100)])
    await both.count("a", contract, 100)
    await both.facts.execute("update totals set centihours = 101")
    (difference,) = (await both.outcome()).differences
    assert (difference.cell, difference.facts, difference.totals) == (MARCH, Sum(100, 1), Sum(101, 1))


async def test_a_wrong_note_in_ingest_does_not_hide_an_error(both: Both) -> None:
    """The record is read from the values: that ingest believes to have announced a line changes nothing."""
    contract = await both.here.contract()
    receipt = await both.here.file([value(contract, "a", 100)])
    await both.count("a", contract, 100)
    await both.here.withdraw(receipt.number, 1)
    await both.here.pool.execute("update lines set announced = true, number = $1, filing_revision = 1", receipt.number)
    assert (await both.outcome()).unexpected == [line_id("a")]
