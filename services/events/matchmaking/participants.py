"""Those who meet: seekers (a buyer with a need, a company with hours to place) and structures (ESS) that can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kit.errors import LineError, Refused

SLOT_MINUTES: Final = 10
MOST_SEEKERS: Final = 400
MOST_STRUCTURES: Final = 600
MOST_SLOTS: Final = 48
"""Eight hours of ten minutes."""


@dataclass(frozen=True)
class Seeker:
    """Somebody at a table who looks for structures. `slots` are the numbers (from 0) in which the seeker is there."""

    id: str
    name: str
    activities: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    wishes: frozenset[str] = frozenset()
    """Ids of structures that the seeker asked to meet."""
    hours: int = 0
    """What there is to give: hours to place, or expected of the need; 0 = not said."""
    slots: frozenset[int] = frozenset()
    most: int = 12


@dataclass(frozen=True)
class Structure:
    """A structure that can answer. `capacity` is in hours a year, 0 = not said."""

    id: str
    name: str
    activities: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    wishes: frozenset[str] = frozenset()
    """Ids of seekers that the structure asked to meet."""
    capacity: int = 0
    slots: frozenset[int] = frozenset()
    most: int = 12


@dataclass(frozen=True)
class Gathering:
    """All that a timetable needs: `tables` meetings at most at the same time, `slots` of ten minutes, pairs that must not meet."""

    seekers: tuple[Seeker, ...]
    structures: tuple[Structure, ...]
    slots: int
    tables: int
    apart: frozenset[tuple[str, str]] = frozenset()
    """(seeker, structure) that the team or one of them does not want to meet."""
    pinned: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """(seeker, structure) that the team set by hand → the slot, or None for any slot."""


def check(gathering: Gathering) -> None:
    """Raises Refused with everything that makes the gathering impossible to plan, in words."""
    errors = [*_sizes(gathering), *_pins(gathering)]
    if errors:
        raise Refused(errors, code="MATCHING_REFUSED", title="Ces rencontres ne peuvent pas être planifiées telles quelles")


def _sizes(gathering: Gathering) -> list[LineError]:
    limits = (
        ("slots", gathering.slots, MOST_SLOTS, "créneaux de dix minutes"),
        ("tables", gathering.tables, MOST_SEEKERS, "tables"),
        ("seekers", len(gathering.seekers), MOST_SEEKERS, "acheteurs ou entreprises"),
        ("structures", len(gathering.structures), MOST_STRUCTURES, "structures"),
    )
    return [
        LineError(column=column, code="OUT_OF_RANGE", value=str(value), message=f"De 1 à {most} {what}.", example=str(min(12, most)))
        for column, value, most, what in limits
        if not 1 <= value <= most
    ]


def _pins(gathering: Gathering) -> list[LineError]:
    seekers = {seeker.id: seeker for seeker in gathering.seekers}
    structures = {structure.id: structure for structure in gathering.structures}
    found = []
    for (one, other), slot in gathering.pinned.items():
        if one not in seekers or other not in structures:
            found.append(_pin(one, other, "L’un des deux n’est pas inscrit aux rencontres."))
        elif (one, other) in gathering.apart:
            found.append(_pin(one, other, "Ce rendez-vous est à la fois imposé et exclu."))
        elif slot is not None and not (slot in seekers[one].slots and slot in structures[other].slots and 0 <= slot < gathering.slots):
            found.append(_pin(one, other, f"L’un des deux n’est pas là au créneau {slot + 1}."))
    return found


def _pin(one: str, other: str, message: str) -> LineError:
    return LineError(column="pinned", code="PIN", value=f"{one} × {other}", message=message)
