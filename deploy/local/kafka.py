"""Apache Kafka on this machine: one KRaft node that is broker and controller."""

from __future__ import annotations

import base64
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local import jars, ports
from deploy.local.folder import write_text
from deploy.local.jars import Progress
from deploy.local.java import ENVIRONMENT, Program
from deploy.local.secured import Secured

HEAP_MB: Final = 192
LARGEST_MESSAGE: Final = 1_048_576
"""Bytes of a record. The outbox refuses larger ones before they are stored."""

SETTINGS: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "BROKER",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # a restarted broker is refused until the session of its former life ends: 3 s instead of 9 s
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # one node holds one replica
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # one machine, a few hundred messages a second: the defaults are for a cluster
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.segment.bytes": "134217728",
    "message.max.bytes": str(LARGEST_MESSAGE),
}


@dataclass(frozen=True)
class Broker:
    """One broker: its folder, its two ports, its program."""

    folder: Path
    port: int
    controller_port: int
    program: Program
    secured: Secured | None = None

    @property
    def address(self) -> str:
        return f"{ports.LOOPBACK}:{self.port}"

    @property
    def properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def cluster_file(self) -> Path:
        """The identity of our cluster: a broker that answers with another one is somebody else's."""
        return self.folder / "cluster.id"

    def command(self) -> list[str]:
        return self.program.command(str(self.properties))

    def prepare(self) -> None:
        """Write the settings; format the folder the first time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self.properties, "".join(f"{name}={value}\n" for name, value in self._settings().items()), mode=0o600)
        if not self.cluster_file.exists():
            cluster = new_cluster()
            self._format(cluster)
            self.cluster_file.write_text(cluster)

    def _settings(self) -> dict[str, str]:
        broker, controller = f"BROKER://{self.address}", f"CONTROLLER://{ports.LOOPBACK}:{self.controller_port}"
        return {
            **SETTINGS,
            "listeners": f"{broker},{controller}",
            "advertised.listeners": broker,
            "controller.quorum.voters": f"1@{ports.LOOPBACK}:{self.controller_port}",
            "log.dirs": str(self.folder / "log"),
            **(self.secured.settings() if self.secured else {}),
        }

    def _format(self, cluster: str) -> None:
        tool = Program("kafka-format", 128, self.program.class_path, "kafka.tools.StorageTool", self.program.options)
        users = self.secured.format_options() if self.secured else []
        done = subprocess.run(
            tool.command("format", "--ignore-formatted", "-t", cluster, "-c", str(self.properties), *users),
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"Kafka n’a pas pu préparer {self.folder} :\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def new_cluster() -> str:
    """The identity of a cluster that is yet to be made."""
    return "m" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]  # a leading "-" would be an option


def program(progress: Progress) -> Program:
    """Kafka ready to run: jars fetched and checked, class cache made. Slow the first time only."""
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    found = Program("kafka", HEAP_MB, jars.kafka(progress), "kafka.Kafka", [quiet, "-Xms48m"])
    if not found.is_trained:
        progress("Kafka : démarrage à blanc, pour les suivants deux fois plus rapides")
        _train(found)
    return found


def _train(found: Program) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        port, controller_port = ports.some(2)
        broker = Broker(Path(scratch), port, controller_port, found)
        broker.prepare()
        found.train([str(broker.properties)], ENVIRONMENT, lambda: ports.is_open(port))
