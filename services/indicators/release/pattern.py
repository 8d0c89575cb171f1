"""Which further cells must be hidden so that no protected one can be computed: linear programs on HiGHS, deterministic.

For every protected cell and both directions a flow is sought: a change of values that leaves every printed number as it is and moves the cell
as far as it must stay uncertain. What is hidden already flows almost for free; a printed cell costs what its loss is worth, and a cell with
flow is hidden. A flow is a proof, for all cells that it moves far enough. One that touches what an employer or a declarant alone makes proves
nothing to them, who know it: another flow is then found that avoids it (the method of Kelly, Golden and Assad 1992, with insiders).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.indicators.release.flow import SMALL, FlowProgram, NoPattern
from services.indicators.release.flow_model import Floats
from services.indicators.release.proofs import Flow, Proofs
from services.indicators.release.system import System, Teller, one_person

ROUNDS: Final = 12
"""Programs that move as many cells at once as they can, before one is made for each cell that is left."""
WORTH_A_ROUND: Final = 10
"""Cells that such a program must prove to be worth another."""
PATIENCE: Final = 2
"""Programs in a row that may prove fewer."""
KNOWS_MUCH: Final = 0.05
"""Of all columns: who knows so many alone (all that one filing changed) leaves nothing to move, so nobody else is kept blind together with them."""
CLEAN_UP_SOLVES: Final = 60
"""Programs spent on printing again what need not be hidden. A number, not a time: the same figures give the same pattern."""
PARTS: Final = (1.0, 0.2, 0.02, 0.002, 0.0002)
"""Who makes most of a cell is kept uncertain of the others' part of it, which is less than a share of the whole."""


Target = tuple[int, int]
"""A column's place and the direction (1, −1; 0: either) in which it must stay uncertain."""


@dataclass(frozen=True)
class Pattern:
    """What is hidden, and what could not be protected although it is public already (names, sorted)."""

    hidden: frozenset[Hashable]
    exposed: tuple[Hashable, ...] = ()
    programs: int = 0
    no_less: frozenset[Hashable] = frozenset()
    """What everybody can tell to be no less than it is, whatever were hidden: two parts of which neither is zero come to two at least."""
    open: frozenset[tuple[Hashable, Hashable]] = frozenset()
    """What could not be kept from whom, whatever were hidden (names of columns)."""


def _ways(target: Target) -> tuple[int, ...]:
    return (target[1],) if target[1] else (1, -1)


def protect(system: System, scale: float) -> Pattern:
    """Hide what must be. `scale` makes the solver's numbers out of the system's whole ones. Raises NoPattern."""
    if not any(column.below or column.above or column.either for column in system.columns):
        return Pattern(frozenset(column.name for column in system.columns if column.hidden))
    return _Search(system, scale).run()


