"""One reader at work: takes batches in their order, keeps a batch through failures that may pass, buries what is poison, stops at the limit."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Final

from aiokafka import TopicPartition

from kit.clients import Consumer
from kit.consumer import spans
from kit.consumer.decoding import Decoder, Record
from kit.consumer.gate import Gate
from kit.consumer.limit import DeadLetterLimit
from kit.consumer.reader import Batch, Reader
from kit.consumer.transaction import POISON, Fenced, Transactions
from kit.consumer.work import Work
from kit.postgres import TRANSIENT, Pool, jittered
from kit.telemetry import metrics

log = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.1
_LAST_WAIT_S: Final = 15.0


class Engine:
    """The next batch is decoded while the database works on the previous one; never are two in the database at once.

    A batch counts for the generation of the gate in which it was taken: after a rebalance or a fence it is dropped and read again.
    """

    def __init__(self, reader: Reader, pool: Pool, wake_relay: Callable[[], None]) -> None:
        self.reader = reader
        self.gate = Gate(reader, pool)
        self.transactions = Transactions(reader, pool)
        self.limit = DeadLetterLimit()
        self.consumer: Consumer | None = None
        self.stopped: str | None = None
        self.failing: str | None = None
        self.busy_since: float | None = None
        self.in_hand = 0
        """Records of the batch that is tried at the moment: taken, and not applied yet."""
        self.reached = 0.0
        """When the last record applied here was written (seconds since 1970)."""
        self.committed: dict[int, int] = {}
        """Next offsets after the last commit here, for Kafka's own commit, which only lag tools read."""
        self._decoder = Decoder(reader.topic, reader.decode)
        self._wake_relay = wake_relay
        self._running: asyncio.Task[None] | None = None
        self._arming: set[asyncio.Task[None]] = set()
        self._labels = (reader.name, reader.topic.name)
        self._count = {name: metrics.RECORDS.labels(*self._labels, name) for name in ("applied", "skipped", "dead", "fenced")}

    async def handle(self, records: Sequence[Record]) -> None:
        """Take a fetched batch. Returns when it is on its way, so that the next can be fetched and decoded meanwhile."""
        if self.consumer is None:
            return
        generation = self.gate.generation
        taken = await self.gate.take(self.consumer, records)
        if not taken:
            return
        decoded = await self._decoder.batch(taken)
        await self.settled()
        if generation != self.gate.generation or self.stopped is not None:
            self._count["fenced"].inc(len(taken))
            return
        tracing, received = spans.open_batch(self.reader.topic, self.reader.group, decoded.received)
        expected = {record.partition: self.gate.positions[record.partition] for record in taken}
        work = self._limited(Work.of(decoded, received, expected))
        self.gate.positions.update(work.targets)
        self._running = asyncio.create_task(self._run(work, tracing, generation))

    async def settled(self) -> None:
        """Wait until no batch is in the database."""
        if self._running is not None:
            await asyncio.wait({self._running})
            self._running = None

    async def revoke(self) -> None:
        """Our partitions go elsewhere: let the running transaction end, try nothing again."""
        self.gate.assign(set())
        await self.settled()

    def assign(self, partitions: set[int]) -> None:
        """These partitions are ours; open them in the background, since a rebalance must not wait for PostgreSQL."""
        metrics.REBALANCES.labels(*self._labels).inc()
        self.gate.assign(partitions)
        if self.consumer is not None and partitions:
            self.consumer.pause(*(TopicPartition(self.reader.topic.name, partition) for partition in partitions))
        self.arm()

    def arm(self) -> None:
        """Open what is shut, in the background. An earlier attempt ends by itself when the assignment has changed."""
        if self.stopped is None and self.consumer is not None and self.gate.shut:
            opening = asyncio.create_task(self._open(self.consumer))
            self._arming.add(opening)
            opening.add_done_callback(self._arming.discard)

    @property
    def arming(self) -> bool:
        return bool(self._arming)

    async def part(self) -> None:
        """Nothing more is asked of the client, which is about to stop: it would connect again for whoever still asks it."""
        self.consumer = None
        for opening in (left := list(self._arming)):
            opening.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _open(self, consumer: Consumer) -> None:
        if (stopped := await self.gate.arm(consumer)) is not None:
            self.stop_at(stopped)

    def resume(self) -> None:
        """An operator took the stop away."""
        log.info("reader resumed", extra={"reader": self.reader.name, "topic": self.reader.topic.name})
        self.stopped = None
        self.limit.reset()
        metrics.STOPPED.labels(*self._labels).set(0)
        self.arm()

    def stop_at(self, reason: str) -> None:
        """The reader stands still until it is resumed; its partitions stay assigned."""
        if self.stopped is None:
            log.error("reader stopped", extra={"reader": self.reader.name, "topic": self.reader.topic.name, "reason": reason})
        self.stopped = reason
        metrics.STOPPED.labels(*self._labels).set(1)
        self._shut_all()

    def _shut_all(self) -> None:
        if self.consumer is not None and self.gate.positions:
            places = [TopicPartition(self.reader.topic.name, partition) for partition in self.gate.positions]
            self.consumer.pause(*(place for place in places if place in self.consumer.assignment()))
        self.gate.close(list(self.gate.positions))

    def _limited(self, work: Work) -> Work:
        """The batch, ended where its dead letters reach the limit."""
        last = self.limit.trip(len(work.records), work.dead) if work.dead else None
        return work if last is None else work.up_to(last, f"dead-letter limit reached: {work.dead[last].reason}"[:500])

    async def _run(self, work: Work, tracing: spans.BatchSpans | None, generation: int) -> None:
        """Try until the batch is committed, fenced, or no longer ours."""
        self.busy_since = started = time.monotonic()
        self.in_hand = len(work.records)
        wait = _FIRST_WAIT_S
        try:
            with spans.current(tracing):
                while generation == self.gate.generation:
                    try:
                        self._done(work, await self.transactions.commit(work), started)
                        return
                    except POISON as error:
                        work = await self._without_poison(work, error)
                    except Fenced:
                        self._fenced(work)
                        return
                    except TRANSIENT as error:
                        self._failed(error, wait)
                    except Exception as error:  # a mistake of ours: nobody's record is to blame, the next deployment goes on from here
                        log.exception("apply failed", extra={"reader": self.reader.name, "topic": self.reader.topic.name})
                        self._failed(error, wait)
                    await asyncio.sleep(jittered(wait) if self.failing else 0)
                    wait = min(wait * 2, _LAST_WAIT_S) if self.failing else wait
        finally:
            self.busy_since, self.in_hand = None, 0
            if tracing is not None:
                tracing.end()

    async def _without_poison(self, work: Work, error: Exception) -> Work:
        """The batch with its poison among the dead letters; unchanged when no single record can be blamed."""
        try:
            found = await self.transactions.poison_in(work, self.limit)
        except (Fenced, *TRANSIENT) as later:
            self._failed(later, 0)
            return work
        if not found:
            self._failed(error, 0)
            return work
        self.failing = None
        return self._limited(work.without(found))

    def _done(self, work: Work, batch: Batch, started: float) -> None:
        self.failing = None
        self.committed.update(work.targets)
        self.limit.count(len(work.records), work.dead)
        metrics.BATCH_RECORDS.labels(*self._labels).observe(len(work.records))
        metrics.BATCH_SECONDS.labels(*self._labels).observe(time.monotonic() - started)
        self.reached = work.records[-1].timestamp / 1000
        self._count["applied"].inc(len(work.received))
        if work.skipped:
            self._count["skipped"].inc(work.skipped)
        if work.dead:
            self._count["dead"].inc(len(work.dead))
        self.told(batch)
        if work.stops is not None:
            self.stop_at(work.stops)

    def told(self, batch: Batch) -> None:
        """Pass a committed batch on to those who wait for it."""
        self._wake_relay()
        if self.reader.after_commit is not None:
            try:
                self.reader.after_commit(batch)
            except Exception:
                log.exception("after_commit failed; the batch is committed", extra={"topic": self.reader.topic.name})

    def _fenced(self, work: Work) -> None:
        log.warning("fenced: reading the offsets again", extra={"reader": self.reader.name, "topic": self.reader.topic.name})
        self._count["fenced"].inc(len(work.records))
        self._shut_all()
        self.arm()

    def _failed(self, error: BaseException, wait: float) -> None:
        self.failing = f"{type(error).__name__}: {error}"[:300]
        metrics.RETRIES.labels(*self._labels, type(error).__name__).inc()
        log.warning("batch kept and tried again", extra={"topic": self.reader.topic.name, "error": self.failing, "wait_s": round(wait, 2)})
