"""Who meets whom when, once it is decided: plain data, without the solvers, which take long to load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Meeting:
    """One talk of ten minutes. Slots and tables count from 0."""

    slot: int
    table: int
    seeker: str
    structure: str


@dataclass(frozen=True)
class Timetable:
    """Sorted by slot and table. `optimal` says that no other timetable has more points; else `bound` says how many it could have."""

    meetings: tuple[Meeting, ...]
    value: int
    bound: int
    seconds: float

    @property
    def optimal(self) -> bool:
        return self.value == self.bound

    @property
    def gap(self) -> float:
        """How far from the bound, as a share of it."""
        return (self.bound - self.value) / self.bound if self.bound else 0.0


class NoAssignment(Exception):
    """The pinned meetings alone are more than tables, slots or somebody's limit allow."""
