"""How long an animator is on the way between two departments: an estimate from the distance of their chief towns, to be confirmed by users."""

from __future__ import annotations

from functools import cache
from math import asin, cos, radians, sin, sqrt
from typing import Final

CHIEF_TOWNS: Final = {
    "75": (48.8566, 2.3522),
    "77": (48.5397, 2.6608),
    "78": (48.8049, 2.1204),
    "91": (48.6238, 2.4297),
    "92": (48.8924, 2.2153),
    "93": (48.9086, 2.4397),
    "94": (48.7904, 2.4556),
    "95": (49.0361, 2.0761),
}
"""Latitude and longitude in degrees: Paris, Melun, Versailles, Évry, Nanterre, Bobigny, Créteil, Cergy."""
WITHIN_MIN: Final = 20
DOOR_MIN, MIN_A_KM = 15, 1.6
BREAK_MIN: Final = 120
"""From the end of a morning to the beginning of an afternoon (12:00 to 14:00)."""


@cache
def minutes(one: str | None, other: str | None) -> int:
    """Minutes from door to door, in steps of five: 15 and 1.6 a kilometre as the crow flies. Unknown places: 0."""
    if one not in CHIEF_TOWNS or other not in CHIEF_TOWNS:
        return 0
    if one == other:
        return WITHIN_MIN
    return round((DOOR_MIN + MIN_A_KM * _kilometres(CHIEF_TOWNS[one], CHIEF_TOWNS[other])) / 5) * 5


def too_far_for_one_day(one: str | None, other: str | None) -> bool:
    """Whether a morning in the one and an afternoon in the other leave less than 60 minutes for the meal."""
    return minutes(one, other) > BREAK_MIN - 60


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great circle (haversine), earth radius 6,371 km."""
    north, east = radians(one[0]), radians(one[1])
    north2, east2 = radians(other[0]), radians(other[1])
    half = sin((north2 - north) / 2) ** 2 + cos(north) * cos(north2) * sin((east2 - east) / 2) ** 2
    return 2 * 6_371 * asin(sqrt(half))
