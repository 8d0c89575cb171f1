"""`./macs verify`: are the hours received the hours counted, to the centi-hour, line by line?"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from cli.reconciliation import SAMPLE, Outcome, Places, Sum, reconcile
from cli.screen import Watch, done, failed, print_json, say
from deploy.local import credentials
from deploy.local.folder import RunFolder, read_json
from deploy.local.roles import dsn_on
from deploy.local.secured import Secured
from kit.cluster import Cluster
from kit.settings import Settings, with_password
from kit.web.filters import plural
from schemas.periods import MONTHS
from schemas.quantities import hours_text

_GRAIN = {months: grain for grain, months in MONTHS.items()}


def verify(
    data: Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme locale.", metavar="DOSSIER")] = None,
    patience: Annotated[float, typer.Option("--patience", help="Secondes laissées à ce qui est encore en route.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Pour un script.")] = False,
) -> None:
    """Comparer les déclarations reçues par ingest aux faits et aux totaux d’indicators, par département et par mois."""
    watch = Watch()
    try:
        outcome = asyncio.run(reconcile(places_of(data), patience))
    except (OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        failed(f"rien n’a pu être comparé : {error}")
        raise typer.Exit(1) from None
    if as_json:
        print_json(_as_json(outcome))
    else:
        _show(outcome, watch.seconds)
    raise typer.Exit(0 if outcome.equal else 1)


def places_of(data: Path | None) -> Places:
    """`MACS_VERIFY_INGEST`, `MACS_VERIFY_INDICATORS` and `MACS_KAFKA` elsewhere, with passwords or with `…_PASSWORD_FILE` beside them; else the local run."""
    elsewhere = os.environ.get("MACS_VERIFY_INGEST"), os.environ.get("MACS_VERIFY_INDICATORS")
    if all(elsewhere):
        files = "MACS_VERIFY_INGEST_PASSWORD_FILE", "MACS_VERIFY_INDICATORS_PASSWORD_FILE"
        try:
            ingest, indicators = (with_password(str(address), file) for address, file in zip(elsewhere, files, strict=True))
            return Places(ingest, indicators, Settings.read(service="verify").cluster)
        except ValueError as wrong:
            failed(str(wrong))
            raise typer.Exit(1) from None
    folder = RunFolder.at(data)
    found = read_json(folder.addresses)
    if not found:
        failed(f"aucune plateforme dans {folder.path} (./macs up --demo)")
        raise typer.Exit(1)

    def dsn(service: str) -> str:
        return dsn_on(found["postgres"], service, service, credentials.password(folder, service))

    addresses, secured = tuple(str(found["kafka"]).split(",")), Secured.of(folder)
    return Places(dsn("ingest"), dsn("indicators"), secured.cluster(addresses) if secured else Cluster(addresses))


def _show(outcome: Outcome, seconds: float) -> None:
    if not outcome.drained:
        say("[yellow]Des lignes sont encore en route : la comparaison n’est pas définitive.[/]")
    _show_departments(outcome)
    if outcome.equal:
        lines = sum(s.lines for s in outcome.record.values())
        done(
            f"{lines} lignes et {hours_text(sum(s.centihours for s in outcome.record.values()))} heures : déclarées, comptées et totalisées de même",
            seconds,
        )
        return
    _show_differences(outcome)
    for one, many, found in (
        ("ligne absente des faits", "lignes absentes des faits", outcome.missing),
        ("ligne en trop dans les faits", "lignes en trop dans les faits", outcome.unexpected),
        ("ligne d’une autre valeur", "lignes d’une autre valeur", outcome.other_value),
    ):
        if found:
            failed(f"{plural(len(found), one, many)} : {', '.join(map(str, found[:3]))}{'…' if len(found) > 3 else ''}")


def _show_departments(outcome: Outcome) -> None:
    sums: dict[str, list[Sum]] = defaultdict(lambda: [Sum(0, 0)] * 3)
    for position, side in enumerate((outcome.record, outcome.facts, outcome.totals)):
        for cell, found in side.items():
            before = sums[cell.department][position]
            sums[cell.department][position] = Sum(before.centihours + found.centihours, before.lines + found.lines)
    table = Table("Dép.", "Lignes", "Heures déclarées", "Faits", "Totaux", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for department, (record, facts, totals) in sorted(sums.items()):
        table.add_row(department, str(record.lines), *(hours_text(s.centihours) for s in (record, facts, totals)))
    Console(highlight=False).print(table)


def _show_differences(outcome: Outcome) -> None:
    table = Table("Dép.", "Période", "Déclaré", "Faits", "Totaux", "Écart", box=None, pad_edge=False)
    for d in outcome.differences[:SAMPLE]:
        values = (hours_text(s.centihours) for s in (d.record, d.facts, d.totals))
        table.add_row(
            d.cell.department,
            f"{d.cell.start[:7]} ({_GRAIN[d.cell.months]})",
            *values,
            hours_text(d.facts.centihours - d.record.centihours),
        )
    failed(
        plural(
            len(outcome.differences),
            "somme d’un département et d’une période diffère",
            "sommes d’un département et d’une période diffèrent",
        )
    )
    Console(highlight=False).print(table)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "equal": outcome.equal,
        "drained": outcome.drained,
        "waited_s": round(outcome.waited_s, 1),
        "lines": sum(s.lines for s in outcome.record.values()),
        "hours": hours_text(sum(s.centihours for s in outcome.record.values())),
        "differences": [
            {
                "department": d.cell.department,
                "start": d.cell.start,
                "grain": _GRAIN[d.cell.months],
                **{
                    name: {"hours": hours_text(s.centihours), "lines": s.lines}
                    for name, s in (("record", d.record), ("facts", d.facts), ("totals", d.totals))
                },
            }
            for d in outcome.differences
        ],
        "missing": len(outcome.missing),
        "unexpected": len(outcome.unexpected),
        "other_value": len(outcome.other_value),
        "examples": [str(line) for line in [*outcome.missing, *outcome.unexpected, *outcome.other_value][:SAMPLE]],
    }
