"""Any order, any repetition, any cut into batches: facts, totals and filings equal a model of a few dictionaries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.consumer import Batch, Received
from kit.postgres import Pool, open_pool
from schemas.hours import HoursDeclared, Line
from schemas.periods import Period
from tests.fixtures.hours_lines import READER, Place, announced, apply, declared, month_totals, received, retracted

LINES, CONTRACTS = 12, 3
PLACES = [("93", "2026-01"), ("93", "2026-02"), ("75", "2026-01"), ("77", "2026-Q1"), ("75", "2026")]


@pytest.fixture
async def pool(indicators_database: str) -> AsyncIterator[Pool]:
    found = await open_pool(indicators_database, size=2, application_name="test")
    yield found
    await found.close()


@dataclass
class Told:
    """A message as the test made it: all that the model needs to know of it."""

    line: int
    revision: int
    filing: str | None
    hours: int | None  # None: retracted
    place: tuple[str, str] | None
    partition: int
    record: Received


@dataclass
class Model:
    """What must be true, by dictionaries: the newest revision of each line; which filings were told complete, and with which moves."""

    facts: dict[int, Told] = field(default_factory=dict)
    missing: dict[str, set[int]] = field(default_factory=dict)
    moves: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    positions: dict[str, dict[str, int]] = field(default_factory=dict)
    counted: list[dict[str, Any]] = field(default_factory=list)

    def batch(self, batch_no: int, delivered: list[Told]) -> None:
        newest: dict[int, Told] = {}
        for told in delivered:
            if told.line not in newest or told.revision > newest[told.line].revision:
                newest[told.line] = told
        for told in newest.values():
            before = self.facts.get(told.line)
            if before is None or told.revision > before.revision:
                self._move(told, before)
                self.facts[told.line] = told
        self._tick(batch_no, delivered)

    def _move(self, told: Told, before: Told | None) -> None:
        if told.filing is None:
            return
        moves = self.moves.setdefault(told.filing, {})
        if before is not None and before.place is not None:
            moves.setdefault(before.place[0], [0, 0])[0] += before.hours or 0
        if told.place is not None:
            moves.setdefault(told.place[0], [0, 0])[1] += told.hours or 0

    def _tick(self, batch_no: int, delivered: list[Told]) -> None:
        ended = set()
        for told in delivered:
            if told.filing is not None:
                self.positions.setdefault(told.filing, {})[f"hours/{told.partition}"] = batch_no
                if told.line in self.missing[told.filing]:
                    self.missing[told.filing].discard(told.line)
                    if not self.missing[told.filing]:
                        ended.add(told.filing)
        for filing in sorted(ended):
            moves = [
                {"department": department, "centihours_before": before, "centihours_after": after}
                for department, (before, after) in sorted(self.moves.get(filing, {}).items())
            ]
            self.counted.append({"declaration_id": filing, "departments": moves, "positions": dict(self.positions[filing])})

    def totals(self) -> dict[tuple[str, str], tuple[int, int]]:
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        for told in self.facts.values():
            if told.place is not None:
                hours, lines = sums.get(told.place, (0, 0))
                sums[told.place] = (hours + (told.hours or 0), lines + 1)
        return sums


Said = tuple[int, int | None, int]
"""(line, centi-hours or None for a retraction, which of PLACES)"""
filings = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(
            st.tuples(st.integers(0, LINES - 1), st.none() | st.integers(0, 20_000), st.integers(0, len(PLACES) - 1)),
            min_size=1, max_size=6, unique_by=lambda said: said[0],
        ),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


def messages(plan: list[tuple[bool, list[Said]]], model: Model) -> list[Told]:
    """The filings in the order in which ingest made them: revisions rise per line. A filing that is « nobody's » has no number."""
    revisions: dict[int, int] = {}
    made: list[Told] = []
    for number, (is_filed, said) in enumerate(plan):
        filing = f"D-2026-{number:06d}" if is_filed else None
        if filing:
            model.missing[filing] = {line for line, _, _ in said}
        for line_no, (line, hours, where) in enumerate(said, start=1):
            revision = revisions[line] = revisions.get(line, 0) + 1
            place = Place(filing, line_no, len(said)) if filing else None
            made.append(_told(line, revision, filing, hours, PLACES[where], place))
    return made


