"""Puts a backup in place: the whole run into an empty folder, or one service's database back into a run that stands still."""

from __future__ import annotations

import asyncio
import shutil
import tarfile
from pathlib import Path
from typing import Final

import asyncpg

from deploy.backup import server
from deploy.backup.manifest import Damaged, Manifest
from deploy.backup.taking import BESIDE, TOLD, NotPossible, Say
from deploy.local import credentials, databases, roles
from deploy.local.folder import RunFolder
from deploy.local.postgres import Server

READ_AGAIN: Final = ("indicators",)
"""Services that make everything anew from the topics. Another one would publish, number or send a second time what it did since the backup."""


def restore(folder: RunFolder, backup: Path, say: Say) -> Manifest:
    """The whole run as it was. Raises Damaged, NotPossible, server.Failed and OSError; nothing is left in the folder then."""
    _check_empty(folder)
    manifest = _checked(backup, say)
    try:
        _put_back(folder, backup, manifest, say)
    except BaseException:
        folder.purge()
        raise
    return manifest


def restore_database(folder: RunFolder, backup: Path, service: str, say: Say) -> Manifest:
    """The database of one service as it was, in a run that stands still. Its readers go on where they were then, and read again what the topics
    have got since. The database in use goes only when the other is complete. Of a service in `READ_AGAIN`. Raises Damaged, NotPossible and server.Failed.
    """
    if service not in READ_AGAIN:
        raise NotPossible(
            f"« {service} » ne se remet pas seul : il publierait ou enverrait une seconde fois ce qu’il a fait depuis la sauvegarde. "
            f"Seul se remet ainsi : {', '.join(READ_AGAIN)}. Pour le reste, restaurez tout dans un dossier neuf"
        )
    manifest = _checked(backup, say)
    if folder.running():
        raise NotPossible(f"la plateforme de {folder.path} tourne : arrêtez-la d’abord (./macs down)")
    if not (folder.data / "kafka" / "cluster.id").exists():
        raise NotPossible(f"il n’y a pas de plateforme dans {folder.path}")
    if _cluster(folder.data / "kafka") != _cluster(backup):
        raise NotPossible(f"{folder.path} n’est pas la plateforme de cette sauvegarde : ses sujets sont d’un autre Kafka")
    with server.started(folder) as found:
        asyncio.run(_replace(found, service, backup / "postgres" / f"{service}.dump"))
    say(f"base {service}")
    return manifest


def _check_empty(folder: RunFolder) -> None:
    """What fails is cleared away again, so nothing of anybody's may lie there."""
    if folder.running() or folder.data.exists():
        raise NotPossible(
            f"{folder.path} contient déjà une plateforme. Restaurez dans un dossier neuf (--data DOSSIER), ou effacez d’abord celle-ci : "
            "./macs down --purge"
        )
    if folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
        raise NotPossible(f"{folder.path} n’est pas vide. Restaurez dans un dossier neuf (--data DOSSIER)")


def _checked(backup: Path, say: Say) -> Manifest:
    manifest = Manifest.read(backup)
    manifest.check(backup)
    say(f"sauvegarde entière ({len(manifest.files)} fichiers vérifiés)")
    return manifest


def _put_back(folder: RunFolder, backup: Path, manifest: Manifest, say: Say) -> None:
    folder.path.mkdir(parents=True, exist_ok=True)
    for name in BESIDE:
        shutil.copytree(backup / name, folder.path / name, dirs_exist_ok=True)
    for file in TOLD:
        if (backup / file).exists():
            shutil.copyfile(backup / file, folder.path / file)
    if (backup / "imports").exists():
        shutil.copytree(backup / "imports", folder.path / "imports")
    folder.make()
    say("clés")
    _unpack(backup, folder.data / "kafka")
    say("sujets de Kafka")
    server.server_of(folder).prepare()
    with server.started(folder) as found:
        passwords = {name: credentials.password(folder, name) for name in roles.role_names(manifest.services)}
        asyncio.run(databases.prepare(found.dsn("postgres"), manifest.services, passwords))
        for service in manifest.services:
            _load(found, service, backup / "postgres" / f"{service}.dump")
            say(f"base {service}")


def _unpack(backup: Path, kafka: Path) -> None:
    kafka.mkdir()
    archive = backup / "kafka.tar.gz"
    try:
        with tarfile.open(archive, "r:gz") as packed:
            packed.extractall(kafka / "log", filter="data")
    except tarfile.TarError as error:
        raise Damaged(f"{archive} n’est pas une archive : {error}") from None
    shutil.copyfile(backup / "cluster.id", kafka / "cluster.id")


def _load(found: Server, database: str, dump: Path) -> None:
    server.run("pg_restore", found.dsn(database), "--exit-on-error", "--jobs=2", str(dump))


async def _replace(found: Server, service: str, dump: Path) -> None:
    """Load beside, then exchange the names at once: whatever goes wrong, one whole database has the service's name."""
    beside, before = f"{service}_restored", f"{service}_before"
    admin = await asyncpg.connect(found.dsn("postgres"))
    try:
        for left_over in (beside, before):
            await admin.execute(f'drop database if exists "{left_over}" with (force)')
        await databases.make_database(admin, beside, roles.owner_of(service), roles.users_of(service))
        await asyncio.to_thread(_load, found, beside, dump)
        async with admin.transaction():
            await admin.execute(f'alter database "{service}" rename to "{before}"')
            await admin.execute(f'alter database "{beside}" rename to "{service}"')
        await admin.execute(f'drop database "{before}" with (force)')
    finally:
        await admin.close()


def _cluster(folder: Path) -> str:
    return (folder / "cluster.id").read_text().strip()
