"""The author's own workbook with what is to be looked at: coloured cells, comments, a column « Erreur ». Nothing else changes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from kit.errors import LineError
from services.ingest.files.reading import FileOfHours, tables_of

_FILLS: Final = {"blocking": "FFF4B6B6", "check": "FFFFE7A8", "info": "FFDCE9F7"}
_RANK: Final = {"blocking": 0, "check": 1, "info": 2}
TITLE: Final = "Erreur"
AUTHOR: Final = "MACS"


def annotated(data: bytes, found: FileOfHours, errors: Iterable[LineError]) -> bytes:
    """An .xlsx: the workbook that was sent, or (for CSV, .xls and .ods) its cells in a new one. Text that begins like a formula stays text."""
    book = _opened(data, found)
    by_line: dict[int, list[LineError]] = {}
    for error in errors:
        by_line.setdefault(error.line or found.sheets[0].header.line, []).append(error)
    for sheet in found.sheets:
        page = book[sheet.facts.sheet] if sheet.facts.sheet in book.sheetnames else book.worksheets[0]
        own = {line - sheet.offset: said for line, said in by_line.items() if found.place_of(line)[0] in (None, sheet.facts.sheet)}
        if own:
            places = {title.strip(): place + 1 for place, title in reversed(list(enumerate(sheet.header.titles))) if title.strip()}
            _mark(page, own, places, sheet.header.line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _opened(data: bytes, found: FileOfHours) -> Workbook:
    if found.facts.format == "classeur Excel":
        return load_workbook(io.BytesIO(data), keep_vba=False)
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, table in enumerate(tables_of(data)):
        page = book.create_sheet(table.facts.sheet or f"Feuille {number + 1}")
        for line, cells in table.rows:
            for place, cell in enumerate(cells, start=1):
                if cell:
                    _as_text(page.cell(line, place), cell)
    return book


def _as_text(cell: Any, text: str) -> None:
    cell.value = text
    cell.data_type = "s"  # « =2+3 » in somebody's file is a text, not our formula


def _mark(page: Any, said: Mapping[int, Sequence[LineError]], places: Mapping[str, int], header: int) -> None:
    last = page.max_column + 1
    _as_text(page.cell(header, last), TITLE)
    page.cell(header, last).font = Font(bold=True)
    page.column_dimensions[page.cell(header, last).column_letter].width = 60
    for row, errors in sorted(said.items()):
        _as_text(page.cell(row, last) if row != header else page.cell(header, last + 1), " · ".join(_short(error) for error in errors))
        by_cell: dict[int, list[LineError]] = {}
        for error in errors:
            if (error.column or "") in places:
                by_cell.setdefault(places[error.column or ""], []).append(error)
        for place, about in by_cell.items():
            worst = min(about, key=lambda error: _RANK[error.severity])
            cell = page.cell(row, place)
            cell.fill = PatternFill("solid", start_color=_FILLS[worst.severity])
            comment = Comment("\n".join(_short(error) for error in about), AUTHOR, width=320, height=120)
            cell.comment = comment


def _short(error: LineError) -> str:
    message = error.message.removeprefix(f"Ligne {error.line}, ")
    return f"{message}{f' Exemple : {error.example}.' if error.example else ''} [{error.code}]"
