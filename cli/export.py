"""`./macs export`: the documents that scripts and other teams build on, made from the code."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import asyncpg
import typer

ROOT = Path(__file__).parents[1]
app = typer.Typer(
    help="Write the documents of the interfaces: openapi, asyncapi, schemas; deployment files; and the facts.", no_args_is_help=True
)

Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when what is committed is not what the code says.")]


@app.command()
def openapi(check: Check = False) -> None:
    """docs/api/openapi.json: every path of the gateway."""
    from cli.openapi import document

    _write(ROOT / "docs" / "api" / "openapi.json", document, check)


@app.command()
def asyncapi(check: Check = False) -> None:
    """docs/api/asyncapi.json: every topic and message."""
    from cli.asyncapi import document

    _write(ROOT / "docs" / "api" / "asyncapi.json", document, check)


@app.command()
def deploy(check: Check = False) -> None:
    """deploy/: manifests, gateway, dashboards and lists that follow from tables in the code. Needs the tests' requirements."""
    try:
        from deploy import made
    except ModuleNotFoundError as missing:
        typer.echo(f"{missing.name} is not installed: it comes with the tests (./macs test)", err=True)
        raise typer.Exit(1) from None
    for file, text in made.FILES.items():
        _keep(file, text(), check)


@app.command()
def schemas() -> None:
    """schemas/frozen: a new promise for each topic whose messages changed."""
    from schemas import freezing, topics

    written = [file for topic in topics.ALL if (file := freezing.freeze(topic))]
    for file in written:
        typer.echo(f"frozen: {file.relative_to(ROOT)}")
    if not written:
        typer.echo("every topic keeps its last promise")


@app.command()
def facts(
    out: Annotated[Path, typer.Option("--out", help="Fichier à écrire, lisible de vous seul.", metavar="FICHIER")] = Path("faits.csv"),
    data: Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme locale.", metavar="DOSSIER")] = None,
) -> None:
    """Every fact and total of indicators as CSV, always in the same order: two exports of the same figures are the same bytes."""
    from cli.verify import places_of

    opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # persons' tokens are in it
    with os.fdopen(opened, "wb") as file:
        asyncio.run(_copy_facts(places_of(data).indicators, file))
    typer.echo(f"{out} : {out.stat().st_size} octets, sha256 {hashlib.sha256(out.read_bytes()).hexdigest()}")


_FACTS = (
    "select * from facts order by line_id",
    "select * from totals where (centihours, lines) <> (0, 0) order by department, month",
    "select * from totals_longer where (centihours, lines) <> (0, 0) order by department, period_start, period_months",
)


async def _copy_facts(dsn: str, file: BinaryIO) -> None:
    """The three tables of one moment, one after the other, each with its header."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for query in _FACTS:
                await connection.copy_from_query(query, output=file, format="csv", header=True, timeout=1800)
    finally:
        await connection.close()


def _command(file: Path) -> str:
    return "deploy" if file.is_relative_to(ROOT / "deploy") else file.stem


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _write(file: Path, document: Callable[[], dict[str, Any]], check: bool) -> None:
    _keep(file, text_of(document()), check)


def _keep(file: Path, text: str, check: bool) -> None:
    if check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            typer.echo(f"{file.relative_to(ROOT)} is not what the code says: run ./macs export {_command(file)}", err=True)
            raise typer.Exit(1)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"written: {file.relative_to(ROOT)}")
