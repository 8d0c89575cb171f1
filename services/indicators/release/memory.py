"""What a release must remember of itself so that the next one can be protected together with it. Never read by the public role."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, cast
from uuid import UUID

from kit.postgres import Connection
from services.indicators.release.facets import Measure
from services.indicators.release.insight import Insight, Known
from services.indicators.release.joint import Past
from services.indicators.release.tables import Key, year_until

Memory = Mapping[tuple[str, Measure], Past]
"""(year, measure) → what the release holds."""


@dataclass(frozen=True)
class Remembered:
    """An earlier release: its number, and what it says of the years in which it says something that no later one repeats."""

    release: str
    memory: Memory


async def recall(connection: Connection) -> list[Remembered]:
    """Everything different that was ever said, newest first. What several releases say alike is the newest one's."""
    rows = await connection.fetch(
        """
        select release, figures_until, year, measure, packed from (
            select distinct on (m.year, m.measure, md5(m.packed)) m.release, m.year, m.measure, m.packed, r.seq, r.figures_until
            from release_memory m join published_releases r using (release)
            order by m.year, m.measure, md5(m.packed), r.seq desc
        ) said order by seq desc, year, measure
        """
    )
    found: dict[str, dict[tuple[str, Measure], Past]] = {}
    for release, until, year, measure, packed in rows:
        found.setdefault(release, {})[year, cast("Measure", measure)] = unpack(release, until, year, packed)
    return [Remembered(release, held) for release, held in found.items()]


async def remember(connection: Connection, release: str, memory: Memory, atoms: Mapping[str, bytes]) -> None:
    """Keep what the next releases need, and drop the sums of persons that none of them will ask for any more: a year's are asked for as long
    as a reader has one of its figures from that release."""
    rows = [(release, year, measure, pack(past, release)) for (year, measure), past in sorted(memory.items())]
    await connection.copy_records_to_table("release_memory", records=rows, columns=("release", "year", "measure", "packed"))
    records = [(release, year, packed) for year, packed in sorted(atoms.items())]
    await connection.copy_records_to_table("release_atoms", records=records, columns=("release", "year", "packed"))
    still = {(whose, year) for (year, _), past in memory.items() for whose in {past.release, *(kept[0] for kept in past.kept.values())}}
    await connection.execute(
        """
        delete from release_atoms a where a.year = any($1) and not exists (
            select from unnest($2::text[], $3::text[]) as still (release, year) where still.release = a.release and still.year = a.year
        )
        """,
        sorted({year for year, _ in memory}),
        [whose for whose, _ in sorted(still)],
        [year for _, year in sorted(still)],
    )


async def atoms(connection: Connection) -> dict[tuple[str, str], bytes]:
    """(release, year) → the sums by person and employer as they were."""
    rows = await connection.fetch("select release, year, packed from release_atoms")
    return {(row["release"], row["year"]): row["packed"] for row in rows}


def pack(past: Past, release: str = "") -> bytes:
    """The same bytes for the same content, whichever release says it. `release`: its own number; another one's is what it repeats."""
    cells = [
        [_text(key), value, *past.needs.get(key, (0, 0)), int(key in past.hidden), *past.kept.get(key, ())]
        for key, value in sorted(past.values.items())
        if value or key in past.hidden
    ]
    zeros = [_text(key) for key, value in sorted(past.values.items()) if not value and key not in past.hidden]
    repeats = "" if past.release == release else past.release
    said: dict[str, Any] = {
        "cells": cells,
        "zeros": zeros,
        "until": past.year.span.end.isoformat(),
        "repeats": repeats,
        "apart": past.apart,
        "somebody": past.somebody,
        "told_to": past.told_to,
        **_insight(past.insight),
    }
    if past.committed:
        said["committed"] = [[_text(key), hours] for key, hours in sorted(past.committed.items()) if hours]
    return zlib.compress(json.dumps(said).encode(), 6)


def unpack(release: str, figures_until: date, year: str, packed: bytes) -> Past:
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
    until = date.fromisoformat(found["until"]) if "until" in found else figures_until
    committed = {_key(text): hours for text, hours in found.get("committed", ())}
    rules = found.get("apart", False), found.get("somebody", False), found.get("told_to", "")
    return Past(
        found.get("repeats") or release,
        year_until(int(year), until),
        values,
        needs,
        frozenset(hidden),
        kept,
        committed,
        *rules,
        _known(found),
    )


def _insight(known: Insight) -> dict[str, Any]:
    """Insiders once, by number; nothing where nobody knows anything."""
    who = sorted({*chain(*known.told.values(), *known.moved.values()), *(one for one, _, _ in known.open)})
    number = {one: place for place, one in enumerate(who)}

    def by_key(of: Known) -> dict[str, list[int]]:
        return {_text(key): sorted(number[one] for one in found) for key, found in sorted(of.items())}

    not_kept = sorted([number[one], release, _text(key)] for one, release, key in known.open)
    said = {"who": [str(one) for one in who], "told": by_key(known.told), "moved": by_key(known.moved), "open": not_kept}
    return said if who else {}


def _known(found: Mapping[str, Any]) -> Insight:
    who = [UUID(text) for text in found.get("who", ())]

    def by_key(name: str) -> Known:
        return {_key(text): frozenset(who[number] for number in numbers) for text, numbers in found.get(name, {}).items()}

    return Insight(
        by_key("told"), by_key("moved"), frozenset((who[number], release, _key(text)) for number, release, text in found.get("open", ()))
    )


def _text(key: Key) -> str:
    return "|".join((key[0], *(f"{name}={code}" for name, code in key[1])))


def _key(text: str) -> Key:
    period, *codes = text.split("|")
    return period, tuple((name, code) for name, _, code in (part.partition("=") for part in codes))
