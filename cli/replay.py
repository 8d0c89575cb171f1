"""`./macs replay --from record`: the figures once more from what was declared, compared with those in use, in their place."""

from __future__ import annotations

import time
from typing import Annotated, Any

import httpx
import typer

from cli.client import access, body_of, client, say_problem
from cli.screen import Watch, done, failed, print_json, say
from cli.submit import Data
from kit.web.filters import plural

_LOOKS_EVERY_S = 0.5


def replay(
    source: Annotated[str, typer.Option("--from", help="D’où : « record », les déclarations gardées par ingest.", metavar="SOURCE")],
    name: Annotated[str | None, typer.Option("--as", help="Qui : une clé de l’équipe ou de l’exploitation.", metavar="NOM")] = "team",
    patience: Annotated[float, typer.Option("--patience", help="Secondes au plus.")] = 3600,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script.")] = False,
) -> None:
    """Reconstruire les chiffres à côté de ceux qui servent, comparer ligne à ligne, échanger ; le service ne s’arrête pas."""
    if source != "record":
        failed(f"« {source} » : seule la source « record » existe")
        raise typer.Exit(2)
    watch, to = Watch(), access(name, data)
    with client(to) as http:
        ordered = http.post("/api/v1/replays")
        if ordered.status_code != 202:
            say_problem(ordered)
            raise typer.Exit(1)
        number = body_of(ordered)["replay"]
        begun = time.monotonic()
        found = _until_switched(http, number, patience, quiet=as_json)
    if found is None:
        failed(f"la reconstruction {number} n’est pas finie ; elle continue")
        raise typer.Exit(1)
    outcome = found["outcome"]
    seconds = time.monotonic() - begun
    equal = not (outcome["missing"] or outcome["unexpected"] or outcome["different"])
    result = {
        **outcome,
        "replay": number,
        "rebuilt": found["rebuilt"],
        "equal": equal,
        "lines_per_second": round(found["rebuilt"] / seconds),
    }
    if as_json:
        print_json(result)
    else:
        _show(result, watch)
    raise typer.Exit(0 if equal else 1)


def _until_switched(http: httpx.Client, number: str, patience: float, *, quiet: bool) -> dict[str, Any] | None:
    deadline, said = time.monotonic() + patience, -1
    while time.monotonic() < deadline:
        found = body_of(http.get(f"/api/v1/pilotage/replays/{number}"))
        if found["state"] == "switched":
            return found
        if found["state"] == "superseded":
            return None
        if not quiet and found["rebuilt"] != said:
            said = found["rebuilt"]
            say(f"  {said:,} lignes reconstruites …".replace(",", " "))
        time.sleep(_LOOKS_EVERY_S)
    return None


def _show(result: dict[str, Any], watch: Watch) -> None:
    rate = f"{result['rebuilt']:,} lignes reconstruites, {result['lines_per_second']:,} lignes/s".replace(",", " ")
    done(rate, watch.seconds)
    if result["equal"]:
        done("les chiffres reconstruits sont identiques, ligne à ligne, à ceux qui servaient ; ils ont pris leur place")
        return
    failed(
        f"les chiffres qui servaient étaient faux : {plural(result['missing'], 'ligne manquait', 'lignes manquaient')}, "
        f"{plural(result['unexpected'], 'était', 'étaient')} en trop, {plural(result['different'], 'différait', 'différaient')} ; les chiffres reconstruits ont pris leur place"
    )
