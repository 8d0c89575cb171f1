"""The linear program of flows on HiGHS: changes of values that leave everything printed as it is. One model a system, solved again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf, sqrt
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from services.indicators.release.system import Column, System

Floats = NDArray[np.float64]
SMALL: Final = 1e-5
NEARLY_FREE: Final = 0.01
KNOWN_TO_SOMEBODY: Final = 0.1
WORTH: Final = 1000.0
"""What it is worth to move a cell as far as it must be, where everything that moves is hidden already."""
MOST_STEPS: Final = 500_000
"""Simplex steps for one program: thousands of times what a real one takes. A number of steps, not a time: the same figures, the same pattern."""


class NoPattern(Exception):
    """The solver found no way to protect a cell; nothing may be published."""


class FlowProgram:
    """min Σ cost × |flow| where every row of the flow is zero. Each column is two: up and down."""

    def __init__(self, system: System, scale: float) -> None:
        self.scale, self.count, self.solved = scale, len(system.columns), 0
        self.columns = system.columns
        self.falls = np.array(
            [inf if column.signed else min(column.value - column.least, column.drop) / scale for column in system.columns]
        )
        self.rises = np.array([max(column.room, 0) / scale for column in system.columns])
        self._solver = _solver()
        self._solver.passModel(_model(system, self.falls, self.rises, scale))

    def flow(self, place: int, far: float, shut: list[int]) -> Floats | None:
        """The cheapest flow that moves the cell so far; None where there is none. Raises NoPattern when the solver fails."""
        distance = abs(far) / self.scale
        up, down = (distance, 0.0) if far > 0 else (0.0, distance)
        if distance > (self.rises if far > 0 else self.falls)[place] + SMALL:
            return None
        with self._bounds([place, *shut], [up, *[0.0] * len(shut)], [down, *[0.0] * len(shut)], [place]):
            self._solver.run()
            self.solved += 1
            status = self._solver.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                raise NoPattern(f"{self.columns[place].name} ({self._solver.modelStatusToString(status)})")
            both = np.array(self._solver.getSolution().col_value)
        found: Floats = both[: self.count] - both[self.count :]
        return found

    @contextmanager
    def only(self, open_: NDArray[np.bool_]) -> Iterator[None]:
        """Nothing else moves meanwhile."""
        shut = np.flatnonzero(~open_)
        nothing = [0.0] * len(shut)
        self._set(shut.tolist(), nothing, nothing, lower=False)
        yield
        self._set(shut.tolist(), self.rises[shut].tolist(), self.falls[shut].tolist(), lower=False)

    def together(self, far: Mapping[int, float], shut: list[int]) -> Floats | None:
        """The flow that moves most of these cells as far as they are wanted to be moved. It costs nothing, and nobody needs to like it."""
        index = np.array([*far, *(place + self.count for place in far)], dtype=np.int32)
        before = np.array([_cost(self.columns[place], self.scale) for place in far])
        reward = np.array([-np.sign(way) * WORTH * self.scale / abs(way) for way in far.values()])
        ups = [min(max(way, 0) / self.scale, self.rises[place]) if way > 0 else self.rises[place] for place, way in far.items()]
        downs = [min(max(-way, 0) / self.scale, self.falls[place]) if way < 0 else self.falls[place] for place, way in far.items()]
        closed = [place for place in shut if place not in far]
        self._solver.changeColsCost(len(index), index, np.concatenate([reward, -reward]))
        with self._bounds([*far, *closed], [*ups, *[0.0] * len(closed)], [*downs, *[0.0] * len(closed)], []):
            self._solver.run()
            self.solved += 1
            status, both = self._solver.getModelStatus(), np.array(self._solver.getSolution().col_value)
        self._solver.changeColsCost(len(index), index, np.concatenate([before, before]))
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        found: Floats = both[: self.count] - both[self.count :]
        return found

    def now_hidden(self, places: NDArray[np.int64]) -> None:
        self._costs(places, np.array([_while_hidden(self.columns[place]) for place in places.tolist()]))

    def now_printed(self, place: int) -> None:
        self._set([place], [0.0], [0.0], lower=False)
        self.falls[place] = self.rises[place] = 0.0

    def _costs(self, places: NDArray[np.int64], costs: Floats) -> None:
        index = np.concatenate([places, places + self.count]).astype(np.int32)
        self._solver.changeColsCost(len(index), index, np.concatenate([costs, costs]))

    @contextmanager
    def _bounds(self, places: list[int], ups: list[float], downs: list[float], exact: list[int]) -> Iterator[None]:
        self._set(places, ups, downs, lower=False)
        self._set(exact, ups[: len(exact)], downs[: len(exact)], lower=True)
        yield
        self._set(places, self.rises[places].tolist(), self.falls[places].tolist(), lower=False)

    def _set(self, places: list[int], ups: list[float], downs: list[float], *, lower: bool) -> None:
        index = np.array([*places, *(place + self.count for place in places)], dtype=np.int32)
        upper = np.array([*ups, *downs])
        self._solver.changeColsBounds(len(index), index, upper if lower else np.zeros(len(index)), upper)


def _while_hidden(column: Column) -> float:
    return KNOWN_TO_SOMEBODY if column.owners else NEARLY_FREE


def _cost(column: Column, scale: float) -> float:
    """The root of what is lost: a large cell is dearer than a small one, two middling ones dearer than one large."""
    if column.hidden:
        return _while_hidden(column) if column.cost else NEARLY_FREE / 10
    return sqrt(1 + column.cost / scale)


def _solver() -> highspy.Highs:
    found = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1), ("presolve", "off"), ("simplex_scale_strategy", 0)):
        found.setOptionValue(name, value)
    found.setOptionValue("simplex_iteration_limit", MOST_STEPS)
    return found


def _model(system: System, falls: Floats, rises: Floats, scale: float) -> highspy.HighsLp:
    model, count = highspy.HighsLp(), len(system.columns)
    costs = np.array([_cost(column, scale) for column in system.columns])
    model.num_col_, model.num_row_ = 2 * count, len(system.rows)
    model.col_cost_ = np.concatenate([costs, costs])
    model.col_lower_ = np.zeros(2 * count)
    model.col_upper_ = np.concatenate([rises, falls])
    model.row_lower_ = model.row_upper_ = np.zeros(len(system.rows))
    starts, index, values = [0], [], []
    for row in system.rows:
        for place, sign in row:
            index += [place, place + count]
            values += [float(sign), -float(sign)]
        starts.append(len(index))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    model.a_matrix_.index_ = np.array(index, dtype=np.int32)
    model.a_matrix_.value_ = np.array(values)
    return model
