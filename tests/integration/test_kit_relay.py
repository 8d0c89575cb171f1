"""From outbox to Kafka: everything, in the order of the key, under the same id when it has to be sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.backup import moment
from kit import outbox
from kit.cluster import Cluster
from kit.outbox import COLUMNS, SHARDS, Row, shard_of
from kit.postgres import Connection, open_pool
from kit.producer import Outgoing, Producer
from kit.relay import LOCK, Relay
from kit.settings import Settings
from kit.telemetry import metrics
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.servers import Servers
from tests.fixtures.topics import MakeTopic
from tests.integration.kit_house import LIKE, READER, House, Ping, eventually


@pytest.fixture
async def house(servers: Servers, database: MakeDatabase, topic: MakeTopic) -> AsyncIterator[House]:
    found = await database("kit")
    settings = Settings(service="kit", kafka=servers.bootstrap, database=found.admin)
    pool = await open_pool(found.admin, size=6, application_name="test")
    yield House(await topic(LIKE), pool, settings, Producer(Cluster(tuple(servers.bootstrap)), "unused"))
    await pool.close()


@asynccontextmanager
async def relaying(house: House, wake: asyncio.Event | None = None) -> AsyncIterator[Relay]:
    relay = Relay(house.settings, "kit", wake or asyncio.Event())
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def row(house: House, number: int, *, names: int = 7, topic: str | None = None) -> Row:
    ping = Ping(name=f"n{number % names}", number=number)
    name = topic or house.topic.name
    shard = shard_of(name, ping.name)
    return (ping.id, shard, name, ping.name, ping.model_dump_json().encode(), house.topic.type_name(Ping), datetime.now(UTC), None, None)


async def put(connection: Connection, rows: Sequence[Row]) -> None:
    await connection.copy_records_to_table("outbox", records=rows, columns=COLUMNS)


async def empty(house: House) -> bool:
    return bool(await house.pool.fetchval("select not exists (select from outbox)"))


def numbers(records: Sequence[Any]) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for record in records:
        found.setdefault(record.key, []).append(Ping.model_validate_json(record.value).number)
    return found


async def test_everything_arrives_in_the_order_of_its_key(house: House) -> None:
    async with house.pool.acquire() as connection:
        await put(connection, [row(house, number) for number in range(5_000)])
    async with relaying(house):
        await eventually(lambda: empty(house))
    records = await house.read_all(house.topic.name, 5_000)
    found = numbers(records)
    assert sorted(number for of_key in found.values() for number in of_key) == list(range(5_000))
    assert all(of_key == sorted(of_key) for of_key in found.values())


async def test_a_record_speaks_cloudevents(house: House) -> None:
    async with house.pool.acquire() as connection:
        sent = row(house, 1)
        await put(connection, [(*sent[:7], "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", None)])
    async with relaying(house):
        [record] = await house.read_all(house.topic.name, 1)
    headers = {name: value.decode() for name, value in record.headers}  # type: ignore[attr-defined]
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_id"] == str(sent[0])
    assert headers["ce_type"] == f"fr.macs.{house.topic.name}.Ping.v1"
    assert headers["ce_source"] == "/kit"
    assert headers["ce_subject"] == "n1"
    assert headers["content-type"] == "application/json"
    assert headers["traceparent"].endswith("-01")
    assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None


async def test_a_commit_that_comes_late_is_not_missed(house: House) -> None:
    """A lower `seq` becomes visible after a higher one was published: a relay that asked for `seq > last` would lose it."""
    async with relaying(house), house.pool.acquire() as slow, house.pool.acquire() as quick:
        late = slow.transaction()
        await late.start()
        await put(slow, [row(house, 0, names=1)])
        await put(quick, [row(house, 1, names=2)])
        await eventually(lambda: empty(house))
        await late.commit()
        await eventually(lambda: empty(house))
    found = numbers(await house.read_all(house.topic.name, 2))
    assert sorted(number for of_key in found.values() for number in of_key) == [0, 1]


async def test_what_is_rolled_back_is_never_published(house: House) -> None:
    async with relaying(house), house.pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await put(connection, [row(house, 13)])
        await undone.rollback()
        await put(connection, [row(house, 14)])
        await eventually(lambda: empty(house))
    assert numbers(await house.read_all(house.topic.name, 1)) == {b"n0": [14]}


async def test_a_relay_that_dies_after_publishing_sends_the_same_ids_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real, deaths = Producer.send, 0

    async def dies_before_deleting(self: Producer, records: Sequence[Outgoing]) -> set[int]:
        nonlocal deaths
        sent = await real(self, records)
        if deaths < 3:
            deaths += 1
            raise ConnectionResetError("killed between publishing and deleting")
        return sent

    monkeypatch.setattr(Producer, "send", dies_before_deleting)
    async with house.pool.acquire() as connection:
        await put(connection, [row(house, number) for number in range(200)])
    async with relaying(house):
        await eventually(lambda: empty(house))
    records = await house.read_all(house.topic.name, 800)
    ids = [dict(record.headers)["ce_id"] for record in records]  # type: ignore[attr-defined]
    assert len(set(ids)) == 200
    assert deaths == 3


async def test_a_second_relay_takes_over_when_the_first_ends(house: House) -> None:
    async with relaying(house) as first:
        await eventually(lambda: len(first._shards) == 16)
        async with relaying(house) as second:
            async with house.pool.acquire() as connection:
                await put(connection, [row(house, number) for number in range(100)])
            await eventually(lambda: empty(house))
            assert second._shards == []
            await house.pool.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'relay' and pid in (select pid from pg_locks where locktype = 'advisory' and granted) and datname = current_database()"
            )
            await eventually(lambda: len(first._shards) == 16 or len(second._shards) == 16)
            async with house.pool.acquire() as connection:
                await put(connection, [row(house, number) for number in range(100, 200)])
            await eventually(lambda: empty(house))
    found = numbers(await house.read_all(house.topic.name, 200))
    assert all(of_key == sorted(of_key) for of_key in found.values())


async def test_a_topic_that_is_missing_holds_back_its_own_rows_only(house: House) -> None:
    async with house.pool.acquire() as connection:
        await put(connection, [row(house, number, topic=f"{house.topic.name}.missing") for number in range(3)])
        await put(connection, [row(house, number) for number in range(10)])
    async with relaying(house):
        await eventually(lambda: house.pool.fetchval("select count(*) = 3 from outbox"))
    assert len(await house.read_all(house.topic.name, 10)) == 10


async def test_the_outbox_refuses_what_kafka_would_refuse(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.topics._TOPIC_OF", {Ping: house.topic})
    async with house.pool.acquire() as connection:
        with pytest.raises(ValueError, match="bytes is over"):
            await outbox.add(connection, Ping(name="n" * 1_100_000, number=1))
        with pytest.raises(ValueError, match="without a key"):
            await outbox.add(connection, Ping(name="", number=1))
        await outbox.add_many(connection, [Ping(name="a", number=number) for number in range(3)])
        with pytest.raises(ValueError, match="not compacted"):
            await outbox.add_tombstone(connection, house.topic, "a")
    rows = await house.pool.fetch("select id, traceparent from outbox order by seq")
    assert len({found["id"] for found in rows}) == 3
    assert all(len(found["traceparent"]) == 55 for found in rows)


async def test_a_dead_letter_keeps_its_bytes_key_and_headers(house: House) -> None:
    """From the reader's transaction through the relay to `<topic>.<reader>.dead`."""
    producer = Producer(house.settings.cluster, "test")
    await house.pool.execute(
        "create table applied (seq bigint generated always as identity, name text, number integer, batch_no bigint, partition integer)"
    )
    sent: Outgoing = (house.topic.name, b"\xfe\x00", b"\xff\x00{", [("ce_type", b"\xff"), ("odd", None)])
    assert await producer.send([sent]) == {0}
    await producer.close()
    async with house.reading(), relaying(house):
        await eventually(lambda: house.pool.fetchval("select count(*) = 1 from dead_letters"))
        await eventually(lambda: empty(house))
    [record] = await house.read_all(house.topic.dead_letters(READER), 1)
    assert (record.key, record.value) == (sent[1], sent[2])  # type: ignore[attr-defined]
    headers = list(record.headers)  # type: ignore[attr-defined]
    assert headers[:2] == [("ce_type", b"\xff"), ("odd", None)]
    added = dict(headers[2:])
    assert added["x-original-topic"] == house.topic.name.encode()
    assert added["x-original-offset"] == b"0"
    assert added["x-reader"] == READER.encode()
    assert b"utf-8" in added["x-error"]


