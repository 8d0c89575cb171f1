"""Which cells of a release are not published. Pure: counts in, hidden cells out.

Primary rules hide what would speak of few persons or few companies. Then no relation (a total and its parts) may have exactly one hidden
cell, since it could be computed from the others: another one is hidden too, over all tables of the release together, to a fixed point.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Rules:
    """The parameters in force (domain 6.2). A cell is published from `min_…` on."""

    min_persons: int = 5
    min_persons_sensitive: int = 11
    min_employers: int = 3
    largest_share: Fraction = Fraction(85, 100)

    def persons_needed(self, *, sensitive: bool) -> int:
        return self.min_persons_sensitive if sensitive else self.min_persons


RULES: Final = Rules()


@dataclass(frozen=True)
class Contributors:
    """Who makes a figure: persons (those of groups included), employers, the largest employer's part of the hours."""

    persons: int = 0
    employers: int = 0
    centihours: int = 0
    largest: int = 0


@dataclass(frozen=True)
class Relation(Generic[Key]):
    """`total` is the sum of `parts`."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def cells(self) -> tuple[Key, ...]:
        return (self.total, *self.parts)


def hides_hours(found: Contributors, *, sensitive: bool = False, rules: Rules = RULES) -> bool:
    """Whether hours may not be shown for themselves. A zero is shown, unless it says that nobody has a sensitive criterion."""
    if not found.centihours:
        return sensitive
    return (
        found.persons < rules.persons_needed(sensitive=sensitive)
        or found.employers < rules.min_employers
        or found.largest > rules.largest_share * found.centihours
    )


def hides_persons(persons: int, *, sensitive: bool = False, rules: Rules = RULES) -> bool:
    """Whether a number of persons may not be shown for itself."""
    return sensitive if not persons else persons < rules.persons_needed(sensitive=sensitive)


def hides_share(part: int, whole: int, *, sensitive: bool = False, rules: Rules = RULES) -> bool:
    """Whether a share of persons may not be shown: neither the part nor its complement may be few. A share of nobody says nothing."""
    needed = rules.persons_needed(sensitive=sensitive)
    return whole > 0 and (part < needed or whole - part < needed)


def protect(values: Mapping[Key, int], primary: Collection[Key], relations: Sequence[Relation[Key]]) -> frozenset[Key]:
    """All cells to hide: the primary ones, and in every relation with exactly one hidden cell the smallest other one that is not zero.

    Deterministic. Where all other parts are zero the total is hidden, else the one hidden part would equal it; a zero only as the last resort.
    """
    hidden = set(primary)
    relations_of: dict[Key, list[int]] = defaultdict(list)
    for place, relation in enumerate(relations):
        for key in relation.cells:
            relations_of[key].append(place)
    waiting = list(range(len(relations)))
    queued = set(waiting)
    while waiting:
        place = waiting.pop()
        queued.discard(place)
        relation = relations[place]
        if len(seen := [key for key in relation.cells if key in hidden]) != 1:
            continue
        chosen = _another(values, relation, seen[0])
        hidden.add(chosen)
        for other in relations_of[chosen]:
            if other not in queued:
                queued.add(other)
                waiting.append(other)
    return frozenset(hidden)


def lonely(hidden: Collection[Key], relations: Iterable[Relation[Key]]) -> list[Relation[Key]]:
    """The relations that give their one hidden cell away; none after `protect`."""
    return [relation for relation in relations if sum(key in hidden for key in relation.cells) == 1]


def _another(values: Mapping[Key, int], relation: Relation[Key], hidden: Key) -> Key:
    def cost(key: Key) -> tuple[bool, bool, int, str]:
        value = values.get(key, 0)
        return value == 0, key == relation.total, value, repr(key)

    return min((key for key in relation.cells if key != hidden), key=cost)
