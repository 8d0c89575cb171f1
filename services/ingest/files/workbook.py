"""Sheets of .xlsx, .xls and .ods workbooks as text cells, the way their author sees them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from services.ingest.files.archive import Sheet, damaged, is_ods, opened, path_of_sheet, surveyed
from services.ingest.files.table import MOST_COLUMNS, MOST_ROWS, Facts, Row, Table, unreadable
from services.ingest.matching.headers import SEARCHED, titles_named

XLSX: Final = "classeur Excel"
ERROR_CELL: Final = "#REF!"
"""What stands for every kind of error cell: the reader gives an empty text for them, and an error is not a blank."""
MOST_SHEETS: Final = 40
TABLE_FROM: Final = 3
"""Known titles in a row that make a sheet a table of hours: one sheet a lot or a month is read whole."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
_NOISE: Final = 1e-7
Cell = str | float | int | bool | date | datetime | time | timedelta


def read_zipped(data: bytes) -> list[Table]:
    """The sheets of an .xlsx or .ods workbook that may hold lines. Raises Refused for what is no workbook, or a monstrous one."""
    archive = opened(data)
    if is_ods(archive):
        return _tables(data, Facts("classeur OpenDocument (.ods)"), lambda _: set())
    sheets = surveyed(archive)
    facts = Facts(XLSX, macros="xl/vbaProject.bin" in archive.namelist())
    return _tables(data, facts, lambda name: sheets.get(path_of_sheet(archive, name), Sheet()).errors)


def read_xls(data: bytes) -> list[Table]:
    """The same of an old .xls workbook. Raises Refused, for a workbook with a password too (it comes in the same envelope)."""
    if _ENCRYPTED in data:
        raise unreadable("FILE_PASSWORD", "Le classeur est protégé par un mot de passe : retirez-le, puis renvoyez le fichier.")
    macros = _MACROS in data
    return _tables(data, Facts("classeur Excel 97-2003 (.xls)", macros=macros), lambda _: set())


def _tables(data: bytes, facts: Facts, errors_of: Callable[[str], set[tuple[int, int]]]) -> list[Table]:
    """Every visible sheet that names as many fields as a table of hours does; the best one when none does."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        named = _sheets(workbook)
    except PasswordError:
        raise unreadable("FILE_PASSWORD", "Le classeur est protégé par un mot de passe : retirez-le, puis renvoyez le fichier.") from None
    except (CalamineError, ValueError, OSError):
        raise damaged() from None
    except BaseException as error:  # the reader is Rust, and panics on some damaged .xls: a panic is no Exception
        if type(error).__name__ == "PanicException":
            raise damaged() from None
        raise
    hidden = tuple(sheet.name for sheet in workbook.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible)
    found = []
    for name, rows in named:
        errors = errors_of(name)
        texts = Texts()
        cells = [_row(number, row, errors, texts) for number, row in enumerate(rows, start=1)]
        found.append(Table(replace(facts, sheet=name, hidden=hidden), cells))
    return found


def _sheets(workbook: CalamineWorkbook) -> list[tuple[str, Sequence[Sequence[Cell]]]]:
    """One sheet at a time is held besides those kept: together they might not fit."""
    kept: list[tuple[int, str, Sequence[Sequence[Cell]]]] = []
    for name in _visible(workbook)[:MOST_SHEETS]:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        _within(rows)
        score = _titles_named(rows)
        if score >= TABLE_FROM and all(known >= TABLE_FROM for known, *_ in kept):
            kept.append((score, name, rows))
        elif not kept or score > max(known for known, *_ in kept):
            kept = [(score, name, rows)]
    if not kept:
        raise unreadable("FILE_EMPTY", "Le classeur n’a pas de feuille visible.")
    best = max(score for score, *_ in kept)
    return [(name, rows) for score, name, rows in kept if 2 * score > best]


def _within(rows: Sequence[Sequence[Cell]]) -> None:
    if len(rows) > MOST_ROWS + SEARCHED:
        raise unreadable("FILE_ROWS", f"Une feuille dépasse {MOST_ROWS} lignes : envoyez-la en plusieurs fois.")
    if rows and len(rows[0]) > MOST_COLUMNS:
        raise unreadable("FILE_COLUMNS", f"La feuille a {len(rows[0])} colonnes, {MOST_COLUMNS} au plus.")


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _titles_named(rows: Sequence[Sequence[Cell]]) -> int:
    """How many titles that we know the best of the first rows holds."""
    return max((titles_named([cell_text(cell) for cell in row if cell != ""]) for row in rows[:SEARCHED]), default=0)


class Texts(dict[str | float, str]):
    """Texts of a sheet's cells, each made once: most cells of a table repeat, and repeated ones should be one object."""

    def __missing__(self, cell: str | float) -> str:
        self[cell] = text = cell_text(cell)
        return text


def _row(number: int, cells: Sequence[Cell], errors: set[tuple[int, int]], texts: Texts) -> Row:
    """A row as a tuple: the garbage collector stops looking at tuples of texts."""
    found = tuple([texts[cell] if cell.__class__ is str or cell.__class__ is float else cell_text(cell) for cell in cells])
    if errors:
        return number, tuple([ERROR_CELL if (number, place) in errors else cell for place, cell in enumerate(found, start=1)])
    return number, found


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
