"""Readers against real Kafka and PostgreSQL: applied once, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from kit.cluster import Cluster
from kit.consumer import Batch
from kit.consumer.gate import Gate
from kit.consumer.transaction import Fenced, Transactions
from kit.consumer.work import Work
from kit.errors import Unprocessable
from kit.health import Health
from kit.postgres import Connection, open_pool
from kit.producer import Outgoing, Producer
from kit.settings import Settings
from kit.telemetry import metrics
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.servers import Servers
from tests.fixtures.topics import MakeTopic
from tests.integration.kit_house import LIKE, READER, TABLE, House, Ping, eventually, write_down


@pytest.fixture
async def house(servers: Servers, database: MakeDatabase, topic: MakeTopic) -> AsyncIterator[House]:
    found = await database("kit")
    own = await topic(LIKE)
    settings = Settings(service=READER, kafka=servers.bootstrap, database=found.admin)
    pool = await open_pool(found.admin, size=6, application_name="test")
    await pool.execute(TABLE)
    producer = Producer(Cluster(tuple(servers.bootstrap)), "test")
    yield House(own, pool, settings, producer)
    await producer.close()
    await pool.close()


async def test_records_are_applied_once_and_in_the_order_of_their_key(house: House) -> None:
    await house.send(house.pings(300))
    async with house.reading():
        await eventually(lambda: house.has(300))
        await house.send(house.pings(50, start=300))
        await eventually(lambda: house.has(350))
    assert sorted(await house.applied()) == list(range(350))
    assert await house.in_order()


async def test_a_second_delivery_changes_nothing(house: House) -> None:
    """Kafka's own commit is thrown away: the rows say where to go on."""
    await house.send(house.pings(100))
    async with house.reading():
        await eventually(lambda: house.has(100))
    await house.pool.execute("update offsets set updated_at = now()")
    async with house.reading() as shell:
        await eventually(lambda: not shell._engine.gate.shut and bool(shell._engine.gate.assigned))
        await house.send(house.pings(1, start=100))
        await eventually(lambda: house.has(101))
    assert sorted(await house.applied()) == list(range(101))


async def test_the_reading_survives_members_that_come_and_go(house: House) -> None:
    """Rebalances in the middle of the stream: nothing lost, nothing twice, order kept."""
    total = 3_000
    async with house.reading(house.reader(batch=50)):
        sending = asyncio.create_task(_send_slowly(house, total))
        for _ in range(3):
            async with house.reading(house.reader(batch=50), Health()):
                before = len(await house.applied())
                await eventually(partial(_moved_past, house, before))
        await sending
        await eventually(lambda: house.has(total))
    assert sorted(await house.applied()) == list(range(total))
    assert await house.in_order()


