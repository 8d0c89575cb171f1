"""Topics and users of Strimzi's operators, from the map: the same topics, settings and rights as a local run's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from deploy.kubernetes.names import KAFKA, Manifest, manifest
from deploy.local import topics
from deploy.local.kafka_rights import GROUP, PREFIXED, READ, TOPIC, WRITE, Right, rights

VERSION: Final = "kafka.strimzi.io/v1"
REPLICAS: Final = 3
_CLUSTER: Final = {"strimzi.io/cluster": KAFKA}
_RESOURCE: Final = {TOPIC: "topic", GROUP: "group"}
_OPERATION: Final = {READ: "Read", WRITE: "Write"}


def all_topics() -> Iterator[Manifest]:
    for topic in topics.wanted(replicas=REPLICAS):
        config = {**topic.topic_configs, "min.insync.replicas": str(REPLICAS - 1)}
        yield manifest(
            "KafkaTopic", VERSION, topic.name, labels=_CLUSTER,
            spec={"partitions": topic.num_partitions, "replicas": REPLICAS, "config": config},
        )  # fmt: skip


def all_users() -> Iterator[Manifest]:
    """One a service: it has these rights and no others."""
    by_user: dict[str, list[Right]] = {}
    for right in rights():
        by_user.setdefault(right.user, []).append(right)
    for user, own in sorted(by_user.items()):
        spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": [_acl(right) for right in own]}}
        yield manifest("KafkaUser", VERSION, user, labels=_CLUSTER, spec=spec)


def _acl(right: Right) -> dict[str, Any]:
    pattern = "prefix" if right.pattern == PREFIXED else "literal"
    return {
        "resource": {"type": _RESOURCE[right.resource], "name": right.name, "patternType": pattern},
        "operations": [_OPERATION[right.operation]],
        "host": "*",
    }
