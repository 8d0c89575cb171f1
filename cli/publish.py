"""`./macs publish`: the next release of the public tables, or an edition: its draft with every check, then its publication."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import httpx
import typer

from cli.client import Access, access, body_of, client, say_problem
from cli.screen import Watch, done, failed, print_json, say
from cli.submit import Data

PATIENCE_S = 600
MEASURES = {"hours": "Heures", "persons": "Personnes", "groups": "Personnes des groupes", "done": "Heures des marchés terminés"}


def publish(
    name: Annotated[str | None, typer.Option("--as", help="Qui publie : une clé de l’équipe.", metavar="NOM")] = "team",
    edition: Annotated[str | None, typer.Option("--edition", help="Publier cette édition, validée.", metavar="2026-1")] = None,
    draft: Annotated[str | None, typer.Option("--draft", help="Composer une épreuve de cette édition.", metavar="2026-1")] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script : la publication.")] = False,
) -> None:
    """Publier les tableaux publics : arrêtés au dernier trimestre terminé, protégés, attaqués, écrits d’un coup."""
    if edition and draft:
        say("--edition publie, --draft compose une épreuve : l’un ou l’autre.")
        raise typer.Exit(2)
    watch, to = Watch(), access(name, data)
    address = (
        f"/api/v1/editions/{draft}/draft" if draft else f"/api/v1/editions/{edition}/publish" if edition else "/api/v1/pilotage/releases"
    )
    made = _ask(to, address)
    if as_json:
        print_json({**made, "elapsed_s": round(watch.seconds, 2)} if draft else made)
    elif draft:
        _draft(made, watch)
    elif edition:
        _edition(made, watch, to)
    else:
        _release(made, watch, to)


def _ask(to: Access, address: str) -> dict[str, Any]:
    """The answer to the order; exit 1 with the reasons when nothing was made, or when it takes longer than anybody waits."""
    with client(to) as http:
        try:
            answer = http.post(address, timeout=PATIENCE_S)
        except httpx.ReadTimeout:
            failed(f"pas fini après {PATIENCE_S // 60} minutes ; le calcul continue sur le serveur, rien n’est à recommencer")
            say(f"  Ce qui est publié : {to.url}/revisions ; un refus et sa raison : {to.url}/pilotage")
            raise typer.Exit(1) from None
    body = body_of(answer)
    if answer.status_code != 201:
        say_problem(answer)
        for line in [*body.get("details", []), *(error["message"] for error in body.get("errors", []))]:
            say(f"  {line}")
        raise typer.Exit(1)
    return body


def _release(release: dict[str, Any], watch: Watch, to: Access) -> None:
    last_day = date.fromisoformat(release["figures_until"]) - timedelta(days=1)
    done(f"Publication {release['release']} : chiffres arrêtés au {last_day:%d/%m/%Y}", watch.seconds)
    say(f"  {release['cells']} cellules, dont {release['hidden']} masquées.  {to.url}/")
    say(f"  {release['attacked']} chiffres masqués attaqués, aucun retrouvé.")
    for what in release.get("repeated", []):
        year, measure = what.split(" ")
        say(f"  {MEASURES.get(measure, measure)} de {year} : redonnées telles que publiées, aucun masquage ne permet de les mettre à jour.")
    for reason in release["not_ready"]:
        say(f"  Ne peut pas devenir une édition : {reason}")


def _draft(made: dict[str, Any], watch: Watch) -> None:
    done(f"Épreuve {made['draft']} de l’édition {made['edition']}", watch.seconds)
    for check in made["checks"]:
        say(f"  {'bon   ' if check['good'] else 'manque'}  {check['title']} : {check['said']}")


def _edition(made: dict[str, Any], watch: Watch, to: Access) -> None:
    done(f"Édition {made['edition']} publiée ({made['release']}), {'définitive' if made['final'] else 'provisoire'}", watch.seconds)
    say(f"  {made['attacked']} chiffres masqués attaqués, aucun retrouvé.  {to.url}{made['links']['page']}")
    say(f"  À citer : {made['citation']}")
