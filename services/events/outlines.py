"""The eight departments as a drawing: outlines and the points for their labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

REFERENCE: Final = Path(__file__).parent / "reference"
CLOSE: Final = ("75", "92", "93", "94")
"""Paris and the inner ring: too small on the region's map, drawn again beside it."""
_PATH: Final = re.compile(r'<path id="dep-(\d\d)" data-code="\d\d" d="([^"]+)"')
_POINT: Final = re.compile(r"(-?[\d.]+),(-?[\d.]+)")
_MOVED: Final = {"92": (-9.0, -22.0), "93": (3.0, 0.0)}
"""A crescent's middle lies outside of it."""


@dataclass(frozen=True)
class Outline:
    """A path of an SVG of 600 × 480 units, and where its label stands."""

    code: str
    path: str
    x: float
    y: float


@cache
def region() -> dict[str, Outline]:
    found = {}
    for code, path in _PATH.findall((REFERENCE / "idf.svg").read_text(encoding="utf-8")):
        xs, ys = zip(*_points(path.split("Z", maxsplit=1)[0]), strict=True)
        dx, dy = _MOVED.get(code, (0.0, 0.0))
        found[code] = Outline(code, path, round((min(xs) + max(xs)) / 2 + dx, 1), round((min(ys) + max(ys)) / 2 + dy, 1))
    return dict(sorted(found.items()))


@cache
def loupe() -> tuple[float, float, float, float]:
    """x, y, width and height around Paris and the inner ring."""
    points = [point for code in CLOSE for point in _points(region()[code].path)]
    left, top = min(x for x, _ in points) - 5, min(y for _, y in points) - 5
    return round(left, 1), round(top, 1), round(max(x for x, _ in points) + 5 - left, 1), round(max(y for _, y in points) + 5 - top, 1)


def _points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in _POINT.findall(path)]
