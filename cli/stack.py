"""`./macs up, down, status, logs`: the platform on this machine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.screen import Watch, done, failed, megabytes, print_json, say
from deploy.local.folder import NotOurs, RunFolder
from deploy.local.wanted import Wanted

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme (par défaut .run dans le projet).", metavar="DOSSIER")]
Json = Annotated[bool, typer.Option("--json", help="Pour un script.")]


def up(
    data: Data = None,
    demo: Annotated[bool, typer.Option("--demo", help="Avec la région fictive, chargée une fois dans un dossier neuf.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", help="Port de la passerelle (par défaut 8080, ou le premier libre au-dessus).")
    ] = None,
    traces: Annotated[bool, typer.Option("--traces/--no-traces", help="Sans Zipkin : 250 Mo de moins.")] = True,
    secure: Annotated[
        bool,
        typer.Option(
            "--secure", help="Kafka n’admet que des comptes, chacun avec ses seuls droits, par TLS ; décidé au premier démarrage."
        ),
    ] = False,
    lives_with: Annotated[int | None, typer.Option("--lives-with", hidden=True, help="S’arrêter quand ce processus n’est plus là.")] = None,
) -> None:
    """Démarrer la plateforme en arrière-plan. Rien n’écoute hors de cette machine."""
    folder = RunFolder.at(data)
    watch = Watch()
    with folder.prepared_alone() as alone:
        if not alone:
            failed(f"une autre commande démarre déjà la plateforme de {folder.path}")
            raise typer.Exit(1)
        if folder.running():
            _already_running(folder, demo=demo, secure=secure)
        else:
            bring_up(folder, Wanted(port, traces, secure=secure, lives_with=lives_with), demo=demo)
    if demo:
        load_demo(folder)
    say(f"\nPrête en {watch.seconds:.0f} s.  [bold]{status_of(folder)['gateway']}[/]   (arrêter : ./macs down{_named(data)})")


def _named(data: Path | None) -> str:
    return f" --data {data}" if data else ""


def _already_running(folder: RunFolder, *, demo: bool, secure: bool) -> None:
    say(f"La plateforme de {folder.path} tourne déjà : [bold]{status_of(folder)['gateway']}[/]")
    if demo and not folder.fictional.exists():
        failed("elle a été démarrée sans la région fictive. Pour l’avoir : ./macs down --purge, ou un autre dossier par --data")
        raise typer.Exit(1)
    if secure and not folder.kafka_secrets.exists():
        failed(_NOT_SECURED)
        raise typer.Exit(1)


def bring_up(folder: RunFolder, wanted: Wanted, *, demo: bool) -> None:
    """Prepare, start and wait, saying each step. Exits 1 with the reason when a part does not come up."""
    from deploy.local import start
    from deploy.local.jars import JarRefused
    from deploy.local.ports import NoPort

    try:
        _decide_fictional(folder, demo)
        decide_secured(folder, secure=wanted.secure)
        wanted = replace(wanted, fictional=folder.fictional.exists())
        run = start.prepare(folder, wanted, lambda text: say(f"  {text}"))
        _say_missing()
        watch = Watch()
        start.launch(folder)
        for name, seconds in start.readiness(folder):
            done(name, seconds)
        start.remember_prepared(run)
        say(f"[dim]  tout répond après {watch.seconds:.1f} s[/]".replace(".", ","))
    except (start.NotStarted, JarRefused, NoPort, NotOurs, RuntimeError) as error:
        failed(str(error))
        raise typer.Exit(1) from error


def _decide_fictional(folder: RunFolder, demo: bool) -> None:
    """A folder shows the fictional region from its first start or never: fictional and real figures do not mix."""
    if not demo or folder.fictional.exists():
        return
    if folder.data.exists():
        raise RuntimeError(
            f"{folder.path} a déjà servi sans la région fictive. Pour l’avoir : ./macs down --purge, ou un autre dossier par --data"
        )
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.fictional.write_text("to load\n")


_NOT_SECURED = "ce dossier a déjà servi avec un Kafka ouvert. Pour --secure : ./macs down --purge, ou un autre dossier par --data"


def decide_secured(folder: RunFolder, *, secure: bool) -> None:
    """Kafka's users exist from its first format or never; a folder that began secured stays so."""
    if secure and folder.data.exists() and not folder.kafka_secrets.exists():
        raise RuntimeError(_NOT_SECURED)


