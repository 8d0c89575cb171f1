"""CloudNativePG's cluster: a database for each service, a role for its migrations and one for its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from deploy.kubernetes.names import POSTGRES, Manifest, manifest, password_secret
from deploy.local.addresses import present
from deploy.local.roles import owner_of, role_names

VERSION: Final = "postgresql.cnpg.io/v1"
CATALOG: Final = "postgresql-standard-trixie"
"""The cluster's list of images by major version: CloudNativePG publishes one under this name, or the cluster has its own."""
_SETTINGS: Final = {
    "shared_buffers": "1GB", "max_connections": "300", "work_mem": "16MB", "maintenance_work_mem": "128MB", "max_wal_size": "2GB",
    "checkpoint_timeout": "15min", "wal_buffers": "16MB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
}  # fmt: skip


def manifests() -> Iterator[Manifest]:
    services = list(present())
    yield manifest(
        "Cluster", VERSION, POSTGRES,
        spec={
            "instances": 3,
            "imageCatalogRef": {"apiGroup": "postgresql.cnpg.io", "kind": "ClusterImageCatalog", "name": CATALOG, "major": 18},
            "enableSuperuserAccess": False,
            "bootstrap": {"initdb": {"encoding": "UTF8", "localeProvider": "builtin", "builtinLocale": "C.UTF-8", "localeCollate": "C", "localeCType": "C"}},
            "storage": {"size": "50Gi"},
            "walStorage": {"size": "10Gi"},
            "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "4Gi"}},
            "postgresql": {"parameters": _SETTINGS},
            "managed": {"roles": [_role(name) for name in role_names(services)]},
        },
    )  # fmt: skip
    for service in services:
        spec = {"name": service, "owner": owner_of(service), "cluster": {"name": POSTGRES}, "databaseReclaimPolicy": "retain"}
        yield manifest("Database", VERSION, f"{POSTGRES}-{service}", spec=spec)


def _role(name: str) -> dict[str, object]:
    return {
        "name": name, "ensure": "present", "login": True, "superuser": False, "createdb": False, "createrole": False,
        "passwordSecret": {"name": password_secret(name)},
    }  # fmt: skip
