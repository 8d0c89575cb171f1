"""Makes the topics of the map and their dead-letter topics, on a cluster that it first recognises."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from deploy.local import kafka_rights
from deploy.local.kafka_rights import Right
from kit.cluster import Cluster
from kit.settings import Settings
from schemas.topics import ALL, DEAD_LETTER_RETENTION, Topic

_HOUR_MS: Final = 3_600_000
_COMPACTED: Final = {
    "cleanup.policy": "compact",
    "segment.ms": str(_HOUR_MS),
    "max.compaction.lag.ms": str(24 * _HOUR_MS),
    "delete.retention.ms": str(35 * 24 * _HOUR_MS),
}


class OtherCluster(Exception):
    """A broker answers at our address that is not ours."""


def _milliseconds(retention: timedelta) -> str:
    return str(int(retention.total_seconds() * 1000))


def settings_of(topic: Topic) -> dict[str, str]:
    if topic.retention is None:
        return dict(_COMPACTED)
    return {"cleanup.policy": "delete", "retention.ms": _milliseconds(topic.retention)}


def wanted(topics: Sequence[Topic] = ALL, replicas: int = 1) -> list[NewTopic]:
    """Each topic and, per reader, the topic of what that reader could not take."""
    dead = {"cleanup.policy": "delete", "retention.ms": _milliseconds(DEAD_LETTER_RETENTION)}
    return [
        *(NewTopic(topic.name, topic.partitions, replicas, topic_configs=settings_of(topic)) for topic in topics),
        *(NewTopic(topic.dead_letters(reader), 1, replicas, topic_configs=dead) for topic in topics for reader in topic.read_by),
    ]


async def make(
    kafka: Cluster, topics: Sequence[NewTopic], cluster: str | None = None, patience_s: float = 60, rights: Sequence[Right] | None = None
) -> list[str]:
    """Create those that are missing, and give exactly these rights where they are ours to give; the names created. Waits for a broker that is
    starting, refuses one of another cluster."""
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await _make(kafka, topics, cluster, rights)
        except (KafkaError, OSError, AssertionError) as error:  # the client asserts where it has no answer yet
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"Kafka ne répond pas en {_at(kafka)} : {error!r}") from error
        await asyncio.sleep(0.2)


def _at(kafka: Cluster) -> str:
    return ",".join(kafka.addresses)


async def _make(kafka: Cluster, topics: Sequence[NewTopic], cluster: str | None, rights: Sequence[Right] | None) -> list[str]:
    admin = AIOKafkaAdminClient(**kafka.options(), request_timeout_ms=10_000)
    await admin.start()
    try:
        found = await admin.describe_cluster()
        if cluster and found["cluster_id"] != cluster:
            raise OtherCluster(f"en {_at(kafka)} répond la grappe {found['cluster_id']}, pas la nôtre ({cluster})")
        known = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in known]
        if missing:
            answer = await admin.create_topics(missing, timeout_ms=15_000)
            _raise_refusals(answer.topic_errors)
        if rights is not None:
            await kafka_rights.grant(admin, rights)
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def _raise_refusals(errors: Sequence[Sequence[object]]) -> None:
    """Admin calls report refusals in their answer and raise nothing."""
    for name, code, *_ in errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")


def main() -> None:
    """`python -m deploy.local.topics [CLUSTER_ID]` with MACS_KAFKA; on a secured cluster of ours, known by its identity, the rights too.
    For CLUSTER_ID, the file that holds it serves as well."""
    cluster = sys.argv[1] if len(sys.argv) > 1 else None
    if cluster and Path(cluster).is_file():
        cluster = Path(cluster).read_text().strip()
    kafka = Settings.read(service="topics").cluster
    asyncio.run(make(kafka, wanted(), cluster, rights=kafka_rights.rights() if cluster and kafka.user else None))


if __name__ == "__main__":
    main()
