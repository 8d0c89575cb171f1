"""Outbox to Kafka: one owner a shard, in the order of `seq`, deleted once acknowledged. At least once, each time with the same id."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

import asyncpg

from kit import dead_letters
from kit.outbox import SHARDS
from kit.postgres import TRANSIENT, jittered
from kit.producer import Outgoing, Producer
from kit.settings import Settings
from kit.telemetry import metrics

log = logging.getLogger(__name__)

BATCH: Final = 2_000
_BUSY_S: Final = 0.02
_QUIET_S: Final = 0.05
_IDLE_S: Final = 0.1
_BUSY_FOR_S: Final = 2.0
_QUIET_FOR_S: Final = 20.0
_CLAIM_S: Final = 1.0
_MEASURE_S: Final = 5.0
_COUNTED: Final = 100_000
_HELD_BACK_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""A topic that does not exist costs its batch the five seconds in which the client looks for it: ask ever more rarely."""
LOCK: Final = 0x6F757462  # "outb": first half of the advisory lock, the shard is the second; who has a shard's lock may publish its rows
SESSION_NAME: Final = "relay"
_SESSION: Final = {
    "application_name": SESSION_NAME,
    "timezone": "UTC",
    "lock_timeout": "3s",
    "statement_timeout": "20s",
    # a frozen relay keeps its shards no longer than this; a batch with its 8 s and a new client's start stay below
    "idle_session_timeout": "20s",
    "idle_in_transaction_session_timeout": "3s",
}
_ROWS: Final = """
    select seq, id, topic, key, value, type, occurred_at, traceparent, packed from outbox
    where shard = any($1::smallint[]) and topic <> all($2::text[]) order by seq limit $3
"""


class Relay:
    """Takes the shards that nobody has and publishes their rows until cancelled.

    Never by `seq > last`: rows become visible out of order across transactions, and a row not seen yet must still be found.
    """

    def __init__(self, settings: Settings, service: str, wake: asyncio.Event) -> None:
        self._dsn = settings.database
        self._source = f"/{service}".encode()
        self._wake = wake
        self._producer = Producer(settings.cluster, f"{service}-relay")
        self._shards: list[int] = []
        self._held_back: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._claimed_at = 0.0
        self._busy_at = 0.0
        self._measured_at = 0.0

    async def run(self) -> None:
        wait = 0.2
        try:
            while True:
                started = time.monotonic()
                try:
                    await self._relay()
                except TRANSIENT as error:
                    log.warning("relay waits for PostgreSQL", extra={"error": f"{type(error).__name__}: {error}"})
                wait = 0.2 if time.monotonic() - started > 5 else min(wait * 2, 3.0)
                await asyncio.sleep(jittered(wait))
        finally:
            await self._producer.close()

    async def _relay(self) -> None:
        """Work with one connection, whose end gives up the shards."""
        connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=20, server_settings=_SESSION)
        self._shards, self._claimed_at = [], 0.0
        try:
            while True:
                self._wake.clear()
                await self._claim(connection)
                await self._measure(connection)
                published = await self._publish(connection) if self._shards else 0
                if published < BATCH:
                    await self._rest(published)
        finally:
            await connection.close(timeout=2)

    async def _claim(self, connection: asyncpg.Connection) -> None:
        """Ask for the missing shards once a second."""
        if len(self._shards) == SHARDS or time.monotonic() - self._claimed_at < _CLAIM_S:
            return
        self._claimed_at = time.monotonic()
        missing = [shard for shard in range(SHARDS) if shard not in self._shards]
        rows = await connection.fetch(
            "select shard from unnest($1::integer[]) as shard where pg_try_advisory_lock($2, shard)", missing, LOCK
        )
        if rows:
            self._shards = sorted([*self._shards, *(row["shard"] for row in rows)])
            log.info("relay owns shards", extra={"shards": self._shards})

    async def _measure(self, connection: asyncpg.Connection) -> None:
        """How much waits and for how long, by the owner of shards alone. Counting ends where more would say nothing new."""
        if not self._shards:  # another process measures: what was seen here once would stand for ever
            metrics.OUTBOX_ROWS.set(0)
            metrics.OUTBOX_AGE.set(0)
            return
        if time.monotonic() - self._measured_at < _MEASURE_S:
            return
        self._measured_at = time.monotonic()
        row = await connection.fetchrow(
            """
            select (select count(*) from (select from outbox limit $1) as counted) as rows,
                coalesce((select extract(epoch from clock_timestamp() - created_at) from outbox order by seq limit 1), 0) as age
            """,
            _COUNTED,
        )
        if row is not None:
            metrics.OUTBOX_ROWS.set(row["rows"])
            metrics.OUTBOX_AGE.set(max(0.0, float(row["age"])))

    async def _publish(self, connection: asyncpg.Connection) -> int:
        """One batch. Returns the number of rows that are published and deleted."""
        now = time.monotonic()
        self._held_back = {topic: until for topic, until in self._held_back.items() if until > now}
        rows = await connection.fetch(_ROWS, self._shards, list(self._held_back), BATCH)
        if not rows:
            return 0
        sent = await self._producer.send([self._outgoing(row) for row in rows])
        if sent:
            await connection.execute("delete from outbox where seq = any($1::bigint[])", [rows[index]["seq"] for index in sorted(sent)])
        self._hold_back(rows, sent)
        self._count(rows, sent)
        return len(sent)

    def _hold_back(self, rows: list[asyncpg.Record], sent: set[int]) -> None:
        """Topics that did not take everything wait a moment, so that their rows do not stand before those of the others."""
        failed = {row["topic"] for index, row in enumerate(rows) if index not in sent}
        self._failures = {topic: count for topic, count in self._failures.items() if topic in failed or topic in self._held_back}
        for topic in failed:
            before = self._failures.get(topic, 0)
            self._failures[topic] = before + 1
            self._held_back[topic] = time.monotonic() + jittered(_HELD_BACK_S[min(before, len(_HELD_BACK_S) - 1)])
            metrics.RELAY_FAILURES.labels(topic).inc()

    def _outgoing(self, row: asyncpg.Record) -> Outgoing:
        """The record of a row: CloudEvents 1.0 in binary mode; a dead letter keeps the key and headers it came with."""
        if row["packed"] is not None:
            packed = dead_letters.unpack(row["packed"])
            return row["topic"], packed.key, row["value"], packed.headers
        key = row["key"].encode()
        headers: list[tuple[str, bytes | None]] = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(row["id"]).encode()),
            ("ce_source", self._source),
            ("ce_time", row["occurred_at"].isoformat().encode()),
            ("ce_subject", key),
        ]
        if row["type"] is not None:
            headers += [("ce_type", row["type"].encode()), ("content-type", b"application/json")]
        if row["traceparent"] is not None:
            headers.append(("traceparent", row["traceparent"].encode()))
        return row["topic"], key, row["value"], headers

    def _count(self, rows: list[asyncpg.Record], sent: set[int]) -> None:
        by_topic: dict[str, int] = {}
        for index in sent:
            topic = rows[index]["topic"]
            by_topic[topic] = by_topic.get(topic, 0) + 1
        for topic, count in by_topic.items():
            metrics.RELAYED.labels(topic).inc(count)

    async def _rest(self, published: int) -> None:
        """Until the next commit here or the next poll: commits of other processes are found by polling alone."""
        if published:
            self._busy_at = time.monotonic()
        since = time.monotonic() - self._busy_at
        pause = _BUSY_S if since < _BUSY_FOR_S else _QUIET_S if since < _QUIET_FOR_S else _IDLE_S
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return
