"""Bounds of what is not known: a linear program over unknowns ≥ 0, asked for the least and the greatest value of one of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import inf
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NEAR: Final = 1e-6
SMALL_STEP: Final = 1e-3
"""Nearer aims are not worth more."""
NEARBY_STEPS: Final = 1_000
MOST_STEPS: Final = 1_000_000
"""Simplex steps for one program, many times what a real one takes: one that goes in circles would never end."""
AGREES: Final = 1e-7
"""By how much a solution of the solver may miss what it was told."""
_DUAL, _PRIMAL = 1, 4
_STATUS: Final = highspy.HighsModelStatus


class Contradiction(Exception):
    """What was assumed cannot all be true."""


class Program:
    """Unknowns by name, rows `low ≤ Σ coefficient × unknown ≤ high`. Every solution found widens what is known to be possible."""

    def __init__(self) -> None:
        self.places: dict[Hashable, int] = {}
        self.rows: dict[tuple[tuple[int, float], ...], tuple[float, float]] = {}
        self.solved = 0
        self._solver: highspy.Highs | None = None
        self._point: Floats | None = None
        """A solution under what was supposed before."""
        self._begun = False
        """Whether the solver has one under what is supposed now."""

    def unknown(self, name: Hashable) -> int:
        return self.places.setdefault(name, len(self.places))

    def row(self, terms: Iterable[tuple[Hashable, float]], low: float, high: float) -> None:
        """Rows of the same terms are one, as narrow as both. One whose unknowns cancel each other out asks nothing of them."""
        weights: dict[int, float] = {}
        for name, weight in terms:
            place = self.unknown(name)
            weights[place] = weights.get(place, 0.0) + weight
        key = tuple(sorted((place, weight) for place, weight in weights.items() if weight))
        was = self.rows.get(key, (-inf, inf))
        self.rows[key] = max(was[0], low), min(was[1], high)

    def possible(self) -> bool:
        """Whether anything fits at all. Must be asked first; then `least` and `greatest` have a value for every unknown."""
        self._low, self._high = self._alone()
        if (self._low > self._high + NEAR).any():
            return False
        self._high = np.maximum(self._low, self._high)
        self._solver, self._point = self._model(), None
        return self._begin()

    def fix(self, values: Mapping[int, float]) -> bool:
        """Suppose these unknowns known; False where that cannot be. What was found possible before is forgotten.

        Where all of several are known, what one of them knows is too: a solution under the one is a solution under the other, and nothing is solved."""
        places, known = list(values), np.array(list(values.values()))
        self._between(places, known, known)
        if self._point is not None and (np.abs(self._point[places] - known) <= AGREES).all():
            self.least, self.greatest, self._begun = self._point.copy(), self._point.copy(), False
            return True
        inside = (known >= self._low[places] - NEAR).all() and (known <= self._high[places] + NEAR).all()
        if not inside or not self._begin():
            return False
        self._point = self.least.copy()
        return True

    def free(self, places: Sequence[int]) -> None:
        """Suppose them known no more."""
        at = list(places)
        self._between(at, self._low[at], self._high[at])

    def reach(self, aims: Mapping[int, float]) -> None:
        """Move as many of these unknowns as can be moved at once toward where they are wanted, and none further.

        An aim lies outside of what was found possible. One program for all of them; it shows what is possible, never what is not."""
        solver, places = self._ready(), list(aims)
        index, wanted = np.array(places, dtype=np.int32), np.array([aims[place] for place in places])
        up = wanted > self.greatest[index]
        steps = np.where(up, wanted - self.greatest[index], self.least[index] - wanted)
        low, high = self._low[index], self._high[index]
        self._between(places, np.where(up, low, np.maximum(wanted, low)), np.where(up, np.minimum(wanted, high), high))
        solver.changeColsCost(len(index), index, np.where(up, -1.0, 1.0) / np.maximum(steps, SMALL_STEP))
        solver.clearSolver()  # many aims are farther from where others led than from the beginning: half of the time
        self._solve()
        solver.changeColsCost(len(index), index, np.zeros(len(index)))
        self.free(places)

    def bound(self, place: int, *, greatest: bool, enough: float | None = None) -> float:
        """The least or the greatest that the unknown can be, or `enough`, which lies outside of what was found possible: a true bound may be
        thousands of steps away."""
        solver = self._ready()
        if not self._begun:  # from what was supposed before it is far
            self._solve()
        if enough is not None:
            low, high = self._low[place], self._high[place]
            self._between([place], *([low], [min(enough, high)]) if greatest else ([max(enough, low)], [high]))
        solver.changeColCost(place, -1.0 if greatest else 1.0)
        found = self._solve(nearby=True)
        unbounded = solver.getModelStatus() in {_STATUS.kUnbounded, _STATUS.kUnboundedOrInfeasible}
        solver.changeColCost(place, 0.0)
        if enough is not None:
            self.free([place])
        if found is None:
            if not unbounded:
                raise Contradiction(f"no bound for {place}")
            (self.greatest if greatest else self.least)[place] = inf if greatest else 0.0
        return float((self.greatest if greatest else self.least)[place])

    def _alone(self) -> tuple[Floats, Floats]:
        """What each unknown is at least and at most, by the rows that speak of it alone: bounds instead of rows make the program half as large."""
        low, high = np.zeros(len(self.places)), np.full(len(self.places), inf)
        for terms, bounds in self.rows.items():
            if len(terms) == 1:
                ((place, weight),) = terms
                least, most = sorted(bound / weight for bound in bounds)
                low[place], high[place] = max(low[place], least), min(high[place], most)
        return low, high

    def _begin(self) -> bool:
        found = self._solve()
        if found is not None:
            self.least, self.greatest = found.copy(), found.copy()
        return found is not None

    def _between(self, places: Sequence[int], least: Sequence[float] | Floats, greatest: Sequence[float] | Floats) -> None:
        self._ready().changeColsBounds(len(places), np.array(places, dtype=np.int32), np.asarray(least), np.asarray(greatest))

    def _ready(self) -> highspy.Highs:
        if self._solver is None:
            raise Contradiction("ask `possible` first")
        return self._solver

    def _solve(self, *, nearby: bool = False) -> Floats | None:
        """`nearby`: the solution is likely to be a few steps of the primal simplex away from the last one."""
        solver, self._begun = self._ready(), True
        solver.setOptionValue("simplex_strategy", _PRIMAL if nearby else _DUAL)
        solver.setOptionValue("simplex_iteration_limit", NEARBY_STEPS if nearby else MOST_STEPS)
        solver.run()
        if nearby and solver.getModelStatus() == _STATUS.kIterationLimit:  # it goes in circles: from the beginning, the other way
            solver.clearSolver()
            return self._solve()
        self.solved += 1
        if solver.getModelStatus() != _STATUS.kOptimal:
            return None
        found: Floats = np.array(solver.getSolution().col_value)
        if hasattr(self, "least"):
            np.minimum(self.least, found, out=self.least)
            np.maximum(self.greatest, found, out=self.greatest)
        return found

    def _model(self) -> highspy.Highs:
        model, count = highspy.HighsLp(), len(self.places)
        rows = [(terms, *bounds) for terms, bounds in self.rows.items() if len(terms) > 1]
        model.num_col_, model.num_row_ = count, len(rows)
        model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(count), self._low, self._high
        model.row_lower_, model.row_upper_ = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(len(row[0]) for row in rows)]).astype(np.int32)
        model.a_matrix_.index_ = np.array([place for row in rows for place, _ in row[0]], dtype=np.int32)
        model.a_matrix_.value_ = np.array([weight for row in rows for _, weight in row[0]])
        solver = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1), ("presolve", "off"), ("simplex_scale_strategy", 0)):
            solver.setOptionValue(name, value)
        solver.passModel(model)
        return solver
