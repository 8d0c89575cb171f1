"""The placing as a CP-SAT model: one boolean a column, exactly one column an atelier, and sets of columns of which at most one may be.

Built in two ways from the same conditions. *Strict*: what a condition forbids has no column, so the model is small. *Switchable*: every
condition has a switch, so that a set of them can be assumed and the ones that block be found (`blocking.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from ortools.sat.python import cp_model

from services.events.planning import conditions, scoring, travel
from services.events.planning.columns import Column, Columns
from services.events.planning.conditions import Condition
from services.events.planning.instance import Atelier, Instance, Placement, Room, Slot

Literal = cp_model.IntVar
Sum = Any  # a linear expression; the library types its sums as unions with numpy scalars that nothing can be added to
SEED: Final = 20_181_008


class Board:
    """`chosen[column]` is the boolean of a column."""

    def __init__(
        self, instance: Instance, before: Sequence[Placement] = (), *, switchable: bool = False, columns: Iterable[Column] | None = None
    ) -> None:
        self.instance = instance
        self.cp = cp_model.CpModel()
        self.switchable = switchable
        self.switches: dict[Condition, Literal] = {}
        self.of: dict[str, list[tuple[Column, Literal]]] = {atelier.id: [] for atelier in instance.ateliers}
        if columns is None:
            making = Columns(instance, before, switchable=switchable)
            columns = (column for atelier in instance.ateliers for column in making.of(atelier))
        for column in columns:
            literal = self.cp.new_bool_var("")
            self.of[column.atelier].append((column, literal))
            for condition in column.against:
                self.cp.add_implication(literal, ~self.switch(condition))
        for pairs in self.of.values():
            self.cp.add_exactly_one([literal for _, literal in pairs])
        self._animators()
        self._rooms()
        self._spacing()
        self._per_week()

    @property
    def all(self) -> Iterable[tuple[Column, Literal]]:
        return (pair for pairs in self.of.values() for pair in pairs)

    def switch(self, condition: Condition) -> Literal:
        """The literal that says this condition is asked for."""
        if condition not in self.switches:
            self.switches[condition] = self.cp.new_bool_var(f"{condition.code} {condition.subject}")
        return self.switches[condition]

    def read(self, solver: cp_model.CpSolver) -> list[Column]:
        """The columns that the solver chose, in the order of the ateliers."""
        return [column for column, literal in self.all if solver.boolean_value(literal)]

    def hint(self, placements: Iterable[Placement]) -> None:
        """Where to look first."""
        wanted = {(p.atelier, p.slot, p.animator) for p in placements}
        for column, literal in self.all:
            self.cp.add_hint(literal, (column.atelier, column.slot, column.animator) in wanted)

    def _at_most(self, literals: Sequence[Literal], most: int, condition: Condition) -> None:
        """No more than `most` of them while the condition is asked for."""
        if len(literals) <= most:
            return
        if self.switchable:
            self.cp.add(sum(literals) <= most).only_enforce_if(self.switch(condition))
        elif most == 1:
            self.cp.add_at_most_one(literals)
        else:
            self.cp.add(sum(literals) <= most)

    def _animators(self) -> None:
        """An animator has one atelier a day, or one a half-day in departments that can be reached; and no more than the number agreed."""
        by: dict[str, list[tuple[Column, Literal]]] = defaultdict(list)
        for column, literal in self.all:
            by[column.animator].append((column, literal))
        for animator in self.instance.animators:
            once, held = conditions.one_at_a_time(self.instance, animator), by[animator.id]
            if animator.most is not None:
                self._at_most([literal for _, literal in held], animator.most, conditions.most(animator))
            whole_day = self.instance.conditions.per_animator_day == 1
            times: dict[date | Slot, list[Literal]] = defaultdict(list)
            for column, literal in held:
                times[column.slot.day if whole_day else column.slot].append(literal)
            for literals in times.values():
                self._at_most(literals, 1, once)
            if not whole_day:
                self._travel(held, conditions.travel_in_a_day(animator))

    def _travel(self, held: Sequence[tuple[Column, Literal]], condition: Condition) -> None:
        """A morning and an afternoon in two departments that are too far apart are not one person's day."""
        by_day: dict[date, list[tuple[Column, Literal]]] = defaultdict(list)
        for column, literal in held:
            by_day[column.slot.day].append((column, literal))
        for pairs in by_day.values():
            for place in {column.place for column, _ in pairs}:
                morning = [lit for column, lit in pairs if column.slot.half == "MORNING" and column.place == place]
                far = [
                    lit for column, lit in pairs
                    if column.slot.half == "AFTERNOON" and travel.too_far_for_one_day(place, column.place)
                ]  # fmt: skip
                if morning and far:
                    self._at_most([*morning, *far], 1, condition)

    def _rooms(self) -> None:
        """As many rooms as ateliers at a time in a place. Rooms that fit are nested by size, so that counting them for each size is exact
        (Hall); an atelier pinned to a room counts with that room's size."""
        if self.instance.rooms_apart:
            return
        at: dict[tuple[Slot, str | None], list[tuple[int, Literal, str | None]]] = defaultdict(list)
        for column, literal in self.all:
            pin, need = self.instance.pin_of.get(column.atelier), self.instance.by_id[column.atelier].expected
            pinned = pin.room if pin else None
            room = self.instance.room_by_id.get(pinned or "")
            at[column.slot, column.place].append(((room.capacity or need) if room else need, literal, pinned))
        for (slot, place), wanted in at.items():
            rooms = [r for r in self.instance.rooms if r.department == place and (self.switchable or self._free(r, slot))]
            for size in sorted({need for need, _, _ in wanted}):
                fit = [room for room in rooms if room.capacity is None or room.capacity >= size]
                few = conditions.few_rooms(place, len(fit), size)
                self._at_most([lit for need, lit, _ in wanted if need >= size], len(fit), few)
            for room in rooms:
                self._at_most([lit for _, lit, pinned in wanted if pinned == room.id], 1, conditions.room_twice(room))

    def _free(self, room: Room, slot: Slot) -> bool:
        return not any(conditions.of_room_slot(self.instance, room, slot))

    def _spacing(self) -> None:
        days = self.instance.conditions.spacing_days
        for department, ateliers in self.instance.departments() if days else ():
            by_day: dict[date, list[Literal]] = defaultdict(list)
            for atelier in ateliers:
                for column, literal in self.of[atelier.id]:
                    by_day[column.slot.day].append(literal)
            fixed = self._announced_days(ateliers)
            for day in sorted(by_day):
                end = day + timedelta(days=days)
                told = sum(1 for d in fixed if day <= d < end)
                literals = [literal for d, found in by_day.items() if day <= d < end for literal in found]
                self._at_most(literals, max(1, told), conditions.spacing(self.instance, department))

    def _announced_days(self, ateliers: Sequence[Atelier]) -> list[date]:
        """Days that people were told: two of them may be closer than the spacing wants, since they stay."""
        pins = [self.instance.pin_of.get(atelier.id) for atelier in ateliers]
        return [pin.day for pin in pins if pin and pin.announced and pin.day and self.instance.conditions.keep_announced]

    def _per_week(self) -> None:
        most = self.instance.conditions.per_week
        if most is None:
            return
        weeks: dict[tuple[int, int], list[Literal]] = defaultdict(list)
        for column, literal in self.all:
            weeks[column.slot.day.isocalendar()[:2]].append(literal)
        told = Counter(day.isocalendar()[:2] for day in self._announced_days(self.instance.ateliers))
        for week, literals in weeks.items():
            self._at_most(literals, max(most, told[week]), conditions.per_week(self.instance))


