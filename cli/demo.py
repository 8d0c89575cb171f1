"""`./macs demo`: the guided demonstration; `./macs demo generate`: a file of hours to try the platform with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, help="La région fictive : démonstration guidée, fichiers d’essai.")
Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme (par défaut .run dans le projet).", metavar="DOSSIER")]
ROOT = Path(__file__).parents[1]


@app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    end: Annotated[bool, typer.Option("--exit", help="Finir après le parcours au lieu de rester.")] = False,
    data: Data = None,
    port: Annotated[int | None, typer.Option("--port", help="Port de la passerelle.")] = None,
    traces: Annotated[bool, typer.Option("--traces/--no-traces", help="Sans Zipkin : 250 Mo de moins.")] = True,
) -> None:
    """Tout démarrer avec une région fictive et suivre une déclaration jusqu’au courriel."""
    if context.invoked_subcommand is not None:
        return
    from cli.guided import demo as guided

    guided(data=data, port=port, traces=traces, end=end)


@app.command()
def generate(
    lines: Annotated[int, typer.Option("--lines", min=1, max=5_000_000, help="Nombre de lignes.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Deux graines ne partagent aucune ligne.")],
    out: Annotated[Path, typer.Option("--out", help="Fichier CSV à écrire ; les sommes attendues vont à côté, en .expected.json.")],
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script.")] = False,
) -> None:
    """Écrire un fichier canonique sur les marchés du déclarant de démonstration, et les sommes qu’il doit donner."""
    from cli.screen import done, print_json
    from demo.generate import generate as write
    from demo.run_folder import RunFolder

    sums = write(lines, seed, out, today=RunFolder(data or ROOT / ".run").today)
    if as_json:
        print_json({"file": str(out), "expected": f"{out}.expected.json", "lines": sums.lines, "persons": sums.persons})
    else:
        done(f"{out} : {sums.lines} lignes, {sums.persons} personnes ; sommes attendues dans {out}.expected.json")
