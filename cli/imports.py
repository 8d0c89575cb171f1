"""`./macs import`: contracts of the essential procurement data (DECP) taken in, and the four outcomes told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

from cli.client import access, body_of, client, say_problem
from cli.screen import Watch, done, failed, missing, print_json, say, told
from cli.submit import Data

_OUTCOMES: Final = {
    "imported": "importés tels quels",
    "repaired": "réparés",
    "duplicates": "doublons",
    "set_aside": "mis de côté",
}
LONGEST_WAIT: Final = 3600.0


def import_(
    file: Annotated[
        Path, typer.Argument(help="Un fichier DECP : JSON ou XML v1.5 ou v2.0.3, tableau, compressé ou non.", metavar="FICHIER")
    ],
    kind: Annotated[str, typer.Option("--type", help="decp")] = "decp",
    name: Annotated[str | None, typer.Option("--as", help="Qui parle : une clé de l’équipe.", metavar="NOM")] = "team",
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script : l’état final de l’import.")] = False,
) -> None:
    """Importer des marchés. Importer deux fois le même fichier ne change rien."""
    if kind != "decp":
        failed("--type decp ; les heures s’envoient avec ./macs submit")
        raise typer.Exit(2)
    if not file.is_file():
        failed(missing(file))
        raise typer.Exit(2)
    watch = Watch()
    with client(access(name, data)) as http:
        final = _finished(http, _sent(http, file))
    if as_json:
        print_json(final)
    else:
        _say(final, watch.seconds)
    if final.get("state") != "done":
        raise typer.Exit(1)


def _sent(http: httpx.Client, file: Path) -> str:
    with file.open("rb") as stream:
        answer = http.post("/api/v1/imports", data={"type": "decp"}, files={"file": (file.name, stream)})
    if answer.status_code != 202:
        say_problem(answer)
        raise typer.Exit(1)
    return str(body_of(answer)["import"])


def _finished(http: httpx.Client, number: str) -> dict[str, Any]:
    end, pause = time.monotonic() + LONGEST_WAIT, 0.1
    while time.monotonic() < end:
        answer = http.get(f"/api/v1/imports/{number}")
        state = body_of(answer)
        if answer.status_code == 200 and state.get("state") in {"done", "failed"}:
            return state
        time.sleep(pause)
        pause = min(pause * 1.3, 1.0)
    failed("l’import n’a pas fini en une heure")
    raise typer.Exit(1)


def _say(final: dict[str, Any], seconds: float) -> None:
    if final.get("state") != "done":
        failed(str(final.get("detail") or "l’import a échoué"))
        return
    done(f"{final['read']} lignes lues", seconds)
    for outcome, words in _OUTCOMES.items():
        told.print(f"  {final[outcome]:>7}  {words}")
    for code, count in sorted(final["reasons"].items()):
        told.print(f"  {'':>7}  [dim]{code} : {count}[/]")
    for code, count in sorted(final.get("flags", {}).items(), key=lambda entry: -entry[1])[:8]:
        told.print(f"  {'':>7}  [dim]importés, avec {code} : {count}[/]")
    say(
        f"  {final['new_contracts']} nouveaux marchés, {final['changed_contracts']} changés, {final['outside_region']} hors d’Île-de-France."
    )
