"""`./macs export`: the documents that scripts and other teams build on, made from the code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).parents[1]
app = typer.Typer(help="Write the documents of the interfaces: openapi, asyncapi, schemas.", no_args_is_help=True)

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
def schemas() -> None:
    """schemas/frozen: a new promise for each topic whose messages changed."""
    from schemas import freezing, topics

    written = [file for topic in topics.ALL if (file := freezing.freeze(topic))]
    for file in written:
        typer.echo(f"frozen: {file.relative_to(ROOT)}")
    if not written:
        typer.echo("every topic keeps its last promise")


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _write(file: Path, document: Callable[[], dict[str, Any]], check: bool) -> None:
    text = text_of(document())
    if check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            typer.echo(f"{file.relative_to(ROOT)} is not what the code says: run ./macs export {file.stem}", err=True)
            raise typer.Exit(1)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    typer.echo(f"written: {file.relative_to(ROOT)}")