def _say_missing() -> None:
    from deploy.local.addresses import ROLES, present

    missing = sorted(set(ROLES) - set(present()))
    if missing:
        say(f"  [yellow]pas encore écrits, donc pas démarrés : {', '.join(missing)}[/]")


def load_demo(folder: RunFolder) -> None:
    """Load the fictional region unless this folder has it already."""
    import importlib.util

    if folder.fictional.read_text().strip() == "loaded":
        return
    if importlib.util.find_spec("demo.load") is None:
        failed("le chargement de la région fictive (demo/load.py) n’est pas encore écrit")
        raise typer.Exit(1)
    watch = Watch()
    say("Région fictive : chargement…")
    status = subprocess.call([sys.executable, "-P", "-m", "demo.load", "--run-dir", str(folder.path)], stdout=sys.stderr)
    if status:
        failed(f"le chargement s’est arrêté (code {status}) ; ./macs up --demo le reprend")
        raise typer.Exit(1)
    folder.fictional.write_text("loaded\n")
    done("région fictive chargée", watch.seconds)


def down(data: Data = None, purge: Annotated[bool, typer.Option("--purge", help="Effacer aussi toutes ses données.")] = False) -> None:
    """Arrêter la plateforme, les services d’abord."""
    from deploy.local import stop

    folder, watch = RunFolder.at(data), Watch()
    stopped = stop.down(folder)
    done(f"arrêtée : {folder.path}", watch.seconds) if stopped else say(f"Rien ne tournait dans {folder.path}.")
    if purge:
        folder.purge()
        done("données effacées")


def status_of(folder: RunFolder) -> dict[str, Any]:
    from deploy.local.status import status

    return status(folder)


def status(data: Data = None, as_json: Json = False) -> None:
    """Adresses, processus, retards et mémoire. Code 1 tant qu’un processus n’est pas prêt."""
    found = status_of(RunFolder.at(data))
    if as_json or not sys.stdout.isatty():
        print_json(found)
    else:
        _show(found)
    raise typer.Exit(0 if found["ready"] else 1)


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for name, label in (("gateway", "Passerelle"), ("zipkin", "Traces"), ("kafka", "Kafka"), ("postgres", "PostgreSQL")):
        console.print(f"{label:<11} {found[name] or '–'}")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", "processus", "pid", "retard", "mémoire", "relances"):
        table.add_column(column, justify="right" if column in {"pid", "retard", "mémoire", "relances"} else "left")
    for name, process in rows_of(found):
        mark = "[green]✓[/]" if process["ready"] else "[red]✗[/]"
        reasons = f"  [red]{'; '.join(process.get('reasons', []))}[/]" if process.get("reasons") else ""
        lag = process.get("lag")
        values = (str(process["pid"] or "–"), "" if lag is None else str(lag), megabytes(process["pss"]), str(process["restarts"] or ""))
        table.add_row(mark, name + reasons, *values)
    table.add_row("", "[bold]ensemble[/]", "", "", f"[bold]{megabytes(found['pss'])}[/]", "")
    console.print(table)


def rows_of(found: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(name, process) of everything that runs, services first."""
    services = [(f"{service} · {role}", process) for service, roles in found["services"].items() for role, process in roles.items()]
    return [*services, *found["infrastructure"].items()]


def logs(
    service: Annotated[str | None, typer.Argument(help="Un service, ou kafka, postgres, gateway, zipkin… ; sans rien : tous.")] = None,
    data: Data = None,
    lines: Annotated[int, typer.Option("--lines", "-n", help="Nombre de lignes à montrer d’abord.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Continuer à mesure, jusqu’à Ctrl-C.")] = False,
) -> None:
    """Les journaux, tous ou ceux d’un service."""
    folder = RunFolder.at(data)
    files = sorted(folder.logs.glob("*.log"))
    if service:
        files = [file for file in files if file.stem == service or file.stem.startswith(f"{service}-")]
    if not files:
        failed(f"pas de journal {'de ' + service if service else ''} dans {folder.logs}")
        raise typer.Exit(1)
    command = ["tail", *(["-F"] if follow else []), "-n", str(lines), *map(str, files)]
    try:
        subprocess.call(command)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
