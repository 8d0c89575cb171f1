"""Four tints of equal steps for a map, with bounds that read well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10
from typing import Final

from services.indicators.catalogue.definitions import Indicator
from services.indicators.views.view import value_text

BANDS: Final = 4


@dataclass(frozen=True)
class Scale:
    """Amounts from zero, shares from just below the smallest (they all lie close together)."""

    low: Decimal
    step: Decimal

    @classmethod
    def of(cls, indicator: Indicator, given: Iterable[Decimal | None]) -> Scale:
        values = [value for value in given if value]
        if not values:
            return cls(Decimal(0), Decimal(1))
        lowest = min(values) if indicator.unit == "%" else Decimal(0)
        step = _step(max(values) - lowest)
        return cls(lowest // step * step, step)

    def place_of(self, value: Decimal) -> int:
        """1 to 4."""
        return max(1, min(BANDS, int((value - self.low) / self.step) + 1))

    def label(self, indicator: Indicator, place: int) -> str:
        low, high = self.low + (place - 1) * self.step, self.low + place * self.step
        return f"{value_text(indicator, low)} à {value_text(indicator, high)}" if place < BANDS else f"{value_text(indicator, low)} et plus"


def _step(width: Decimal) -> Decimal:
    """A quarter of the width, rounded up to a number that reads well."""
    if width <= 0:
        return Decimal(1)
    rough = width / BANDS
    power = Decimal(10) ** floor(log10(rough))
    return next(
        factor * power
        for factor in (Decimal(text) for text in ("1", "1.5", "2", "2.5", "3", "4", "5", "7.5", "10"))
        if factor * power >= rough
    )
