"""Where each part of a run listens. Chosen once and kept, so that a link noted yesterday works today."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.local import ports
from deploy.local.folder import ROOT, RunFolder, read_json, write_json

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "directory": ("all",),
    "ingest": ("web", "worker"),
    "indicators": ("web", "worker"),
    "events": ("all",),
    "notify": ("all",),
}
"""Processes of each service: apart where pages must stay quick while a worker is busy."""


def exists(service: str) -> bool:
    return (ROOT / "services" / service / "app.py").exists()


def console_exists() -> bool:
    return (ROOT / "deploy" / "console" / "__main__.py").exists() and importlib.util.find_spec("deploy.console") is not None


def present() -> dict[str, tuple[str, ...]]:
    """The services of this tree. One that is not written yet does not keep the others from starting."""
    return {service: roles for service, roles in ROLES.items() if exists(service)}


def processes() -> Iterator[tuple[str, str]]:
    """(service, role) of every process."""
    for service, roles in present().items():
        for role in roles:
            yield service, role


@dataclass(frozen=True)
class Addresses:
    """`own` ports are what this run listens on; `kafka`, `postgres` and `otlp` may be the user's own servers."""

    own: dict[str, int]
    kafka: str
    postgres: str | None
    otlp: str | None

    @property
    def gateway(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.own['gateway']}"

    @property
    def zipkin(self) -> str | None:
        return f"http://{ports.LOOPBACK}:{self.own['zipkin']}" if "zipkin" in self.own else None

    def process(self, service: str, role: str) -> str:
        return f"http://{ports.LOOPBACK}:{self.own[f'{service}-{role}']}"

    def upstreams(self) -> dict[str, str]:
        """host:port that the gateway sends each service's requests to."""
        found = {
            service: urlsplit(self.process(service, "web" if "web" in roles else "all")).netloc for service, roles in present().items()
        }
        if "console" in self.own:
            found["console"] = f"{ports.LOOPBACK}:{self.own['console']}"
        return found

    def published(self, postgres: str) -> dict[str, Any]:
        """What `addresses.json` says; no passwords."""
        services: dict[str, dict[str, str]] = {}
        for service, role in processes():
            services.setdefault(service, {})[role] = self.process(service, role)
        return {
            "gateway": self.gateway,
            "kafka": self.kafka,
            "postgres": postgres,
            "zipkin": self.zipkin,
            "otlp": self.otlp,
            "services": services,
            "ports": self.own,
        }


def choose(run: RunFolder, *, gateway: int | None, traces: bool) -> Addresses:
    """The last run's ports where they are still free, else new ones. Raises NoPort when the gateway's port asked for is taken."""
    kafka, postgres, otlp = (os.environ.get(name) for name in ("MACS_KAFKA", "MACS_POSTGRES", "OTEL_EXPORTER_OTLP_ENDPOINT"))
    names = [f"{service}-{role}" for service, role in processes()]
    names += [] if kafka else ["kafka", "kafka-controller"]
    names += ["zipkin", "otlp"] if traces and not otlp else []
    names += ["console"] if console_exists() else []
    names += ["mailbox"] if exists("notify") else []
    last: dict[str, int] = (read_json(run.addresses) or {}).get("ports", {})
    kept = {name: last[name] for name in names if name in last and ports.is_free(last[name])}
    fresh = iter(ports.some(len(names), taken=kept.values()))
    own = {name: kept.get(name) or next(fresh) for name in names}
    usual = last.get("gateway")
    own["gateway"] = usual if gateway is None and usual and ports.is_free(usual) else ports.gateway(gateway)
    if "otlp" in own:
        otlp = f"http://{ports.LOOPBACK}:{own['otlp']}"
    return Addresses(own, kafka or f"{ports.LOOPBACK}:{own['kafka']}", postgres, otlp if traces else None)


def publish(run: RunFolder, addresses: Addresses, postgres: str) -> None:
    write_json(run.addresses, addresses.published(postgres))
