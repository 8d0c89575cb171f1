"""Hours that a clause commits to, from price, share of labour, insertion share and cost of an hour (domain 2.6). Pure, exact decimals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ARTICLE: Final = "article L2112-2 du code de la commande publique (conditions d’exécution liées à l’emploi)"
FORMULA: Final = "montant HT × part de main-d’œuvre × taux d’insertion ÷ coût horaire chargé"
SHARES: Final = {"70": "Peinture, nettoyage : 70 %", "50": "Maçonnerie, gros œuvre : 50 %", "20": "Charpente métallique : 20 %"}
"""Usual shares of labour by lot, to be confirmed with users."""
USUAL: Final = {"share": "50", "rate": "5", "cost": "30"}
"""A start: half of the price is labour, 5 % (the ANRU charter's floor), 30 € an hour."""


@dataclass(frozen=True)
class Inputs:
    """`amount` in euros before tax; `share` and `rate` in percent; `cost` in euros an hour; `taken_over` in hours (staff transfer)."""

    amount: Decimal
    share: Decimal
    rate: Decimal
    cost: Decimal
    taken_over: Decimal = Decimal(0)


def labour_hours(inputs: Inputs) -> Decimal:
    """Hours of work that the price pays, less those of staff that is taken over (they hire nobody)."""
    return max(Decimal(0), inputs.amount * inputs.share / 100 / inputs.cost - inputs.taken_over)


def committed_hours(inputs: Inputs) -> int:
    """To the whole hour, halves up."""
    return int((labour_hours(inputs) * inputs.rate / 100).quantize(Decimal(1), ROUND_HALF_UP))
