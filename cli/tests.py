"""`./macs test`: everything that must hold, in one command. What CI runs is exactly this."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.screen import Watch, done, failed, say
from deploy.local.folder import ROOT

PACKAGES: Final = ("schemas", "kit", "services", "cli", "demo", "deploy", "bench", "tests")
WORKERS: Final = 2

Long = Annotated[bool, typer.Option("--long", help="Les nombres complets, bien plus longs, au lieu de la version courte.")]
Rest = Annotated[
    list[str] | None, typer.Argument(help="Pour pytest : un fichier, -k MOT, -x … ; les vérifications statiques sont alors omises.")
]

_PASS_ON: Final = {"ignore_unknown_options": True}  # -k and the like are pytest's

test_app = typer.Typer(add_completion=False)
chaos_app = typer.Typer(add_completion=False)


@test_app.command(context_settings=_PASS_ON)
def run_all(rest: Rest = None, long: Long = False) -> None:
    """Style, types, architecture, puis tous les tests ; la dernière ligne est celle de pytest."""
    good = True
    if not rest:
        good = static_checks()
    status = _pytest(rest or ["-n", str(WORKERS), "--durations=10"], long)
    raise typer.Exit(0 if good and status == 0 else 1)


@chaos_app.command(context_settings=_PASS_ON)
def run_chaos(rest: Rest = None, long: Long = False) -> None:
    """Les seuls essais de panne : processus tués, serveurs arrêtés, messages abîmés."""
    raise typer.Exit(min(1, _pytest(["tests/chaos", *(rest or [])], long)))


def static_checks() -> bool:
    """ruff, mypy and import-linter side by side; their output only where something is wrong. True when all hold."""
    here = [package for package in PACKAGES if (ROOT / package).exists()]
    checks = {
        "style (ruff check)": [_tool("ruff"), "check", "."],
        "mise en forme (ruff format)": [_tool("ruff"), "format", "--check", "."],
        "types (mypy --strict)": [sys.executable, "-m", "mypy", *here],
        "architecture (import-linter)": [_tool("lint-imports"), "--no-logo"],
    }
    say("Vérifications statiques…")
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(_run, command) for name, command in checks.items()}
        told = [_told(name, future) for name, future in running.items()]  # each of them, also after the first that is bad
    return all(told)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _run(command: list[str]) -> tuple[int, str, float]:
    watch = Watch()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return answer.returncode, answer.stdout, watch.seconds


def _told(name: str, future: Future[tuple[int, str, float]]) -> bool:
    status, output, seconds = future.result()
    if status:
        failed(f"{name}\n{output}")
        return False
    done(name, seconds)
    return True


def _pytest(words: list[str], long: bool) -> int:
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", *(["--long"] if long else []), *words]
    return subprocess.call(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