def cost(board: Board) -> Sum:
    """The points of a plan, term for term what `scoring.score` counts."""
    instance = board.instance
    terms: list[Sum] = [column.points * literal for column, literal in board.all if column.points]
    hardship: dict[str, list[Sum]] = defaultdict(list)
    for column, literal in board.all:
        department = instance.by_id[column.atelier].department
        if column.hardship and department is not None:
            hardship[department].append(column.hardship * literal)
    worst = board.cp.new_int_var(0, 20 * len(instance.ateliers), "worst")
    for parts in hardship.values():
        board.cp.add(worst >= sum(parts))
    return sum(terms) + scoring.WORST_DEPARTMENT * worst + scoring.CROWDED * sum(_waves(board)) + loads(board)


def loads(board: Board) -> Sum:
    """The points of ateliers above an animator's fair share."""
    share = scoring.fair_share(board.instance)
    held: dict[str, list[Literal]] = defaultdict(list)
    for column, literal in board.all:
        held[column.animator].append(literal)
    over = [_over(board, literals, share) for literals in held.values() if len(literals) > share]
    return scoring.UNFAIR_TO_ANIMATOR * sum(over)


def _waves(board: Board) -> list[Sum]:
    """Ateliers of a department above a wave's share."""
    found: list[Sum] = []
    for _, ateliers in board.instance.departments():
        share = scoring.wave_share(len(ateliers))
        for wave in scoring.waves(board.instance, len(ateliers)):
            inside = [literal for a in ateliers for column, literal in board.of[a.id] if column.slot.day in wave]
            if len(inside) > share:
                found.append(_over(board, inside, share))
    return found


def _over(board: Board, literals: Sequence[Literal], share: int) -> Sum:
    """How many of them are chosen above the share."""
    over = board.cp.new_int_var(0, len(board.instance.ateliers), "")
    board.cp.add(over >= sum(literals) - share)
    return over


def changes(board: Board, before: Sequence[Placement]) -> tuple[Sum, Sum, Sum]:
    """Against a plan: announced ateliers whose date or place changes, others whose date or place changes, ateliers whose animator changes."""
    told = {pin.atelier for pin in board.instance.pins if pin.announced}
    counts: tuple[list[Sum], list[Sum], list[Sum]] = ([], [], [])
    for p in before:
        pairs = board.of.get(p.atelier)
        if pairs is None:
            continue
        stays = [lit for column, lit in pairs if column.slot == p.slot and _keeps_room(board.instance, p, column.place)]
        counts[0 if p.atelier in told else 1].append(1 - sum(stays))
        counts[2].append(1 - sum(lit for column, lit in pairs if column.animator == p.animator))
    return sum(counts[0]), sum(counts[1]), sum(counts[2])


def _keeps_room(instance: Instance, p: Placement, place: str | None) -> bool:
    room = instance.room_by_id.get(p.room)
    if room is None or room.department != place:
        return False
    return not any(conditions.of_room(instance, instance.by_id[p.atelier], room)) and not any(
        conditions.of_room_slot(instance, room, p.slot)
    )


def solver_for(seconds: float, workers: int = 1) -> cp_model.CpSolver:
    """A solver that gives the same plan for the same question while one worker ends by proof.

    The models are sets of which at most one may be chosen: their linear relaxation is nearly the answer, probing them costs ten times
    what it gains, and simplifying their clauses while searching three times the search (measured).
    """
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = SEED
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = max(0.05, seconds)
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.linearization_level = 2
    solver.parameters.symmetry_level = 0
    solver.parameters.merge_at_most_one_work_limit = 0
    solver.parameters.use_sat_inprocessing = False
    return solver
