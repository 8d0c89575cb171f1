"""A secured Kafka of its own: who has no account comes nowhere, who has one may do what the map of topics says, and a lost right comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local import kafka_rights, ports, start, stop, topics
from deploy.local.folder import RunFolder
from deploy.local.kafka import Broker, program
from deploy.local.kafka_rights import LITERAL, READ, TOPIC, Right, rights
from deploy.local.plan import kafka_part, write_plan
from deploy.local.secured import OPERATOR, Secured
from kit.cluster import Cluster
from kit.consumer import Reader
from kit.kafka import Ends
from kit.postgres import open_pool
from kit.producer import Producer
from kit.settings import Settings
from schemas.topics import ALL, HOURS
from tests import waiting
from tests.fixtures.databases import MakeDatabase
from tests.integration.kit_house import LIKE, TABLE, House, eventually, write_down


@dataclass(frozen=True)
class Kafka:
    broker: Broker
    secured: Secured

    def as_(self, user: str) -> Cluster:
        return self.secured.cluster((self.broker.address,), user)

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**self.as_(OPERATOR).options())
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = RunFolder(tmp_path_factory.mktemp("secured"))
    folder.make()
    secured = Secured.make(folder)
    port, controller_port = ports.some(2)
    broker = Broker(folder.data.resolve() / "kafka", port, controller_port, program(print), secured)
    broker.prepare()
    write_plan(folder, [kafka_part(folder, broker)])
    start.launch(folder)
    for _ in start.readiness(folder):
        pass
    found = Kafka(broker, secured)
    asyncio.run(topics.make(found.as_(OPERATOR), topics.wanted(), broker.cluster_file.read_text(), rights=rights()))
    yield found
    stop.down(folder)
    folder.purge()


@asynccontextmanager
async def reading(cluster: Cluster, topic: str, group: str | None = None) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(topic, **cluster.options(), group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def sent(cluster: Cluster, topic: str, text: bytes) -> bool:
    producer = Producer(cluster, "test")
    try:
        return await producer.send([(topic, b"k", text, [])]) == {0}
    finally:
        await producer.close()


async def test_who_publishes_a_topic_writes_it_and_its_readers_read_it(kafka: Kafka) -> None:
    text = uuid4().bytes
    assert await sent(kafka.as_(HOURS.published_by), HOURS.name, text)
    async with reading(kafka.as_("indicators"), HOURS.name, "indicators.hours") as consumer:
        async with asyncio.timeout(30):
            while (await consumer.getone()).value != text:
                pass
    ends = Ends(kafka.as_("indicators"))
    assert sum((await ends.of(HOURS.name)).values()) >= 1
    await ends.close()


@pytest.mark.parametrize("user", ["notify", "indicators", "events", "directory"])
async def test_nobody_else_writes_it(kafka: Kafka, user: str) -> None:
    assert not await sent(kafka.as_(user), HOURS.name, b"forged")


@pytest.mark.parametrize(("user", "group"), [("notify", "notify.hours"), ("indicators", "notify.hours")])
async def test_nobody_reads_what_is_not_theirs_nor_in_anothers_group(kafka: Kafka, user: str, group: str) -> None:
    with pytest.raises(KafkaError, match=r"Authorization|hours"):
        async with reading(kafka.as_(user), HOURS.name, group) as consumer:
            await asyncio.wait_for(consumer.getone(), 20)


async def test_without_an_account_or_with_a_wrong_password_nobody_comes_in(kafka: Kafka) -> None:
    address = (kafka.broker.address,)
    known = kafka.as_("ingest")
    wrong = replace(known, password_file=kafka.secured.password_file("notify"))
    stranger = replace(known, authority=None)
    for cluster in (Cluster(address), wrong, stranger, Cluster((f"127.0.0.1:{kafka.broker.controller_port}",))):
        with pytest.raises((KafkaError, OSError, TimeoutError)):
            async with asyncio.timeout(30), reading(cluster, HOURS.name):
                pass


async def test_a_reader_that_loses_its_right_says_so_and_goes_on_when_it_has_it_again(kafka: Kafka, database: MakeDatabase) -> None:
    """The worker's own reader; what was published meanwhile is applied, once."""
    topic = replace(LIKE, name=f"pings-{uuid4().hex[:8]}", read_by=("notify",), published_by="events")
    own = rights([*ALL, topic])
    lost = Right(TOPIC, topic.name, LITERAL, "notify", READ)
    await topics.make(kafka.as_(OPERATOR), topics.wanted([topic]), rights=own)
    found = await database("kit")
    pool = await open_pool(found.admin, size=6, application_name="test")
    await pool.execute(TABLE)
    me = kafka.as_("notify")
    settings = Settings(
        service="notify", kafka=list(me.addresses), kafka_user=me.user, kafka_password=me.password_file, kafka_authority=me.authority
    )
    house = House(topic, pool, settings, Producer(kafka.as_("events"), "test"))
    async with kafka.operator() as admin, house.reading(Reader(topic=topic, name="notify", apply=write_down)) as shell:
        await house.send(house.pings(10))
        await eventually(lambda: house.has(10))
        assert lost in await kafka_rights.given(admin)
        assert await kafka_rights.grant(admin, [right for right in own if right != lost]) == (0, 1)
        await waiting.eventually(lambda: "Kafka refuses this topic" in (shell._unready() or ""), seconds=60)
        await house.send(house.pings(10, start=10))
        assert await kafka_rights.grant(admin, own) == (1, 0)
        await eventually(lambda: house.has(20))
        await waiting.eventually(lambda: not shell._unready(), seconds=30)
        assert await kafka_rights.grant(admin, rights()) == (0, 3)
    assert sorted(await house.applied()) == list(range(20)), "each once"
    await house.producer.close()
    await pool.close()


def test_a_topic_has_one_writer_and_nobody_has_more_than_the_map_says() -> None:
    found = rights()
    for topic in ALL:
        mine = [right for right in found if right.name == topic.name]
        assert [right.user for right in mine if right.operation == kafka_rights.WRITE] == [topic.published_by]
        assert sorted(right.user for right in mine if right.operation == READ) == sorted(topic.read_by)
