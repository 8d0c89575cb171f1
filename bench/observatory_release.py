"""How long a release of the region's ten years takes: measured, suppressed, attacked and written by a web process, asked as the team asks.

Lines made at random fill every cell, so that there would be nothing to hide. Before the release they are told apart as real ones are: each
public and each modality is two thirds as frequent as the one before it, down to cells of a single person and of a single employer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any, Final

import asyncpg
import httpx

from bench.ground import LOADING_S, Ground
from bench.keys import of_team
from bench.observatory_apply import Inexact
from schemas.vocabulary.modalities import MODALITIES
from schemas.vocabulary.publics import PUBLICS

PATIENCE_S: Final = 1800.0
RARER: Final = 0.6
_TELL_APART: Final = """
    update facts set public = ($1::text[])[1 + {public}], modality = ($2::text[])[1 + {modality}]
"""


def measure(place: Ground, say: Callable[[str], None]) -> dict[str, Any]:
    """`release_s`: seconds of measuring, suppressing and attacking; `release_attacked`, `release_recovered`: hidden figures. Raises Inexact
    where the release was refused."""
    asyncio.run(_tell_apart(place))
    key = asyncio.run(of_team(place.dsn("indicators")))
    web = place.start(place.service("indicators", "web"), LOADING_S)
    try:
        begun = time.monotonic()
        answer = httpx.post(
            web.probe.replace("/health/ready", "/api/v1/pilotage/releases"), headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S
        )
        whole_s = time.monotonic() - begun
    finally:
        place.stop(web)
    said: dict[str, Any] = answer.json()
    if answer.status_code != 201:
        raise Inexact(f"rien n’a été publié : {said.get('detail')} {said.get('details')}")
    say(f"{said['cells']:,} cases, {said['hidden']:,} masquées, {said['attacked']:,} attaquées en {whole_s:.0f} s")
    return {
        "release_s": round(sum(said["seconds"].values()), 1),
        "release_attacked": said["attacked"],
        "release_recovered": said["recovered"],
        "release_seconds": {**said["seconds"], "whole": round(whole_s, 1)},
        "release_cells": said["cells"],
        "release_hidden": said["hidden"],
        "release_periods": len(said["periods"]),
    }


async def _tell_apart(place: Ground) -> None:
    query = _TELL_APART.format(public=_rarer("person_local", PUBLICS), modality=_rarer("employer", MODALITIES))
    connection = await asyncpg.connect(place.admin_dsn("indicators"))
    try:
        await connection.execute("set synchronous_commit = off")
        await connection.execute(query, list(PUBLICS), list(MODALITIES), timeout=PATIENCE_S)
        await connection.execute("vacuum analyze facts", timeout=PATIENCE_S)
    finally:
        await connection.close()


def _rarer(column: str, codes: Collection[str]) -> str:
    """SQL: the place of a code, the same for the same value of the column. `RARER`: how much rarer each is than the one before."""
    chance = f"(('x' || substr(md5('{column}' || {column}), 1, 7))::bit(28)::integer + 1) / 268435457.0"
    return f"least({len(codes) - 1}, floor(ln({chance}) / ln({RARER})))::integer"
