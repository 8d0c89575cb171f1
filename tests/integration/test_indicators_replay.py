"""The record replayed: facts put together beside those in use, compared, and in their place, while lines go on moving."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest

from kit.consumer import Batch, Received
from kit.health import Health
from kit.identity import Identity
from kit.postgres import Pool, open_pool
from kit.service import Runtime, utc_now
from kit.settings import Settings
from services.indicators.consumers import hours, replay
from services.indicators.replica.columnar import Columnar
from services.indicators.replica.follow import catch_up, load
from services.indicators.store.replays import Outcome
from services.indicators.tasks.facts_switched import look
from services.ingest import replaying
from tests.fixtures.databases import MakeDatabase
from tests.integration.ingest_house import COMPANY, House, house, value

READERS = {"hours": hours.reader("indicators", utc_now), "hours-replay": replay.reader("indicators", utc_now)}
EXPORT = "select coalesce(md5(string_agg(md5(f::text), '' order by line_id)), '') from facts f"
TOTALS = "select md5(string_agg(t::text, '' order by department, month)) from totals t where (centihours, lines) <> (0, 0)"


@dataclass
class Both:
    """ingest with its outbox, and indicators whose readers are handed the outbox's rows; Kafka's six partitions are one."""

    here: House
    runtime: Runtime
    told: dict[str, int] = field(default_factory=lambda: dict.fromkeys(READERS, 0))
    batches: dict[str, int] = field(default_factory=lambda: {"hours": 0, "hours-replay": 0})

    @property
    def pool(self) -> Pool:
        return self.runtime.pool

    async def tell(self, dice: random.Random | None = None, topics: Sequence[str] = tuple(READERS)) -> None:
        """Hand over what was announced since the last time, a topic at a time, cut into batches; with a dice in any order and some twice."""
        for topic in topics:
            reader = READERS[topic]
            mine = await self.here.pool.fetch(
                "select seq, topic, key, type, value from outbox where seq > $1 and topic = $2 order by seq", self.told[topic], topic
            )
            self.told[topic] = max([self.told[topic], *(row["seq"] for row in mine)])
            if dice:
                mine += [dice.choice(mine) for _ in range(len(mine) // 3)]
                dice.shuffle(mine)
            for start in range(0, len(mine), 7):
                await self._apply(topic, reader, mine[start : start + 7])

    async def _apply(self, topic: str, reader: Any, rows: list[Any]) -> None:
        self.batches[topic] += 1
        records = [
            Received(reader.decode(row["type"], row["value"]), row["key"], topic, 0, 0, "", row["type"], None, row["value"]) for row in rows
        ]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                """
                insert into offsets (reader, topic, partition, next_offset, batch_no) values ('indicators', $1, 0, 1, $2)
                on conflict (reader, topic, partition) do update set batch_no = excluded.batch_no
                """,
                topic,
                self.batches[topic],
            )
            await reader.apply(connection, Batch(records, {(topic, 0): self.batches[topic]}))

    async def replay(self) -> UUID:
        async with self.here.pool.acquire() as connection, connection.transaction():
            return await replaying.order(connection, "test", utc_now())

    async def announce(self) -> None:
        while await replaying.step(self.here.pool, utc_now()):
            pass

    async def state(self) -> tuple[str, str]:
        return await self.pool.fetchval(EXPORT), await self.pool.fetchval(TOTALS)


@pytest.fixture
async def both(database: MakeDatabase) -> AsyncIterator[Both]:
    ingest, indicators = await database("ingest"), await database("indicators")
    pool = await open_pool(indicators.rows, size=4, application_name="test")
    runtime = Runtime(Settings(service="indicators", role="worker"), pool, cast("Identity", None), Health())
    async with house(ingest.rows) as here:
        yield Both(here, runtime)
    await pool.close()


async def _declare(both: Both) -> UUID:
    """Lines declared, corrected, withdrawn, and known from two sources."""
    contract = await both.here.contract()
    await both.here.pool.execute("update contracts set holder_sirets = $1", [COMPANY.siret])
    await both.here.file([value(contract, f"w{n}", 100 + n) for n in range(20)])
    again = await both.here.file([value(contract, "w1", 999), value(contract, "w2", 1)])
    await both.here.file([value(contract, "beside", 555)], COMPANY)
    gone = await both.here.file([value(contract, "gone", 777)])
    await both.here.withdraw(gone.number, 1)
    await both.here.withdraw(again.number, 1)
    return contract


def _is_equal(outcome: Outcome | None) -> bool:
    assert outcome is not None
    return outcome.equal


@pytest.mark.parametrize("seed", [None, 1, 2])
async def test_what_is_rebuilt_is_the_same_to_the_byte(both: Both, seed: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PAGE", 6)
    await _declare(both)
    await both.tell()
    before = await both.state()
    await both.replay()
    await both.announce()
    await both.tell(random.Random(seed) if seed else None)
    outcome = await look(both.runtime)
    assert _is_equal(outcome)
    assert await both.state() == before
    assert outcome is not None
    assert outcome.lines == await both.pool.fetchval("select count(*) from facts where live") == 20
    assert await both.pool.fetchval("select count(*) from facts_rebuilt") == 0
    assert await look(both.runtime) is None


async def test_lines_that_move_meanwhile_keep_their_newest_value(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PAGE", 6)
    contract = await _declare(both)
    await both.tell()
    await both.replay()
    await replaying.step(both.here.pool, utc_now())
    await both.tell()
    await both.here.file([value(contract, f"w{n}", 4000 + n) for n in range(0, 20, 3)])
    await both.here.file([value(contract, "new", 4321)])
    await both.tell()
    await both.announce()
    await both.tell()
    await both.here.file([value(contract, "w5", 5)])  # after the last page: only the facts in use know it
    await both.tell()
    before = await both.state()
    assert _is_equal(await look(both.runtime))
    assert await both.state() == before
    await both.here.file([value(contract, "w6", 6)])
    await both.tell()
    rows = await both.pool.fetch("select line_id, centihours from facts where live")
    assert {row["line_id"]: row["centihours"] for row in rows} == await both.here.held()


async def test_what_is_applied_before_a_late_reader_hears_of_the_replay_stays(both: Both) -> None:
    contract = await _declare(both)
    await both.tell()
    await both.replay()
    await both.announce()
    await both.here.file([value(contract, "w5", 5), value(contract, "new", 4321)])  # the record's page has the lines as they were
    await both.tell(topics=["hours"])
    before = await both.state()
    await both.tell(topics=["hours-replay"])
    assert _is_equal(await look(both.runtime))
    assert await both.state() == before


async def test_a_line_on_its_way_is_waited_for_and_is_no_difference(both: Both) -> None:
    contract = await _declare(both)
    await both.tell()
    await both.here.file([value(contract, "w5", 5), value(contract, "new", 4321)])
    await both.replay()
    await both.announce()
    await both.tell(topics=["hours-replay"])
    looking = asyncio.create_task(look(both.runtime))
    done, _ = await asyncio.wait([looking], timeout=0.5)
    assert not done
    await both.tell(topics=["hours"])
    assert _is_equal(await looking)
    rows = await both.pool.fetch("select line_id, centihours from facts where live")
    assert {row["line_id"]: row["centihours"] for row in rows} == await both.here.held()


async def test_facts_that_went_wrong_are_named_and_put_right(both: Both) -> None:
    await _declare(both)
    await both.tell()
    right = await both.state()
    replica = Columnar()
    await load(both.pool, replica)
    lines = [row["line_id"] for row in await both.pool.fetch("select line_id from facts where live order by line_id limit 3")]
    await both.pool.execute("update facts set centihours = centihours + 1 where line_id = $1", lines[0])
    await both.pool.execute("delete from facts where line_id = $1", lines[1])
    await both.pool.execute("update facts set line_id = $2 where line_id = $1", lines[2], UUID(int=99))
    await both.replay()
    await both.announce()
    await both.tell()
    outcome = await look(both.runtime, patience_s=0)
    assert outcome is not None
    assert (outcome.different, outcome.missing, outcome.unexpected) == (1, 2, 1)
    assert await both.state() == right
    assert await catch_up(both.pool, replica)
    shown, _ = await replica.ask(lambda connection: connection.execute("select count(*), sum(centihours) from facts").fetchone())
    replica.close()
    row = await both.pool.fetchrow("select count(*), sum(centihours) from facts where live")
    assert row is not None
    assert shown == tuple(row)


async def test_a_newer_replay_takes_over_from_one_that_is_not_complete(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "PAGE", 6)
    await _declare(both)
    await both.tell()
    first = await both.replay()
    await replaying.step(both.here.pool, utc_now())
    await both.tell()
    await asyncio.sleep(0.002)  # ids of the same millisecond have no order
    second = await both.replay()
    await both.announce()
    await both.tell()
    assert _is_equal(await look(both.runtime))
    rows = await both.pool.fetch("select replay_id, state from replays order by replay_id")
    assert [(row["replay_id"], row["state"]) for row in rows] == [(first, "superseded"), (second, "switched")]
