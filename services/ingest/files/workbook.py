"""XLSX sheets as text cells, the way their author sees them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import defusedxml.ElementTree as Xml
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.ingest.files.archive import Sheet, damaged, opened, surveyed
from services.ingest.files.table import Facts, Row, Table, unreadable
from services.ingest.rules.fields import field_of

ERROR_CELL: Final = "#REF!"
"""What stands for every kind of error cell: the reader gives an empty text for them, and an error is not a blank."""
MOST_SHEETS: Final = 40
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NOISE: Final = 1e-7
Cell = str | float | int | bool | date | datetime | time | timedelta


def read_xlsx(data: bytes) -> Table:
    """The sheet whose first rows name the most fields of ours. Raises Refused for what is no workbook, or a monstrous one."""
    archive = opened(data)
    sheets = surveyed(archive)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name, rows = _best_sheet(workbook)
    except (CalamineError, ValueError, OSError):
        raise damaged() from None
    errors = sheets.get(_path_of(archive, name), Sheet()).errors
    return Table(Facts("classeur Excel", sheet=name), [_row(number, cells, errors) for number, cells in enumerate(rows, start=1)])


def _best_sheet(workbook: CalamineWorkbook) -> tuple[str, Sequence[Sequence[Cell]]]:
    """One sheet at a time is held besides the best so far: together they might not fit."""
    found: tuple[str, Sequence[Sequence[Cell]]] | None = None
    for name in _visible(workbook)[:MOST_SHEETS]:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if found is None or _fields_named(rows) > _fields_named(found[1]):
            found = (name, rows)
    if found is None:
        raise unreadable("FILE_EMPTY", "Le classeur n’a pas de feuille visible.")
    return found


def _visible(workbook: CalamineWorkbook) -> list[str]:
    """Hidden sheets hold lists and last year's figures."""
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _fields_named(rows: Sequence[Sequence[Cell]]) -> int:
    return max((sum(isinstance(cell, str) and field_of(cell) is not None for cell in row) for row in rows[:15]), default=0)


def _row(number: int, cells: Sequence[Cell], errors: set[tuple[int, int]]) -> Row:
    if errors:
        return number, [ERROR_CELL if (number, place) in errors else cell_text(cell) for place, cell in enumerate(cells, start=1)]
    return number, [cell_text(cell) for cell in cells]


def cell_text(cell: Cell) -> str:
    """A cell as text: whole numbers without « .0 », dates as ISO, durations as decimal hours, float noise of formulas taken off."""
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, timedelta):
        return _hours(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, time):
        return f"{cell.hour}:{cell.minute:02d}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _number(cell: float) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, float) and abs(cell) < 1e9 and abs(cell - round(cell, 2)) < _NOISE:
        return repr(round(cell, 2))
    return repr(cell)


def _hours(duration: timedelta) -> str:
    """`[h]:mm` comes as a duration: 151:40 is 151.67 h."""
    minutes = Decimal(round(duration.total_seconds())) / 3600
    return str(minutes.quantize(Decimal("0.01")))


def _path_of(archive: zipfile.ZipFile, name: str) -> str:
    """Where the archive keeps the sheet of this name; empty when the workbook does not say, and then its error cells read as blanks."""
    try:
        book = Xml.fromstring(archive.read("xl/workbook.xml"))
        relations = Xml.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, Xml.ParseError, ValueError, zipfile.BadZipFile):
        return ""
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == name:
            target = targets.get(element.get(_RELATION)) or ""
            return target.lstrip("/") if target.startswith("/xl/") else f"xl/{target}"
    return ""