async def test_a_wake_shortens_the_wait_and_nothing_depends_on_it(house: House) -> None:
    wake = asyncio.Event()
    async with relaying(house, wake):
        for number in range(3):
            async with house.pool.acquire() as connection:
                await put(connection, [row(house, number)])
            wake.set()
            await eventually(lambda: empty(house))
        async with house.pool.acquire() as connection:
            await put(connection, [row(house, 3)])
        await eventually(lambda: empty(house))


async def test_nothing_is_published_while_a_backup_fixes_its_moment(house: House) -> None:
    """What its snapshot has in the outbox is published after it, once each; a row that comes meanwhile waits, and is not in the snapshot."""
    async with house.pool.acquire() as connection:
        await put(connection, [row(house, number) for number in range(100)])
    async with relaying(house):
        await eventually(lambda: empty(house))
        async with moment.held({"kit": house.settings.database}) as snapshots:
            async with house.pool.acquire() as connection:
                await put(connection, [row(house, 100)])
            await eventually(lambda: asks_in_vain(house))
            assert not await empty(house)
            assert await snapshots["kit"].connection.fetchval("select count(*) from outbox") == 0
            await snapshots["kit"].let_publish()
            await eventually(lambda: empty(house))
            assert await snapshots["kit"].connection.fetchval("select count(*) from outbox") == 0
    found = numbers(await house.read_all(house.topic.name, 101))
    assert sorted(number for of_key in found.values() for number in of_key) == list(range(101))


async def asks_in_vain(house: House) -> bool:
    """The relay is back with a session of its own, has asked for shards, and has none."""
    return bool(
        await house.pool.fetchval("""
            select exists (
                select from pg_stat_activity as session where datname = current_database() and application_name = 'relay'
                and query like '%pg_try_advisory_lock%' and state = 'idle'
                and not exists (select from pg_locks where pg_locks.pid = session.pid and locktype = 'advisory')
            )
        """)
    )


async def test_who_has_no_shards_says_nothing_of_what_waits(house: House) -> None:
    """Else what was once seen here would stand, and an alert with it, while another process publishes."""
    async with house.pool.acquire() as other:
        await other.fetch("select pg_advisory_lock($1, shard) from generate_series(0, $2::integer - 1) shard", LOCK, SHARDS)
        await put(other, [row(house, 1)])
        metrics.OUTBOX_ROWS.set(7)
        metrics.OUTBOX_AGE.set(700)
        async with relaying(house):
            await eventually(lambda: metrics.OUTBOX_ROWS._value.get() == metrics.OUTBOX_AGE._value.get() == 0)
        await other.execute("select pg_advisory_unlock_all()")
