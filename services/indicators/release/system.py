"""What an attacker knows, as equations: cells with their values, sums that hold among them, and what each protected cell must keep hidden.

Values are whole numbers (centi-hours, persons). A cell is a column; a relation is a row `Σ coefficient × value = 0` after its constants.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final, Literal
from uuid import UUID

LEAST_HOURS: Final = 700
"""Centi-hours, a working day: no interval of hours is narrower, however small the value."""
LEAST_PERSONS: Final = 1
SHARE: Final = 0.2
"""A protected value may lie at least a fifth below and a fifth above what is true (engine 6)."""
Kind = Literal["sum", "partition", "cover"]


@dataclass(frozen=True)
class Teller:
    """Who declared, bought or made cells alone, in this release or an earlier one, or alone changed them in between. What can be kept from
    them is; what cannot is said (`Pattern.open`), and refuses nothing."""

    who: UUID


def one_person(names: frozenset[Hashable]) -> frozenset[Hashable]:
    """These, each as a teller and as an employer: who knew a cell then knows it too where they stand for today's employer of another one."""
    employers = frozenset[Hashable](name.who for name in names if isinstance(name, Teller))
    return names | employers | {Teller(name) for name in names if isinstance(name, UUID)}


@dataclass(frozen=True)
class Relation:
    """`total` is the sum of `parts` (sum); so too as far as nobody is in two of them (partition); or only max(parts) ≤ total ≤ Σ (cover)."""

    total: Hashable
    parts: tuple[Hashable, ...]
    kind: Kind = "sum"

    @property
    def cells(self) -> tuple[Hashable, ...]:
        return (self.total, *self.parts)


@dataclass
class Column:
    """One unknown. `cost` is what hiding it loses (inf: it is printed whatever happens); `below` and `above` are how far the reader may err."""

    name: Hashable
    value: int
    cost: float
    hidden: bool = False
    below: int = 0
    above: int = 0
    either: int = 0
    """How far it must stay uncertain one way or the other, nobody cares which."""
    little: int = 0
    """The same, of a cell that is printed as long as nobody needs it hidden."""
    makers: frozenset[Hashable] = frozenset()
    """Who knows all of the cell, as its only employer or declarant: nothing is kept from them."""
    knows: bool = False
    """Whether they can tell that they are alone there."""
    changers: frozenset[Hashable] = frozenset()
    """Who alone changed it since it was printed, and knows it by that: nothing is kept from them either."""
    change: bool = False
    """Its secret is a change that few made. An insider from whom that cannot be kept is said (`Pattern.open`), and refuses nothing."""
    one_way: bool = False
    """A change of numbers that readers know to be no zeros: it may be known to be no less, or no more, where they can tell whatever is hidden."""
    signed: bool = False
    """A difference may be negative."""
    settled: bool = False
    """Whatever it tells is public already; a pattern that cannot protect it is reported and not refused."""
    room: float = inf
    """How far it can rise: a part of a known total cannot exceed it."""
    spared: bool = False
    """It is printed as long as all others can be protected without it."""
    drop: float = inf
    """How far it can fall: a total is no less than a known part."""
    least: int = 0
    """Readers know that it is no less: « s. » is never a zero, and where hours are printed there are enough persons."""

    @property
    def owners(self) -> frozenset[Hashable]:
        """Who knows the cell exactly."""
        return self.makers if self.knows else frozenset()


@dataclass
class System:
    """Columns that may move and the rows that hold among them; everything else is known and has gone into neither."""

    columns: list[Column] = field(default_factory=list)
    rows: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    beside: dict[int, int] = field(default_factory=dict)
    """A column's place → that of the only one beside which it is printed: women as a share of all."""

    def __post_init__(self) -> None:
        self._places = {column.name: place for place, column in enumerate(self.columns)}
        self._seen = set(self.rows)

    def add(self, column: Column) -> int:
        self._places[column.name] = len(self.columns)
        self.columns.append(column)
        return len(self.columns) - 1

    def place(self, name: Hashable) -> int | None:
        return self._places.get(name)

    def relate(self, relation: Relation, values: Mapping[Hashable, int]) -> None:
        """Add what the relation says. `values` has every cell of it; those without a column are known to everybody."""
        if relation.kind == "sum":
            self.link([(relation.total, -1), *((part, 1) for part in relation.parts)])
            return
        total = values[relation.total]
        twice = sum(values[part] for part in relation.parts) - total
        if relation.kind == "partition" and not twice:
            self.link([(relation.total, -1), *((part, 1) for part in relation.parts)])
            return
        moving = [name for name in relation.cells if name in self._places]
        if not moving:
            return
        slack = ("twice", relation.total, relation.parts)
        if slack not in self._places:
            self.add(Column(slack, max(twice, 0), 0.0, hidden=True, signed=twice < 0))
        self.link([(relation.total, -1), *((part, 1) for part in relation.parts), (slack, -1)])
        for part in relation.parts:
            if values[part] <= total:  # of whoever was said to be of two sexes once this, once that, a part may exceed the others' total
                self._not_above(part, relation.total, total - values[part])

    def _not_above(self, part: Hashable, total: Hashable, room: int) -> None:
        """A part is no larger than its total: a row, where they are near; else each may go half of the way, which is never too far."""
        place, whole = self._places.get(part), self._places.get(total)
        if whole is None and place is not None:
            self.columns[place].room = min(self.columns[place].room, room)
        elif whole is not None:
            need = max(self.columns[whole].below, self.columns[place].above if place is not None else 0, LEAST_PERSONS)
            if place is None and room >= need:
                self.columns[whole].drop = min(self.columns[whole].drop, room)
            elif place is not None and room >= 2 * need:
                self.columns[place].room = min(self.columns[place].room, room // 2)
                self.columns[whole].drop = min(self.columns[whole].drop, room // 2)
            else:
                self._near(part, total, room)

    def _near(self, part: Hashable, total: Hashable, room: int) -> None:
        slack = ("room", part, total)
        if slack not in self._places:
            self.add(Column(slack, max(room, 0), 0.0, hidden=True, signed=room < 0))
        self.link([(total, 1), (part, -1), (slack, -1)])

    def link(self, terms: Iterable[tuple[Hashable, int]]) -> None:
        found = tuple(sorted((self._places[name], sign) for name, sign in terms if name in self._places))
        if found and found not in self._seen:
            self._seen.add(found)
            self.rows.append(found)


def needs(value: int, least: int, known: int = 0) -> tuple[int, int]:
    """How far (below, above) a protected value must stay uncertain. `known`: what it is known to be at least."""
    width = max(ceil(abs(value) * SHARE), least)
    return min(width, value - known) if value >= 0 else width, width
