"""`./macs backup` and `./macs restore`: the platform's data put aside while it works, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.screen import Watch, done, failed, megabytes, print_json, say, trouble
from deploy.local.folder import RunFolder

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme (par défaut .run dans le projet).", metavar="DOSSIER")]
Json = Annotated[bool, typer.Option("--json", help="Pour un script.")]
_KEEP_SAFE: Final = "Elle contient les clés et les mots de passe de la plateforme : gardez-la comme un secret, hors de cette machine."


def backup(
    target: Annotated[Path, typer.Argument(help="Où la ranger : un sous-dossier daté y est créé.", metavar="DOSSIER")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Sauvegarder bases, sujets et clés, sans arrêter la plateforme."""
    import asyncpg

    from deploy.backup import moment, server, taking, topics

    watch = Watch()
    try:
        place, manifest = taking.take(RunFolder.at(data), target.absolute(), lambda text: done(text, watch.seconds))
    except (taking.NotPossible, moment.NoMoment, topics.Restless, server.Failed, asyncpg.PostgresError, OSError) as error:
        failed(f"rien n’a été sauvegardé : {trouble(error)}")
        raise typer.Exit(1) from None
    size = server.size_of(place)
    if as_json:
        print_json({"backup": str(place), "bytes": size, "seconds": round(watch.seconds, 1), "held_ms": manifest.held_ms})
        return
    held = f"{manifest.held_ms / 1000:.1f} s".replace(".", ",")
    done(f"[bold]{place}[/]  {megabytes(size)} ; rien n’a été publié pendant {held}", watch.seconds)
    say(_KEEP_SAFE)


def restore(
    source: Annotated[Path, typer.Argument(help="Le dossier daté d’une sauvegarde.", metavar="SAUVEGARDE")],
    data: Data = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only", help="« indicators » : sa seule base, dans la plateforme arrêtée d’où vient la sauvegarde.", metavar="SERVICE"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Remettre une sauvegarde en place, dans un dossier neuf ; puis : ./macs up."""
    import asyncpg

    from deploy.backup import manifest, restoring, server, taking

    watch, folder = Watch(), RunFolder.at(data)

    def told(text: str) -> None:
        done(text, watch.seconds)

    try:
        if only:
            found = restoring.restore_database(folder, source.absolute(), only, told)
        else:
            found = restoring.restore(folder, source.absolute(), told)
    except (manifest.Damaged, taking.NotPossible, server.Failed, asyncpg.PostgresError, OSError) as error:
        failed(f"rien n’a été restauré : {trouble(error)}")
        raise typer.Exit(1) from None
    if as_json:
        print_json({"data": str(folder.path), "made_at": found.made_at, "only": only, "seconds": round(watch.seconds, 1)})
        return
    where = f" --data {data}" if data else ""
    say(f"L’état du {found.when:%d/%m/%Y à %H:%M} UTC est en place. Démarrer : ./macs up{where}, puis comparer : ./macs verify{where}")
