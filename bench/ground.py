"""Throw-away servers in a temporary folder: a measurement or an ordeal never touches a running platform."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local import caddy, credentials, databases, jars, java, kafka, ports, roles, topics
from deploy.local.accounts import postgres_account
from deploy.local.folder import ROOT, RunFolder
from deploy.local.kafka import Broker
from deploy.local.part import Part
from deploy.local.postgres import Server
from kit.cluster import Cluster

PATIENCE_S: Final = 60.0
LOADING_S: Final = 600.0
"""What a web process of indicators may take to read the region into its replica."""


class NotReady(TimeoutError):
    """A part did not come up in time; its log says why."""


@dataclass
class Ground:
    """Kafka, PostgreSQL and the service processes started on it. Parts are looked after only while `wait` or `look` runs."""

    folder: RunFolder
    broker: Broker
    server: Server
    parts: dict[str, Part] = field(default_factory=dict)

    def dsn(self, service: str, role: str | None = None) -> str:
        return self.server.dsn(service, role or service, credentials.password(self.folder, role or service))

    def admin_dsn(self, database: str = "postgres") -> str:
        return self.server.dsn(database)

    def start(self, part: Part, within_s: float = PATIENCE_S) -> Part:
        """Start a part and wait until it answers. Raises NotReady."""
        self.parts[part.name] = part
        part.look(startable=True)
        self.wait(part, within_s)
        return part

    def wait(self, part: Part, within_s: float = PATIENCE_S) -> None:
        """Until the part answers, starting it again when it has died. Raises NotReady."""
        deadline = time.monotonic() + within_s
        while not part.ready:
            if time.monotonic() > deadline:
                raise NotReady(f"{part.name} :\n{Path(part.log).read_text()[-2000:]}")
            time.sleep(0.05)
            part.look(startable=True)

    def kill(self, part: Part, signal_number: int = signal.SIGKILL) -> None:
        """End it without asking, and come back when it is gone. `start` brings it up again."""
        os.kill(part.report()["pid"], signal_number)
        while part.running:
            part.look(startable=False)
            time.sleep(0.01)

    def stop(self, part: Part) -> None:
        part.ask_to_stop()
        part.wait_stopped()

    def worker(self, service: str, name: str | None = None) -> Part:
        """A service's worker as the supervisor would start it, without traces."""
        return self.service(service, "worker", name)

    def service(self, service: str, role: str, name: str | None = None) -> Part:
        """A service's process in one role, as the supervisor would start it, without traces."""
        (port,) = ports.some(1)
        environment = self._environment(service) | {"MACS_ROLE": role, "MACS_HTTP_PORT": str(port)}
        command = [*_PYTHON, "cli", "run", service, "--role", role]
        name = name or f"{service}-{role}"
        return Part(name, command, str(self.folder.logs / f"{name}.log"), environment, probe=f"http://127.0.0.1:{port}/health/ready")

    def gateway(self, upstreams: Mapping[str, str]) -> Part:
        """The gateway before these services (`host:port` each)."""
        (port,) = ports.some(1)
        configuration = self.folder.data / "Caddyfile"
        configuration.write_text(caddy.caddyfile(port, upstreams))
        environment = {"PATH": os.environ.get("PATH", ""), **caddy.environment(self.folder.data / "caddy")}
        log = str(self.folder.logs / "gateway.log")
        return Part("gateway", caddy.command(configuration), log, environment, probe=f"tcp://127.0.0.1:{port}")

    def program(self, module: str, service: str) -> Part:
        """A module run with a service's settings."""
        return Part(module, [*_PYTHON, module], str(self.folder.logs / f"{module}.log"), self._environment(service))

    def _environment(self, service: str) -> dict[str, str]:
        found = {
            "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", "PATH": os.environ.get("PATH", ""),
            "MACS_SERVICE": service, "MACS_KAFKA": self.broker.address, "MACS_LOCAL": "1",
            "MACS_DATABASE": self.dsn(service), "MACS_DATABASE_OWNER": self.dsn(service, roles.owner_of(service)),
            "MACS_SECRETS": str(self.folder.secrets), "MACS_DATA": str(self.folder.path),
        }  # fmt: skip
        if service == "indicators":
            found["MACS_DATABASE_PUBLIC"] = self.dsn(service, roles.PUBLIC_READER)
        return found

    def close(self) -> None:
        """Stop everything, services first."""
        for part in reversed(list(self.parts.values())):
            self.stop(part)


_PYTHON: Final = (sys.executable, "-P", "-m")


def _silently(text: str) -> None:
    del text


@contextmanager
def ground(services: tuple[str, ...] = ("indicators", "ingest"), progress: jars.Progress = _silently) -> Iterator[Ground]:
    """Kafka with the topics of the map, PostgreSQL with these services' empty databases; stopped and deleted at the end."""
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="macs-bench-", dir="/var/tmp")))
    folder.path.chmod(0o711)
    made = None
    try:
        folder.make()
        credentials.make(folder)
        port, controller = ports.some(2)
        made = Ground(folder, Broker(folder.data / "kafka", port, controller, kafka.program(progress)), _server(folder))
        made.broker.prepare()
        made.server.prepare()
        made.start(_postgres(made))
        made.start(_kafka(made))
        passwords = {role: credentials.password(folder, role) for role in roles.role_names(services)}
        asyncio.run(databases.prepare(made.admin_dsn(), services, passwords))
        asyncio.run(topics.make(Cluster((made.broker.address,)), topics.wanted(), made.broker.cluster_file.read_text()))
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(folder.data.resolve(), ignore_errors=True)
        folder.purge()


def _server(folder: RunFolder) -> Server:
    return Server(folder.data / "postgres", credentials.password(folder, "postgres"))


def _postgres(made: Ground) -> Part:
    account = postgres_account()
    return Part(
        "postgres", made.server.command(), str(made.folder.logs / "postgres.log"), user=[account.uid, account.gid] if account else None,
        probe=f"unix://{made.server.socket}", stop_signal=2,
    )  # fmt: skip


def _kafka(made: Ground) -> Part:
    return Part(
        "kafka",
        made.broker.command(),
        str(made.folder.logs / "kafka.log"),
        environment=java.ENVIRONMENT,
        probe=f"tcp://{made.broker.address}",
    )
