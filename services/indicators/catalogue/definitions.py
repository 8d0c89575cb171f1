"""The catalogue: I01 to I33, in their order. API, pages, method, downloads and tests are made from it."""

from __future__ import annotations

from typing import Final

from services.indicators.catalogue.entries import contracts, hours, persons
from services.indicators.catalogue.indicator import FTE_HOURS, Indicator

__all__ = ["ALL", "BY_ID", "FIRST_EDITION", "FTE_HOURS", "Indicator"]

ALL: Final = tuple(
    sorted(
        (
            *hours.I01_TO_I04, *persons.I05_TO_I09, *hours.TYPOLOGY, *contracts.I10_TO_I16, *hours.I17_I18, *persons.I19, *contracts.I20_I21,
            *persons.I22, *hours.I23_I24_I26, *contracts.I25_TO_I30, *persons.I28_I31, *hours.I32, *contracts.I33,
        ),
        key=lambda indicator: indicator.id,
    )
)  # fmt: skip
BY_ID: Final = {indicator.id: indicator for indicator in ALL}
FIRST_EDITION: Final = tuple(indicator for indicator in ALL if indicator.first_edition)
"""Shown by the first edition: twelve, with what completes them (I05G, I06H)."""
