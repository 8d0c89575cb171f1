"""What a meeting of two is worth, in whole points, and which reasons make it up: shown beside each suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.events.matchmaking.participants import Seeker, Structure

WISH_OF_SEEKER: Final = 35
WISH_OF_STRUCTURE: Final = 25
ACTIVITY: Final = 25
DEPARTMENT: Final = 10
CAPACITY: Final = 5
FIRST_OF_SEEKER: Final = 40
"""What it is worth that somebody at a table meets anybody at all: nobody came for nothing."""
FIRST_OF_STRUCTURE: Final = 40
WHOLE: Final = WISH_OF_SEEKER + WISH_OF_STRUCTURE + ACTIVITY + DEPARTMENT + CAPACITY


@dataclass(frozen=True)
class Score:
    """Points from 1 to 100 and their reasons in French, the weightiest first."""

    points: int
    reasons: tuple[str, ...]

    @property
    def share(self) -> float:
        """Points as a share of all that could be had, for « 0,86 »."""
        return self.points / WHOLE


def score(seeker: Seeker, structure: Structure) -> Score | None:
    """What it is worth that the two meet; None where neither asked for it and no activity is shared: there is nothing to talk about."""
    found = [
        (WISH_OF_SEEKER, "demandée par l’acheteur", structure.id in seeker.wishes),
        (WISH_OF_STRUCTURE, "demandée par la structure", seeker.id in structure.wishes),
        (ACTIVITY, "activité", bool(seeker.activities & structure.activities)),
        (DEPARTMENT, "département", bool(seeker.departments & structure.departments)),
        (CAPACITY, "capacité", 0 < seeker.hours <= structure.capacity),
    ]
    if not any(holds for _, _, holds in found[:3]):
        return None
    held = [(points, reason) for points, reason, holds in found if holds]
    return Score(sum(points for points, _ in held), tuple(reason for _, reason in held))
