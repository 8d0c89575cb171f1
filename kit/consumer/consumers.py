"""All readers of a process: FastStream's batch subscribers as the shell around the engines, and a watch over them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from kit import kafka
from kit.clients import Consumer
from kit.consumer.engine import Engine
from kit.consumer.reader import Reader
from kit.consumer.replay import replay_requested
from kit.health import Health
from kit.postgres import TRANSIENT, Pool, jittered
from kit.settings import Settings
from kit.telemetry import metrics

log = logging.getLogger(__name__)

_WATCH_S: Final = 2.0
_ORDERS: Final = """
    select (select reason from stopped_readers where reader = $1 and topic = $2) as stopped,
        (select count(*) from (select from dead_letters where reader = $1 and topic = $2 and state = 'open' limit 10000) as counted) as open,
        exists (select from dead_letters where reader = $1 and topic = $2 and state = 'replay') as replays
"""
_SILENT_S: Final = 60.0
_SLEEP_MS: Final = 1  # FastStream sleeps so long after a poll without records
_POLL_MS: Final = (
    1_000  # a poll waits in the client, which wakes it when records come: no latency, and one look a second when nothing happens
)


class Consumers:
    """Runs until stopped. Each reader has its own client and group: one that is slow, stopped or waiting leaves the others alone."""

    def __init__(self, settings: Settings, readers: Sequence[Reader], pool: Pool, health: Health, wake_relay: Callable[[], None]) -> None:
        self._shells = [Shell(settings, reader, pool, health, wake_relay) for reader in readers]

    async def run(self) -> None:
        await asyncio.gather(*(shell.run() for shell in self._shells))

    async def stop(self) -> None:
        """Let running transactions end, commit Kafka's offsets for the lag tools, leave the groups."""
        await asyncio.gather(*(shell.stop() for shell in self._shells))


