"""How a cell is called in published files: its indicator, its period, its table and its codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.indicators.release.facets import Measure
from services.indicators.release.tables import DIMENSIONS, Key, as_printed, table_of

INDICATOR: Final[Mapping[Measure, str]] = {"hours": "I01", "persons": "I05", "groups": "I05G", "done": "I16"}


def place_of(key: Key) -> list[str]:
    """Period (a running year with its day), table, first and second code."""
    codes = sorted(key[1], key=lambda code: DIMENSIONS.index(code[0]))
    first, second = (*(code for _, code in codes), "", "")[:2]
    return [key[0] if "@" in key[0] else as_printed(key[0]), table_of(key), first, second]
