"""The eight departments as a text and a drawing name them: « de la Seine-Saint-Denis », an outline, the point for a label."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

CLOSE: Final = ("75", "92", "93", "94")
"""Paris and the inner ring: too small on the region's map, drawn again in the loupe."""
_PATH: Final = re.compile(r'<path id="dep-(\d\d)" data-code="\d\d" d="([^"]+)"')
_POINT: Final = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_MOVED: Final = {"92": (-19.0, -9.0), "93": (3.0, 0.0)}
"""A crescent's centre lies outside of it."""


@dataclass(frozen=True)
class Department:
    """Code, name, « de la Seine-Saint-Denis », inhabitants, outline, and the point for a label (units of a drawing of 600 × 480)."""

    code: str
    name: str
    of: str
    population: int
    outline: str
    x: float
    y: float


@cache
def all_departments() -> dict[str, Department]:
    """By code. Outlines: IGN Admin Express COG 2018; names and populations: INSEE; Licence Ouverte (`idf.LICENCE.txt`)."""
    here = files(__package__)
    names = {entry["code"]: entry for entry in json.loads(here.joinpath("idf_departements.json").read_text(encoding="utf-8"))}
    found = {}
    for code, outline in _PATH.findall(here.joinpath("idf.svg").read_text(encoding="utf-8")):
        x, y = _centre(outline)
        dx, dy = _MOVED.get(code, (0.0, 0.0))
        name, of = (names[code][key].replace("'", "’") for key in ("nom", "complement"))
        found[code] = Department(code, name, of, names[code]["population"], outline, round(x + dx, 1), round(y + dy, 1))
    return dict(sorted(found.items()))


@cache
def loupe() -> tuple[float, float, float, float]:
    """The frame of the loupe (x, y, width, height) around Paris and the inner ring."""
    points = [point for code in CLOSE for point in _points(all_departments()[code].outline)]
    left, right = min(x for x, _ in points) - 5, max(x for x, _ in points) + 5
    top, bottom = min(y for _, y in points) - 5, max(y for _, y in points) + 5
    return round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1)


def _points(outline: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in _POINT.findall(outline)]


def _centre(outline: str) -> tuple[float, float]:
    """Centre of gravity of the first ring."""
    points = _points(outline.split("Z", maxsplit=1)[0])
    doubled, x, y = 0.0, 0.0, 0.0
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True):
        cross = x1 * y2 - x2 * y1
        doubled, x, y = doubled + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return x / (3 * doubled), y / (3 * doubled)
