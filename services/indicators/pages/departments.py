"""The eight departments as pages need them: how they are named, and their outlines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

REFERENCE: Final = Path(__file__).parents[1] / "reference"
CLOSE: Final = ("75", "92", "93", "94")
"""Paris and the inner ring: too small on the region's map, drawn again in the loupe."""
_PATH: Final = re.compile(r'<path id="dep-(\d\d)" data-code="\d\d" d="([^"]+)"')
_POINT: Final = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_MOVED: Final = {"92": (-19.0, -9.0), "93": (3.0, 0.0)}
"""A crescent's centre lies outside of it."""


@dataclass(frozen=True)
class Department:
    """Code, name, « de la Seine-Saint-Denis », outline, and the point for a label (units of the drawing)."""

    code: str
    name: str
    of: str
    outline: str
    x: float
    y: float


@cache
def all_departments() -> dict[str, Department]:
    names = {entry["code"]: entry for entry in json.loads((REFERENCE / "idf_departements.json").read_text())}
    found = {}
    for code, outline in _PATH.findall((REFERENCE / "idf.svg").read_text()):
        x, y = _centre(outline)
        dx, dy = _MOVED.get(code, (0.0, 0.0))
        complement = names[code]["complement"].replace("'", "’")
        found[code] = Department(code, names[code]["nom"].replace("'", "’"), complement, outline, round(x + dx, 1), round(y + dy, 1))
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