async def test_a_reader_that_leaves_while_it_opens_its_partitions_asks_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asked Kafka again and again after its client had stopped, which connected anew for it: in the test above, one stop in twelve."""
    asked = asyncio.Event()

    async def waits(*_: object) -> dict[int, int]:
        asked.set()
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(Gate, "_rows", waits)
    async with house.reading() as shell:
        await asyncio.wait_for(asked.wait(), 30)
        before = shell._engine.arming
    after = shell._engine.arming
    shell._engine.arm()
    again = shell._engine.arming
    assert (before, after, again) == (True, False, False), "nor does a late watch begin it again"


async def _send_slowly(house: House, total: int) -> None:
    for start in range(0, total, 100):
        await house.send(house.pings(100, start=start))


async def _moved_past(house: House, before: int) -> bool:
    return len(await house.applied()) >= min(before + 200, 3_000)


async def test_batch_numbers_of_a_partition_rise_with_the_commits(house: House) -> None:
    await house.send(house.pings(120))
    async with house.reading(house.reader(batch=10)):
        await eventually(lambda: house.has(120))
    rows = await house.pool.fetch(
        "select partition, array_agg(distinct batch_no order by batch_no) as numbers from applied group by partition"
    )
    for row in rows:
        assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))
        assert row["numbers"][-1] == await house.pool.fetchval("select batch_no from offsets where partition = $1", row["partition"])


BAD: dict[str, Any] = {
    "not JSON": {"value": b"{"},
    "empty": {"value": b""},
    "wrong type": {"value": b'{"name": "n0", "number": "many"}'},
    "not UTF-8": {"value": b'{"name": "\xff"}'},
    "NaN": {"value": b'{"name": "n0", "number": NaN}'},
    "deep": {"value": b"[" * 50_000},
    "tombstone": {"value": None},
    "no ce_type": {"headers": [("ce_id", b"x")]},
    "null header": {"headers": [("ce_type", None)]},
    "header not UTF-8": {"headers": [("ce_type", b"\xff\xfe")]},
    "foreign type": {"headers": [("ce_type", b"org.example.Thing.v1")]},
    "key not UTF-8": {"key": b"\xff"},
}


def _bad(house: House, what: str) -> Outgoing:
    topic, key, value, headers = house.record(Ping(name="n0", number=-1))
    change = BAD[what]
    return topic, change.get("key", key), change.get("value", value), change.get("headers", headers)


async def test_every_kind_of_poison_is_a_dead_letter_once_and_the_rest_is_applied(house: House) -> None:
    records, bad = house.pings(60), [_bad(house, what) for what in BAD]
    for place, record in enumerate(bad):
        records.insert(place * 4, record)
    await house.send(records)
    async with house.reading():
        await eventually(lambda: house.has(60))
        await eventually(lambda: house.pool.fetchval("select count(*) = $1 from dead_letters", len(BAD)))
        await eventually(lambda: metrics.DEAD_OPEN.labels(READER, house.topic.name)._value.get() == len(BAD))
    assert sorted(await house.applied()) == list(range(60))
    waiting = await house.pool.fetch("select topic, value, key from outbox")
    assert len(waiting) == len(BAD)
    assert {row["topic"] for row in waiting} == {house.topic.dead_letters(READER)}
    kept = {(row["key"], row["value"]) for row in await house.pool.fetch("select key, value from dead_letters")}
    assert kept == {(key, value) for _, key, value, _ in bad}


async def test_what_apply_refuses_is_found_in_its_batch(house: House) -> None:
    async def picky(connection: Connection, batch: Batch) -> None:
        await write_down(connection, batch)
        for one in batch.records:
            if one.message.number % 40 == 7:
                raise Unprocessable(f"number {one.message.number}")
            if one.message.number == 11:
                await connection.execute("select $1::smallint", 70_000)

    await house.send(house.pings(200))
    async with house.reading(house.reader(picky)):
        await eventually(lambda: house.has(200 - 6))
    refused = {7, 47, 87, 127, 167, 11}
    assert sorted(await house.applied()) == sorted(set(range(200)) - refused)
    assert await house.in_order()
    reasons = await house.dead()
    assert len(reasons) == 6
    assert sum(reason.startswith("Unprocessable: number ") for reason in reasons) == 5


async def test_an_unknown_type_of_the_topic_is_skipped_and_a_foreign_one_is_not(house: House) -> None:
    topic, key, value, _ = house.record(Ping(name="n0", number=1))
    newer = (topic, key, value, [("ce_type", f"{house.topic.namespace}Pong.v1".encode())])
    await house.send([newer, *house.pings(3)])
    async with house.reading():
        await eventually(lambda: house.has(3))
    assert await house.dead() == []


async def test_the_limit_stops_the_reader_until_it_is_resumed(house: House) -> None:
    """A broken deployment must not drain a topic: 20 in a row, then nothing more; each resumption lets 20 more through."""

    async def broken(connection: Connection, batch: Batch) -> None:
        raise ValueError("wrong deployment")

    await house.send(house.pings(50, names=1))
    async with house.reading(house.reader(broken)):
        await eventually(lambda: house.pool.fetchval("select count(*) = 1 from stopped_readers"))
        assert len(await house.dead()) == 20
        assert await eventually(lambda: any("stopped" in reason for reason in house.health.readiness()["reasons"]))
    async with house.reading():  # a new process does not begin by itself
        await eventually(lambda: any("stopped" in reason for reason in house.health.readiness()["reasons"]))
        assert await house.applied() == []
        await house.pool.execute("delete from stopped_readers")
        await eventually(lambda: house.has(30))
    assert await house.applied() == list(range(20, 50))


async def test_a_dead_letter_is_applied_again_when_asked(house: House) -> None:
    fixed = False

    async def apply(connection: Connection, batch: Batch) -> None:
        if not fixed and any(one.message.number == 3 for one in batch.records):
            raise Unprocessable("not yet")
        await write_down(connection, batch)

    await house.send(house.pings(6))
    async with house.reading(house.reader(apply)):
        await eventually(lambda: house.has(5))
        await house.pool.execute("update dead_letters set state = 'replay'")
        await eventually(lambda: house.pool.fetchval("select note like 'replay failed%' and state = 'open' from dead_letters"))
        fixed = True
        await house.pool.execute("update dead_letters set state = 'replay'")
        await eventually(lambda: house.pool.fetchval("select state = 'replayed' from dead_letters"))
    assert sorted(await house.applied()) == list(range(6))
    numbers = [row["batch_no"] for row in await house.pool.fetch("select batch_no from applied where number = 3")]
    assert numbers == [
        await house.pool.fetchval("select max(batch_no) from applied where partition = (select partition from applied where number = 3)")
    ]


@pytest.mark.parametrize("error", [ConnectionRefusedError("away"), asyncpg.LockNotAvailableError("locked"), KeyError("a mistake of ours")])
async def test_a_failure_that_may_pass_keeps_the_batch(house: House, error: Exception) -> None:
    failures = 3

    async def flaky(connection: Connection, batch: Batch) -> None:
        nonlocal failures
        await write_down(connection, batch)
        if failures:
            failures -= 1
            raise error

    await house.send(house.pings(20))
    async with house.reading(house.reader(flaky)):
        await eventually(lambda: house.has(20))
        assert await eventually(lambda: house.health.readiness()["ready"])
    assert sorted(await house.applied()) == list(range(20))
    assert await house.dead() == []


async def test_what_is_tried_and_not_applied_is_still_to_be_read(house: House) -> None:
    """A batch that fails again and again is in the reader's hand: the lag says so, in records and in seconds."""
    may_pass = asyncio.Event()

    async def apply(connection: Connection, batch: Batch) -> None:
        if not may_pass.is_set():
            raise OSError("away")
        await write_down(connection, batch)

    labels = (READER, house.topic.name)
    async with house.reading(house.reader(apply)) as shell:
        await house.send(house.pings(40, names=1))
        await eventually(lambda: shell._engine.failing is not None and house.health.lag.get(house.topic.name) == 40)
        assert metrics.LAG.labels(*labels)._value.get() == 40
        behind = metrics.LAG_SECONDS.labels(*labels)._value.get()
        await eventually(lambda: metrics.LAG_SECONDS.labels(*labels)._value.get() > behind + 1)
        may_pass.set()
        await eventually(lambda: house.has(40))
        await eventually(lambda: metrics.LAG.labels(*labels)._value.get() == 0)
        assert metrics.LAG_SECONDS.labels(*labels)._value.get() < 1