class Shell:
    """One reader's client in its group, and the watch over it."""

    def __init__(self, settings: Settings, reader: Reader, pool: Pool, health: Health, wake_relay: Callable[[], None]) -> None:
        self._settings = settings
        self._reader = reader
        self._pool = pool
        self._health = health
        self._engine = Engine(reader, pool, wake_relay)
        self._broker: KafkaBroker | None = None
        self._polled_at = time.monotonic()
        self._opened_once = False
        self._labels = (reader.name, reader.topic.name)
        self._level_at = time.time()
        name = f"reader {reader.topic.name}"
        health.ready_when(name, self._unready)
        health.live_when(name, self._dead)

    async def run(self) -> None:
        """Join the group as soon as Kafka answers, then watch. Never gives up."""
        wait = 0.2
        while True:
            try:
                await self._start()
                break
            except (KafkaError, *TRANSIENT) as error:
                log.warning("waiting for Kafka", extra={"topic": self._reader.topic.name, "error": f"{type(error).__name__}: {error}"})
                await self._leave()
            await asyncio.sleep(jittered(wait))
            wait = min(wait * 2, 3.0)
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                await self._watch()
            except (KafkaError, *TRANSIENT) as error:
                log.warning("watch failed", extra={"topic": self._reader.topic.name, "error": f"{type(error).__name__}: {error}"})

    async def stop(self) -> None:
        await self._engine.settled()
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(self._commit(), 2)
        await self._leave()

    async def _start(self) -> None:
        reader, engine = self._reader, self._engine
        broker = KafkaBroker(
            self._settings.kafka,
            client_id=f"{reader.group}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=20.0,
            request_timeout_ms=30_000,
            metadata_max_age_ms=kafka.METADATA_MAX_AGE_MS,
        )
        subscriber = broker.subscriber(
            reader.topic.name,
            batch=True,
            max_records=reader.batch,
            batch_timeout_ms=_SLEEP_MS,
            group_id=reader.group,
            ack_policy=AckPolicy.MANUAL,
            listener=_Listener(engine),
            parser=_untouched,
            decoder=_raw_records,
            **kafka.CONSUMER,
        )
        subscriber(engine.handle)
        self._broker = broker
        await broker.connect()
        broker.config.broker_config.builder = self._client
        await broker.start()

    def _client(self, **options: Any) -> Consumer:
        """The group's client, made by us in place of FastStream, so that its polls are seen and the engine has it before the first assignment."""
        client = _Watched(self._polled, **{**options, **self._settings.cluster.options(), "metadata_max_age_ms": kafka.METADATA_MAX_AGE_MS})
        self._engine.consumer = client
        return client

    async def _leave(self) -> None:
        await self._engine.part()
        broker, self._broker = self._broker, None
        if broker is not None:
            with suppress(Exception):
                await asyncio.wait_for(broker.stop(), 25)

    def _polled(self) -> None:
        self._polled_at = time.monotonic()

    async def _watch(self) -> None:
        engine = self._engine
        self._measure()
        stopped, replays = await self._orders()
        if engine.stopped is not None and stopped is None:
            engine.resume()
        elif engine.stopped is None and stopped is not None:
            engine.stop_at(stopped)
        if engine.gate.shut and not engine.arming:
            engine.arm()
        await self._commit()
        if replays and engine.stopped is None:
            await replay_requested(self._pool, engine)

    async def _orders(self) -> tuple[str | None, bool]:
        """What operators want: why the reader is to stand still, whether dead letters are to be applied again."""
        row = await self._pool.fetchrow(_ORDERS, self._reader.name, self._reader.topic.name)
        metrics.DEAD_OPEN.labels(*self._labels).set(row["open"] if row is not None else 0)
        return (row["stopped"], row["replays"]) if row is not None else (None, False)

    def _measure(self) -> None:
        """The lag, before anything is asked of a server: while none answers it has to grow all the same. What waits came after the last record
        applied, and after the last look that saw nothing wait; of a reader that stands still nobody knows what waits, only since when."""
        lag, now = self._lag(), time.time()
        if lag == 0 and not self._engine.gate.shut:
            self._level_at = now
        self._health.lag[self._reader.topic.name] = lag
        metrics.LAG.labels(*self._labels).set(lag)
        metrics.LAG_SECONDS.labels(*self._labels).set(max(0.0, now - max(self._level_at, self._engine.reached)))

    def _lag(self) -> int:
        """Records that are not applied, over the partitions that are ours and open."""
        consumer, found = self._engine.consumer, self._engine.in_hand
        if consumer is None:
            return 0
        for partition, position in self._engine.gate.positions.items():
            end = consumer.highwater(TopicPartition(self._reader.topic.name, partition))
            found += max(0, (end or position) - position)
        return found

    async def _commit(self) -> None:
        """Kafka's own commit: for lag tools only, never read by us."""
        consumer, committed = self._engine.consumer, self._engine.committed
        mine = {TopicPartition(self._reader.topic.name, p): o for p, o in committed.items() if p in self._engine.gate.positions}
        if consumer is None or not mine:
            return
        self._engine.committed = {}
        with suppress(KafkaError):
            await consumer.commit(mine)

    def _unready(self) -> str | None:
        engine = self._engine
        if engine.consumer is not None and engine.consumer.may_not_read(self._reader.topic.name):
            return "not allowed: Kafka refuses this topic to this user"
        if engine.stopped is not None:
            return f"stopped: {engine.stopped}"
        if engine.gate.alarms:
            return f"paused: {engine.gate.alarms}"
        if engine.failing is not None:
            return f"failing: {engine.failing}"
        self._opened_once = self._opened_once or (bool(engine.gate.assigned) and not engine.gate.shut)
        return None if self._opened_once else "not in its group yet"

    def _dead(self) -> str | None:
        """Polls that ceased although nothing is being waited for."""
        silent = time.monotonic() - self._polled_at
        waiting = self._broker is None or self._engine.busy_since is not None
        return None if waiting or silent < _SILENT_S else f"no poll for {silent:.0f} s"


class _Watched(Consumer):
    """Tells of every poll, and lets it wait for records itself."""

    def __init__(self, polled: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._tell_polled = polled

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        self._tell_polled()
        return await super().getmany(*partitions, timeout_ms=max(timeout_ms, _POLL_MS), max_records=max_records)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002  all of them, always: the protocol is eager
        await self._engine.revoke()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._engine.assign({place.partition for place in assigned})


async def _untouched(message: Any, original: Any) -> Any:  # noqa: ARG001  with two parameters FastStream takes it as a parser beside its own
    """A parser that reads no header: one that is null or not UTF-8 would make the whole batch vanish."""
    from faststream.message import StreamMessage

    return StreamMessage(raw_message=message, body=b"")


async def _raw_records(message: Any) -> Any:
    return message.raw_message
