"""The servers that tests are given are real, and each test has its own corner of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local.folder import ROOT
from schemas import topics
from tests.fixtures.databases import MakeDatabase
from tests.fixtures.servers import Servers
from tests.fixtures.topics import MakeTopic


async def test_each_database_is_new_and_migrated(database: MakeDatabase) -> None:
    one, other = await database("kit"), await database("kit")
    owner = await asyncpg.connect(one.owner)
    assert await owner.fetchval("select count(*) from outbox") == 0
    assert one.name != other.name
    await owner.close()


async def test_a_service_cannot_enter_another_services_database(database: MakeDatabase) -> None:
    ingest, notify = await database("ingest"), await database("notify")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(ingest.rows.replace(f"/{ingest.name}?", f"/{notify.name}?"))


async def test_the_role_of_rows_cannot_change_tables(database: MakeDatabase) -> None:
    found = await database("ingest")
    connection = await asyncpg.connect(found.rows)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("create table mine (id int)")
    await connection.close()


async def test_what_is_written_to_a_topic_is_read_from_it(servers: Servers, topic: MakeTopic) -> None:
    own = await topic(topics.HOURS, partitions=1)
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap, enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait(own.name, b"value", key=b"key")
    await producer.stop()
    consumer = AIOKafkaConsumer(own.name, bootstrap_servers=servers.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    assert (await consumer.getone()).value == b"value"
    await consumer.stop()


def test_without_a_container_engine_the_run_ends_with_a_clear_sentence() -> None:
    """In a run of its own: the fixture ends the whole run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MACS_", "PYTEST_"))}
    environment = {**kept, "MACS_TEST_CONTAINERS": "1", "DOCKER_HOST": "unix:///nonexistent/docker.sock", "PYTHONPATH": str(ROOT)}
    here = f"{Path(__file__).relative_to(ROOT)}::test_each_database_is_new_and_migrated"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", here]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no container engine answers. Start Docker or Podman" in done.stdout + done.stderr
