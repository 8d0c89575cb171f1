"""The ten-minute meetings asked in the plainest way, as a check of the planner: one variable a pair and slot, one a person who meets anybody.

Shares no code with the planner but the points of a pair, which are part of the question. Needs scipy (requirements/test.txt).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.events.matchmaking import scoring
from services.events.matchmaking.assignment import Pair, points
from services.events.matchmaking.participants import Gathering, Seeker, Structure


def presence(of: Gathering) -> tuple[dict[str, frozenset[int]], dict[str, int]]:
    """Slots and limit of each."""
    everybody: list[Seeker | Structure] = [*of.seekers, *of.structures]
    return {who.id: who.slots for who in everybody}, {who.id: who.most for who in everybody}


def best(of: Gathering) -> int:
    """The most points that any timetable has, by `scipy.optimize.milp`. For small gatherings only."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    worth = points(of)
    slots, _ = presence(of)
    cells = [(pair, slot) for pair in worth for slot in sorted(slots[pair[0]] & slots[pair[1]]) if slot < of.slots]
    if not cells:
        return 0
    people = sorted({who for pair in worth for who in pair})
    rows, upper = _conditions(of, cells, people)
    seekers = {who.id for who in of.seekers}
    firsts = [scoring.FIRST_OF_SEEKER if who in seekers else scoring.FIRST_OF_STRUCTURE for who in people]
    gain = np.array([*(worth[pair] for pair, _ in cells), *firsts], dtype=float)
    answer = milp(
        -gain, integrality=np.ones(len(gain)), bounds=Bounds(0, 1), constraints=LinearConstraint(np.array(rows), -np.inf, np.array(upper))
    )
    if not answer.success:
        raise RuntimeError(answer.message)
    most: float = -answer.fun
    return round(most)


def _conditions(of: Gathering, cells: list[tuple[Pair, int]], people: list[str]) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Rows and upper bounds: a pair once, each person's limit and one talk a slot, tables; a first meeting needs a meeting."""
    _, limit = presence(of)
    rows: list[NDArray[np.float64]] = []
    upper: list[float] = []

    def at_most(columns: list[int], most: float, first: int | None = None) -> None:
        row = np.zeros(len(cells) + len(people))
        row[columns] = 1 if first is None else -1
        if first is not None:
            row[first] = 1
        rows.append(row)
        upper.append(most)

    for pair in {pair for pair, _ in cells}:
        at_most([at for at, (found, _) in enumerate(cells) if found == pair], 1)
    for place, who in enumerate(people):
        mine = [at for at, (pair, _) in enumerate(cells) if who in pair]
        at_most(mine, limit[who])
        at_most(mine, 0, first=len(cells) + place)
        for slot in range(of.slots):
            at_most([at for at in mine if cells[at][1] == slot], 1)
    for slot in range(of.slots):
        at_most([at for at, (_, found) in enumerate(cells) if found == slot], of.tables)
    return rows, upper
