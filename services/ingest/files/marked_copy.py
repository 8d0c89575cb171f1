"""The cells of a file that is no .xlsx, in a new workbook with marks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import xlsxwriter

from services.ingest.files.marks import AUTHOR, FILLS, WIDTH, SheetMarks
from services.ingest.files.table import Table

_TEXT_ONLY: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_NAME: Final = 31
_COMMENT: Final = {"author": AUTHOR, "width": 320, "height": 120}


def marked_copy(tables: Sequence[Table], marks: Sequence[SheetMarks]) -> bytes:
    """Every cell as the text that was read; « =2+3 » in somebody's file is a text, not our formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _TEXT_ONLY)
    fills = {severity: book.add_format({"bg_color": f"#{colour[2:]}"}) for severity, colour in FILLS.items()}
    bold = book.add_format({"bold": True})
    by_sheet = {one.sheet: one for one in marks}
    taken: set[str] = set()
    for number, table in enumerate(tables, start=1):
        page = book.add_worksheet(_name(table.facts.sheet, number, taken))
        _write(page, table, by_sheet.get(table.facts.sheet), fills, bold)
    book.close()
    return out.getvalue()


def _write(page: Any, table: Table, marks: SheetMarks | None, fills: Any, bold: Any) -> None:
    for row, cells in table.rows:
        marked = marks.cells.get(row, {}) if marks else {}
        for place, cell in enumerate(cells, start=1):
            mark = marked.get(place)
            if cell:
                page.write_string(row - 1, place - 1, cell[:32_767], fills[mark.severity] if mark else None)
            elif mark:
                page.write_blank(row - 1, place - 1, None, fills[mark.severity])
    if marks is None:
        return
    page.set_column(marks.column - 1, marks.column - 1, WIDTH)
    for row in marks.rows:
        for place, mark in marks.cells.get(row, {}).items():
            page.write_comment(row - 1, place - 1, mark.text, _COMMENT)
        for place, text in marks.texts_of(row):
            page.write_string(row - 1, place - 1, text, bold if row == marks.header and place == marks.column else None)


def _name(sheet: str | None, number: int, taken: set[str]) -> str:
    """A sheet's name as a workbook may have it."""
    plain = "".join("-" if letter in "[]:*?/\\" else letter for letter in sheet or "").strip("' ")[:_NAME]
    name = plain if plain and plain.lower() not in taken else f"Feuille {number}"
    taken.add(name.lower())
    return name
