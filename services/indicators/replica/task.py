"""The replica in the life of a web process: opened at the start, followed as long as it runs, closed at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import duckdb

from kit.postgres import TRANSIENT, jittered
from kit.problems import Problem
from kit.service import Runtime
from services.indicators.replica.columnar import Columnar
from services.indicators.replica.follow import catch_up

log = logging.getLogger(__name__)

POLL_S: Final = 0.06
AWAY_S: Final = 0.4
STARTING_S: Final = 5.0
FULL_AFTER: Final = 3
"""Attempts: a question that holds much of the memory is over by then."""
FULL_S: Final = 30.0


async def open_replica(runtime: Runtime) -> None:
    """Make the empty replica. The process is not ready before it is loaded."""
    replica = Columnar()
    runtime.state["replica"] = replica
    runtime.health.ready_when("replica", lambda: lacks(replica))


def lacks(replica: Columnar) -> str | None:
    if replica.full:
        return "the facts do not fit into the memory of the replica"
    return None if replica.loaded else "the replica of the facts is loading"


async def follow(runtime: Runtime) -> None:
    """Stay within a tenth of a second of the facts, and be back as soon as the database is: readers may be one second behind at most.

    Rows that do not fit into the memory are tried again ever more slowly; nothing is answered meanwhile, since it would be out of date."""
    replica: Columnar = runtime.state["replica"]
    failed = 0
    while True:
        try:
            moved = await catch_up(runtime.pool, replica)
            failed, replica.full = 0, False
        except duckdb.OutOfMemoryException as error:
            failed += 1
            replica.full = failed >= FULL_AFTER
            log.warning("the facts do not fit into the memory of the replica", extra={"error": str(error), "times": failed})
            await asyncio.sleep(jittered(min(AWAY_S * 2**failed, FULL_S)))
        except TRANSIENT as error:
            log.warning("the replica waits for the database", extra={"error": f"{type(error).__name__}: {error}"})
            await asyncio.sleep(jittered(AWAY_S))
        else:
            await asyncio.sleep(POLL_S / 4 if moved else POLL_S)


async def close_replica(runtime: Runtime) -> None:
    replica: Columnar | None = runtime.state.pop("replica", None)
    if replica is not None:
        replica.close()


async def replica_of(runtime: Runtime) -> Columnar:
    """The loaded replica; raises a 503 problem where it is not there within a few seconds of the start, or holds no figures of today."""
    replica: Columnar | None = runtime.state.get("replica")
    if replica is not None and replica.full:
        detail = (
            "Les chiffres de travail ne tiennent plus dans la mémoire du serveur : plutôt que d’anciens chiffres, rien n’est montré. "
            "Les pages publiques et les déclarations ne sont pas touchées."
        )
        raise Problem(503, "FIGURES_TOO_LARGE", "Les chiffres de travail sont indisponibles", detail, headers={"Retry-After": "30"})
    if replica is None or not (replica.loaded or await replica.wait_for({}, STARTING_S)):
        raise Problem(503, "STARTING", "Les chiffres se chargent", "Réessayez dans quelques secondes.", headers={"Retry-After": "2"})
    return replica
