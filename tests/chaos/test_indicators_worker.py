"""The worker is killed while it applies lines: nothing is lost, nothing counts twice, every filing is announced exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from bench import filling
from bench.ground import Ground, ground
from bench.lines import Stream
from deploy.local.part import Part
from schemas.countings import DeclarationCounted
from schemas.topics import COUNTINGS, HOURS
from tests.fixtures.profile import Profile

LINES_IN_FILING = 250
FILINGS_IN_WAVE = 6  # sent at once, so that a kill finds lines waiting


@pytest.fixture
def place() -> Iterator[Ground]:
    with ground(services=("indicators",)) as found:
        yield found


class Sender(threading.Thread):
    """Sends waves of filings at a steady pace for as long as the killing goes on, then the rest."""

    def __init__(self, kafka: str, stream: Stream, lines: int, per_second: float) -> None:
        super().__init__(daemon=True)
        self._kafka, self._stream, self._lines = kafka, stream, lines
        self._pace_s = FILINGS_IN_WAVE * LINES_IN_FILING / per_second
        self.hurry = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:  # noqa: BLE001  told to the test by its own thread
            self.failure = error

    async def _send(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._kafka, enable_idempotence=True)
        await producer.start()
        try:
            made = 0
            while made < self._lines or not self.hurry.is_set():  # the lines asked for, and as many more as the killing takes
                for _ in range(FILINGS_IN_WAVE):
                    filing = self._stream.filing()
                    made += len(filing)
                    for record in filing:
                        await producer.send(HOURS.name, record.value, key=record.key, headers=filling.headers(record))
                await asyncio.to_thread(self.hurry.wait, self._pace_s)
        finally:
            await producer.stop()

    def finish(self) -> None:
        self.hurry.set()
        self.join(120)
        assert not self.is_alive()
        assert self.failure is None, repr(self.failure)


async def _asked(place: Ground, query: str) -> list[asyncpg.Record]:
    connection = await _connected(place)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(query)
    finally:
        await connection.close()
    return rows


async def _connected(place: Ground, seconds: float = 60) -> asyncpg.Connection:
    """PostgreSQL opens its socket before it has recovered: the test waits as the services do."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await asyncpg.connect(place.admin_dsn("indicators"))
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)


def ask(place: Ground, query: str) -> list[asyncpg.Record]:
    return asyncio.run(_asked(place, query))


def read_so_far(place: Ground) -> int:
    (row,) = ask(place, "select coalesce(sum(next_offset), 0)::bigint as read from offsets where topic = 'hours'")
    return int(row["read"])


def sent(place: Ground) -> int:
    return sum(asyncio.run(filling.ends(place.broker.address)).values())


def wait_until_it_reads(place: Ground, more_than: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while read_so_far(place) <= more_than:
        assert time.monotonic() < deadline, f"read {more_than} of {sent(place)}\n{last_words(place)}"
        time.sleep(0.05)


def last_words(place: Ground) -> str:
    return "\n".join(file.read_text()[-3_000:] for file in sorted(place.folder.logs.glob("indicators-*.log")))


def strike(place: Ground, worker: Part, dice: random.Random) -> bool:
    """Kill the worker at some moment of its work. Returns whether lines were waiting for it."""
    wait_until_it_reads(place, read_so_far(place))
    time.sleep(dice.random() * 0.1)
    place.kill(worker)
    waiting = sent(place) > read_so_far(place)
    place.start(worker)
    return waiting


async def _countings(kafka: str) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(COUNTINGS.name, partition) for partition in range(COUNTINGS.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        left = sum((await consumer.end_offsets(places)).values())
        found: list[Any] = []
        while len(found) < left:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def must_be_told_once(place: Ground, stream: Stream) -> None:
    """The relay may say the same announcement twice, under its one id; two announcements of one filing there are not."""
    ids: dict[str, set[bytes]] = defaultdict(set)
    for record in asyncio.run(_countings(place.broker.address)):
        counted = DeclarationCounted.model_validate_json(record.value)
        ids[counted.declaration_id].add(dict(record.headers)["ce_id"])
        assert (counted.applied, counted.dead, counted.lines) == (LINES_IN_FILING, 0, LINES_IN_FILING)
    assert sorted(ids) == sorted(stream.filings)
    assert Counter(len(known) for known in ids.values()) == {1: len(stream.filings)}


@pytest.mark.timeout(900)
def test_killed_again_and_again_it_ends_with_the_oracles_sums(place: Ground, profile: Profile, seed: int) -> None:
    kills = profile.pick("kill -9 of the worker of indicators", short=3, long=12)
    lines = profile.pick("lines applied under kill -9", short=10_000, long=40_000)
    dice, stream = random.Random(seed), Stream(seed, LINES_IN_FILING)
    sender = Sender(place.broker.address, stream, lines, per_second=lines / (kills * 8))
    worker = place.start(place.worker("indicators"))
    sender.start()
    for blow in range(kills):
        if profile.is_long and blow == kills // 3:
            place.kill(place.parts["kafka"])
            place.start(place.parts["kafka"])
        if profile.is_long and blow == 2 * kills // 3:
            place.kill(place.parts["postgres"], signal.SIGQUIT)
            place.start(place.parts["postgres"])
        while not strike(place, worker, dice):
            assert sender.is_alive(), "every kill came when nothing was waiting: it shows nothing"
    sender.finish()
    wait_until_it_reads(place, sent(place) - 1, 120)

    totals = ask(
        place, "select department, to_char(month, 'YYYY-MM') as month, centihours, lines from totals where lines <> 0 or centihours <> 0"
    )
    assert {(row["department"], row["month"]): (row["centihours"], row["lines"]) for row in totals} == stream.totals()
    (facts,) = ask(place, "select count(*) as lines, count(*) filter (where live) as live, sum(centihours)::bigint as hours from facts")
    assert (facts["live"], facts["hours"]) == tuple(map(sum, zip(*((n, h) for h, n in stream.totals().values()), strict=True)))
    assert ask(place, "select count(*) as dead from dead_letters")[0]["dead"] == 0
    place.stop(worker)
    place.start(place.worker("indicators", name="last"))
    deadline = time.monotonic() + 30
    while ask(place, "select count(*) as waiting from outbox")[0]["waiting"] and time.monotonic() < deadline:
        time.sleep(0.1)
    must_be_told_once(place, stream)


@pytest.mark.timeout(900)
def test_two_workers_share_the_partitions_and_one_that_is_frozen_is_fenced(place: Ground, seed: int) -> None:
    """SIGSTOP for twice the session: its partitions go to the other; when it wakes up, the offsets row keeps it out."""
    stream = Stream(seed, LINES_IN_FILING)
    workers = [place.start(place.worker("indicators", name=f"indicators-{name}")) for name in ("a", "b")]
    sender = Sender(place.broker.address, stream, 8_000, per_second=400)
    sender.start()
    wait_until_it_reads(place, 500)
    frozen = workers[0].report()["pid"]
    os.kill(frozen, signal.SIGSTOP)
    time.sleep(12)
    os.kill(frozen, signal.SIGCONT)
    sender.finish()
    wait_until_it_reads(place, sent(place) - 1, 120)
    totals = ask(place, "select department, to_char(month, 'YYYY-MM') as month, centihours, lines from totals where lines <> 0")
    assert {(row["department"], row["month"]): (row["centihours"], row["lines"]) for row in totals} == stream.totals()
