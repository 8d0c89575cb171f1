"""`./macs publish`: the next release of the public tables, from the figures of this moment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from cli.client import access, body_of, client, say_problem
from cli.screen import Watch, done, print_json, say
from cli.submit import Data


def publish(
    name: Annotated[str | None, typer.Option("--as", help="Qui publie : une clé de l’équipe.", metavar="NOM")] = "team",
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script : la publication.")] = False,
) -> None:
    """Publier les tableaux publics : arrêtés au dernier trimestre terminé, protégés, écrits d’un coup."""
    watch, to = Watch(), access(name, data)
    with client(to) as http:
        answer = http.post("/api/v1/pilotage/releases")
    if answer.status_code != 201:
        say_problem(answer)
        for line in body_of(answer).get("details", []):
            say(f"  {line}")
        raise typer.Exit(1)
    release = body_of(answer)
    if as_json:
        print_json(release)
        return
    last_day = date.fromisoformat(release["figures_until"]) - timedelta(days=1)
    done(f"Publication {release['release']} : chiffres arrêtés au {last_day:%d/%m/%Y}", watch.seconds)
    say(f"  {release['cells']} cellules, dont {release['hidden']} masquées.  {to.url}/")
    say(f"  {release['attacked']} chiffres masqués attaqués, aucun retrouvé.")
    for reason in release["not_ready"]:
        say(f"  Ne peut pas devenir une édition : {reason}")
