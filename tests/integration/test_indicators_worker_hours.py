"""What becomes of lines of hours, whatever comes twice, late or in another order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from kit.consumer import Batch, Received
from kit.postgres import Pool, open_pool
from schemas.hours import Group
from schemas.periods import Period
from tests.fixtures.hours_lines import NOON, READER, STORY, Place, announced, apply, declared, month_totals, received, retracted

MARCH = ("93", "2026-03")


@pytest.fixture
async def pool(indicators_database: str) -> AsyncIterator[Pool]:
    found = await open_pool(indicators_database, size=4, application_name="test")
    yield found
    await found.close()


async def fact(pool: Pool, line: int) -> dict[str, Any]:
    row = await pool.fetchrow("select * from facts where line_id = $1", UUID(int=line))
    assert row is not None
    return dict(row)


async def test_a_second_delivery_changes_nothing(pool: Pool) -> None:
    batch = [received(declared(line, centihours=100 + line, place=Place(line_no=line, lines=3))) for line in (1, 2, 3)]
    await apply(pool, 1, batch)
    before = await fact(pool, 2)
    await apply(pool, 2, batch)
    assert await month_totals(pool) == {MARCH: (306, 3)}
    assert await fact(pool, 2) == before
    assert len(await announced(pool)) == 1


async def test_the_same_line_twice_in_a_batch_counts_once(pool: Pool) -> None:
    first, second = received(declared(1, centihours=100)), received(declared(1, 2, centihours=250))
    await apply(pool, 1, [second, first, second, first])
    assert await month_totals(pool) == {MARCH: (250, 1)}
    assert (await fact(pool, 1))["revision"] == 2


async def test_a_stale_revision_after_a_newer_one_is_left_out(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(1, 3, centihours=300))])
    await apply(pool, 2, [received(declared(1, 2, centihours=200))])
    assert await month_totals(pool) == {MARCH: (300, 1)}


async def test_a_correction_moves_hours_to_another_department_and_month(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(1, centihours=750)), received(declared(2, centihours=100))])
    await apply(pool, 2, [received(declared(1, 2, centihours=7025, department="75", period=Period.month(2026, 4)))])
    assert await month_totals(pool) == {MARCH: (100, 1), ("75", "2026-04"): (7025, 1)}


async def test_a_retraction_before_its_declaration_wins(pool: Pool) -> None:
    await apply(pool, 1, [received(retracted(1, 2))])
    await apply(pool, 2, [received(declared(1, 1))])
    assert await month_totals(pool) == {}
    found = await fact(pool, 1)
    assert (found["live"], found["revision"], found["centihours"], found["department"]) == (False, 2, 0, None)


async def test_a_retracted_line_can_come_back(pool: Pool) -> None:
    for revision, message in enumerate((declared(1), retracted(1, 2), declared(1, 3, centihours=900)), start=1):
        await apply(pool, revision, [received(message)])
    assert await month_totals(pool) == {MARCH: (900, 1)}


async def test_longer_periods_belong_to_no_month(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(1, centihours=5_000, period=Period.parse("2026-Q1"))), received(declared(2, centihours=10))])
    await apply(pool, 2, [received(declared(1, 2, centihours=6_000, period=Period.parse("2026")))])
    assert await month_totals(pool) == {MARCH: (10, 1)}
    rows = await pool.fetch("select department, period_months, centihours, lines from totals_longer order by period_months")
    assert [tuple(row) for row in rows] == [("93", 3, 0, 0), ("93", 12, 6_000, 1)]


async def test_codes_nobody_knows_and_group_counts_are_kept_as_they_came(pool: Pool) -> None:
    group = Group(label="chantier", persons=12, women=3, under_26=4, qpv=5)
    await apply(pool, 1, [received(declared(1, modality="TELEPORTATION", person=None, group=group))])
    found = await fact(pool, 1)
    assert found["modality"] == "TELEPORTATION"
    assert [found[name] for name in ("group_persons", "group_women", "group_under_26", "group_qpv", "person_local")] == [12, 3, 4, 5, None]


async def test_a_filing_is_counted_once_with_its_last_line(pool: Pool) -> None:
    lines = [declared(line, centihours=100, place=Place(line_no=line, lines=4)) for line in (1, 2, 3, 4)]
    await apply(pool, 7, [received(lines[0], partition=2), received(lines[1], partition=2)])
    await apply(pool, 8, [received(lines[1], partition=2), received(lines[2], partition=2)])
    assert await announced(pool) == []
    await apply(pool, 3, [received(lines[3], partition=5)])
    await apply(pool, 9, [received(line, partition=2) for line in lines])
    (counted,) = await announced(pool)
    assert counted["declaration_id"] == "D-2026-000001"
    assert [counted[name] for name in ("revision", "lines", "applied", "dead")] == [1, 4, 4, 0]
    assert counted["positions"] == {"hours/2": 8, "hours/5": 3}
    assert counted["departments"] == [{"department": "93", "centihours_before": 0, "centihours_after": 400}]
    assert counted["counted_at"] == NOON.isoformat().replace("+00:00", "Z")


async def test_before_and_after_name_every_department_that_a_correction_touches(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(line, centihours=100, place=Place(line_no=line, lines=3))) for line in (1, 2, 3)])
    second = Place("D-2026-000002", 1, 3)
    moved = [
        declared(1, 2, centihours=900, department="75", place=second),
        declared(2, 2, centihours=150, place=Place("D-2026-000002", 2, 3)),
        retracted(3, 2, place=Place("D-2026-000002", 3, 3)),
    ]
    for batch_no, message in enumerate(moved, start=2):
        await apply(pool, batch_no, [received(message)])
    assert (await announced(pool))[1]["departments"] == [
        {"department": "75", "centihours_before": 0, "centihours_after": 900},
        {"department": "93", "centihours_before": 300, "centihours_after": 150},
    ]


async def test_lines_that_a_newer_filing_replaced_do_not_keep_the_older_open(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(1, 2, centihours=900, place=Place("D-2026-000002")))])
    await apply(pool, 2, [received(declared(1, 1, centihours=100, place=Place("D-2026-000001")))])
    assert [counted["declaration_id"] for counted in await announced(pool)] == ["D-2026-000002", "D-2026-000001"]
    assert await month_totals(pool) == {MARCH: (900, 1)}


async def test_a_sampled_story_is_continued_rather_than_any(pool: Pool) -> None:
    sampled = STORY[:-2] + "01"
    await apply(pool, 1, [received(declared(2, place=Place(line_no=2, lines=3)), traceparent=None)])
    await apply(pool, 2, [received(declared(1, place=Place(line_no=1, lines=3)), traceparent=sampled)])
    await apply(pool, 3, [received(declared(3, place=Place(line_no=3, lines=3)), traceparent=STORY)])
    assert await pool.fetchval("select traceparent from outbox where topic = 'countings'") == sampled


def dead(raw: bytes) -> Received:
    return Received(None, "key", "hours", 0, 0, "", "", STORY, raw)


@pytest.mark.parametrize("broken", [b'"centihours":-1', b'"centihours":'], ids=["wrong", "not JSON"])
async def test_a_dead_line_counts_as_dead_and_leaves_when_it_is_replayed(pool: Pool, broken: bytes) -> None:
    good = [declared(line, centihours=100, place=Place(line_no=line, lines=2)) for line in (1, 2)]
    letter = dead(good[1].model_dump_json().encode().replace(b'"centihours":100', broken))
    assert READER.on_dead is not None
    async with pool.acquire() as connection, connection.transaction():
        await READER.on_dead(connection, letter, "why")
        await READER.on_dead(connection, letter, "why")
    await apply(pool, 1, [received(good[0])])
    (partly,) = await announced(pool)
    assert [partly[name] for name in ("lines", "applied", "dead")] == [2, 1, 1]

    await apply(pool, 2, [received(good[1])], replayed=True)
    fully = (await announced(pool))[1]
    assert [fully[name] for name in ("lines", "applied", "dead")] == [2, 2, 0]
    assert fully["departments"][0]["centihours_after"] == 200
    await apply(pool, 3, [received(good[1])], replayed=True)
    assert len(await announced(pool)) == 2


async def test_a_dead_line_that_names_no_filing_is_left_alone(pool: Pool) -> None:
    assert READER.on_dead is not None
    async with pool.acquire() as connection, connection.transaction():
        for raw in (b"", b"\xff", b'{"declaration_id": "D-2026-000001"}', b'{"line_no": 9}' * 3):
            await READER.on_dead(connection, dead(raw), "why")
    assert await pool.fetchval("select count(*) from filing_progress") == 0


async def test_a_message_that_contradicts_the_number_of_lines_does_not_close_the_filing(pool: Pool) -> None:
    await apply(pool, 1, [received(declared(1, place=Place(line_no=1, lines=2)))])
    await apply(pool, 2, [received(declared(2, place=Place(line_no=2, lines=3)))])
    assert await announced(pool) == []
    await apply(pool, 3, [received(declared(3, place=Place(line_no=2, lines=2)))])
    assert len(await announced(pool)) == 1


async def test_parts_of_one_transaction_add_up_in_the_log(pool: Pool) -> None:
    """The engine halves a batch to find a poisonous record: several calls, one batch number."""
    async with pool.acquire() as connection, connection.transaction():
        for line in (1, 2):
            await READER.apply(connection, Batch([received(declared(line))], {("hours", 0): 4}))
    rows = await pool.fetch("select partition, batch_no, ids, moved from changes")
    assert [(row["partition"], row["batch_no"], row["ids"]) for row in rows] == [(0, 4, [UUID(int=1), UUID(int=2)])]
    assert set(rows[0]["moved"]) == {"93/2026"}
    assert await month_totals(pool) == {MARCH: (1_500, 2)}
