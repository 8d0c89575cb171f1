"""Publish: measure the replica in one snapshot, protect, attack what would be published, and only then write it in one transaction."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, Final
from uuid import UUID

from kit import outbox
from kit.postgres import Connection
from kit.service import Runtime
from schemas.indicators import EditionPublished
from schemas.zones import PARIS
from services.indicators.release import build, export, memory, newest, store
from services.indicators.release.build import Release
from services.indicators.release.export import Told
from services.indicators.release.flow import NoPattern
from services.indicators.release.store import Published, Written
from services.indicators.replica.columnar import with_room
from services.indicators.replica.follow import catch_up
from services.indicators.replica.positions import write
from services.indicators.replica.task import replica_of

BREAK: Final = "MACS_TEST_BREAK"
"""`secondary`: nothing but the primary cells is hidden. The attacker must then stop the publication; a test says that it does."""
MOST_SHOWN: Final = 5
ONE_AT_A_TIME: Final = asyncio.Lock()


class NotPublished(Exception):
    """Nothing was published: the reason in a sentence for the public, and the particulars for the team."""

    def __init__(self, reason: str, details: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.details = reason, tuple(details)


@dataclass(frozen=True)
class Publication:
    """A release, how many hidden figures were attacked in vain, and how long the steps took (seconds). `repeated`: years and measures that
    are said again as they were."""

    published: Published
    attacked: int
    seconds: Mapping[str, float]
    repeated: Sequence[str] = ()


async def publish(runtime: Runtime) -> Publication:
    """The next release, of everything committed before the call. Older releases stay as they are. Raises NotPublished."""
    async with ONE_AT_A_TIME, runtime.pool.acquire() as connection, alone(connection):
        now = runtime.clock()
        try:
            return await _publish(runtime, connection, now)
        except NotPublished as refused:
            await store.refuse(connection, now, refused.reason, refused.details)
            raise


@asynccontextmanager
async def alone(connection: Connection) -> AsyncIterator[None]:
    """One release at a time, also with several web processes. Raises NotPublished while another is being made."""
    if not await store.lock(connection):
        raise NotPublished("Une autre publication est en cours.")
    try:
        yield
    finally:
        await store.unlock(connection)


async def _publish(runtime: Runtime, connection: Connection, now: datetime) -> Publication:
    number = await store.next_number(connection, now.astimezone(PARIS).year)
    made = await prepare(runtime, connection, now, number)
    async with connection.transaction():
        found = await store.write(
            connection, number, made.release, made.rows, at=now, positions=made.positions, fictional=runtime.settings.fictional
        )
        await memory.remember(connection, number, made.memory, made.release.atoms)
        announced = EditionPublished(release=found.release, figures_until=found.figures_until, cells=found.cells, hidden=found.hidden)
        await outbox.add(connection, announced)
    runtime.wake_relay()
    newest.forget(runtime)
    return Publication(found, made.attacked, made.seconds, made.release.repeated)


@dataclass(frozen=True)
class Prepared:
    """A release that was protected and attacked in vain, and is written nowhere yet. `knowledge`: what its attacker knew besides the tables."""

    number: str
    release: Release
    rows: Sequence[Written]
    positions: str
    attacked: int
    seconds: Mapping[str, float]
    knowledge: bytes

    @property
    def memory(self) -> memory.Memory:
        return {name: replace(past, release=past.release or self.number) for name, past in self.release.memory.items()}


async def prepare(runtime: Runtime, connection: Connection, now: datetime, number: str) -> Prepared:
    """Measure, protect and attack the release that would have this number. Raises NotPublished."""
    replica = await replica_of(runtime)
    while await catch_up(runtime.pool, replica):
        pass
    today, begun = now.astimezone(PARIS).date(), monotonic()
    past, atoms = await memory.recall(connection), await memory.atoms(connection)
    public_employers = await _public_employers(connection)
    measured, position = await replica.ask(with_room(lambda duck: build.measure(duck, today, past, atoms, public_employers)))
    broken = os.environ.get(BREAK) == "secondary"
    try:
        release = await asyncio.to_thread(build.build, measured, today, past, primary_only=broken)
    except NoPattern as error:
        raise NotPublished("Aucun masquage ne protège toutes les données : le solveur n’a pas trouvé de solution.", [str(error)]) from error
    except (BrokenProcessPool, MemoryError) as error:
        raise NotPublished(
            "Le calcul du masquage s’est arrêté, sans doute faute de mémoire. Réessayez quand le serveur est moins chargé.",
            [f"{type(error).__name__}: {error}"],
        ) from error
    protected = monotonic()
    earlier = await export.earlier(connection, past)
    rows = await asyncio.to_thread(store.rows_of, release.cells, _printed(earlier))
    knowledge = await asyncio.to_thread(export.knowledge, number, release, past)
    attacked = await attack([told(number, release, rows), *earlier], knowledge)
    seconds = {"protected": round(protected - begun, 2), "attacked": round(monotonic() - protected, 2)}
    return Prepared(number, release, rows, write(position), attacked, seconds, knowledge)


def told(number: str, release: Release, rows: Sequence[Written]) -> Told:
    """The release as its attacker is given it."""
    return Told(number, release.figures_until, rows, release.parameters, export.committed(release.memory), *export.by_rule(release.memory))


async def _public_employers(connection: Connection) -> list[UUID]:
    """Employers under public law, as the replica knows them: their SIREN begins with 1 or 2 (Insee). Dominance does not protect them."""
    rows = await connection.fetch("select distinct md5(employer)::uuid as employer from facts where employer ~ '^[12][0-9]{13}$'")
    return [row["employer"] for row in rows]


def _printed(earlier: Sequence[Told]) -> store.Shown:
    """What earlier releases show, with the release that a value comes from: a kept value is kept from there."""
    return {
        (row[7] or one.release, row[0], row[1], row[2], row[3], row[4]): (row[5], row[6])
        for one in earlier
        for row in one.rows
        if row[6] != "secret"
    }


async def attack(releases: Sequence[Told], knowledge: bytes) -> int:
    """Let the attacker's own program read the files; how many hidden figures it tried. Raises NotPublished on any finding."""
    with tempfile.TemporaryDirectory(prefix="macs-attack-") as folder:
        await asyncio.to_thread(export.write, Path(folder), releases, knowledge)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.indicators.attack", folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )  # fmt: skip
        out, err = await process.communicate()
    try:
        verdict: dict[str, Any] = json.loads(out)
    except ValueError:
        raise NotPublished("L’attaque de contrôle n’a pas abouti.", err.decode(errors="replace").splitlines()[-3:]) from None
    if process.returncode or verdict["findings"]:
        raise NotPublished(_in_a_sentence(verdict), [_in_words(found) for found in verdict["findings"][:MOST_SHOWN]])
    return int(verdict["attacked"])


def _in_a_sentence(verdict: Mapping[str, Any]) -> str:
    recovered, narrow = verdict["recovered"], len(verdict["findings"]) - verdict["recovered"]
    return (
        f"L’attaque de contrôle a retrouvé {recovered} chiffres masqués sur {verdict['attacked']}"
        f"{f' et en a approché {narrow} de trop près' if narrow else ''}."
    )


def _in_words(found: Mapping[str, Any]) -> str:
    who = " par qui en connaît les voisins" if found["insider"] else ""
    return f"{found['measure']} {found['place']} ({found['release']}) : entre {found['least']:g} et {found['greatest']:g}{who}"
