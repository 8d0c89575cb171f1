"""How the processes talk to Kafka: the clients' settings, each with its reason, and the questions that are asked of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from kit.clients import Consumer
from kit.cluster import Cluster
from schemas import topics

METADATA_MAX_AGE_MS: Final = 15_000
REQUEST_TIMEOUT_MS: Final = 5_000
ENDS_WITHIN_S: Final = 10.0

CONSUMER: Final[dict[str, Any]] = {
    "auto_offset_reset": "earliest",
    "session_timeout_ms": 6_000,  # a killed worker's partitions are unowned for so long
    "heartbeat_interval_ms": 500,  # a stopped worker's partitions move within one second
    "rebalance_timeout_ms": 20_000,  # longer than the longest transaction, which a rebalance waits for
    "max_poll_interval_ms": 600_000,  # a batch is kept while PostgreSQL is away; the session's heartbeat says that we live
    "max_partition_fetch_bytes": 1024 * 1024,
    "fetch_max_wait_ms": 500,
}


class Ends:
    """Asks for the end of a topic without belonging to any group. One client, made when first asked, made anew after a failure."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._client: Consumer | None = None

    async def of(self, topic: str) -> dict[int, int]:
        """End offset by partition. Raises KafkaError or OSError while it cannot be known."""
        try:
            client = await self._connected()
            ends = await asyncio.wait_for(client.end_offsets(self._partitions(client, topic)), ENDS_WITHIN_S)
        except (KafkaError, OSError, TimeoutError):
            await self.close()
            raise
        return {place.partition: end for place, end in ends.items()}

    def _partitions(self, client: Consumer, topic: str) -> list[TopicPartition]:
        """The topic's partitions, assigned by hand: the client keeps metadata of assigned topics only."""
        known = {place for place in client.assignment() if place.topic == topic}
        if not known:
            known = {TopicPartition(topic, number) for number in range(topics.BY_NAME[topic].partitions)}
            client.assign([*client.assignment(), *known])
            client.pause(*client.assignment())  # its ends are wanted, not its records
        return sorted(known)

    async def _connected(self) -> Consumer:
        if self._client is None:
            client = Consumer(
                **self._cluster.options(),
                group_id=None,
                enable_auto_commit=False,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                metadata_max_age_ms=METADATA_MAX_AGE_MS,
            )
            try:
                await client.start()
            except BaseException:
                with suppress(Exception):
                    await client.stop()
                raise
            self._client = client
        return self._client

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await asyncio.wait_for(client.stop(), 2)
