"""`./macs run`: one service in the foreground, as a supervisor or a container runs it."""

from __future__ import annotations

import importlib
import importlib.util
from enum import StrEnum
from typing import Annotated

import typer


class Role(StrEnum):
    WEB = "web"
    WORKER = "worker"
    ALL = "all"


def run(
    service: Annotated[str, typer.Argument(help="directory, ingest, indicators, events ou notify")],
    role: Annotated[Role, typer.Option(help="web : pages et API ; worker : lecteurs et tâches ; all : les deux")] = Role.ALL,
) -> None:
    """Lancer un seul service au premier plan ; ses réglages viennent de l’environnement (MACS_*)."""
    from kit.service import main
    from kit.settings import Settings

    if not service.isidentifier() or importlib.util.find_spec(f"services.{service}") is None:
        raise typer.BadParameter(f"il n’y a pas de service « {service} »")
    create = importlib.import_module(f"services.{service}.app").create
    try:
        settings = Settings.read(service=service, role=role.value)
    except ValueError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from None
    main(create(settings), role.value)
