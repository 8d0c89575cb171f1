"""What a worksheet's own text says of its cells that the reader of workbooks does not hand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.ingest.files.hidden import Hidden
from services.ingest.files.shown_units import Shown
from services.ingest.rules.texts import is_cell_error

ERROR_CELL: Final = "#REF!"
"""What stands for an error cell whose own text is not known: the reader gives an empty text for them, and an error is not a blank."""


@dataclass
class Sheet:
    """Its size, which of its cells hold an error, which are shown otherwise than their number, and what is hidden. Cells are (row, column), from 1."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: Hidden = field(default_factory=Hidden)
    units: dict[tuple[int, int], Shown] = field(default_factory=dict)

    def as_seen(self, number: int, cells: Sequence[str]) -> Sequence[str]:
        """A row's cells as their author sees them."""
        if self.errors:
            cells = tuple([self.errors.get((number, place), cell) for place, cell in enumerate(cells, start=1)])
        if self.units:
            units = self.units
            cells = tuple(
                [units[number, place].of(cell) if (number, place) in units else cell for place, cell in enumerate(cells, start=1)]
            )
        return cells


def error_said(text: str) -> str:
    """« #DIV/0! » as it stands; what stands for it where a program shows its errors in words of its own."""
    return text if is_cell_error(text) else ERROR_CELL
