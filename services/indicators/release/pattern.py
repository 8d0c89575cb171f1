"""Which further cells must be hidden so that no protected one can be computed: linear programs on HiGHS, deterministic.

For every protected cell and both directions a flow is sought: a change of values that leaves every printed number as it is and moves the cell
as far as it must stay uncertain. What is hidden already flows almost for free; a printed cell costs what its loss is worth, and a cell with
flow is hidden. A flow is a proof, for all cells that it moves far enough. One that touches the only cell of an employer proves nothing to that
employer, who knows it: another flow is then found that avoids it (the method of Kelly, Golden and Assad 1992, with insiders).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
CLEAN_UP_SOLVES: Final = 60
"""Programs spent on printing again what need not be hidden. A number, not a time: the same figures give the same pattern."""
PARTS: Final = (1.0, 0.2, 0.02)
"""An employer that makes most of a cell is kept uncertain of the others' part of it, which is less than a share of the whole."""
MOST_STEPS: Final = 500_000
"""Simplex steps for one program: thousands of times what a real one takes. A number of steps, not a time, for the same reason."""


class NoPattern(Exception):
    """The solver found no way to protect a cell; nothing may be published."""


@dataclass(frozen=True)
class Pattern:
    """What is hidden, and what could not be protected although it is public already (names, sorted)."""

    hidden: frozenset[Hashable]
    exposed: tuple[Hashable, ...] = ()
    programs: int = 0


@dataclass(frozen=True)
class Flow:
    """A change that a reader cannot tell from the truth: where it goes, and which employers see through it."""

    places: frozenset[int]
    owners: frozenset[Hashable]


@dataclass
class _Proofs:
    """The flows that show a cell uncertain in one direction, and who sees through all of them."""

    flows: list[Flow] = field(default_factory=list)

    def seen_through(self, maker: Hashable, *, without: int = -1) -> frozenset[Hashable] | None:
        """None: not proven at all. The employer who makes the cell knows it anyway."""
        good = [flow.owners for flow in self.flows if without not in flow.places]
        return frozenset.intersection(*good) - {maker} if good else None


def protect(system: System, scale: float) -> Pattern:
    """Hide what must be. `scale` makes the solver's numbers out of the system's whole ones. Raises NoPattern."""
    if not any(column.below or column.above for column in system.columns):
        return Pattern(frozenset(column.name for column in system.columns if column.hidden))
    return _Search(system, scale).run()


