"""The one producer policy: idempotent, all acks, partitions by key, whole batches; after any failure a new client and the same records again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from kit.clients import ProducerClient
from kit.cluster import Cluster
from kit.kafka import METADATA_MAX_AGE_MS, REQUEST_TIMEOUT_MS

log = logging.getLogger(__name__)

Headers = Sequence[tuple[str, bytes | None]]
Outgoing = tuple[str, bytes | None, bytes | None, Headers]
"""topic, key, value, headers."""

DEADLINE_S: Final = 8.0
_STOP_S: Final = 2.0
_BATCH_BYTES: Final = 512 * 1024
_REMEMBERED_KEYS: Final = 20_000


class Producer:
    """Publishes lists of records and says which arrived. A failed send is an unknown one: the caller sends the same records again."""

    def __init__(self, cluster: Cluster, client_id: str) -> None:
        self._cluster = cluster
        self._client_id = client_id
        self._client: ProducerClient | None = None
        self._hashes: dict[bytes, int] = {}

    async def send(self, records: Sequence[Outgoing]) -> set[int]:
        """Send the records in their order per partition; returns the indexes of those that Kafka has acknowledged.

        A partition's records after a failed one count as not sent. After any failure the client is thrown away.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                client = await self._connected()
                placed = await self._placed(client, records)
                outcomes = await asyncio.gather(*(self._partition(client, place, found, records) for place, found in placed.items()))
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("sending failed", extra={"error": f"{type(error).__name__}: {error}"})
            await self.close()
            return set()
        sent = {index for outcome in outcomes for index in outcome}
        if len(sent) < len(records):
            await self.close()
        return sent

    async def _placed(self, client: ProducerClient, records: Sequence[Outgoing]) -> dict[TopicPartition, list[int]]:
        """Indexes by partition, as Kafka's own clients place keys (murmur2)."""
        counts: dict[str, int] = {}
        placed: dict[TopicPartition, list[int]] = {}
        for index, (topic, key, _, _) in enumerate(records):
            if topic not in counts:
                with suppress(KafkaError):  # an unknown topic holds back its own records only
                    counts[topic] = len(await client.partitions_for(topic))
            if count := counts.get(topic):
                place = TopicPartition(topic, self._hash(key or b"") % count)
                placed.setdefault(place, []).append(index)
        return placed

    def _hash(self, key: bytes) -> int:
        found = self._hashes.get(key)
        if found is None:
            if len(self._hashes) > _REMEMBERED_KEYS:
                self._hashes.clear()
            found = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return found

    async def _partition(self, client: ProducerClient, place: TopicPartition, indexes: list[int], records: Sequence[Outgoing]) -> list[int]:
        """Send one partition's records; returns those before the first failure."""
        sent: list[int] = []
        waiting: list[tuple[asyncio.Future[object], list[int]]] = []
        failure: BaseException | None = None
        try:
            for builder, members in _batches(client, indexes, records):
                waiting.append((await client.send_batch(builder, place.topic, partition=place.partition), members))
        except KafkaError as error:
            failure = error
        for future, members in waiting:
            try:
                await future
            except KafkaError as error:
                failure = failure or error
            if failure is not None:
                break
            sent += members
        if failure is not None:
            log.warning(
                "sending failed",
                extra={"topic": place.topic, "partition": place.partition, "error": f"{type(failure).__name__}: {failure}"},
            )
            for future, _ in waiting:
                future.add_done_callback(_looked_at)
        return sent

    async def _connected(self) -> ProducerClient:
        if self._client is None:
            client = ProducerClient(
                **self._cluster.options(),
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                metadata_max_age_ms=METADATA_MAX_AGE_MS,
                max_batch_size=_BATCH_BYTES,
                max_request_size=2 * 1024 * 1024,
            )
            self._client = client
            await client.start()
        return self._client

    async def close(self) -> None:
        """Stop the client for at most two seconds: what it still holds has an unknown outcome anyway."""
        client, self._client = self._client, None
        if client is not None:
            started = time.monotonic()
            with suppress(Exception):
                await asyncio.wait_for(client.stop(), _STOP_S)
            log.debug("producer closed", extra={"seconds": round(time.monotonic() - started, 2)})


def _batches(client: ProducerClient, indexes: list[int], records: Sequence[Outgoing]) -> list[tuple[BatchBuilder, list[int]]]:
    found: list[tuple[BatchBuilder, list[int]]] = []
    builder = client.create_batch()
    members: list[int] = []
    for index in indexes:
        _, key, value, headers = records[index]
        if builder.append(timestamp=None, key=key, value=value, headers=headers) is None:
            builder.close()
            found.append((builder, members))
            builder, members = client.create_batch(), []
            builder.append(timestamp=None, key=key, value=value, headers=headers)
        members.append(index)
    builder.close()
    found.append((builder, members))
    return found


def _looked_at(future: asyncio.Future[object]) -> None:
    if not future.cancelled():
        future.exception()
