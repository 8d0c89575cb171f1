"""`./macs submit`: a file of hours sent, and its counting waited for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

import httpx
import typer

from cli.client import access, body_of, client, say_problem
from cli.findings import show
from cli.screen import Watch, done, failed, missing, print_json, say
from kit.web.filters import plural

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme locale.", metavar="DOSSIER")]
As = Annotated[str | None, typer.Option("--as", help="Qui parle : le nom d’une clé de la plateforme locale.", metavar="NOM")]

LONGEST_WAIT: Final = 600.0
LONGEST_RETRY: Final = 60.0
RETRY_PAUSE: Final = 1.0
_TRY_AGAIN: Final = frozenset({409, 502, 503, 504})
"""A part was away, or an earlier attempt of ours is still at work."""
_STATES: Final = {
    "counted": "comptée",
    "partly_counted": "comptée en partie",
    "corrected": "corrigée",
    "withdrawn": "retirée",
}


def submit(
    file: Annotated[Path, typer.Argument(help="Un fichier .xlsx ou .csv.", metavar="FICHIER")],
    name: As = "declarant",
    mode: Annotated[str, typer.Option("--mode", help="all : tout ou rien ; partial : les bonnes lignes, les autres de côté.")] = "all",
    period: Annotated[str | None, typer.Option("--period", help="Période des lignes, si le fichier n’a pas cette colonne.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Attendre que la déclaration soit comptée.")] = False,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script : la réponse de l’API.")] = False,
) -> None:
    """Envoyer un fichier d’heures. Chaque envoi est une déclaration ; les lignes déjà déclarées sont remplacées, jamais ajoutées."""
    if not file.is_file():
        failed(missing(file))
        raise typer.Exit(2)
    if mode not in {"all", "partial"}:
        failed("--mode vaut all ou partial")
        raise typer.Exit(2)
    with client(access(name, data)) as http:
        watch = Watch()
        receipt = _sent(http, file, {"type": "hours", "mode": mode, **({"period": period} if period else {})}, as_json=as_json)
        if not as_json:
            _say_receipt(receipt, watch.seconds)
        if wait:
            state = _waited(http, receipt["number"])
            if not as_json:
                done(f"{receipt['number']} : {_STATES.get(state, state)}", watch.seconds)
        if as_json:
            print_json(receipt)


def _sent(http: httpx.Client, file: Path, fields: dict[str, str], *, as_json: bool) -> dict[str, Any]:
    answer = _persistently(http, file, fields, str(uuid4()))
    body = body_of(answer)
    if answer.status_code == 202:
        return body
    if as_json:
        print_json(body)
    say_problem(answer)
    if body.get("errors") and not as_json:
        show(body["errors"], lines=None)
    raise typer.Exit(1)


def _persistently(http: httpx.Client, file: Path, fields: dict[str, str], key: str) -> httpx.Response:
    """The answer to the file. One key for every attempt: whatever became of an earlier one, it makes one declaration."""
    end = time.monotonic() + LONGEST_RETRY
    while True:
        try:
            with file.open("rb") as stream:
                answer = http.post("/api/v1/imports", data=fields, files={"file": (file.name, stream)}, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
        else:
            if answer.status_code not in _TRY_AGAIN or time.monotonic() > end:
                return answer
        time.sleep(RETRY_PAUSE)


def _say_receipt(receipt: dict[str, Any], seconds: float) -> None:
    done(f"Déclaration [bold]{receipt['number']}[/] bien reçue : {plural(receipt['lines'], 'ligne')}.", seconds)
    if receipt["replaced"]:
        replaced = plural(receipt["replaced"], "ligne déjà déclarée est remplacée", "lignes déjà déclarées sont remplacées")
        say(f"  {replaced} ; rien n’est compté deux fois.")
    if receipt["parked"]:
        say(f"  {plural(receipt['parked'], 'ligne mise', 'lignes mises')} de côté, à compléter.")
    if receipt.get("remarks"):
        show(receipt["remarks"], lines=None, verdict=False)
    say(f"  [dim]empreinte {receipt['sha256']}, trace {receipt['trace_id']}[/]")


def _waited(http: httpx.Client, number: str) -> str:
    """The state once it is no longer « received ». Exits 1 when that takes longer than ten minutes."""
    end, pause = time.monotonic() + LONGEST_WAIT, 0.05
    while time.monotonic() < end:
        answer = http.get(f"/api/v1/declarations/{number}")
        state = str(body_of(answer).get("state", "received")) if answer.status_code == 200 else "received"
        if state != "received":
            return state
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    failed(f"{number} n’est pas encore comptée après {LONGEST_WAIT:.0f} s ; suivez-la avec ./macs journey {number}")
    raise typer.Exit(1)