class _Search:
    def __init__(self, system: System, scale: float) -> None:
        self.columns = system.columns
        self.program = _Program(system, scale)
        self.hidden = np.array([column.hidden for column in self.columns])
        self.owned: dict[Hashable, list[int]] = defaultdict(list)
        for place, column in enumerate(self.columns):
            if column.owner is not None:
                self.owned[column.owner].append(place)
        self.proofs: dict[tuple[int, int], _Proofs] = defaultdict(_Proofs)
        self.exposed: list[int] = []
        self.targets = [
            (place, sign)
            for place in sorted(range(len(self.columns)), key=lambda place: (-self.columns[place].above, repr(self.columns[place].name)))
            for sign in (1, -1)
            if self._far(place, sign)
        ]

    def run(self) -> Pattern:
        for place, sign in self.targets:
            self._prove(place, sign)
        self._print_idle()
        self._clean_up()
        self._print_idle()
        hidden = frozenset(self.columns[place].name for place in np.flatnonzero(self.hidden))
        exposed = tuple(self.columns[place].name for place in sorted(set(self.exposed)))
        return Pattern(hidden, exposed, self.program.solved)

    def _far(self, place: int, sign: int) -> int:
        return self.columns[place].above if sign > 0 else self.columns[place].below

    def _prove(self, place: int, sign: int) -> None:
        maker = self.columns[place].maker
        while (through := self._through(place, sign, maker)) is None or through:
            insider = min(through, key=repr) if through else None
            if not any(self._flow(place, sign, insider, part=part) for part in ((1.0,) if insider is None else PARTS)):
                if self.columns[place].settled:
                    self.exposed.append(place)
                    return
                raise NoPattern(f"{self.columns[place].name}, employeur {insider}" if insider else f"{self.columns[place].name}")

    def _through(self, place: int, sign: int, maker: Hashable, *, without: int = -1) -> frozenset[Hashable] | None:
        """Who sees through every proof. That there is nobody (a hidden zero) is protected against readers, not against the only employer."""
        found = self.proofs[place, sign].seen_through(maker, without=without)
        return found if self.columns[place].value or not found else frozenset()

    def _flow(self, place: int, sign: int, insider: Hashable, *, shut: int = -1, part: float = 1.0) -> bool:
        """Find a flow through the cell that the insider does not see through, and that leaves `shut` alone (then hiding nothing more)."""
        closed = [] if insider is None else [other for other in self.owned[insider] if other != place]
        found = self.program.flow(place, sign * self._far(place, sign) * part, [*closed, *([shut] if shut >= 0 else [])])
        if found is None:
            return False
        moved = np.flatnonzero(np.abs(found) > SMALL)
        fresh = moved[~self.hidden[moved]]
        if fresh.size:
            if shut >= 0:
                return False
            self.hidden[fresh] = True
            self.program.now_hidden(fresh)
        self._learn(found, moved)
        if part < 1:
            self.proofs[place, sign].flows.append(Flow(frozenset(moved.tolist()), self._owners(moved)))
        return True

    def _owners(self, moved: NDArray[np.int64]) -> frozenset[Hashable]:
        return frozenset(self.columns[place].owner for place in moved.tolist()) - {None}

    def _learn(self, found: Floats, moved: NDArray[np.int64]) -> None:
        flow = Flow(frozenset(moved.tolist()), self._owners(moved))
        back = bool(
            (found[moved] <= self.program.falls[moved] + SMALL).all() and (-found[moved] <= self.program.rises[moved] + SMALL).all()
        )
        for place in moved.tolist():
            for sign in (1, -1):
                far = self._far(place, sign) / self.program.scale
                there = found[place] * sign >= far - SMALL or (back and -found[place] * sign >= far - SMALL)
                if far and there:
                    self.proofs[place, sign].flows.append(flow)

    def _print_idle(self) -> None:
        """Print again what no proof moves: hiding it protects nothing, and it may be computed."""
        moving = {place for proofs in self.proofs.values() for flow in proofs.flows for place in flow.places}
        for place, column in enumerate(self.columns):
            if self.hidden[place] and not column.hidden and place not in moving:
                self.hidden[place] = False
                self.program.now_printed(place)

    def _clean_up(self) -> None:
        """Print again, the dearest first, each cell without which every proof still stands or another is found."""
        until = self.program.solved + CLEAN_UP_SOLVES
        extra = [place for place, column in enumerate(self.columns) if self.hidden[place] and not column.hidden]
        for place in sorted(extra, key=lambda place: (-self.columns[place].value, repr(self.columns[place].name))):
            if self.program.solved >= until:
                return
            if all(self._stands_without(place, target) for target in self.targets):
                self.hidden[place] = False
                self.program.now_printed(place)
                for proofs in self.proofs.values():
                    proofs.flows = [flow for flow in proofs.flows if place not in flow.places]

    def _stands_without(self, place: int, target: tuple[int, int]) -> bool:
        proofs, maker = self.proofs[target], self.columns[target[0]].maker
        if target[0] in self.exposed or not any(place in flow.places for flow in proofs.flows):
            return True
        while (through := self._through(*target, maker, without=place)) is None or through:
            if not self._flow(*target, min(through, key=repr) if through else None, shut=place):
                return False
        return True


class _Program:
    """min Σ cost × |flow| where every row of the flow is zero. Each column is two: up and down."""

    def __init__(self, system: System, scale: float) -> None:
        self.scale, self.count, self.solved = scale, len(system.columns), 0
        self.columns = system.columns
        self.falls = np.array([inf if column.signed else min(column.value, column.drop) / scale for column in system.columns])
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
    return KNOWN_TO_SOMEBODY if column.owner is not None else NEARLY_FREE


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