def _told(line: int, revision: int, filing: str | None, hours: int | None, where: tuple[str, str], place: Place | None) -> Told:
    contract, partition = UUID(int=100 + line % CONTRACTS), line % CONTRACTS
    message: Line
    if hours is None:
        message = retracted(line, revision, place=place).model_copy(update={"contract_uid": contract})
    else:
        period = Period.parse(where[1])
        message = declared(line, revision, hours, place=place, department=where[0], period=period, contract_uid=contract)
    found = where if isinstance(message, HoursDeclared) else None
    return Told(line, revision, filing, hours, found, partition, received(message, partition=partition))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plan=filings, data=st.data())
async def test_every_delivery_ends_in_the_models_state(pool: Pool, plan: list[tuple[bool, list[Said]]], data: st.DataObject) -> None:
    for table in ("facts", "totals", "totals_longer", "changes", "filing_progress", "filing_moves", "outbox"):
        await pool.execute(f"delete from {table}")
    model = Model()
    told = messages(plan, model)
    order = data.draw(st.permutations(told)) if data.draw(st.booleans(), "shuffled") else list(told)
    again = data.draw(st.lists(st.sampled_from(told), max_size=len(told)), "delivered again")
    deliveries = _mixed(order, again, data)
    batch_no = 0
    while deliveries:
        batch_no += 1
        size = data.draw(st.integers(1, len(deliveries)), "batch")
        batch, deliveries = deliveries[:size], deliveries[size:]
        if data.draw(st.integers(0, 4), "lost") == 0:
            await _rolled_back(pool, batch_no, batch)
        await apply(pool, batch_no, [one.record for one in batch])
        model.batch(batch_no, batch)
    await _equal(pool, model)


def _mixed(order: list[Told], again: list[Told], data: st.DataObject) -> list[Told]:
    """A repetition stands anywhere after the first delivery; the relay repeats what it has sent."""
    found = list(order)
    for told in again:
        first = found.index(told)
        found.insert(data.draw(st.integers(first + 1, len(found)), "where"), told)
    return found


async def _rolled_back(pool: Pool, batch_no: int, batch: list[Told]) -> None:
    """The process dies before the commit."""
    with suppress(_DiedError):
        async with pool.acquire() as connection, connection.transaction():
            await READER.apply(connection, Batch([one.record for one in batch], {("hours", one.partition): batch_no for one in batch}))
            raise _DiedError


class _DiedError(Exception):
    pass


async def _equal(pool: Pool, model: Model) -> None:
    rows = await pool.fetch("select line_id, revision, live, department, centihours from facts")
    found = {row["line_id"].int: (row["revision"], row["live"], row["department"], row["centihours"]) for row in rows}
    assert found == {
        line: (told.revision, told.place is not None, told.place[0] if told.place else None, told.hours or 0)
        for line, told in model.facts.items()
    }
    expected = model.totals()
    assert await month_totals(pool) == {place: sums for place, sums in expected.items() if len(place[1]) == 7 and "Q" not in place[1]}
    longer = await pool.fetch("select department, period_months, centihours, lines from totals_longer where (centihours, lines) <> (0, 0)")
    names = {3: "2026-Q1", 12: "2026"}
    assert {(row[0], names[row[1]]): (row[2], row[3]) for row in longer} == {
        place: sums for place, sums in expected.items() if place[1] in names.values()
    }
    counted = [{name: one[name] for name in ("declaration_id", "departments", "positions")} for one in await announced(pool)]
    assert counted == model.counted
    assert sorted(one["declaration_id"] for one in counted) == sorted(model.missing)
    logged = await pool.fetchval("select count(distinct id) from changes, unnest(ids) as id")
    assert logged == len(model.facts)
