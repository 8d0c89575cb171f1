"""Writes down what the supervisor is to run: the parts of one run, their commands, their environment and their order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.local import accounts, caddy, credentials, java, roles, secured, zipkin
from deploy.local.addresses import Addresses, console_exists, present, processes
from deploy.local.folder import ROOT, RunFolder, write_json
from deploy.local.java import Program
from deploy.local.kafka import Broker
from deploy.local.part import Part
from deploy.local.postgres import Server

_OURS: Final = ("MACS_", "OTEL_")
"""Variables that this run sets itself: the shell's own must not slip through to the services."""
_HANDED_ON: Final = ("MACS_SMTP",)
_TO_KAFKA: Final = ("MACS_KAFKA_USER", "MACS_KAFKA_PASSWORD_FILE", "MACS_KAFKA_CA")


@dataclass
class Run:
    """Everything that is decided about a run before it starts. A part that is None is the user's own server, or not wanted."""

    folder: RunFolder
    addresses: Addresses
    broker: Broker | None
    server: Server | None
    zipkin: Program | None
    fictional: bool
    prepared: set[str] = field(default_factory=set)
    """Tasks of the last start that need not be done again: `databases`, `topics`."""
    lives_with: int | None = None
    """A process: when it is gone, this run stops by itself."""

    def write(self) -> None:
        write_plan(self.folder, self.parts(), self.lives_with)

    def parts(self) -> list[Part]:
        found = [*self._servers(), *self._tasks(), *self._gateway(), *self._viewer()]
        return [*found, *(self._service(service, role) for service, role in processes()), *self._console()]

    def _part(self, name: str, command: list[str], **more: Any) -> Part:
        return part_of(self.folder, name, command, **more)

    def _servers(self) -> list[Part]:
        found = []
        if self.server:
            found.append(postgres_part(self.folder, self.server))
        if self.broker:
            found.append(kafka_part(self.folder, self.broker))
        return found

    def _tasks(self) -> list[Part]:
        found = []
        if "databases" not in self.prepared:
            names = {f"MACS_PASSWORD_{role}": credentials.password(self.folder, role) for role in roles.role_names(list(present()))}
            environment = {**names, "MACS_POSTGRES": self._admin_dsn(), **_PYTHON}
            after = ["postgres"] if self.server else []
            found.append(self._task("databases", [*_python("deploy.local.databases"), *present()], environment, after))
        if "topics" not in self.prepared:
            cluster = [self.broker.cluster_file.read_text()] if self.broker else []
            after = ["kafka"] if self.broker else []
            environment = {**self._kafka(secured.OPERATOR), **_PYTHON}
            found.append(self._task("topics", [*_python("deploy.local.topics"), *cluster], environment, after))
        return found

    def _task(self, name: str, command: list[str], environment: dict[str, str], after: list[str]) -> Part:
        return self._part(name, command, environment=environment, after=after, task=True)

    def _admin_dsn(self) -> str:
        return self.server.dsn("postgres") if self.server else self.addresses.postgres or ""

    def _gateway(self) -> list[Part]:
        configuration = self.folder.data / "Caddyfile"
        configuration.write_text(caddy.caddyfile(self.addresses.own["gateway"], self.addresses.upstreams()))
        return [self._part(
            "gateway", caddy.command(configuration), environment=caddy.environment(self.folder.data / "caddy"),
            probe=f"tcp://127.0.0.1:{self.addresses.own['gateway']}",
        )]  # fmt: skip

    def _viewer(self) -> list[Part]:
        if not self.zipkin:
            return []
        port, otlp, url = self.addresses.own["zipkin"], self.addresses.own["otlp"], self.addresses.zipkin
        adapter = [*_python("deploy.local.otlp_to_zipkin"), "--port", str(otlp), "--zipkin", str(url)]
        return [
            self._part("zipkin", self.zipkin.command(*zipkin.arguments(port)), environment=zipkin.ENVIRONMENT, probe=f"{url}/health"),
            self._part("otlp", adapter, environment=_PYTHON, probe=f"http://127.0.0.1:{otlp}/", stands_on=["zipkin"]),
        ]

    def _service(self, service: str, role: str) -> Part:
        url = self.addresses.process(service, role)
        command = [*_python("cli"), "run", service, "--role", role]
        tasks = [name for name in ("databases", "topics") if name not in self.prepared]
        return self._part(
            f"{service}-{role}", command, environment=self._service_environment(service, role), after=tasks,
            stands_on=["kafka", "postgres", "otlp", "gateway"], probe=f"{url}/health/ready",
        )  # fmt: skip

    def _service_environment(self, service: str, role: str) -> dict[str, str]:
        run, addresses = self.folder, self.addresses
        found = {
            **_PYTHON,
            **{name: os.environ[name] for name in _HANDED_ON if os.environ.get(name)},
            "MACS_SERVICE": service,
            "MACS_ROLE": role,
            "MACS_HTTP_PORT": str(addresses.own[f"{service}-{role}"]),
            **self._kafka(service),
            "MACS_DATABASE": self._dsn(service, service),
            "MACS_DATABASE_OWNER": self._dsn(service, roles.owner_of(service)),
            "MACS_GATEWAY": addresses.gateway,
            "MACS_SECRETS": str(run.secrets),
            "MACS_DATA": str(run.path),
            "MACS_BOOTSTRAP_KEY_SHA256": credentials.operator_key_sha256(run),
            "MACS_LOCAL": "1",
            "OTEL_SERVICE_NAME": service,
        }
        if service == "indicators":
            found["MACS_DATABASE_PUBLIC"] = self._dsn(service, roles.PUBLIC_READER)
        if "mailbox" in addresses.own and service in {"directory", "notify"}:
            found["MACS_MAILBOX_SMTP"] = f"127.0.0.1:{addresses.own['mailbox']}"
        if addresses.otlp:
            found["OTEL_EXPORTER_OTLP_ENDPOINT"] = addresses.otlp
        if self.fictional:
            found["MACS_FICTIONAL"] = "1"
        return found

    def _kafka(self, user: str) -> dict[str, str]:
        """Where Kafka is and as whom a process comes to it; to the user's own as the shell says."""
        found = {"MACS_KAFKA": self.addresses.kafka}
        if self.broker is None:
            return found | {name: os.environ[name] for name in _TO_KAFKA if os.environ.get(name)}
        return found | (self.broker.secured.environment(user) if self.broker.secured else {})

    def _dsn(self, database: str, role: str) -> str:
        password = credentials.password(self.folder, role)
        if self.server:
            return self.server.dsn(database, role, password)
        return roles.dsn_on(self.addresses.postgres or "", database, role, password)

    def _console(self) -> list[Part]:
        if not console_exists():
            return []
        port = self.addresses.own["console"]
        environment = {
            **_PYTHON,
            **{f"MACS_DATABASE_{service.upper()}": self._dsn(service, service) for service in present()},
            "MACS_HTTP_PORT": str(port),
            "MACS_DATA": str(self.folder.path),
            "MACS_KAFKA": self.addresses.kafka,
            "MACS_GATEWAY": self.addresses.gateway,
            "MACS_SECRETS": str(self.folder.secrets),
            "MACS_LOCAL": "1",
            **({"MACS_FICTIONAL": "1"} if self.fictional else {}),
        }
        return [
            self._part(
                "console", _python("deploy.console"), environment=environment, stands_on=["postgres"],
                probe=f"http://127.0.0.1:{port}/health/ready",
            )
        ]  # fmt: skip


def write_plan(folder: RunFolder, parts: list[Part], lives_with: int | None = None) -> None:
    """Passwords are in it: only its owner may read it."""
    write_json(folder.plan, {"parts": [part.written() for part in parts], "lives_with": lives_with}, mode=0o600)


def part_of(folder: RunFolder, name: str, command: list[str], environment: Mapping[str, str] | None = None, **more: Any) -> Part:
    return Part(name, command, str(folder.logs / f"{name}.log"), {**_environment(), **(environment or {})}, **more)


def postgres_part(folder: RunFolder, server: Server) -> Part:
    account = accounts.postgres_account()
    user = [account.uid, account.gid] if account else None
    return part_of(folder, "postgres", server.command(), user=user, probe=f"unix://{server.socket}", stop_signal=int(signal.SIGINT))


def kafka_part(folder: RunFolder, broker: Broker) -> Part:
    return part_of(folder, "kafka", broker.command(), java.ENVIRONMENT, probe=f"tcp://{broker.address}")


_PYTHON: Final = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


def _python(module: str) -> list[str]:
    return [sys.executable, "-P", "-m", module]


def _environment() -> dict[str, str]:
    """The shell's environment without what a run decides itself; loopback is never asked of a proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
