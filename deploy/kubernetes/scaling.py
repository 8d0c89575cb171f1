"""How many processes read: KEDA looks at what waits in Kafka. More than there are partitions would stand idle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from deploy.kubernetes.names import KAFKA_ADDRESS, KAFKA_AUTHORITY, Manifest, labels, manifest
from deploy.local.addresses import processes
from schemas.topics import ALL, Topic

VERSION: Final = "keda.sh/v1alpha1"
FEWEST: Final = 2
"""One that dies leaves its partitions to another within seconds."""
LAG: Final = 5_000
"""Records that one process is given: about half a second of its work (bench apply), ten batches."""


def manifests() -> Iterator[Manifest]:
    for service in sorted({service for service, _ in processes()}):
        yield _login(service)
    for service, role in processes():
        if role != "web":
            yield _scaled(service, role)


def read_by(service: str) -> list[Topic]:
    return [topic for topic in ALL if service in topic.read_by]


def _login(service: str) -> Manifest:
    """As the service itself, whose right to read includes to look at its groups; the user's name is no secret."""
    spec = {
        "configMapTargetRef": [{"parameter": "username", "name": "kafka-users", "key": service}],
        "secretTargetRef": [
            {"parameter": "password", "name": service, "key": "password"}, {"parameter": "ca", "name": KAFKA_AUTHORITY, "key": "ca.crt"},
        ],
    }  # fmt: skip
    return manifest("TriggerAuthentication", VERSION, f"kafka-{service}", spec=spec)


def _scaled(service: str, role: str) -> Manifest:
    topics = read_by(service)
    spec = {
        "scaleTargetRef": {"name": f"{service}-{role}"},
        "minReplicaCount": FEWEST,
        "maxReplicaCount": max(topic.partitions for topic in topics),
        "pollingInterval": 15,
        "cooldownPeriod": 300,
        # each change is a rebalance: up by one a minute, down after ten quiet ones
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {
            "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
            "scaleDown": {"stabilizationWindowSeconds": 600, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}]},
        }}},
        "triggers": [_trigger(service, topic) for topic in topics],
    }  # fmt: skip
    return manifest("ScaledObject", VERSION, f"{service}-{role}", labels=labels(service, role), spec=spec)


def _trigger(service: str, topic: Topic) -> dict[str, Any]:
    metadata = {
        "bootstrapServers": KAFKA_ADDRESS,
        "consumerGroup": f"{service}.{topic.name}",
        "topic": topic.name,
        "lagThreshold": str(LAG),
        "offsetResetPolicy": "earliest",
        "sasl": "scram_sha512",
        "tls": "enable",
    }
    return {"type": "kafka", "metadata": metadata, "authenticationRef": {"name": f"kafka-{service}"}}
