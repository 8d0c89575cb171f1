"""Files of the deployment that are made from the code: what stands in a table here must not be written a second time by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.grafana import boards, panels
from deploy.kubernetes import kafka, postgres, processes, scaling
from deploy.kubernetes.names import PORT, Manifest, manifest
from deploy.local import addresses, caddy
from deploy.local.folder import ROOT

HERE: Final = ROOT / "deploy"
_HEAD: Final = "# Made by `./macs export deploy` from {source}: edit that.\n"


def upstreams() -> dict[str, str]:
    """Whom the gateway asks: processes have the same names in Compose and in Kubernetes."""
    found = {service: f"{service}-{'web' if 'web' in roles else 'all'}:{PORT}" for service, roles in addresses.present().items()}
    return {**found, "console": f"console:{PORT}"}


def caddyfile() -> str:
    return _HEAD.format(source="deploy/local/caddy.py") + caddy.deployed(upstreams())


def console_addresses() -> str:
    """Which processes the operator's page asks how they are. Nobody of ours keeps them here: the engine does."""
    services: dict[str, dict[str, str]] = {}
    for service, role in addresses.processes():
        services.setdefault(service, {})[role] = f"http://{service}-{role}:{PORT}"
    return _json({"supervised": False, "gateway": None, "kafka": None, "postgres": None, "zipkin": None, "services": services})


def targets() -> str:
    """Prometheus' list of processes, under Compose."""
    named = [*addresses.processes(), ("console", "web")]
    return _json([
        {"targets": [f"{'console' if service == 'console' else f'{service}-{role}'}:{PORT}"], "labels": {"service": service, "role": role}}
        for service, role in named
    ])  # fmt: skip


def alerts() -> str:
    rules = yaml.safe_load((HERE / "grafana" / "alerts.yaml").read_text(encoding="utf-8"))
    return _manifests([manifest("PrometheusRule", "monitoring.coreos.com/v1", "macs", spec=rules)], "deploy/grafana/alerts.yaml")


def collector() -> str:
    return (HERE / "otel" / "collector.yaml").read_text(encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"


def _manifests(found: Iterable[Manifest], source: str) -> str:
    documents = yaml.dump_all(found, Dumper=_Plain, sort_keys=False, width=140, allow_unicode=True)
    return _HEAD.format(source=source) + documents


class _Plain(yaml.SafeDumper):
    """Without anchors: each document is read alone."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  the library's signature
        return True


_MADE: Final = HERE / "kubernetes" / "base" / "made"
FILES: Final[Mapping[Path, Callable[[], str]]] = {
    HERE / "compose" / "Caddyfile": caddyfile,
    HERE / "compose" / "addresses.json": console_addresses,
    HERE / "compose" / "targets.json": targets,
    _MADE / "Caddyfile": caddyfile,
    _MADE / "addresses.json": console_addresses,
    _MADE / "collector.yaml": collector,
    _MADE / "alerts.yaml": alerts,
    _MADE / "topics.yaml": lambda: _manifests(kafka.all_topics(), "schemas/topics.py"),
    _MADE / "users.yaml": lambda: _manifests(kafka.all_users(), "schemas/topics.py"),
    _MADE / "postgres.yaml": lambda: _manifests(postgres.manifests(), "deploy/kubernetes/postgres.py"),
    _MADE / "processes.yaml": lambda: _manifests(processes.manifests(), "deploy/kubernetes/processes.py"),
    _MADE / "scaling.yaml": lambda: _manifests(scaling.manifests(), "deploy/kubernetes/scaling.py"),
    **{HERE / "grafana" / "dashboards" / f"{board.name}.json": partial(boards.text_of, board) for board in panels.ALL},
}
"""File → what it has to say."""
