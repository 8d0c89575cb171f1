"""A plan of hundreds of ateliers in steps: dates, then animators, then both again over a choice of columns; its distance from the best is known.

Dates and animators share no term of the cost except through who is free when. The two relaxed questions, each without the other's
conditions, are solved on their own: the sum of their bounds is below every plan's cost.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil
from typing import Final

from services.events.planning import model, scoring
from services.events.planning.columns import Column, Columns, rooms_for
from services.events.planning.conditions import Condition
from services.events.planning.instance import Instance, Room, Slot
from services.events.planning.model import SEED, Board, solver_for
from services.events.planning.outcomes import Outcome
from services.events.planning.solving import outcome, status_of

DATES, ANIMATORS = 0.45, 0.1
"""Shares of the time."""
GOOD: Final = 1.02
"""A plan that is no further from the bound is given at once."""
KEPT: Final = 40
"""Columns of an atelier looked at again besides those of its date."""
NOBODY: Final = "–"


def solve(instance: Instance, seconds: float) -> Outcome:
    """A plan, and the bound of the two relaxed questions. Unknown when the steps find none: that says nothing about whether there is one."""
    start = time.monotonic()
    making = Columns(instance)
    every = {atelier.id: making.of(atelier) for atelier in instance.ateliers}
    if not all(every.values()):
        return Outcome("infeasible", seconds=time.monotonic() - start)
    dates = _dates(instance, every, seconds * DATES)
    if dates is None:
        return Outcome("unknown", seconds=time.monotonic() - start)
    slots, low = dates
    low += _animators_bound(instance, every, seconds * ANIMATORS)
    found = _together(instance, every, slots, low, start + seconds)
    if found is None:
        return Outcome("unknown", seconds=time.monotonic() - start)
    plan = outcome(instance, rooms_for(instance, found), "feasible", low, start)
    return replace(plan, status="optimal") if plan.points == plan.bound else plan


def _dates(instance: Instance, every: dict[str, list[Column]], seconds: float) -> tuple[dict[str, Slot], float] | None:
    """The best dates when only the number of people free and able on a day counts; and the bound of that question."""
    reduced = [column for columns in every.values() for column in _without_animator(instance, columns)]
    board = Board(replace(instance, animators=(), pins=instance.pins), columns=reduced)
    _enough_people(board, instance, every)
    board.cp.minimize(model.cost(board))
    solver = solver_for(seconds)
    if status_of(solver.solve(board.cp)) not in {"optimal", "feasible"}:
        return None
    return {column.atelier: column.slot for column in board.read(solver)}, solver.best_objective_bound


def _without_animator(instance: Instance, columns: Sequence[Column]) -> Iterable[Column]:
    """One column a half-day, or a day where its halves are alike: the points that whoever holds it cannot avoid. Way and load are the
    other question's."""
    by_day = instance.rooms_apart and instance.conditions.per_animator_day == 1
    best: dict[object, Column] = {}
    for column in columns:
        way = scoring.travel_points(instance.animator_by_id[column.animator], _room_in(instance, column.place))
        bare = replace(column, animator=NOBODY, points=column.points - way)
        key = column.slot.day if by_day else column.slot, column.place
        if key not in best or (bare.points, bare.hardship) < (best[key].points, best[key].hardship):
            best[key] = bare
    return best.values()


def _room_in(instance: Instance, place: str | None) -> Room:
    return next(room for room in instance.rooms if room.department == place)


def _enough_people(board: Board, instance: Instance, every: dict[str, list[Column]]) -> None:
    """On no day more ateliers of a set than there are people who may hold one of them (Hall's condition for each theme and for all)."""
    if instance.conditions.per_animator_day != 1:
        return
    able: dict[tuple[str, object], set[str]] = defaultdict(set)
    for atelier, columns in every.items():
        for column in columns:
            for group in (instance.by_id[atelier].theme or "", ""):
                able[group, column.slot.day].add(column.animator)
    wanted: dict[tuple[str, object], list[model.Literal]] = defaultdict(list)
    for column, literal in board.all:
        for group in {instance.by_id[column.atelier].theme or "", ""}:
            wanted[group, column.slot.day].append(literal)
    for key, literals in wanted.items():
        board._at_most(literals, len(able[key]), Condition("ANIMATORS", "", ""))  # noqa: SLF001


def _animators_bound(instance: Instance, every: dict[str, list[Column]], seconds: float) -> float:
    """The least that ways and loads can cost whatever the dates are."""
    pairs: list[Column] = []
    for columns in every.values():
        seen: dict[str, Column] = {}
        for column in columns:
            way = scoring.travel_points(instance.animator_by_id[column.animator], _room_in(instance, column.place))
            if column.animator not in seen or way < seen[column.animator].points:
                seen[column.animator] = replace(column, points=way, hardship=0)
        pairs += seen.values()
    free = replace(
        instance, conditions=replace(instance.conditions, spacing_days=0, per_week=None, per_animator_day=10_000), last_visits={}
    )
    board = _Loads(free, columns=pairs)
    board.cp.minimize(sum(column.points * literal for column, literal in board.all) + model.loads(board))
    solver = solver_for(seconds)
    return solver.best_objective_bound if status_of(solver.solve(board.cp)) in {"optimal", "feasible"} else 0.0


class _Loads(Board):
    """Only who holds how many: nothing happens at a time."""

    def _animators(self) -> None:
        for animator in self.instance.animators:
            if animator.most is not None:
                held = [literal for column, literal in self.all if column.animator == animator.id]
                self._at_most(held, animator.most, Condition("MOST", animator.id, ""))

    def _rooms(self) -> None:
        """No room is wanted twice."""


def _together(instance: Instance, every: dict[str, list[Column]], slots: dict[str, Slot], low: float, end: float) -> list[Column] | None:
    """Animators for the best dates; where that is not possible or not good enough, both over the columns of those dates and some cheap
    others of each atelier, drawn with the same seed always."""
    dated = {atelier: [column for column in columns if column.slot.day == slots[atelier].day] for atelier, columns in every.items()}
    first = _best(instance, dated, (), low, (end - time.monotonic()) / 3)
    if first is not None and scoring.points(scoring.score(instance, rooms_for(instance, first))) <= low * GOOD:
        return first
    draw = random.Random(SEED)  # noqa: S311  the same plan for the same question
    wider = {}
    for atelier, columns in every.items():
        others = sorted((c for c in columns if c.slot.day != slots[atelier].day), key=lambda c: (c.points, draw.random()))
        wider[atelier] = dated[atelier] + others[:KEPT]
    return _best(instance, wider, first or (), low, end - time.monotonic()) or first


def _best(instance: Instance, columns: dict[str, list[Column]], hint: Sequence[Column], low: float, seconds: float) -> list[Column] | None:
    board = Board(instance, columns=(column for found in columns.values() for column in found))
    if hint:
        chosen = {id(column) for column in hint}
        for column, literal in board.all:
            board.cp.add_hint(literal, id(column) in chosen)
    total = model.cost(board)
    board.cp.add(total >= ceil(low - 1e-6))  # the search may stop as soon as it gets there
    board.cp.minimize(total)
    solver = solver_for(seconds)
    return board.read(solver) if status_of(solver.solve(board.cp)) in {"optimal", "feasible"} else None
