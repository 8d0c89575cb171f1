"""Flows: changes of values that leave everything printed as it is, sought among what is hidden first, then among all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.indicators.release.flow_model import Floats, FlowModel, Limits, Rows, Unsolved
from services.indicators.release.system import Column, System

SMALL: Final = 1e-5
NEARLY_FREE: Final = 0.01
KNOWN_TO_SOMEBODY: Final = 0.1
WORTH: Final = 1000.0
"""What it is worth to move a cell as far as it must be, where everything that moves is hidden already."""


class NoPattern(Exception):
    """The solver found no way to protect a cell; nothing may be published."""


class FlowProgram:
    """A system's flows. `hidden`: which columns cost next to nothing; `falls` and `rises` (in the solver's numbers): how far they can move;
    `spared`: which do not move until they give way."""

    def __init__(self, system: System, scale: float) -> None:
        self.scale, self.count, self.solved = scale, len(system.columns), 0
        self.columns = system.columns
        self.hidden = np.array([column.hidden for column in system.columns], dtype=bool)
        self.falls = np.array(
            [inf if column.signed else min(column.value - column.least, column.drop) / scale for column in system.columns]
        )
        self.rises = np.array([max(column.room, 0) / scale for column in system.columns])
        self.spared = np.flatnonzero([column.spared and not column.hidden for column in system.columns])
        self._most = self.falls.copy(), self.rises.copy()
        self._later = self.falls[self.spared], self.rises[self.spared]
        self.falls[self.spared] = self.rises[self.spared] = 0.0
        self._limits = Limits(self.falls, self.rises, np.array([_cost(column, scale) for column in system.columns]))
        self._rows = Rows.of(system)
        self._all = FlowModel(self._rows, np.arange(self.count), self._limits)
        self._some = FlowModel(self._rows, np.flatnonzero(self.hidden), self._limits)

    def flow(self, place: int, far: float, shut: Sequence[int], *, fresh: bool = True) -> Floats | None:
        """The cheapest flow that moves the cell so far, of hidden cells only where there is one (always, without `fresh`); None where there
        is none. Raises NoPattern when the solver fails."""
        found = self._ask(self._some, place, far, shut)
        return self._ask(self._all, place, far, shut) if found is None and fresh else found

    def flow_through_printed(self, place: int, far: float) -> Floats | None:
        """The cheapest flow that moves the cell so far, also through what was printed again or is spared. Raises NoPattern when the solver fails."""
        still = np.flatnonzero((self.falls == 0) & (self.rises == 0))
        self.falls[still], self.rises[still] = self._most[0][still], self._most[1][still]
        self._all.limit(still)
        found = self._ask(self._all, place, far, [])
        self.falls[still] = self.rises[still] = 0.0
        self._all.limit(still)
        return found

    def possible(self, place: int, far: float, shut: Sequence[int]) -> bool:
        """Whether anything moves the cell so far. Raises NoPattern when the solver fails."""
        return self._ask(self._all, place, far, shut) is not None

    def _ask(self, model: FlowModel, place: int, far: float, shut: Sequence[int]) -> Floats | None:
        distance = abs(far) / self.scale
        if distance > (self.rises if far > 0 else self.falls)[place] + SMALL:
            return None
        self.solved += 1
        try:
            return model.cheapest(place, distance if far > 0 else 0.0, distance if far < 0 else 0.0, shut)
        except Unsolved as error:
            raise NoPattern(f"{self.columns[place].name} ({error})") from error

    def together(self, far: Mapping[int, float], shut: Sequence[int], *, fresh: bool = False) -> Floats | None:
        """The flow of hidden cells that moves most of these as far as they are wanted to be moved. It costs nothing, and nobody needs to like
        it. `fresh`: of all cells, at their price."""
        ways = np.array(list(far.values())) / self.scale
        self.solved += 1
        model = self._all if fresh else self._some
        return model.most(list(far), ways, WORTH / np.abs(ways), [place for place in shut if place not in far])

    def now_hidden(self, places: NDArray[np.int64]) -> None:
        """Let these move at next to no cost, also what was printed again."""
        again = places[(self.falls[places] == 0) & (self.rises[places] == 0)]
        self.falls[again], self.rises[again] = self._most[0][again], self._most[1][again]
        for model in (self._all, self._some) if again.size else ():
            model.limit(again)
        self.hidden[places] = True
        self._limits.costs[places] = [_while_hidden(self.columns[place]) for place in places.tolist()]
        self._all.price(places)
        self._some.extend(places)

    def give_way(self) -> None:
        """Let move, at their price, what was to be spared."""
        self.falls[self.spared], self.rises[self.spared] = self._later
        self._all.limit(self.spared)
        self.spared = self.spared[:0]

    def now_printed(self, place: int) -> None:
        self.hidden[place] = False
        self.falls[place] = self.rises[place] = 0.0
        for model in (self._all, self._some):
            model.limit([place])


def _while_hidden(column: Column) -> float:
    return KNOWN_TO_SOMEBODY if column.owners else NEARLY_FREE


def _cost(column: Column, scale: float) -> float:
    """The root of what is lost: a large cell is dearer than a small one, two middling ones dearer than one large."""
    if column.hidden:
        return _while_hidden(column) if column.cost else NEARLY_FREE / 10
    return sqrt(1 + column.cost / scale)
