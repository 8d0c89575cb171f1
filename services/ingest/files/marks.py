"""What is to be shown on a sheet: which cells are coloured and commented, and what the column « Erreur » says of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from xlsxwriter.utility import xl_col_to_name

from kit.errors import LineError, Severity
from services.ingest.files.reading import FileOfHours
from services.ingest.files.sheet import SheetRead

FILLS: Final[Mapping[Severity, str]] = {"blocking": "FFF4B6B6", "check": "FFFFE7A8", "info": "FFDCE9F7"}
TITLE: Final = "Erreur"
AUTHOR: Final = "MACS"
WIDTH: Final = 60
"""Of the column « Erreur », in characters."""
LONGEST: Final = 32_000
"""What a cell holds, nearly."""
_RANK: Final = {"blocking": 0, "check": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class CellMark:
    severity: Severity
    text: str


@dataclass
class SheetMarks:
    """Rows and columns count from 1. `column` is that of « Erreur », the first free one; `sheet` is None for a file without sheets."""

    sheet: str | None
    header: int
    column: int
    cells: dict[int, dict[int, CellMark]] = field(default_factory=dict)
    says: dict[int, str] = field(default_factory=dict)

    def texts_of(self, row: int) -> list[tuple[int, str]]:
        """(column, text) of what is written beside a row: the title on the header's, then what is said of the row."""
        found = [(self.column, TITLE)] if row == self.header else []
        if row in self.says:
            found.append((self.column + len(found), self.says[row]))
        return found

    @property
    def rows(self) -> set[int]:
        """Every row that is touched."""
        return {self.header, *self.cells, *self.says}


def marks_of(found: FileOfHours, errors: Iterable[LineError]) -> list[SheetMarks]:
    """The marks of each sheet that has any."""
    by_line: dict[int, list[LineError]] = {}
    for error in errors:
        by_line.setdefault(error.line or found.sheets[0].header.line, []).append(error)
    several = len(found.sheets) > 1
    by_sheet: dict[str | None, dict[int, list[LineError]]] = {}
    for line, said in by_line.items():
        name, row = found.place_of(line)
        by_sheet.setdefault(name, {})[row] = said
    return [_of_sheet(sheet, own) for sheet in found.sheets if (own := by_sheet.get(sheet.facts.sheet if several else None))]


def _of_sheet(sheet: SheetRead, said: Mapping[int, Sequence[LineError]]) -> SheetMarks:
    if sheet.turned:
        return _of_turned(sheet, said)
    titles = sheet.header.titles
    places = {title.strip(): place + 1 for place, title in reversed(list(enumerate(titles))) if title.strip()}
    marks = SheetMarks(sheet.facts.sheet, sheet.header.line, max(sheet.width, len(titles)) + 1)
    for row, errors in said.items():
        marks.says[row] = " · ".join(map(_short, errors))[:LONGEST]
        by_cell: dict[int, list[LineError]] = {}
        for error in errors:
            if error.column in places:
                by_cell.setdefault(places[error.column], []).append(error)
        if by_cell:
            marks.cells[row] = {place: _mark(about) for place, about in by_cell.items()}
    return marks


def _of_turned(sheet: SheetRead, said: Mapping[int, Sequence[LineError]]) -> SheetMarks:
    """The same of a table that lies on its side: the cell is in the title's row and the line's column, and « Erreur » says which column it means."""
    rows = {title.strip(): row for title, row in reversed(list(zip(sheet.header.titles, sheet.turned, strict=False))) if title.strip()}
    marks = SheetMarks(sheet.facts.sheet, sheet.turned[0], sheet.width + 1)
    texts: dict[int, list[str]] = {}
    for line, errors in sorted(said.items()):
        by_row: dict[int, list[LineError]] = {}
        for error in errors:
            row = rows.get(error.column or "", sheet.turned[0])
            texts.setdefault(row, []).append(f"Colonne {xl_col_to_name(max(line, 1) - 1)} : {_short(error)}")
            if error.column in rows:
                by_row.setdefault(row, []).append(error)
        for row, about in by_row.items():
            marks.cells.setdefault(row, {})[max(line, 1)] = _mark(about)
    marks.says = {row: " · ".join(found)[:LONGEST] for row, found in texts.items()}
    return marks


def _mark(about: Sequence[LineError]) -> CellMark:
    worst = min(about, key=lambda error: _RANK[error.severity])
    return CellMark(worst.severity, "\n".join(map(_short, about))[:LONGEST])


def _short(error: LineError) -> str:
    message = error.message.removeprefix(f"Ligne {error.line}, ")
    return f"{message}{f' Exemple : {error.example}.' if error.example else ''} [{error.code}]"
