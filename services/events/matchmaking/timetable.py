"""When and where the chosen pairs meet: nobody in two places, no more meetings at once than tables.

Where everybody is there all the time the chosen pairs always fit (`colouring`), so the optimum of the flow is the optimum. Where somebody
leaves early the pairs are first tried as they are; if they do not fit, pairs and slots are chosen together by CP-SAT, which starts from a
timetable filled greedily and has the flow's value as its bound.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from ortools.sat.python import cp_model

from services.events.matchmaking.assignment import Assignment, Pair, assign, limits, points, value_of
from services.events.matchmaking.colouring import coloured
from services.events.matchmaking.encounters import Meeting, NoAssignment, Timetable
from services.events.matchmaking.participants import Gathering, Seeker, Structure, check
from services.events.matchmaking.scoring import FIRST_OF_SEEKER, FIRST_OF_STRUCTURE

TIME_LIMIT_S: Final = 10.0
WORKERS: Final = 1
STEPS: Final = 8.0
"""The solver's own unit of work, about a second each: what ends a search on any machine, so that the same crowd gets the same timetable."""


def plan(gathering: Gathering, time_limit_s: float = TIME_LIMIT_S) -> Timetable:
    """The timetable with the most points. Raises Refused for impossible wishes, NoAssignment when the pinned meetings do not fit."""
    check(gathering)
    begun = time.perf_counter()
    worth = points(gathering)
    flow = assign(gathering, worth)
    bound = flow.value
    if _all_there(gathering):
        placed: dict[Pair, int] | None = coloured(flow.pairs, gathering.slots, gathering.tables)
    else:
        placed = _placed(gathering, flow, time_limit_s / 3)
    if placed is None:
        left = max(1.0, time_limit_s - (time.perf_counter() - begun))
        placed, bound = _together(gathering, worth, flow, left)
    return Timetable(tuple(_seated(placed, gathering.tables)), value_of(sorted(placed), worth), bound, time.perf_counter() - begun)


def _all_there(gathering: Gathering) -> bool:
    every = set(range(gathering.slots))
    everybody: list[Seeker | Structure] = [*gathering.seekers, *gathering.structures]
    return all(every <= who.slots for who in everybody) and all(slot is None for slot in gathering.pinned.values())


def _placed(gathering: Gathering, flow: Assignment, limit_s: float) -> dict[Pair, int] | None:
    """A slot for every chosen pair; None when they do not fit (or not within the time)."""
    model = cp_model.CpModel()
    literals = _literals(model, gathering, flow.pairs)
    for mine in _by_pair(literals).values():
        model.add_exactly_one(mine)
    _nobody_twice(model, gathering, literals)
    solver = _solver(limit_s)
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    return {pair: slot for (pair, slot), literal in literals.items() if solver.boolean_value(literal)}


def _together(gathering: Gathering, worth: Mapping[Pair, int], flow: Assignment, limit_s: float) -> tuple[dict[Pair, int], int]:
    """Pairs and slots chosen at once, with their proven bound. Raises NoAssignment when the pinned meetings do not fit."""
    model = cp_model.CpModel()
    literals = _literals(model, gathering, worth)
    of_pair = _by_pair(literals)
    of_person: dict[str, list[cp_model.IntVar]] = defaultdict(list)
    for pair, mine in of_pair.items():
        if pair in gathering.pinned:
            model.add_exactly_one(mine)
        else:
            model.add_at_most_one(mine)
        for who in pair:
            of_person[who].extend(mine)
    _nobody_twice(model, gathering, literals)
    most, seekers = limits(gathering), {one for one, _ in worth}
    gain = [worth[pair] * literal for (pair, _), literal in literals.items()]
    for who, mine in of_person.items():
        model.add(sum(mine) <= most[who])
        met = model.new_bool_var("")
        model.add_bool_or([*mine, met.negated()])
        gain.append((FIRST_OF_SEEKER if who in seekers else FIRST_OF_STRUCTURE) * met)
    model.add(sum(gain) <= flow.value)
    model.maximize(sum(gain))
    greedy = _greedy(gathering, worth, flow)
    for (pair, slot), literal in literals.items():
        model.add_hint(literal, greedy.get(pair) == slot)
    solver = _solver(limit_s)
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        if not set(gathering.pinned) <= set(greedy):
            raise NoAssignment
        return greedy, flow.value
    placed = {pair: slot for (pair, slot), literal in literals.items() if solver.boolean_value(literal)}
    return placed, min(flow.value, round(solver.best_objective_bound))


