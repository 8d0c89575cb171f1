"""The program that opens a workbook: its cells as texts, written to standard output, under limits of memory and time.

It runs by itself (`apart.py` starts it), because what it opens was made by somebody else: a damaged place of one cell makes the reader ask for
hundreds of gigabytes, which ends the process that asks. It imports nothing of the project, so that it starts in a tenth of a second.
"""

from __future__ import annotations

import io
import marshal
import re
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_SHEETS: Final = 100
ROWS_AT_ONCE: Final = 5_000
_NOISE: Final = 1e-7
Cell = str | float | int | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class Limits:
    """`memory` is the address space in bytes; `seconds` are those of the processor."""

    rows: int
    columns: int
    cells: int
    memory: int
    seconds: int


def main() -> None:
    """Standard input is the workbook. Each answer is its length on a line, then a pair in marshal's format: ("hidden", names), then for each
    visible sheet ("sheet", name) and its rows in turn as ("rows", …); ("done", None) at the end, or the reason why it ends before."""
    limits = Limits(*map(int, sys.argv[1:]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 1))
    try:
        for answer in answers(sys.stdin.buffer.read(), limits):
            _say(answer)
    except PasswordError:
        _say(("password", None))
    except MemoryError:
        _say(("memory", None))
    except (CalamineError, ValueError, OSError):
        _say(("damaged", None))
    except BaseException as error:  # the reader is Rust, and panics on some damaged .xls: a panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        _say(("damaged", None))


def _say(answer: tuple[str, Any]) -> None:
    """In one piece: whoever loads a piece from memory takes a tenth of the time of one who loads it from a pipe."""
    text = marshal.dumps(answer)
    sys.stdout.buffer.write(b"%d\n" % len(text))
    sys.stdout.buffer.write(text)


def answers(data: bytes, limits: Limits) -> Iterator[tuple[str, Any]]:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    about = workbook.sheets_metadata
    yield "hidden", tuple([sheet.name for sheet in about if sheet.visible != SheetVisibleEnum.Visible])
    shown = [sheet.name for sheet in about if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet]
    if len(shown) > MOST_SHEETS:
        yield "sheets", len(shown)
        return
    for name in shown:
        sheet = workbook.get_sheet_by_name(name)
        over = _beyond(sheet, limits)
        if over:
            yield over
            return
        yield "sheet", name
        yield from _rows(sheet)
    yield "done", None


def _beyond(sheet: CalamineSheet, limits: Limits) -> tuple[str, Any] | None:
    if sheet.end is None:
        return None
    rows, columns = sheet.end[0] + 1, sheet.end[1] + 1
    if columns > limits.columns:
        return "columns", columns
    if rows > limits.rows:
        return "long", rows
    return ("cells", rows * columns) if rows * columns > limits.cells else None


def _rows(sheet: CalamineSheet) -> Iterator[tuple[str, Any]]:
    if sheet.end is None:
        return
    texts = Texts()
    aside = ("",) * (sheet.start[1] if sheet.start else 0)
    rows = iter(sheet.iter_rows())  # from the first row of the sheet, but from the first column that holds something
    while part := [(*aside, *_texts(row, texts)) for row in islice(rows, ROWS_AT_ONCE)]:
        yield "rows", part


class Texts(dict[str | float, str]):
    """Texts of a sheet's cells, each made once: most cells of a table repeat, and repeated ones should be one object."""

    def __missing__(self, cell: str | float) -> str:
        self[cell] = text = cell_text(cell)
        return text


def _texts(row: list[Any], texts: Texts) -> list[str]:
    return [texts[cell] if cell.__class__ is str or cell.__class__ is float else cell_text(cell) for cell in row]


def cell_text(cell: Cell) -> str:
    """A cell as text: whole numbers without « .0 », dates as ISO, durations as decimal hours, float noise of formulas taken off."""
    if type(cell) is str:
        return _of_duration(cell) if cell.startswith(("P", "-P")) else cell
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, timedelta):
        return _hours(cell)
    if isinstance(cell, datetime) and cell.year == 1900 and cell.time() != time():
        return _hours(cell - (_DAY_ZERO if cell < _AFTER_FEBRUARY else _DAY_ZERO_AFTER))
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


_DAY_ZERO, _DAY_ZERO_AFTER, _AFTER_FEBRUARY = datetime(1899, 12, 31), datetime(1899, 12, 30), datetime(1900, 3, 1)  # noqa: DTZ001  days of a sheet
"""A duration above a day in the format `h:mm`, which hides its days, comes as an instant of 1900; the sheet counts a 29 February that was none."""


def _hours(duration: timedelta) -> str:
    """`[h]:mm` comes as a duration: 151:40, and 151.67 where it has seconds."""
    seconds = round(duration.total_seconds())
    if seconds >= 0 and seconds % 60 == 0:
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
    return str((Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP))


_ISO_DURATION: Final = re.compile(r"(-?)P(?:(\d{1,5})D)?T(?:(\d{1,7})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:[.,]\d+)?S)?", re.ASCII)


def _of_duration(text: str) -> str:
    """A duration as an .ods has it: PT151H40M00S, PT7H, P6DT7H40M, -PT7H."""
    found = _ISO_DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        return text
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return found[1] + _hours(timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


if __name__ == "__main__":
    main()
