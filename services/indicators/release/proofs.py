"""What shows that a cell is uncertain: flows that move it, and who sees through all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 4


@dataclass(frozen=True)
class Flow:
    """A change that a reader cannot tell from the truth: where it goes, and who sees through it."""

    places: frozenset[int]
    owners: frozenset[int]


class Proofs:
    """The flows that show a cell uncertain in one direction, and who sees through all of them."""

    def __init__(self) -> None:
        self.flows: list[Flow] = []
        self._common: frozenset[int] | None = None

    def add(self, flow: Flow, *, asked: bool) -> None:
        """One that was not asked for and shows nothing new is kept only as long as there are few: the clean-up has use for it."""
        common = flow.owners if self._common is None else self._common & flow.owners
        if asked or self._common is None or len(common) < len(self._common) or len(self.flows) < ENOUGH:
            self.flows.append(flow)
            self._common = common

    def drop(self, place: int) -> None:
        """Forget the flows that move this cell, which is printed from now on."""
        if any(place in flow.places for flow in self.flows):
            self.flows = [flow for flow in self.flows if place not in flow.places]
            self._common = frozenset.intersection(*(flow.owners for flow in self.flows)) if self.flows else None

    def seen_through(self, makers: frozenset[int], *, without: int = -1) -> frozenset[int] | None:
        """None: not proven at all. Who makes the cell knows it anyway."""
        if without < 0:
            return None if self._common is None else self._common - makers
        good = [flow.owners for flow in self.flows if without not in flow.places]
        return frozenset.intersection(*good) - makers if good else None