def _greedy(gathering: Gathering, worth: Mapping[Pair, int], flow: Assignment) -> dict[Pair, int]:
    """Pinned pairs first, then those of the flow, then the rest by points, each in the first slot that is free for both and has a table."""
    seekers = {seeker.id: seeker.slots for seeker in gathering.seekers}
    structures = {structure.id: structure.slots for structure in gathering.structures}
    most, chosen = limits(gathering), set(flow.pairs)
    busy: set[tuple[str, int]] = set()
    full: dict[int, int] = defaultdict(int)
    met: dict[str, int] = defaultdict(int)
    found: dict[Pair, int] = {}
    for pair in sorted(worth, key=lambda pair: (pair not in gathering.pinned, pair not in chosen, -worth[pair], pair)):
        pin = gathering.pinned.get(pair)
        for slot in sorted(seekers[pair[0]] & structures[pair[1]]):
            fits = slot < gathering.slots and (pin is None or pin == slot) and full[slot] < gathering.tables
            if fits and not any((who, slot) in busy or met[who] >= most[who] for who in pair):
                found[pair] = slot
                full[slot] += 1
                for who in pair:
                    busy.add((who, slot))
                    met[who] += 1
                break
    return found


def _literals(model: cp_model.CpModel, gathering: Gathering, pairs: Iterable[Pair]) -> dict[tuple[Pair, int], cp_model.IntVar]:
    seekers = {seeker.id: seeker.slots for seeker in gathering.seekers}
    structures = {structure.id: structure.slots for structure in gathering.structures}
    found = {}
    for pair in sorted(pairs):
        pin = gathering.pinned.get(pair)
        for slot in sorted(seekers[pair[0]] & structures[pair[1]]):
            if slot < gathering.slots and (pin is None or pin == slot):
                found[pair, slot] = model.new_bool_var("")
    return found


def _by_pair(literals: Mapping[tuple[Pair, int], cp_model.IntVar]) -> dict[Pair, list[cp_model.IntVar]]:
    found: dict[Pair, list[cp_model.IntVar]] = defaultdict(list)
    for (pair, _), literal in literals.items():
        found[pair].append(literal)
    return found


def _nobody_twice(model: cp_model.CpModel, gathering: Gathering, literals: Mapping[tuple[Pair, int], cp_model.IntVar]) -> None:
    at: dict[tuple[str, int], list[cp_model.IntVar]] = defaultdict(list)
    in_slot: dict[int, list[cp_model.IntVar]] = defaultdict(list)
    for (pair, slot), literal in literals.items():
        in_slot[slot].append(literal)
        for who in pair:
            at[who, slot].append(literal)
    for mine in at.values():
        model.add_at_most_one(mine)
    for several in in_slot.values():
        model.add(sum(several) <= gathering.tables)


def _solver(limit_s: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.max_deterministic_time = STEPS
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = 1
    return solver


def _seated(placed: Mapping[Pair, int], tables: int) -> list[Meeting]:
    """A table for every meeting: a seeker keeps the last one where it is free, so that structures walk and seekers sit."""
    found: list[Meeting] = []
    sat: dict[str, int] = {}
    by_slot: dict[int, list[Pair]] = defaultdict(list)
    for pair, slot in placed.items():
        by_slot[slot].append(pair)
    for slot in sorted(by_slot):
        taken: set[int] = set()
        waiting = []
        for pair in sorted(by_slot[slot], key=lambda pair: (sat.get(pair[0], 1 << 30), pair)):
            if pair[0] in sat and sat[pair[0]] not in taken:
                taken.add(sat[pair[0]])
                found.append(Meeting(slot, sat[pair[0]], *pair))
            else:
                waiting.append(pair)
        for pair in waiting:
            table = _free_table(taken, set(sat.values()), tables)
            taken.add(table)
            sat[pair[0]] = table
            found.append(Meeting(slot, table, *pair))
    return sorted(found)


def _free_table(taken: set[int], kept: set[int], tables: int) -> int:
    """The first table that is free now and nobody's own, else the first that is free now: there is one, meetings at once are at most `tables`."""
    free = [table for table in range(tables) if table not in taken]
    return next((table for table in free if table not in kept), free[0])
