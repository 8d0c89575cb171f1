"""`./macs dead`: records that a reader could not take, and readers that stopped because of them."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
import typer
from rich.table import Table

from cli.screen import done, failed, print_json, say, told
from deploy.local import credentials
from deploy.local.folder import RunFolder, read_json
from deploy.local.roles import dsn_on
from kit import dead_letters, work_list
from kit.settings import Settings
from schemas import topics

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Les messages écartés et les lecteurs arrêtés.")

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la plateforme locale.", metavar="DOSSIER")]
Json = Annotated[bool, typer.Option("--json", help="Pour un script.")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Identifiants donnés par « list ».", metavar="ID…")]
_REPLAY_PATIENCE_S: Final = 30.0


@dataclass(frozen=True)
class Place:
    """A service and the address of its database."""

    service: str
    dsn: str


@app.command("list")
def list_(
    reader: Annotated[str | None, typer.Option("--reader", help="Un service, ou service.topic.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Aussi ceux qui sont rejoués ou abandonnés.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Les messages écartés qui attendent une décision, et les lecteurs arrêtés."""
    states = work_list.STATES if everything else ("open", "replay")
    items, stopped = _run(_listed(_places(data), states))
    items = [item for item in items if _named(reader, item)]
    stopped = [item for item in stopped if _named(reader, item)]
    if as_json:
        print_json({"items": items, "stopped": stopped})
        return
    for item in stopped:
        failed(f"{item['reader']}.{item['topic']} est arrêté depuis {item['at']} : {item['reason']}")
    if not items:
        say("Aucun message écarté.")
        return
    table = Table("Identifiant", "Lecteur", "Place", "État", "Raison")
    for item in items:
        table.add_row(
            item["id"], f"{item['reader']}.{item['topic']}", f"{item['partition']}/{item['offset']}", item["state"], item["reason"][:80]
        )
    told.print(table)


@app.command()
def show(letter_id: Annotated[UUID, typer.Argument(metavar="ID")], data: Data = None, as_json: Json = False) -> None:
    """Un message écarté, octet pour octet."""
    found = _run(_found(_places(data), letter_id))
    if found is None:
        failed(f"aucun message écarté {letter_id}")
        raise typer.Exit(1)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        say(f"[bold]{name}[/]  ")
        told.print(value, markup=False, soft_wrap=True)


