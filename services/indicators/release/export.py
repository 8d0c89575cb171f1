"""The files that the attacker reads: a release as it would be published, the ones before it, and what single employers know."""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from kit.postgres import Connection
from services.indicators.catalogue.parameters import FULL_TIME_HOURS, USUAL, Parameters
from services.indicators.release.build import Release
from services.indicators.release.facets import SCALE, Measure, knows
from services.indicators.release.memory import Memory, Remembered
from services.indicators.release.naming import INDICATOR, place_of
from services.indicators.release.store import Written, parameters_of
from services.indicators.release.tables import Key
from services.indicators.release.told import over_time

COLUMNS: Final = ("indicator", "period", "split", "code_1", "code_2", "value", "status", "since")
_PATIENCE_S: Final = 120


@dataclass(frozen=True)
class Told:
    """A release as the attacker is given it: its public rows, and what is said beside them."""

    release: str
    figures_until: date
    rows: Iterable[Written]
    parameters: Parameters = USUAL
    committed: Mapping[Key, int] = field(default_factory=dict)
    """By what I16 divides. Of a year that a release only repeats it is what it was when it was said first."""
    apart: Iterable[tuple[str, Measure]] = ()
    """(year, measure) whose sums were protected as such where nobody is in two parts."""
    somebody: Iterable[tuple[str, Measure]] = ()
    """(year, measure) in which a hidden number was taken to be known not to be zero."""


async def earlier(connection: Connection, past: Sequence[Remembered]) -> list[Told]:
    """The public tables of earlier releases, newest first: of each the years in which it says something that no later one repeats."""
    said = {row["release"]: row for row in await connection.fetch("select release, figures_until, rules from published_releases")}
    found = []
    for one in past:
        cells = await connection.fetch(
            f"select {', '.join(COLUMNS)} from published_cells where release = $1 and left(period, 4) = any($2)",  # noqa: S608
            one.release, sorted({year for year, _ in one.memory}), timeout=_PATIENCE_S,
        )  # fmt: skip
        head = said[one.release]
        rows, parameters = [tuple(cell) for cell in cells], parameters_of(head["rules"])
        found.append(Told(one.release, head["figures_until"], rows, parameters, committed(one.memory), *by_rule(one.memory)))
    return found


def committed(memory: Memory) -> dict[Key, int]:
    """The hours by which the rates of all years are divided."""
    return {key: hours for (_, measure), past in memory.items() if measure == "done" for key, hours in past.committed.items()}


def by_rule(memory: Memory) -> tuple[list[tuple[str, Measure]], list[tuple[str, Measure]]]:
    """Which years and measures were protected by the rules that came later: `apart`, `somebody`."""
    return [name for name, past in memory.items() if past.apart], [name for name, past in memory.items() if past.somebody]


def write(folder: Path, releases: Sequence[Told], knowledge: bytes) -> None:
    """`releases`: the newest first; `knowledge`: what `knowledge` made of the newest."""
    said = []
    for one in releases:
        (folder / one.release).mkdir()
        with (folder / one.release / "cells.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(COLUMNS)
            out.writerows(one.rows)
        full_time = [[value.valid_from.isoformat(), str(value.value)] for value in one.parameters.all if value.name == FULL_TIME_HOURS]
        divided = [[*place_of(key), hours] for key, hours in sorted(one.committed.items())]
        said.append({
            "release": one.release, "figures_until": one.figures_until.isoformat(), "full_time": full_time, "committed": divided,
            "apart": sorted(one.apart), "somebody": sorted(one.somebody),
        })  # fmt: skip
    (folder / "releases.json").write_text(json.dumps(said))
    for name, content in json.loads(zlib.decompress(knowledge)).items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def knowledge(number: str, release: Release, past: Sequence[Remembered] = ()) -> bytes:
    """What was promised of hidden cells, what single employers know, and what is true (of earlier releases too): zlib of JSON."""
    memories = [(number, release.memory), *((earlier.release, earlier.memory) for earlier in past)]
    found = {
        "promises": _promises(release),
        "insiders": _insiders(release),
        "truths": [row for of, memory in memories for row in _truths(of, memory)],
        "tellers": over_time({name: [(of, memory[name]) for of, memory in memories if name in memory] for name in release.memory}),
    }
    return zlib.compress(json.dumps(found).encode(), 6)


def _promises(release: Release) -> list[list[object]]:
    """What is repeated was promised when it was said first."""
    return [
        [INDICATOR[measure], *place_of(key), past.values[key] / SCALE[measure], below / SCALE[measure], above / SCALE[measure]]
        for (_, measure), past in sorted(release.memory.items())
        if measure in INDICATOR and not past.release
        for key, (below, above) in sorted(past.needs.items())
        if key in past.hidden and ("sex", "~F") not in key[1]
    ]


def _truths(number: str, memory: Memory) -> Iterator[list[object]]:
    for (_, measure), found in sorted(memory.items()):
        if measure in INDICATOR:
            for key in sorted(found.hidden):
                yield [number, INDICATOR[measure], *place_of(key), found.values[key] / SCALE[measure]]


def _insiders(release: Release) -> dict[str, list[list[object]]]:
    found: dict[str, list[list[object]]] = {}
    for (year, measure), makers in sorted(release.owners.items()):
        past = release.memory[year, measure]
        if measure not in INDICATOR:
            continue
        for key, insiders in sorted(makers.items()):
            if key in past.hidden:
                row = [INDICATOR[measure], *place_of(key), past.values[key] / SCALE[measure], knows(measure, key)]
                for insider in sorted(map(str, insiders)):
                    found.setdefault(insider, []).append(row)
    return found
