"""Find the best plan, or the plan that changes least; say how good it is and whether that is proven."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ortools.sat.python import cp_model

from services.events.planning import model, scoring
from services.events.planning.columns import rooms_for
from services.events.planning.instance import Instance, Placement
from services.events.planning.model import Board, solver_for
from services.events.planning.outcomes import LARGE, Changes, Outcome, Status


def solve(instance: Instance, *, before: Sequence[Placement] = (), seconds: float = 20.0) -> Outcome:
    """The best plan within the time.

    With `before`, first as few announced ateliers moved as possible, then as few others, then as few animators changed, and among those plans
    the best. Ties are broken the same way for the same instance as long as the search ends by proof.
    """
    if len(instance.ateliers) > LARGE and not before:
        from services.events.planning import large

        return large.solve(instance, seconds)
    start = time.monotonic()
    board = Board(instance, before)
    proven = False
    if before:
        status = _least_changes(board, before, seconds / 2)
        if status in {"infeasible", "unknown"}:
            return Outcome(status, seconds=time.monotonic() - start)
        proven = status == "optimal"
    board.cp.minimize(model.cost(board))
    solver = solver_for(seconds - (time.monotonic() - start))
    status = status_of(solver.solve(board.cp))
    if status in {"infeasible", "unknown"}:
        return Outcome(status, seconds=time.monotonic() - start)
    placements = rooms_for(instance, board.read(solver), before)
    changes = _counted(instance, board, solver, before, placements, proven) if before else None
    return outcome(instance, placements, status, solver.best_objective_bound, start, changes)


def _least_changes(board: Board, before: Sequence[Placement], seconds: float) -> Status:
    """Binds the board to the fewest changes; they stay a constraint for what is minimised next."""
    told, moved, handed = model.changes(board, before)
    unit = len(before) + 1
    weighed = told * unit * unit + moved * unit + handed
    board.hint(before)
    board.cp.minimize(weighed)
    solver = solver_for(seconds)
    status = status_of(solver.solve(board.cp))
    if status in {"infeasible", "unknown"}:
        return status
    best = rooms_for(board.instance, board.read(solver), before)
    board.cp.clear_objective()  # type: ignore[no-untyped-call]  # the library forgot the annotation
    board.cp.add(weighed <= round(solver.objective_value))
    board.cp.clear_hints()  # type: ignore[no-untyped-call]
    board.hint(best)
    return status


def _counted(
    instance: Instance, board: Board, solver: cp_model.CpSolver, before: Sequence[Placement], after: Sequence[Placement], proven: bool
) -> Changes:
    """What changes between the two plans as they are; proven only when that is what the model said."""
    announced, moved, animators = changed(instance, before, after)
    modelled = tuple(int(solver.value(part)) for part in model.changes(board, before))
    return Changes(announced, moved, animators, proven and modelled == (announced, moved, animators))


def changed(instance: Instance, before: Sequence[Placement], after: Sequence[Placement]) -> tuple[int, int, int]:
    """Announced ateliers moved in time or place, others moved, and ateliers with another animator."""
    told = {pin.atelier for pin in instance.pins if pin.announced}
    now = {p.atelier: p for p in after}
    pairs = [(p, now[p.atelier]) for p in before if p.atelier in now]
    moved = [old.atelier for old, new in pairs if (old.slot, old.room) != (new.slot, new.room)]
    handed = sum(1 for old, new in pairs if old.animator != new.animator)
    return sum(1 for atelier in moved if atelier in told), sum(1 for atelier in moved if atelier not in told), handed


def outcome(
    instance: Instance, placements: tuple[Placement, ...], status: Status, bound: float, start: float, changes: Changes | None = None
) -> Outcome:
    """A plan with its terms; points are counted from the plan itself, not taken from the solver."""
    terms = tuple(scoring.score(instance, placements))
    points = scoring.points(terms)
    low = points if status == "optimal" else max(0, min(points, round(bound - 1e-6)))
    return Outcome(
        status, placements, terms, points, low, 0.0 if points == low else (points - low) / points, changes, time.monotonic() - start
    )


def status_of(code: cp_model.CpSolverStatus) -> Status:
    if code == cp_model.OPTIMAL:
        return "optimal"
    if code == cp_model.FEASIBLE:
        return "feasible"
    return "infeasible" if code == cp_model.INFEASIBLE else "unknown"
