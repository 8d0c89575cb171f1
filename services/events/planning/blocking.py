"""When nothing fits: a set of conditions that cannot hold together, none of which can be left out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ortools.sat.python import cp_model

from services.events.planning.conditions import Condition
from services.events.planning.instance import Atelier, Instance
from services.events.planning.model import Board, solver_for
from services.events.planning.outcomes import BLOCKING_S, Blocking


def irreducible(instance: Instance, seconds: float = BLOCKING_S) -> Blocking:
    """The blocking conditions of an instance that has no plan.

    First one atelier alone is looked at, then one department, then the whole: a small reason is a better one. The solver's own set of
    assumptions is then thinned out by leaving each condition out in turn (deletion filter).
    """
    end = time.monotonic() + seconds
    for ateliers in _parts(instance):
        part = replace(instance, ateliers=tuple(ateliers))
        found = _core(part, end)
        if found is not None:
            return found
        if time.monotonic() >= end:
            break
    return Blocking((), (), minimal=False)


def _parts(instance: Instance) -> Iterator[Sequence[Atelier]]:
    for atelier in instance.ateliers:
        yield (atelier,)
    groups = [ateliers for _, ateliers in instance.departments() if len(ateliers) > 1]
    yield from groups
    if len(groups) != 1 or len(groups[0]) < len(instance.ateliers):
        yield instance.ateliers


def _core(instance: Instance, end: float) -> Blocking | None:
    """The irreducible set of this part; None when it has a plan, or when the time is over before that is known."""
    strict = Board(instance)
    if solver_for(end - time.monotonic()).solve(strict.cp) != cp_model.INFEASIBLE:
        return None
    names = tuple(atelier.id for atelier in instance.ateliers)
    board = Board(instance, switchable=True)
    every = sorted(board.switches)
    first = _infeasible(board, every, end)
    if first is None:
        return Blocking(tuple(every), names, minimal=False)
    kept, minimal = first, True
    for condition in first:
        if condition not in kept:
            continue
        less = [other for other in kept if other != condition]
        core, known = _try(board, less, end)
        minimal = minimal and known
        if core is not None:
            kept = core
    return Blocking(tuple(kept), names, minimal)


def _infeasible(board: Board, asked: Sequence[Condition], end: float) -> list[Condition] | None:
    """Of the conditions asked for, some that already contradict each other; None when they do not, or when the time is over."""
    return _try(board, asked, end)[0]


def _try(board: Board, asked: Sequence[Condition], end: float) -> tuple[list[Condition] | None, bool]:
    """(contradicting conditions or None, whether that is certain)."""
    board.cp.clear_assumptions()
    board.cp.add_assumptions([board.switch(condition) for condition in asked])
    solver = solver_for(end - time.monotonic())
    status = solver.solve(board.cp)
    if status == cp_model.INFEASIBLE:
        named = set(solver.sufficient_assumptions_for_infeasibility())
        return [condition for condition in asked if board.switch(condition).index in named], True
    return None, status != cp_model.UNKNOWN
