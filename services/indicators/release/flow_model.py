"""A linear program on HiGHS: the cheapest change of some cells' values that leaves every sum as it is. Solved again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from services.indicators.release.system import Column, System

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
MOST_STEPS: Final = 500_000
"""Simplex steps for one program: thousands of times what a real one takes. A number of steps, not a time: the same figures, the same pattern."""


class Unsolved(Exception):
    """The solver gave up, and says why."""


@dataclass(frozen=True)
class Limits:
    """By column: how far it may fall and rise, and what a unit of movement costs."""

    falls: Floats
    rises: Floats
    costs: Floats


@dataclass(frozen=True)
class Rows:
    """The rows of a system, term by term, in the order of their columns. `slack`: of each row the column that stands in no other and that
    nobody asks about, or −1; it is what the others of its row leave, within its limits, and no unknown of its own."""

    row: Places
    sign: Floats
    slack: Places
    slack_sign: Floats
    is_slack: NDArray[np.bool_]
    """By column."""
    starts: Places
    """By column, where its terms begin."""

    @staticmethod
    def of(system: System) -> Rows:
        row = np.repeat(np.arange(len(system.rows)), [len(terms) for terms in system.rows])
        place = np.array([place for terms in system.rows for place, _ in terms], dtype=np.int64)
        sign = np.array([sign for terms in system.rows for _, sign in terms], dtype=np.float64)
        slack, slack_sign = np.full(len(system.rows), -1), np.zeros(len(system.rows))
        once = np.bincount(place, minlength=len(system.columns)) == 1
        free = np.array([_nobody_asks(column) for column in system.columns], dtype=bool)
        for at in np.flatnonzero((once & free)[place]):
            if slack[row[at]] < 0:
                slack[row[at]], slack_sign[row[at]] = place[at], sign[at]
        keep = np.flatnonzero(place != slack[row])
        keep = keep[np.argsort(place[keep], kind="stable")]
        starts = np.searchsorted(place[keep], np.arange(len(system.columns) + 1))
        return Rows(row[keep], sign[keep], slack, slack_sign, np.isin(np.arange(len(system.columns)), slack), starts)

    def of_columns(self, places: Places) -> tuple[NDArray[np.int32], Floats, NDArray[np.int32]]:
        """(row, sign, where each begins) of the columns up and down, one after the other."""
        many = self.starts[places + 1] - self.starts[places]
        ends = np.cumsum(np.repeat(many, 2))
        begins = ends - np.repeat(many, 2)
        terms = np.arange(ends[-1] if len(ends) else 0) - np.repeat(begins, np.repeat(many, 2)) + np.repeat(self.starts[places], 2 * many)
        signs = np.tile([1.0, -1.0], len(places)).repeat(np.repeat(many, 2))
        return self.row[terms].astype(np.int32), self.sign[terms] * signs, begins.astype(np.int32)


def _nobody_asks(column: Column) -> bool:
    return column.hidden and not (column.cost or column.below or column.above or column.either or column.makers or column.changers)


class FlowModel:
    """min Σ cost × |change| over the columns at `places`, each of which is two here: up and down. All others stay as they are."""

    def __init__(self, rows: Rows, places: Places, limits: Limits) -> None:
        self._rows, self._limits = rows, limits
        self._places, self._used = np.array([], dtype=np.int64), np.array([], dtype=np.int64)
        self._at, self._row_at = np.full(len(limits.falls), -1), np.full(len(rows.slack), -1)
        self._solver = _solver()
        self.extend(places)

    def extend(self, places: Places) -> None:
        """Let these columns move too."""
        new = places[~self._rows.is_slack[places] & (self._at[places] < 0)]
        self._at[new] = len(self._places) + np.arange(len(new))
        self._places = np.concatenate([self._places, new])
        row, sign, starts = self._rows.of_columns(new)
        self._add_rows(np.unique(row[self._row_at[row] < 0]))
        costs, most = np.repeat(self._limits.costs[new], 2), np.column_stack([self._limits.rises[new], self._limits.falls[new]]).ravel()
        self._solver.addCols(2 * len(new), costs, np.zeros(2 * len(new)), most, len(row), starts, self._row_at[row].astype(np.int32), sign)

    def _add_rows(self, new: Places) -> None:
        """What the slack leaves of each; nothing of those that have none."""
        self._row_at[new] = len(self._used) + np.arange(len(new))
        self._used = np.concatenate([self._used, new])
        slack, of = self._rows.slack[new], self._rows.slack_sign[new]
        rises, falls = np.where(slack >= 0, self._limits.rises[slack], 0.0), np.where(slack >= 0, self._limits.falls[slack], 0.0)
        none = np.array([], dtype=np.int32)
        lower, upper = -np.where(of > 0, rises, falls), np.where(of > 0, falls, rises)
        self._solver.addRows(len(new), lower, upper, 0, np.zeros(len(new), dtype=np.int32), none, none.astype(np.float64))
        slacks = self._rows.slack[self._used]
        self._slack_rows = np.flatnonzero(slacks >= 0)
        self._slacks, self._slack_signs = slacks[self._slack_rows], -self._rows.slack_sign[self._used][self._slack_rows]

    def cheapest(self, place: int, up: float, down: float, shut: Sequence[int]) -> Floats | None:
        """The cheapest change that moves the column exactly so far and those of `shut` not at all; None where there is none. By column.
        Raises Unsolved."""
        index, others = self._both([place]), self._both(np.unique(np.array(shut, dtype=np.int64)))
        amounts, nothing = np.array([up, down]), np.zeros(len(others))
        self._bound(others, nothing, nothing)
        self._bound(index, amounts, amounts)
        found = self._solve()
        self._reset([place, *shut])
        return found

    def most(self, places: Sequence[int], ways: Floats, rewards: Floats, shut: Sequence[int]) -> Floats | None:
        """The change that is worth most: `rewards` a unit for moving columns the way of the sign, as far as `ways`; None where the solver
        finds none."""
        at, index = np.array(places, dtype=np.int64), self._both(places)
        ups = np.where(ways > 0, np.minimum(ways, self._limits.rises[at]), self._limits.rises[at])
        downs = np.where(ways < 0, np.minimum(-ways, self._limits.falls[at]), self._limits.falls[at])
        toward = -np.sign(ways) * rewards
        closed = self._both(np.unique(np.array(shut, dtype=np.int64)))
        self._price(index, np.concatenate([toward, -toward]))
        self._bound(closed, np.zeros(len(closed)), np.zeros(len(closed)))
        self._bound(index, np.zeros(len(index)), np.concatenate([ups, downs]))
        try:
            found = self._solve()
        except Unsolved:
            found = None
        self._reset([*places, *shut])
        self.price(at)
        return found

    def price(self, places: Places) -> None:
        """Take the costs of these columns anew from the limits."""
        self._price(self._both(places), np.tile(self._limits.costs[places[self._at[places] >= 0]], 2))

    def limit(self, places: Sequence[int] | Places) -> None:
        """Take the limits of these columns anew."""
        self._reset(places)

    def _solve(self) -> Floats | None:
        self._solver.clearSolver()  # where nothing moves is nearer to a cell's flow than another cell's is
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(self._solver.modelStatusToString(status))
        solution = self._solver.getSolution()
        both, found = np.array(solution.col_value), np.zeros(len(self._at))
        found[self._places] = both[0::2] - both[1::2]
        if self._slacks.size:
            found[self._slacks] = np.array(solution.row_value)[self._slack_rows] * self._slack_signs
        return found

    def _both(self, places: Sequence[int] | Places) -> Places:
        at = self._at[np.asarray(places, dtype=np.int64)]
        at = 2 * at[at >= 0]
        return np.concatenate([at, at + 1])

    def _reset(self, places: Sequence[int] | Places) -> None:
        index = self._both(np.unique(np.array(places, dtype=np.int64)))
        at = self._places[index[: len(index) // 2] // 2]
        self._bound(index, np.zeros(len(index)), np.concatenate([self._limits.rises[at], self._limits.falls[at]]))

    def _bound(self, index: Places, lower: Floats, upper: Floats) -> None:
        _accepted(self._solver.changeColsBounds(len(index), index.astype(np.int32), lower, upper))

    def _price(self, index: Places, costs: Floats) -> None:
        _accepted(self._solver.changeColsCost(len(index), index.astype(np.int32), costs))


def _accepted(status: highspy.HighsStatus) -> None:
    """The solver leaves everything as it was where an index comes twice, and says so in this answer only."""
    if status == highspy.HighsStatus.kError:
        raise Unsolved("the solver refused a change")


def _solver() -> highspy.Highs:
    found = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1), ("presolve", "off"), ("simplex_scale_strategy", 0)):
        found.setOptionValue(name, value)
    found.setOptionValue("simplex_iteration_limit", MOST_STEPS)
    return found
