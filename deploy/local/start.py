"""Brings a run up: prepares its parts side by side, hands them to a supervisor of their own, and waits until they answer."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from deploy.local import addresses, credentials, kafka, zipkin
from deploy.local.addresses import Addresses
from deploy.local.folder import ROOT, RunFolder, read_json, write_json
from deploy.local.jars import Progress
from deploy.local.java import Program
from deploy.local.kafka import Broker
from deploy.local.plan import Run
from deploy.local.postgres import Server
from deploy.local.secured import Secured
from deploy.local.wanted import Wanted

PATIENCE_S: Final = 300.0
TOO_MANY_RESTARTS: Final = 5


class NotStarted(Exception):
    """A part does not come up. Says which, and what its log ends with."""


def prepare(folder: RunFolder, wanted: Wanted, progress: Progress) -> Run:
    """Everything that must lie ready before a part starts. Slow the first time only."""
    folder.make()
    credentials.make(folder)
    where = addresses.choose(folder, gateway=wanted.port, traces=wanted.traces)
    with ThreadPoolExecutor(3) as pool:
        broker = pool.submit(_broker, folder, where, progress, secure=wanted.secure)
        server = pool.submit(_server, folder, progress)
        viewer = pool.submit(_viewer, where, progress)
    run = Run(folder, where, broker.result(), server.result(), viewer.result(), wanted.fictional, lives_with=wanted.lives_with)
    run.prepared = _still_prepared(run)
    run.write()
    addresses.publish(
        folder, where, run.server.dsn("postgres").replace(run.server.password, "") if run.server else _without_password(where)
    )
    return run


def _without_password(where: Addresses) -> str:
    scheme, _, rest = (where.postgres or "").partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _broker(folder: RunFolder, where: Addresses, progress: Progress, *, secure: bool) -> Broker | None:
    if "kafka" not in where.own:
        return None
    secured = Secured.make(folder) if secure else Secured.of(folder)
    broker = Broker(folder.data.resolve() / "kafka", where.own["kafka"], where.own["kafka-controller"], kafka.program(progress), secured)
    broker.prepare()
    return broker


def _server(folder: RunFolder, progress: Progress) -> Server | None:
    if os.environ.get("MACS_POSTGRES"):
        return None
    server = Server(folder.data.resolve() / "postgres", credentials.password(folder, "postgres"))
    if not (server.folder / "PG_VERSION").exists():
        progress("PostgreSQL : création des données")
    server.prepare()
    return server


def _viewer(where: Addresses, progress: Progress) -> Program | None:
    return zipkin.program(progress) if "zipkin" in where.own else None


def _marks(run: Run) -> dict[str, str]:
    """What the databases and topics were made from. None for servers that are not ours: anything may have happened to them."""
    marks = {}
    if run.server:
        marks["databases"] = (
            f"{sorted(addresses.present())} {run.server.folder.stat().st_ino} {_digest(Path(__file__).with_name('databases.py'))}"
        )
    if run.broker:
        marks["topics"] = f"{run.broker.cluster_file.read_text()} {_digest(ROOT / 'schemas' / 'topics.py')}"
    return marks


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _still_prepared(run: Run) -> set[str]:
    made: dict[str, str] = read_json(run.folder.data / "prepared.json") or {}
    return {name for name, mark in _marks(run).items() if made.get(name) == mark}


def launch(folder: RunFolder) -> None:
    """Start the supervisor, which goes into the background by itself and so outlives this command and its terminal."""
    folder.state.unlink(missing_ok=True)
    with (folder.logs / "supervisor.log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-P", "-m", "deploy.local.supervisor", str(folder.path)],
            check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def parts_of(folder: RunFolder) -> dict[str, dict[str, Any]]:
    """What the supervisor says of each part; empty before it said anything."""
    said: dict[str, dict[str, Any]] = (read_json(folder.state) or {}).get("parts", {})
    return said


def readiness(folder: RunFolder, patience_s: float = PATIENCE_S) -> Iterator[tuple[str, float]]:
    """Each part as it becomes ready, with the seconds since the call. Raises NotStarted."""
    begun, told = time.monotonic(), set[str]()
    while True:
        parts = parts_of(folder)
        for name in [name for name, part in parts.items() if part["ready"] and name not in told]:
            told.add(name)
            yield name, time.monotonic() - begun
        if parts and told.issuperset(parts):
            return
        _give_up(folder, parts, late=time.monotonic() - begun > patience_s)
        time.sleep(0.05)


def _give_up(folder: RunFolder, parts: dict[str, dict[str, Any]], *, late: bool) -> None:
    if late and not parts:
        raise NotStarted(f"le superviseur ne démarre pas :\n{tail(folder.logs / 'supervisor.log')}")
    for name, part in parts.items():
        if not part["ready"] and (late or part["restarts"] >= TOO_MANY_RESTARTS):
            ended = f"s’arrête aussitôt (code {part['exit']})" if part["restarts"] else "ne répond pas"
            raise NotStarted(f"{name} {ended}. Fin de {part['log']} :\n{tail(Path(part['log']))}")


def remember_prepared(run: Run) -> None:
    """The tasks ran well: the next start need not do them again."""
    write_json(run.folder.data / "prepared.json", _marks(run))


def tail(file: Path, lines: int = 25) -> str:
    """The last lines of a log; an empty text when there is none."""
    try:
        with file.open("rb") as content:
            content.seek(max(0, file.stat().st_size - 64 * 1024))
            return "\n".join(content.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


Ask = Callable[[], bool]


def wait_until(question: Ask, patience_s: float, pace_s: float = 0.05) -> bool:
    """Whether the answer became yes in time."""
    deadline = time.monotonic() + patience_s
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(pace_s)
    return True
