"""What a release must remember of itself so that the next one can be protected together with it. Never read by the public role."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from kit.postgres import Connection
from services.indicators.release.facets import Measure
from services.indicators.release.joint import Past
from services.indicators.release.tables import Key, year_until

COMPARED: Final = 3
"""A release is protected together with so many before it, and with the last edition."""
Memory = Mapping[tuple[str, Measure], Past]
"""(year, measure) → what the release holds."""


@dataclass(frozen=True)
class Remembered:
    """An earlier release: its number, how far it went, and its cells."""

    release: str
    figures_until: date
    memory: Memory
    fingerprints: Mapping[str, str]
    """Year → what its lines came to: the same again means that nothing changed."""


async def recall(connection: Connection) -> list[Remembered]:
    """The last three releases and the last edition, newest first."""
    rows = await connection.fetch(
        """
        select release, figures_until from published_releases
        where seq in (select seq from published_releases order by seq desc limit $1)
            or edition = (select max(edition) from published_releases)
        order by seq desc
        """,
        COMPARED,
    )
    return [await _remembered(connection, row["release"], row["figures_until"]) for row in rows]


async def _remembered(connection: Connection, release: str, figures_until: date) -> Remembered:
    memory: dict[tuple[str, Measure], Past] = {}
    fingerprints: dict[str, str] = {}
    for year, measure, packed in await connection.fetch("select year, measure, packed from release_memory where release = $1", release):
        past, fingerprints[year] = unpack(release, figures_until, year, packed)
        memory[year, cast("Measure", measure)] = past
    return Remembered(release, figures_until, memory, fingerprints)


async def remember(
    connection: Connection, release: str, memory: Memory, fingerprints: Mapping[str, str], atoms: Mapping[str, bytes]
) -> None:
    """Keep what the next releases need, and drop the sums of persons that none of them will ask for any more."""
    rows = [(release, year, measure, pack(past, fingerprints[year])) for (year, measure), past in sorted(memory.items())]
    await connection.copy_records_to_table("release_memory", records=rows, columns=("release", "year", "measure", "packed"))
    records = [(release, year, packed) for year, packed in sorted(atoms.items())]
    await connection.copy_records_to_table("release_atoms", records=records, columns=("release", "year", "packed"))
    still = sorted({release, *(found[0] for past in memory.values() for found in past.kept.values())})
    await connection.execute(
        """
        delete from release_atoms where release <> all($1) and release not in (
            select release from published_releases order by seq desc limit $2
        )
        """,
        still,
        COMPARED,
    )


async def atoms(connection: Connection) -> dict[tuple[str, str], bytes]:
    """(release, year) → the sums by person and employer as they were."""
    rows = await connection.fetch("select release, year, packed from release_atoms")
    return {(row["release"], row["year"]): row["packed"] for row in rows}


def pack(past: Past, fingerprint: str) -> bytes:
    cells = [
        [_text(key), value, *past.needs.get(key, (0, 0)), int(key in past.hidden), *past.kept.get(key, ())]
        for key, value in past.values.items()
        if value or key in past.hidden
    ]
    zeros = [_text(key) for key, value in past.values.items() if not value and key not in past.hidden]
    return zlib.compress(json.dumps({"cells": cells, "zeros": zeros, "fingerprint": fingerprint}).encode(), 6)


def unpack(release: str, figures_until: date, year: str, packed: bytes) -> tuple[Past, str]:
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    values: dict[Key, int] = {_key(text): 0 for text in found["zeros"]}
    needs, hidden, kept = {}, set(), {}
    for text, value, below, above, is_hidden, *since in found["cells"]:
        key = _key(text)
        values[key] = value
        if below or above:
            needs[key] = (below, above)
        if is_hidden:
            hidden.add(key)
        if since:
            kept[key] = (since[0], since[1])
    past = Past(release, year_until(int(year), figures_until), values, needs, frozenset(hidden), kept)
    return past, str(found["fingerprint"])


def _text(key: Key) -> str:
    return "|".join((key[0], *(f"{name}={code}" for name, code in key[1])))


def _key(text: str) -> Key:
    period, *codes = text.split("|")
    return period, tuple((name, code) for name, _, code in (part.partition("=") for part in codes))
