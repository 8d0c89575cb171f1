"""The shapes that formulas have: what is added or counted over lines, over contracts, or over both.

Texts are SQL aggregates over the relation that the shape names; catalogue/measures.py asks them of the replica. Numerators and
denominators are whole numbers; the figure is their quotient `times` a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

PERCENT: Final = Fraction(100)
HUNDREDTH: Final = Fraction(1, 100)
"""Centi-hours, cents and hundredths of a month into hours, euros and months."""


@dataclass(frozen=True)
class OfLines:
    """An aggregate over the lines whose period lies in the span, or the quotient of two. `contract` joins the contract's attributes."""

    numerator: str
    denominator: str | None = None
    times: Fraction = Fraction(1)
    where: str | None = None
    contract: bool = False
    divisor: str | None = None
    """The parameter by which the figure is divided."""


@dataclass(frozen=True)
class Share:
    """The part of a whole: a filter or a split by one of `of` narrows the numerator only."""

    numerator: str
    of: tuple[str, ...]
    where: str | None = None
    contract: bool = False
    times: Fraction = PERCENT


@dataclass(frozen=True)
class OfContracts:
    """An aggregate over contracts. `when` says which: notified, ended or running in the span.

    `done` is a contract's centi-hours to date (null for a contract without a line), `done_qpv` those of residents of priority neighbourhoods; `elapsed` is the share of
    its duration that is over.
    """

    numerator: str
    denominator: str | None = None
    when: Literal["notified", "ended", "running"] = "notified"
    times: Fraction = Fraction(1)
    where: str = "clause"
    parameters: tuple[str, ...] = ()
    """Read at the first day of the span, as $name."""
    so_far: bool = False
    """Whether `done` stops with the span, as `elapsed` does; otherwise it is what was done to this day."""


@dataclass(frozen=True)
class Groups:
    """Persons of group lines: the largest month of each declarant, contract and employer."""


@dataclass(frozen=True)
class Holders:
    """Companies that hold contracts with hours in the span."""


@dataclass(frozen=True)
class Paths:
    """Persons by what they have done in the twenty-four months that end with the span."""

    median_months: bool = False


@dataclass(frozen=True)
class SameScope:
    """Hours compared with the same span a year before, of declarants with hours in both."""


@dataclass(frozen=True)
class Coverage:
    """Whether anything came of contracts that were running: hours, or « rien à déclarer ». By structure or by contract."""

    structures: bool = True


@dataclass(frozen=True)
class NotCollected:
    """No figure yet: what is missing, in words."""

    reason: str


Formula = OfLines | Share | OfContracts | Groups | Holders | Paths | SameScope | Coverage | NotCollected
