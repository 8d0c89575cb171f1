"""Draws the secrets of an installation once, and lays before each container those that are its own and no others."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from deploy.local import credentials, kafka
from deploy.local.addresses import present
from deploy.local.folder import write_text
from deploy.local.postgres import SUPERUSER
from deploy.local.roles import PUBLIC_READER, role_names
from deploy.local.secured import OPERATOR, Secured

BROKER: Final = "kafka"
"""The broker's host name: its certificate is made for it."""
ACCOUNTS: Final[Mapping[str, int]] = {"kafka": 1000, "postgres": 999, "grafana": 472}
"""Who reads a folder, by the accounts of the images; everybody else is ours."""
OURS: Final = 10001
_OWN_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "directory": ("session.key", "operator.sha256"),
    "ingest": ("pseudonym.key", "spool.key"),
    "events": ("registrations.key",),
}


class Copy(NamedTuple):
    """A file of the record, and the name under which a container finds it."""

    source: str
    name: str


def handed_out() -> dict[str, list[Copy]]:
    """Folder of each container → its files."""
    services = {service: list(_of_service(service)) for service in present()}
    return {
        **services,
        "console": [Copy(f"{service}.password", f"{service}.password") for service in services],
        "postgres": [Copy(f"{SUPERUSER}.password", f"{SUPERUSER}.password")],
        "grafana": [Copy("grafana.password", "grafana.password")],
    }


def _of_service(service: str) -> Iterator[Copy]:
    yield Copy(f"{service}.password", "database.password")
    if service == "indicators":
        yield Copy(f"{PUBLIC_READER}.password", "public.password")
    yield Copy(f"kafka/{service}.password", "kafka.password")
    yield Copy("kafka/authority.pem", "kafka.pem")
    yield from (Copy(name, name) for name in _OWN_KEYS.get(service, ()))


def draw(record: Path) -> None:
    """Into the record what is missing there. Nothing that was drawn is ever drawn again."""
    for name, value in {**credentials.KEYS, "registrations.key": credentials.KEYS["pseudonym.key"]}.items():
        credentials.once(record / name, value)
    for role in (SUPERUSER, "grafana", *role_names(list(present()))):
        credentials.once(record / f"{role}.password", credentials.KEYS["spool.key"])
    credentials.once(record / f"{OPERATOR}.key", credentials.operator_key)
    credentials.once(record / "operator.sha256", lambda: credentials.sha256_of((record / f"{OPERATOR}.key").read_text()))
    credentials.once(record / "cluster.id", kafka.new_cluster)
    Secured.drawn(record / "kafka", host=BROKER)


def hand_out(keys: Path, record: Path) -> None:
    """Each folder of `keys` gets its files; those of the broker its settings too."""
    for folder, copies in handed_out().items():
        for copy in copies:
            _copied(record / copy.source, keys / folder / copy.name)
    _prepare_broker(keys / "kafka", record)
    for path in sorted(keys.iterdir()):
        _give(path, ACCOUNTS.get(path.name, OURS))


def _copied(source: Path, target: Path) -> None:
    _written(target, source.read_text())


def _written(target: Path, text: str) -> None:
    """A file that is right already is left alone: somebody may be reading it."""
    if target.exists() and target.read_text() == text:
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_text(target, text, mode=0o600)


def _prepare_broker(folder: Path, record: Path) -> None:
    """One node that is broker and controller, as in a local run, reached by its name."""
    for name in ("authority.pem", "broker.pem"):
        _copied(record / "kafka" / name, folder / name)
    _copied(record / "cluster.id", folder / "cluster.id")
    secured = Secured(record / "kafka")
    settings = {
        **kafka.SETTINGS,
        "listeners": "BROKER://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"BROKER://{BROKER}:9092",
        "controller.quorum.voters": f"1@{BROKER}:9093",
        "log.dirs": "/var/lib/kafka/data/log",
        **secured.settings(),
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.location": str(folder / "authority.pem"),
    }
    _written(folder / "server.properties", "".join(f"{name}={value}\n" for name, value in settings.items()))
    _written(folder / "format.options", " ".join(secured.format_options()) + "\n")


def _give(folder: Path, account: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            shutil.chown(path, account, account)


def main() -> None:
    """`python -m deploy.compose.keys FOLDER`: the record lies in its `setup`."""
    keys = Path(sys.argv[1])
    record = keys / "setup"
    record.mkdir(mode=0o700, parents=True, exist_ok=True)
    draw(record)
    hand_out(keys, record)


if __name__ == "__main__":
    main()