@app.command()
def replay(
    ids: Ids = None,
    reader: Annotated[str | None, typer.Option("--reader", help="Tous ceux de ce lecteur.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Faire appliquer de nouveau, par le seul lecteur qui les avait écartés ; attend le résultat."""
    places = _places(data)
    outcome = _run(_replayed(places, _chosen(places, ids, reader)))
    if as_json:
        print_json(outcome)
    else:
        done(f"{len(outcome['replayed'])} appliqués")
        for item in outcome["failed"]:
            failed(f"{item['id']} : {item['note'] or 'pas encore appliqué'}")
    raise typer.Exit(1 if outcome["failed"] else 0)


@app.command()
def discard(
    why: Annotated[str, typer.Option("--reason", help="Pourquoi ils ne seront pas appliqués ; reste écrit à côté.")],
    ids: Ids = None,
    reader: Annotated[str | None, typer.Option("--reader", help="Tous ceux de ce lecteur.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Décider qu’ils ne seront pas appliqués."""
    places = _places(data)
    gone = _run(_discarded(places, _chosen(places, ids, reader), why))
    if as_json:
        print_json({"discarded": gone})
    else:
        done(f"{len(gone)} abandonnés")


@app.command()
def resume(
    reader: Annotated[str, typer.Argument(help="Un service, ou service.topic.", metavar="LECTEUR")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Remettre en marche un lecteur arrêté à sa limite, une fois la cause corrigée."""
    service, _, topic = reader.partition(".")
    resumed = _run(_resumed(_places(data), service, topic or None))
    if as_json:
        print_json({"resumed": resumed})
    elif resumed:
        done(f"{', '.join(resumed)} reprend")
    if not resumed:
        failed(f"aucun lecteur « {reader} » n’est arrêté")
        raise typer.Exit(1)


def _places(data: Path | None) -> list[Place]:
    """The database of the service whose environment this is; else those of the local run."""
    if os.environ.get("MACS_SERVICE") and os.environ.get("MACS_DATABASE"):
        here = Settings.read()
        return [Place(here.service, here.database)]
    folder = RunFolder.at(data)
    found = read_json(folder.addresses)
    if not found:
        failed(f"aucune plateforme dans {folder.path} (./macs up)")
        raise typer.Exit(1)
    services = sorted({name for topic in topics.ALL for name in topic.read_by})
    return [Place(name, dsn_on(found["postgres"], name, name, credentials.password(folder, name))) for name in services]


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(work)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        failed(f"la base ne répond pas : {error}")
        raise typer.Exit(1) from None


@asynccontextmanager
async def _connected(place: Place) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(place.dsn, timeout=5, command_timeout=20, server_settings={"application_name": "macs dead"})
    try:
        yield connection
    finally:
        await connection.close()


async def _listed(places: list[Place], states: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    items: list[dict[str, Any]] = []
    stopped: list[dict[str, Any]] = []
    for place in places:
        async with _connected(place) as connection:
            items += [_as_item(row) for row in await work_list.letters(connection, states)]
            stopped += [
                {"reader": row["reader"], "topic": row["topic"], "at": row["stopped_at"].isoformat(), "reason": row["reason"]}
                for row in await work_list.stopped(connection)
            ]
    return items, stopped


def _as_item(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "id": str(row["id"]), "reader": row["reader"], "topic": row["topic"], "partition": row["partition"], "offset": row["record_offset"],
        "reason": row["reason"], "at": row["dead_at"].isoformat(), "state": row["state"], "note": row["note"],
    }  # fmt: skip


def _named(reader: str | None, item: dict[str, Any]) -> bool:
    return reader is None or reader in {item["reader"], f"{item['reader']}.{item['topic']}"}


async def _found(places: list[Place], letter_id: UUID) -> dict[str, Any] | None:
    for place in places:
        async with _connected(place) as connection:
            if (row := await work_list.letter(connection, letter_id)) is not None:
                packed = dead_letters.unpack(row["headers"])
                return {
                    **_as_item(row),
                    "key": dead_letters.text_of(row["key"]),
                    "headers": {name: None if value is None else value.decode("utf-8", "replace") for name, value in packed.headers},
                    "value": None if row["value"] is None else row["value"].decode("utf-8", "replace"),
                    "value_base64": None if row["value"] is None else base64.b64encode(row["value"]).decode(),
                }
    return None


def _chosen(places: list[Place], ids: list[UUID] | None, reader: str | None) -> list[UUID]:
    if bool(ids) == bool(reader):
        raise typer.BadParameter("donner des identifiants, ou --reader")
    if ids:
        return ids
    items, _ = _run(_listed(places, ("open",)))
    return [UUID(item["id"]) for item in items if _named(reader, item)]


async def _replayed(places: list[Place], ids: list[UUID]) -> dict[str, Any]:
    """Ask, then wait until the readers have done it or failed again."""
    asked = await _everywhere(places, lambda connection: work_list.replay(connection, ids))
    deadline = time.monotonic() + _REPLAY_PATIENCE_S
    while True:
        items, _ = await _listed(places, work_list.STATES)
        mine = [item for item in items if UUID(item["id"]) in asked]
        if all(item["state"] != "replay" for item in mine) or time.monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    unknown = [{"id": str(missing), "note": "inconnu, ou déjà appliqué"} for missing in ids if missing not in asked]
    return {
        "replayed": [item["id"] for item in mine if item["state"] == "replayed"],
        "failed": [*({"id": item["id"], "note": item["note"]} for item in mine if item["state"] != "replayed"), *unknown],
    }


async def _discarded(places: list[Place], ids: list[UUID], why: str) -> list[str]:
    return [str(gone) for gone in await _everywhere(places, lambda connection: work_list.discard(connection, ids, why))]


async def _everywhere(places: list[Place], work: Callable[[asyncpg.Connection], Coroutine[Any, Any, list[UUID]]]) -> list[UUID]:
    found: list[UUID] = []
    for place in places:
        async with _connected(place) as connection:
            found += await work(connection)
    return found


async def _resumed(places: list[Place], service: str, topic: str | None) -> list[str]:
    for place in places:
        if place.service == service:
            async with _connected(place) as connection:
                return [f"{service}.{name}" for name in await work_list.resume(connection, service, topic)]
    return []
