"""What the manifests call things; operators' own names (Strimzi, CloudNativePG) follow from these."""

from __future__ import annotations

from typing import Any, Final

PART_OF: Final = "macs"
KAFKA: Final = "macs"
"""Strimzi's cluster: its clients' address, and the secret of its authority, are named after it."""
KAFKA_ADDRESS: Final = f"{KAFKA}-kafka-bootstrap:9093"
KAFKA_AUTHORITY: Final = f"{KAFKA}-cluster-ca-cert"
POSTGRES: Final = "postgres"
POSTGRES_ADDRESS: Final = f"{POSTGRES}-rw:5432"
PORT: Final = 8000

Manifest = dict[str, Any]


def labels(service: str, role: str) -> dict[str, str]:
    """Of a process: Prometheus takes `service` and `role` from them."""
    return {"app.kubernetes.io/part-of": PART_OF, "app.kubernetes.io/name": service, "app.kubernetes.io/component": role}


def password_secret(role: str) -> str:
    """Of a database role; a secret's name knows no underscore."""
    return f"{POSTGRES}-{role.replace('_', '-')}"


def manifest(kind: str, version: str, name: str, /, **content: Any) -> Manifest:
    metadata = {"name": name, **({"labels": content.pop("labels")} if "labels" in content else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
