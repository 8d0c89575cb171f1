"""A service judges credentials only once it has read `directory` to the end that it saw."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.errors import KafkaError

from kit.cluster import Cluster
from kit.freshness import Freshness
from kit.kafka import Ends
from kit.postgres import Pool, open_pool
from schemas import topics
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.servers import Servers
from tests.integration.kit_house import READER, eventually


@pytest.fixture
async def pool(database: MakeDatabase) -> AsyncIterator[Pool]:
    found = await open_pool((await database("kit")).admin, size=2, application_name="test")
    yield found
    await found.close()


async def test_ready_only_after_the_end_that_was_seen_at_the_start(pool: Pool) -> None:
    """The end moves on while the service reads: what was there at the start is what counts."""
    end, freshness = 3, Freshness()

    async def ends() -> dict[int, int]:
        return {0: end}

    watching = asyncio.create_task(freshness.watch(pool, READER, ends))
    try:
        await pool.execute("insert into offsets (reader, topic, partition, next_offset) values ($1, 'directory', 0, 2)", READER)
        assert freshness.reason() == "directory is not read to the end yet"
        await eventually(lambda: freshness._asked_at > freshness._fresh_at)  # it has looked and found a record missing
        assert not freshness.caught_up
        end = 5
        await pool.execute("update offsets set next_offset = 3")
        await eventually(lambda: freshness.caught_up)
        assert freshness.reason() is None
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


@pytest.mark.usefixtures("map_of_topics")
async def test_kafka_tells_the_ends_of_a_topic_of_the_map(servers: Servers) -> None:
    ends = Ends(Cluster(tuple(servers.bootstrap)))
    try:
        found = await ends.of(topics.DIRECTORY.name)
        assert sorted(found) == list(range(topics.DIRECTORY.partitions))
    finally:
        await ends.close()


async def test_a_broker_that_is_away_is_an_error_that_may_pass() -> None:
    ends = Ends(Cluster(("127.0.0.1:9",)))
    with pytest.raises(KafkaError):
        await ends.of(topics.DIRECTORY.name)
    await ends.close()
