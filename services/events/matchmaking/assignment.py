"""Which pairs meet: the most points that tables, slots and everybody's own limit allow, as a flow.

source → seeker → structure → sink. The first meeting of each has an arc of its own that carries the bonus; the flow out of the source is at
most tables × slots. The constraint matrix is that of a network, so the linear programme has a whole optimum (Ahuja, Magnanti, Orlin,
*Network Flows*, theorem 11.11) and HiGHS' simplex finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from services.events.matchmaking.encounters import NoAssignment
from services.events.matchmaking.participants import Gathering, Seeker, Structure
from services.events.matchmaking.scoring import FIRST_OF_SEEKER, FIRST_OF_STRUCTURE, score

Pair = tuple[str, str]


@dataclass(frozen=True)
class Assignment:
    """Pairs that meet, in sorted order. `value` is the optimum of the flow: no timetable can have more points."""

    pairs: tuple[Pair, ...]
    value: int


def points(gathering: Gathering) -> dict[Pair, int]:
    """Points of every pair that may meet; a pinned pair may always. Pairs without a common slot are left out."""
    found = {}
    for seeker in gathering.seekers:
        for structure in gathering.structures:
            pair = (seeker.id, structure.id)
            if pair in gathering.apart or not any(slot < gathering.slots for slot in seeker.slots & structure.slots):
                continue
            scored = score(seeker, structure)
            if scored or pair in gathering.pinned:
                found[pair] = scored.points if scored else 0
    return found


def limits(gathering: Gathering) -> dict[str, int]:
    """How many meetings each can have at most: the own limit, and the slots in which one is there."""
    everybody: list[Seeker | Structure] = [*gathering.seekers, *gathering.structures]
    return {who.id: min(who.most, sum(slot < gathering.slots for slot in who.slots)) for who in everybody}


def value_of(pairs: Sequence[Pair], worth: Mapping[Pair, int]) -> int:
    """Points of a set of meetings, the first meeting of each included."""
    return (
        sum(worth[pair] for pair in pairs)
        + FIRST_OF_SEEKER * len({one for one, _ in pairs})
        + FIRST_OF_STRUCTURE * len({other for _, other in pairs})
    )


def assign(gathering: Gathering, worth: Mapping[Pair, int]) -> Assignment:
    """The pairs with the most points. Raises NoAssignment when the pinned ones do not fit. Deterministic."""
    pairs = sorted(worth)
    if not pairs:
        return Assignment((), 0)
    solver = _model(gathering, worth, pairs)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NoAssignment
    taken = solver.getSolution().col_value[: len(pairs)]
    chosen = tuple(pair for pair, flow in zip(pairs, taken, strict=True) if flow > 0.5)
    return Assignment(chosen, value_of(chosen, worth))


def _model(gathering: Gathering, worth: Mapping[Pair, int], pairs: Sequence[Pair]) -> highspy.Highs:
    """Columns: one a pair, then one « first meeting » a person. Rows: limit and first meeting of each, and the tables."""
    people = sorted({one for one, _ in pairs}) + sorted({other for _, other in pairs})
    seekers = {one for one, _ in pairs}
    most = limits(gathering)
    of: dict[str, list[int]] = defaultdict(list)
    for column, pair in enumerate(pairs):
        of[pair[0]].append(column)
        of[pair[1]].append(column)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("solver", "simplex")
    for pair in pairs:
        solver.addVar(1.0 if pair in gathering.pinned else 0.0, 1.0)
    for _ in people:
        solver.addVar(0.0, 1.0)
    cost = [float(worth[pair]) for pair in pairs] + [float(FIRST_OF_SEEKER if who in seekers else FIRST_OF_STRUCTURE) for who in people]
    solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), np.array(cost))
    for place, who in enumerate(people):
        columns = np.array(of[who], dtype=np.int32)
        ones = np.ones(len(columns))
        solver.addRow(0.0, float(most[who]), len(columns), columns, ones)
        first = np.append(columns, np.int32(len(pairs) + place)).astype(np.int32)
        solver.addRow(0.0, highspy.kHighsInf, len(first), first, np.append(ones, -1.0))
    everything = np.arange(len(pairs), dtype=np.int32)
    solver.addRow(0.0, float(gathering.tables * gathering.slots), len(pairs), everything, np.ones(len(pairs)))
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    return solver
