"""What may not be published for itself: a figure that would speak of few persons or of few companies. Pure.

What must be hidden besides, so that nobody computes these, is `pattern.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


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


NOT_NIL: Final = "hors parts et critères sensibles, il n’est pas nul"
"""Of a hidden figure, as every legend says it: that nobody has a sensitive criterion is hidden too (`hides_hours`), and a share of 0 % is where
those who are not of it are few."""


@dataclass(frozen=True)
class Contributors:
    """Who makes a figure: persons (those of groups included), employers, the largest employer's part of the hours."""

    persons: int = 0
    employers: int = 0
    centihours: int = 0
    largest: int = 0


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
