"""What the attacker reads: the files of published releases, and what single employers know of themselves. Nothing else.

releases.json               [{"release", "figures_until", "full_time": [[first day, hours], …], "committed": [[period, split, code_1, code_2, hours]],
                            "apart": [[year, measure]], "somebody": [[year, measure]]}],
                            the newest first
<release>/cells.csv         indicator, period, split, code_1, code_2, value, status, since; as the public tables have them
insiders.json               {employer: [[indicator, period, split, code_1, code_2, value, knows]]}: what is an employer's alone, and whether it can tell
tellers.json                {"tellers": {who: {"own": [[release, indicator, period, split, code_1, code_2, value, knows]],
                            "moved": [[newer release, older release, indicator, period, split, code_1, code_2, difference]],
                            "open": [[release, indicator, period, split, code_1, code_2]]}}: what somebody alone made, declared or bought in any of the
                            releases, by how much it alone changed what, and what could not be kept from it,
                            "secrets": [[release, indicator, period, split, code_1, code_2]]}: what must stay so of earlier releases
truths.json                 [[release, indicator, period, split, code_1, code_2, value]]: what is hidden; to judge by, as well
promises.json               [[indicator, period, split, code_1, code_2, value, below, above]]: to judge by, never to compute with
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

COLUMNS: Final = ["indicator", "period", "split", "code_1", "code_2", "value", "status", "since"]
Place = tuple[str, tuple[tuple[str, str], ...]]
"""(period, ((dimension, code) …)): where a figure stands."""


@dataclass(frozen=True)
class Figure:
    """A published cell: the value as printed, or None; `since` means that the value is an older release's."""

    value: str | None
    status: str
    since: str


@dataclass(frozen=True)
class Publication:
    """One release as anybody can download it."""

    release: str
    figures_until: str
    figures: Mapping[str, Mapping[Place, Figure]]
    """By indicator."""
    full_time: tuple[tuple[str, float], ...] = ()
    """(first day, hours of a full-time year from then on), in the order of time: said beside every figure of I18."""
    committed: Mapping[Place, float] = field(default_factory=dict)
    """Hours to which the contracts ended there were committed, by which I16 divides: in no table, but contracts are public records."""
    apart: frozenset[tuple[str, str]] = frozenset()
    """(year, measure) first published when sums in which nobody is twice were protected as sums."""
    somebody: frozenset[tuple[str, str]] = frozenset()
    """(year, measure) first published when hidden numbers were protected as known not to be zero."""


@dataclass(frozen=True)
class Promise:
    """A hidden cell must stay uncertain at least from `value − below` to `value + above`."""

    indicator: str
    place: Place
    value: float
    below: float
    above: float


@dataclass(frozen=True)
class Teller:
    """Somebody who knows figures of several releases: (release, indicator, place) → (value, whether it can tell that it is alone there);
    (newer, older release, indicator, place) → change. `open`: what is known not to be kept from it."""

    own: Mapping[tuple[str, str, Place], tuple[float, bool]]
    moved: Mapping[tuple[str, str, str, Place], float]
    open: frozenset[tuple[str, str, Place]]


@dataclass(frozen=True)
class Published:
    """Everything that is attacked together, the newest release first."""

    publications: tuple[Publication, ...]
    insiders: Mapping[str, Mapping[tuple[str, Place], tuple[float, bool]]] = field(default_factory=dict)
    promises: tuple[Promise, ...] = ()
    truths: Mapping[tuple[str, str, Place], float] = field(default_factory=dict)
    """(release, indicator, place) → value. A guess that leads elsewhere gave nothing away."""
    tellers: Mapping[str, Teller] = field(default_factory=dict)
    secrets: frozenset[tuple[str, str, Place]] = frozenset()
    """(release, indicator, place) that earlier releases hid for their own sake and no later one printed."""


def read(folder: Path) -> Published:
    """Raises OSError or ValueError for files that are not there or not as above."""
    said: list[dict[str, Any]] = json.loads((folder / "releases.json").read_text())
    publications = tuple(_publication(folder, one) for one in said)
    insiders = {
        employer: {(row[0], _place(row[1:5])): (float(row[5]), bool(row[6])) for row in rows}
        for employer, rows in _json(folder / "insiders.json", {}).items()
    }
    promises = tuple(Promise(row[0], _place(row[1:5]), *map(float, row[5:])) for row in _json(folder / "promises.json", []))
    truths = {(row[0], row[1], _place(row[2:6])): float(row[6]) for row in _json(folder / "truths.json", [])}
    told = _json(folder / "tellers.json", {})
    tellers = {who: _teller(said) for who, said in told.get("tellers", {}).items()}
    return Published(publications, insiders, promises, truths, tellers, frozenset(map(_secret, told.get("secrets", ()))))


def _teller(said: Mapping[str, Any]) -> Teller:
    own = {_secret(row): (float(row[6]), bool(row[7])) for row in said["own"]}
    moved = {(row[0], *_secret(row[1:])): float(row[7]) for row in said["moved"]}
    return Teller(own, moved, frozenset(map(_secret, said["open"])))


def _secret(row: list[str]) -> tuple[str, str, Place]:
    return row[0], row[1], _place(row[2:6])


def _publication(folder: Path, said: Mapping[str, Any]) -> Publication:
    release: str = said["release"]
    figures: dict[str, dict[Place, Figure]] = {}
    with (folder / release / "cells.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if next(rows, None) != COLUMNS:
            raise ValueError(f"{release}/cells.csv : les colonnes doivent être {', '.join(COLUMNS)}")
        for indicator, period, split, code_1, code_2, value, status, since in rows:
            place = _place([period, split, code_1, code_2])
            figures.setdefault(indicator, {})[place] = Figure(value or None, status, since)
    full_time = tuple(sorted((day, float(hours)) for day, hours in said.get("full_time", ())))
    committed = {_place(row[:4]): float(row[4]) for row in said.get("committed", ())}
    rules = (frozenset((year, measure) for year, measure in said.get(rule, ())) for rule in ("apart", "somebody"))
    return Publication(release, said["figures_until"], figures, full_time, committed, *rules)


def _place(row: list[str]) -> Place:
    period, split, *codes = row
    names = split.split(",") if split else []
    return period, tuple(sorted(zip(names, codes, strict=False)))


def _json(file: Path, otherwise: Any) -> Any:
    return json.loads(file.read_text()) if file.exists() else otherwise
