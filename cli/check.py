"""`./macs check`: a file of hours looked at before anything is sent, without network and without a running platform."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Annotated
from uuid import UUID

import typer

from cli.findings import show
from cli.screen import failed, missing, print_json, say
from schemas.zones import PARIS

NOBODY = UUID(int=0)
"""The declarant of a check: lines are compared with each other only."""


def check(
    file: Annotated[Path, typer.Argument(help="Un fichier .xlsx, .xls, .ods ou .csv.", metavar="FICHIER")],
    annotate: Annotated[
        Path | None, typer.Option("--annotate", help="Écrire ce classeur .xlsx avec les remarques sur les cellules.", metavar="SORTIE.xlsx")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="Période des lignes, si le fichier n’a pas cette colonne.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help='Pour un script : {"errors": […]}.')] = False,
) -> None:
    """Vérifier un fichier d’heures sans rien envoyer. Les marchés, eux, sont vérifiés à l’envoi."""
    from kit import garbage
    from kit.errors import LineError, Refused
    from kit.web.filters import plural
    from services.ingest.by_two import check_long, prepare
    from services.ingest.files.annotating import annotated
    from services.ingest.files.reading import read_hours
    from services.ingest.persons import Tokens
    from services.ingest.rules.lines import Known

    if not file.is_file():
        failed(missing(file))
        raise typer.Exit(2)
    errors: list[LineError]
    lines: int | None = None
    try:
        data = file.read_bytes()
        garbage.collect_rarely()
        prepare(len(data))
        read = read_hours(data, period=period)
        known = Known(
            today=datetime.now(UTC).astimezone(PARIS).date(),
            declarant=NOBODY,
            declarant_siret=None,
            contract_of=lambda _: None,
            tokens=Tokens(token_bytes(32)),  # thrown away: nothing made here leaves this process
            online=False,
        )
        errors, lines = [*read.notices, *check_long(read.lines, known).errors], len(read.lines)
        if annotate:
            annotate.write_bytes(annotated(data, read, errors))
        if not as_json:
            say(f"Lu : {file.name}, {read.facts.sentence} ; {plural(lines, 'ligne')}.")
    except Refused as refused:
        errors = refused.errors
    found = [error.model_dump() for error in errors]
    if as_json:
        print_json({"errors": found})
    else:
        show(found, lines=lines)
        if annotate and lines is not None:
            say(f"Classeur annoté : {annotate}")
        say("[dim]Les numéros de marché seront vérifiés à l’envoi.[/]")
    if any(error.severity == "blocking" for error in errors):
        raise typer.Exit(1)
