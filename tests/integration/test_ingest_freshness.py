"""From receipt to counted: each filing is measured once, when it is committed, and what is never counted is seen too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from kit.consumer import Batch
from kit.consumer.reader import Received
from schemas.countings import DeclarationCounted
from services.ingest import consumers, freshness
from services.ingest.store import journal
from services.ingest.store.filings import Receipt
from tests.integration.ingest_house import House, value


def counted(here: House, receipt: Receipt, after_s: float) -> DeclarationCounted:
    return DeclarationCounted(
        declaration_id=receipt.number, revision=1, lines=1, applied=1, dead=0, departments=(), positions={},
        counted_at=here.clock() + timedelta(seconds=after_s),
    )  # fmt: skip


def batch_of(messages: Sequence[DeclarationCounted]) -> Batch:
    return Batch([Received(m, m.declaration_id, "countings", 0, n, "", "", None, b"") for n, m in enumerate(messages)], {})


def measured() -> tuple[float, float]:
    """How many filings, and their seconds in all."""
    samples: dict[str, Any] = {sample.name: sample.value for metric in freshness.COUNTED_SECONDS.collect() for sample in metric.samples}
    return samples["macs_ingest_counted_seconds_count"], samples["macs_ingest_counted_seconds_sum"]


async def _read(here: House, messages: Sequence[DeclarationCounted]) -> None:
    reader = next(reader for reader in consumers.readers() if reader.topic.name == "countings")
    async with here.pool.acquire() as connection:
        await reader.apply(connection, batch_of(messages))
    assert reader.after_commit is not None
    reader.after_commit(batch_of(messages))


async def _longest(here: House) -> float:
    async with here.pool.acquire() as connection:
        return await journal.longest_uncounted(connection, here.clock())


async def test_a_filing_is_measured_once_however_often_it_is_told_of(here: House) -> None:
    receipt = await here.file([value(await here.contract(), "w")])
    message, before = counted(here, receipt, 0.4), measured()
    await _read(here, [message])
    assert (measured()[0] - before[0], round(measured()[1] - before[1], 6)) == (1, 0.4)
    await _read(here, [message, message])
    assert measured()[0] - before[0] == 1
    row = await here.pool.fetchrow("select state, counted_at from filings join filing_revisions using (number, revision)")
    assert row is not None
    assert (row["state"], row["counted_at"]) == ("counted", message.counted_at)


async def test_countings_that_come_together_are_kept_each_for_itself(here: House) -> None:
    contract = await here.contract()
    one, other, third = [await here.file([value(contract, who)]) for who in ("A", "B", "C")]
    await here.withdraw(third.number, 1)
    dead = counted(here, other, 2).model_copy(update={"dead": 1})
    unknown = counted(here, other, 3).model_copy(update={"declaration_id": "D-2026-999999"})
    before = measured()
    await _read(here, [dead, counted(here, third, 1), unknown, counted(here, one, 1)])
    assert (measured()[0] - before[0], round(measured()[1] - before[1], 6)) == (3, 4.0)
    states = {row["number"]: row["state"] for row in await here.pool.fetch("select number, state from filings")}
    assert states == {one.number: "counted", other.number: "partly_counted", third.number: "withdrawn"}
    steps = await here.pool.fetch(
        "select number, revision, service from filing_steps where step = 'counted' and revision = 1 order by number"
    )
    assert [tuple(row) for row in steps] == [(each.number, 1, "indicators") for each in (one, other, third)]
    assert await here.pool.fetchval("select count(*) from filing_revisions where dead = 1 and number = $1", other.number) == 1


async def test_a_transaction_that_is_rolled_back_measures_nothing(here: House) -> None:
    receipt = await here.file([value(await here.contract(), "w")])
    before = measured()
    reader = next(reader for reader in consumers.readers() if reader.topic.name == "countings")
    async with here.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await reader.apply(connection, batch_of([counted(here, receipt, 1)]))
        await transaction.rollback()
    assert measured() == before


async def test_the_oldest_that_is_not_counted_is_known(here: House) -> None:
    contract = await here.contract()
    assert await _longest(here) == 0
    first = await here.file([value(contract, "a")])
    begun = here.clock.now
    here.clock.now = begun + timedelta(minutes=3)
    await here.file([value(contract, "b")])
    here.clock.now = begun + timedelta(minutes=5)
    assert await _longest(here) == 300
    await _read(here, [counted(here, first, 1)])
    assert await _longest(here) == 120
