"""`./macs doctor`: what this machine has and lacks for a local run, each with what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.screen import print_json
from deploy.local import jars, ports
from deploy.local.accounts import postgres_account
from deploy.local.folder import LONGEST_DATA_PATH, RunFolder

ENOUGH_MEMORY: Final = 3_000_000_000
ENOUGH_DISK: Final = 3_000_000_000
MACHINES: Final = ("x86_64", "aarch64", "arm64")


@dataclass(frozen=True)
class Finding:
    what: str
    good: bool
    said: str
    advice: str = ""


def findings(folder: RunFolder) -> Iterator[Finding]:
    """One per thing that a local run depends on."""
    for look in (_python, _machine, _memory, _disk, _gateway_port, _own_servers, _cache, _browser):
        yield look()
    yield _place(folder)
    yield _running(folder)


def _python() -> Finding:
    version = platform.python_version()
    return Finding("Python", sys.version_info >= (3, 11), version, "il faut 3.11 ou plus récent")


def _machine() -> Finding:
    good = sys.platform == "linux" and platform.machine() in MACHINES
    return Finding(
        "système", good, f"{platform.system()} {platform.machine()}", "les serveurs embarqués sont construits pour Linux x86-64 et ARM64"
    )


def _memory() -> Finding:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in Path("/proc/meminfo").read_text().splitlines() if Path("/proc/meminfo").exists() else ():
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    return Finding("mémoire libre", free > ENOUGH_MEMORY, _gigabytes(free), "la plateforme en prend 2 Go ; --no-traces en épargne 0,25")


def _disk() -> Finding:
    free = shutil.disk_usage(jars.cache()).free
    return Finding("disque libre", free > ENOUGH_DISK, _gigabytes(free), "bibliothèques, serveurs et données en prennent 2 à 3 Go")


def _gateway_port() -> Finding:
    free = ports.is_free(ports.GATEWAY)
    return Finding("port 8080", True, "libre" if free else "pris : la passerelle prendra le premier port libre au-dessus")


def _own_servers() -> Finding:
    named = [name for name in ("MACS_KAFKA", "MACS_POSTGRES", "MACS_SMTP", "OTEL_EXPORTER_OTLP_ENDPOINT") if os.environ.get(name)]
    return Finding("serveurs", True, f"les vôtres : {', '.join(named)}" if named else "embarqués")


def _cache() -> Finding:
    missing = [pin.file_name for pin in jars.pins("kafka") if not (jars.cache() / "kafka" / pin.file_name).exists()]
    return Finding("Kafka", True, f"{len(missing)} archives à télécharger au premier démarrage" if missing else f"prêt dans {jars.cache()}")


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None)
    return Finding(
        "navigateur", True, found or "aucun Chromium : ./macs test ne fera pas les tests de pages (apt install chromium-headless-shell)"
    )


def _place(folder: RunFolder) -> Finding:
    account = postgres_account()
    if len(os.fsencode(folder.data)) > LONGEST_DATA_PATH:
        return Finding("dossier", True, f"chemin trop long pour un socket : les données iront sous /var/tmp ({folder.data})")
    if account and not account.can_enter(folder.path.parent):
        return Finding("dossier", True, f"fermé au compte de PostgreSQL : les données iront sous /var/tmp ({folder.data})")
    return Finding("dossier", True, str(folder.path))


def _running(folder: RunFolder) -> Finding:
    return Finding("plateforme", True, "en marche" if folder.running() else "arrêtée")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} Go".replace(".", ",")


def doctor(
    data: Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme.", metavar="DOSSIER")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script.")] = False,
) -> None:
    """Vérifier que cette machine a ce qu’il faut. Code 1 s’il manque quelque chose."""
    found = list(findings(RunFolder.at(data)))
    if as_json:
        print_json([finding.__dict__ for finding in found])
    else:
        from rich.console import Console

        console = Console(highlight=False, soft_wrap=True)
        for finding in found:
            mark = "[green]✓[/]" if finding.good else "[red]✗[/]"
            console.print(f"{mark} {finding.what:<14} {finding.said}" + ("" if finding.good else f" : {finding.advice}"))
    raise typer.Exit(0 if all(finding.good for finding in found) else 1)
