"""`./macs journey D-…`: what became of a filing, from the record of every service and, where there is one, from the trace viewer."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer
from rich.console import Console
from rich.tree import Tree

from cli.client import access, body_of, client, say_problem
from cli.screen import failed, print_json, say
from cli.spans import Span, spans_of
from deploy.local.folder import RunFolder, read_json
from kit.web.filters import plural
from schemas.periods import Period
from schemas.zones import PARIS

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme locale.", metavar="DOSSIER")]
_STEPS: Final = {"received": "reçue", "counted": "comptée", "told": "coordination prévenue"}
_STATES: Final = {
    "received": "reçue, pas encore comptée", "counted": "comptée", "partly_counted": "comptée en partie",
    "corrected": "corrigée et comptée", "withdrawn": "retirée",
}  # fmt: skip
_KINDS: Final = {"received": "dépôt", "corrected": "correction", "withdrawn": "retrait"}


def journey(
    number: Annotated[str, typer.Argument(help="Un numéro de déclaration, par exemple D-2018-000456.", metavar="NUMÉRO")],
    name: Annotated[str, typer.Option("--as", help="Qui demande : le nom d’une clé de la plateforme locale.", metavar="NOM")] = "operator",
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script.")] = False,
) -> None:
    """Le parcours d’une déclaration : reçue, comptée, coordination prévenue, avec les heures et la trace."""
    number = number.strip().upper()
    if not re.fullmatch(r"D-\d{4}-\d{6}", number, re.ASCII):
        failed(f"« {number} » n’est pas un numéro de déclaration ; il ressemble à D-2018-000456")
        raise typer.Exit(2)
    with client(access(name, data)) as http:
        answer = http.get(f"/api/v1/declarations/{number}")
    if answer.status_code != 200:
        say_problem(answer)
        raise typer.Exit(1)
    filing = body_of(answer)
    if as_json:
        print_json(_as_json(filing))
    else:
        _show(filing, _zipkin(data))


def _as_json(filing: dict[str, Any]) -> dict[str, Any]:
    steps = [{name: step[name] for name in ("step", "service", "at", "trace_id", "revision")} for step in filing["journey"]]
    return {"number": filing["number"], "trace_id": filing["trace_id"], "state": filing["state"], "steps": steps}


def _zipkin(data: Path | None) -> str | None:
    found = read_json(RunFolder.at(data).addresses) or {}
    return found.get("zipkin")


def _show(filing: dict[str, Any], zipkin: str | None) -> None:
    tree = Tree(f"[bold]{filing['number']}[/]  {_STATES[filing['state']]} · {plural(filing['lines'], 'ligne')}{_period(filing)}")
    for revision in filing["revisions"]:
        steps = [step for step in filing["journey"] if step["revision"] == revision["revision"]]
        begun = _instant(steps[0]["at"])
        branch = tree.add(f"{_KINDS[revision['kind']]}, version {revision['revision']} · {begun:%d/%m/%Y %H:%M:%S}")
        for step in steps:
            after = (_instant(step["at"]) - begun).total_seconds()
            late = f"  [dim]+ {after * 1000:.0f} ms[/]" if after else ""
            branch.add(f"{_STEPS[step['step']]}  [cyan]{step['service']}[/]{late}")
        _add_spans(branch, steps[0]["trace_id"], zipkin)
    Console(highlight=False).print(tree, soft_wrap=True)
    if not zipkin:
        say("[dim]Sans visionneuse de traces (--no-traces) : seulement ce que disent les bases.[/]")


def _add_spans(branch: Tree, trace_id: str, zipkin: str | None) -> None:
    link = f"  {zipkin}/zipkin/traces/{trace_id}" if zipkin else ""
    trace = branch.add(f"[dim]trace {trace_id}{link}[/]")
    if zipkin is None:
        return
    try:
        roots = spans_of(zipkin, trace_id)
    except (httpx.HTTPError, ValueError) as error:
        trace.add(f"[dim]la visionneuse ne répond pas : {error}[/]")
        return
    for root in roots:
        _add(trace, root)


def _add(branch: Tree, span: Span) -> None:
    times = f" × {span.times}" if span.times > 1 else ""
    added = branch.add(f"[cyan]{span.service}[/] {span.name}{times}  [dim]{span.milliseconds:.1f} ms[/]")
    for child in span.children:
        _add(added, child)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(PARIS)


def _period(filing: dict[str, Any]) -> str:
    return f" · {Period.parse(filing['period'])}" if filing["period"] else ""
