"""What an indicator is: its words, its formula, by what it may be split, whether it may be added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.indicators.catalogue.formulas import Formula, NotCollected, OfLines
from services.indicators.catalogue.parameters import FULL_TIME_HOURS, USUAL

FTE_HOURS: Final = int(USUAL.on(FULL_TIME_HOURS, date.max))
"""Hours of a full-time year (legal duration, domain 2.7). Published with every figure in full-time equivalents."""
HOURS: Final = "Déclarations d’heures (source de référence par marché et période)"
CLAUSES: Final = "Clauses sociales déclarées par les acheteurs et les facilitateurs"
PROCUREMENT: Final = "Données essentielles de la commande publique (DECP), marchés dont l’acheteur ou le lieu est en Île-de-France"


@dataclass(frozen=True)
class Indicator:
    """One indicator, as the catalogue, the pages, the method and the computation know it.

    A letter after the number (I05G) marks a figure that completes the one of that number.
    """

    id: str
    name: str
    definition: str
    formula: str
    unit: str
    asks: Formula
    dimensions: tuple[str, ...]
    additive: bool
    source: str
    splits: tuple[str, ...] = ()
    """Dimensions by which it is split unless the question says otherwise: the first is taken, the others are as good."""
    decimals: int = 0
    first_edition: bool = False
    persons: bool = False
    """Whether it counts distinct persons: the share that a regional token identifies is said with it."""
    objective: str | None = None
    """The parameter that holds the target, in the indicator's unit."""

    @property
    def counts_persons(self) -> bool:
        return self.persons

    @property
    def divisor(self) -> int | None:
        """The usual divisor; what was in force on a given day is in the answer."""
        return FTE_HOURS if isinstance(self.asks, OfLines) and self.asks.divisor else None

    @property
    def not_collected(self) -> str | None:
        """Why there is no figure; None where there is one."""
        return self.asks.reason if isinstance(self.asks, NotCollected) else None