class _Search:
    def __init__(self, system: System, scale: float) -> None:
        self.columns = system.columns
        self.program = FlowProgram(system, scale)
        self.hidden, self.beside = self.program.hidden, system.beside
        names = sorted(frozenset[Hashable]().union(*(column.makers | column.changers for column in self.columns)), key=repr)
        numbers: dict[Hashable, int] = {name: number for number, name in enumerate(names)}
        self.insiders = names
        known = [one_person(column.makers | column.changers) & numbers.keys() for column in self.columns]
        self.makers = [frozenset(numbers[name] for name in who) for who in known]
        self.owners = [frozenset(numbers[name] for name in column.owners) for column in self.columns]
        """Who makes a cell alone, who knows that: as numbers."""
        self.owned: dict[int, list[int]] = defaultdict(list)
        for place, owners in enumerate(self.owners):
            for owner in sorted(owners):
                self.owned[owner].append(place)
        self.proofs: dict[Target, Proofs] = defaultdict(Proofs)
        self.small = SMALL * scale
        self.exposed: list[int] = []
        self.no_less: set[int] = set()
        self.told: set[Target] = set()
        """Ways in which everybody can tell that a change goes no further (`Column.one_way`)."""
        self.open: dict[Target, frozenset[int]] = defaultdict(frozenset)
        """Of each target, the insiders from whom it cannot be kept."""
        self.until = 0
        """How many programs there may have been when cells are printed again."""
        self.dice = Random(len(self.columns))  # noqa: S311  any directions do; the same every time
        self.targets = [
            (place, sign)
            for place in sorted(range(len(self.columns)), key=lambda place: (-self.columns[place].above, repr(self.columns[place].name)))
            for sign in (1, -1, 0)
            if self._far(place, sign)
        ]

    def run(self) -> Pattern:
        self._prove_together()
        self._prove_all()
        self._print_idle()
        self._clean_up()
        self._print_idle()
        self._keep_uncertain()
        hidden = frozenset(self.columns[place].name for place in np.flatnonzero(self.hidden))
        exposed = tuple(self.columns[place].name for place in sorted(set(self.exposed)))
        no_less = frozenset(self.columns[place].name for place in self.no_less)
        return Pattern(hidden, exposed, self.program.solved, no_less, frozenset(self._open()))

    def _open(self) -> Iterator[tuple[Hashable, Hashable]]:
        """Who sees a cell exactly: neither up nor down can it be kept from them."""
        for place, column in enumerate(self.columns):
            ways = [self.open[place, sign] for sign in (1, -1) if self._far(place, sign)]
            for number in frozenset.intersection(*ways) if ways else ():
                yield self.insiders[number], column.name

    def _far(self, place: int, sign: int) -> int:
        column = self.columns[place]
        return column.above if sign > 0 else column.below if sign < 0 else column.either

    def _prove_together(self) -> None:
        """Primary cells protect each other for the most part: one flow among them moves hundreds, and may avoid what some insiders know."""
        knowing = [owner for owner in sorted(self.owned) if len(self.owned[owner]) > KNOWS_MUCH * len(self.columns)]
        owners = sorted(self.owned.keys() - knowing)
        bits = range(len(owners).bit_length())
        halves = [[owner for place, owner in enumerate(owners) if place >> bit & 1 == side] for bit in bits for side in (0, 1)]
        for blind in [[], owners, *halves, *([owner] for owner in knowing)]:
            self._rounds(blind)
        for owner in knowing:  # one by one each of hundreds would hide what is nearest to it
            self._rounds([owner], fresh=True)

    def _rounds(self, blind: Sequence[int], *, fresh: bool = False) -> None:
        left, quiet = self._left(blind), 0
        for _ in range(ROUNDS):
            if len(left) < WORTH_A_ROUND or quiet == PATIENCE:
                return
            self._move_together(left, blind, fresh=fresh)
            before, left = len(left), self._left(blind)
            quiet = 0 if before - len(left) >= WORTH_A_ROUND else quiet + 1

    def _left(self, blind: Sequence[int]) -> list[Target]:
        """The cells that are not proven yet; where somebody is to be kept blind, those that one of them sees through."""
        if not blind:
            return [target for target in self.targets if self._through(target) is None]
        return [target for target in self.targets if (through := self._through(target)) and not through.isdisjoint(blind)]

    def _move_together(self, wanted: Sequence[Target], blind: Sequence[int], *, fresh: bool) -> None:
        """Both ways at once: what rises must fall elsewhere."""
        ways: dict[int, list[int]] = defaultdict(list)
        for place, sign in wanted:
            ways[place].append(sign)
        shut = [place for owner in blind for place in self.owned[owner]]
        far = {
            place: self._far(place, sign) * (sign or self.dice.choice((1, -1)))
            for place, signs in ways.items()
            for sign in (self.dice.choice(signs),)
        }
        for place in shut:
            far.pop(place, None)
        found = self.program.together(far, shut, fresh=fresh) if far else None
        if found is not None:
            moved = np.flatnonzero(np.abs(found) > SMALL)
            self._hide(moved)
            self._learn(found, moved, None)

    def _prove_all(self) -> None:
        """Without what is to be spared, and with it only where that does not do. What was proven until then stands."""
        try:
            for target in self.targets:
                self._prove(target)
            if not self.exposed:
                return
        except NoPattern:
            if not self.program.spared.size:
                raise
        if self.program.spared.size:
            self.program.give_way()
            self.exposed.clear()
            self.no_less.clear()
            self.told.clear()
            self.open.clear()
            self._prove_all()

    def _prove(self, target: Target) -> None:
        column = self.columns[target[0]]
        while (through := self._through(target)) is None or through:
            insider = min(through) if through else None
            if not self._uncertain(target, insider):
                if insider is not None and (column.change or isinstance(self.insiders[insider], Teller)):
                    self.open[target] |= {insider}
                    continue
                if target[1] < 0 and column.least:
                    self.no_less.add(target[0])  # that it may be more is proven apart
                    return
                if column.one_way and insider is None and (target[0], -target[1]) not in self.told:
                    self.told.add(target)
                    return
                if column.settled:
                    self.exposed.append(target[0])
                    return
                raise NoPattern(f"{column.name}" if insider is None else f"{column.name}, devant {self.insiders[insider]}")

    def _uncertain(self, target: Target, insider: int | None) -> bool:
        """As far as it must be; before an insider as far as there is a way. Where the least reach has none, no other has one."""
        reaches = self._reaches(target) if insider is not None else [float(self._far(*target))]
        if self._flow(target, insider, reaches[0]):
            return True
        if len(reaches) == 1 or not self._possible(target, insider, reaches[-1]):
            return False
        return any(self._flow(target, insider, reach) for reach in reaches[1:])

    def _reaches(self, target: Target) -> list[float]:
        """No less than a person or a hundredth of an hour: a reader knows what is whole."""
        far = self._far(*target)
        return sorted({max(1.0, part * far) for part in PARTS}, reverse=True)

    def _through(self, target: Target, *, without: int = -1) -> frozenset[int] | None:
        """Who sees through every proof. That there is nobody (a hidden zero) is protected against readers, not against who is alone there."""
        found = self.proofs[target].seen_through(self.makers[target[0]] | self.open[target], without=without)
        return found if not found or (self.columns[target[0]].value and target[1]) else frozenset()

    def _possible(self, target: Target, insider: int | None, reach: float) -> bool:
        """Whether there is such a flow, whatever it would hide."""
        return any(self.program.possible(target[0], way * reach, self._closed(target, insider)) for way in _ways(target))

    def _closed(self, target: Target, insider: int | None) -> list[int]:
        """What the insider knows besides the cell."""
        return [] if insider is None else [other for other in self.owned[insider] if other != target[0]]

    def _flow(self, target: Target, insider: int | None, reach: float, *, shut: int = -1) -> bool:
        """Find a flow through the cell that the insider does not see through, and that leaves `shut` alone (then hiding nothing more)."""
        closed = [*self._closed(target, insider), *([shut] if shut >= 0 else [])]
        for way in _ways(target):
            found = self.program.flow(target[0], way * reach, closed, fresh=shut < 0)
            if found is not None:
                break
        else:
            return False
        moved = np.flatnonzero(np.abs(found) > SMALL)
        self._hide(moved)
        self._learn(found, moved, target)
        if reach < self._far(*target):
            self.proofs[target].add(Flow(frozenset(moved.tolist()), self._owners(moved)), asked=True)
        return True

    def _owners(self, moved: NDArray[np.int64]) -> frozenset[int]:
        return frozenset[int]().union(*(self.owners[place] for place in moved.tolist()))

    def _learn(self, found: Floats, moved: NDArray[np.int64], target: Target | None) -> None:
        flow = Flow(frozenset(moved.tolist()), self._owners(moved))
        back = bool(
            (found[moved] <= self.program.falls[moved] + SMALL).all() and (-found[moved] <= self.program.rises[moved] + SMALL).all()
        )
        steps = found[moved] * self.program.scale
        for place, step in zip(moved.tolist(), steps.tolist(), strict=True):
            column = self.columns[place]
            if column.either and abs(step) >= column.either - self.small:
                self.proofs[place, 0].add(flow, asked=(place, 0) == target)
            for sign, far in ((1, column.above), (-1, column.below)):
                if far and (step * sign >= far - self.small or (back and -step * sign >= far - self.small)):
                    self.proofs[place, sign].add(flow, asked=(place, sign) == target)

    def _print_idle(self) -> None:
        """Print again what no proof moves: hiding it protects nothing, and it may be computed."""
        flows = {id(flow): flow for proofs in self.proofs.values() for flow in proofs.flows}
        moving = frozenset[int]().union(*(flow.places for flow in flows.values()))
        for place, column in enumerate(self.columns):
            if self.hidden[place] and not column.hidden and place not in moving:
                self.program.now_printed(place)

    def _keep_uncertain(self) -> None:
        """What was hidden for the sake of others is not to be computed either: their flows may move it by less than a person, which leaves one
        whole number."""
        moved: set[int] = set()
        while left := [place for place in self._not_printed() if self.columns[place].little and place not in moved]:
            far = {place: float(self.dice.choice((1, -1)) * self.columns[place].little) for place in left}
            found = self.program.together(far, []) if len(left) >= WORTH_A_ROUND else None
            clear = self._moved_a_little(left, found)
            for place in left if len(clear) < WORTH_A_ROUND else ():
                if place not in clear:
                    clear |= self._moved_a_little(left, self._moving(place)) | {place}
            moved |= clear

    def _not_printed(self) -> list[int]:
        """What is hidden, and what was to be printed beside it only: it says nothing there, and must not be computed."""
        self._hide(np.array([part for part, whole in self.beside.items() if self.hidden[whole]], dtype=np.int64))
        found: list[int] = np.flatnonzero(self.hidden).tolist()
        return found

    def _moved_a_little(self, places: Sequence[int], found: Floats | None) -> set[int]:
        if found is None:
            return set()
        return {place for place in places if abs(found[place]) * self.program.scale >= self.columns[place].little - self.small}

    def _moving(self, place: int) -> Floats | None:
        """A flow that moves the cell a little, one way or the other, through what is printed where there is no other; None where nothing moves it."""
        far = float(self.columns[place].little)
        for printed_too in (False, True):
            for by in (far, -far):
                found = self.program.flow_through_printed(place, by) if printed_too else self.program.flow(place, by, [])
                if found is not None:
                    self._hide(np.flatnonzero(np.abs(found) > SMALL))
                    return found
        return None

    def _hide(self, moved: NDArray[np.int64]) -> None:
        fresh = moved[~self.hidden[moved]]
        if fresh.size:
            self.program.now_hidden(fresh)

    def _clean_up(self) -> None:
        """Print again, the dearest first, each cell without which every proof still stands or another is found."""
        self.until = self.program.solved + CLEAN_UP_SOLVES
        extra = [place for place, column in enumerate(self.columns) if self.hidden[place] and not column.hidden]
        for place in sorted(extra, key=lambda place: (-self.columns[place].value, repr(self.columns[place].name))):
            if self.program.solved >= self.until:
                return
            if all(self._stands_without(place, target) for target in self.targets):
                self.program.now_printed(place)
                for proofs in self.proofs.values():
                    proofs.drop(place)

    def _stands_without(self, place: int, target: Target) -> bool:
        given_up = target[0] in self.exposed or target in self.told or (target[1] < 0 and target[0] in self.no_less)
        if given_up or not any(place in flow.places for flow in self.proofs[target].flows):
            return True
        while (through := self._through(target, without=place)) is None or through:
            if self.program.solved >= self.until or not self._flow(
                target, min(through) if through else None, float(self._far(*target)), shut=place
            ):
                return False
        return True