async def test_a_commit_of_unknown_outcome_has_its_effect_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real, lost = Transactions.commit, 2

    async def loses_the_answer(self: Transactions, work: Work) -> Batch:
        nonlocal lost
        batch = await real(self, work)
        if lost:
            lost -= 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return batch

    monkeypatch.setattr(Transactions, "commit", loses_the_answer)
    await house.send(house.pings(40))
    async with house.reading(house.reader(batch=10)):
        await eventually(lambda: house.has(40))
        await house.send(house.pings(10, start=40))
        await eventually(lambda: house.has(50))
    assert sorted(await house.applied()) == list(range(50))


async def test_a_worker_that_fell_behind_is_fenced(house: House) -> None:
    """It believes to own what another one has moved on: nothing of it is applied, and it goes on from the row."""
    await house.send(house.pings(30))
    async with house.reading() as shell:
        await eventually(lambda: house.has(30))
        await house.pool.execute("update offsets set next_offset = next_offset + 5")  # as if another worker had applied five more
        await house.send(house.pings(40, start=30, names=40))
        await eventually(lambda: _caught_up(house, shell))
    found = await house.applied()
    assert len(found) == len(set(found)) == 60
    work = Work([], [], [], {}, 0, {0: 0}, {0: 1})
    with pytest.raises(Fenced):
        await Transactions(house.reader(), house.pool).commit(work)


async def _caught_up(house: House, shell: Any) -> bool:
    ends = {partition: shell._engine.consumer.highwater(TopicPartition(house.topic.name, partition)) for partition in range(2)}
    rows = {row["partition"]: row["next_offset"] for row in await house.pool.fetch("select partition, next_offset from offsets")}
    return rows == ends


async def test_a_topic_trimmed_past_the_stored_offset_is_an_alarm_and_never_a_jump(house: House) -> None:
    await house.send(house.pings(40))
    async with house.reading():
        await eventually(lambda: house.has(40))
    await house.send(house.pings(40, start=40))
    place = TopicPartition(house.topic.name, 0)
    stored = await house.pool.fetchval("select next_offset from offsets where partition = 0")
    admin = AIOKafkaAdminClient(bootstrap_servers=house.settings.kafka)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=stored + 3)})
    await admin.close()
    health = Health()
    async with house.reading(health=health):
        await eventually(lambda: any("paused" in reason for reason in health.readiness()["reasons"]))
        other = await house.pool.fetchval("select next_offset from offsets where partition = 1")
        await eventually(lambda: house.pool.fetchval("select next_offset >= $1 from offsets where partition = 1", other))
    assert await house.pool.fetchval("select next_offset from offsets where partition = 0") == stored
