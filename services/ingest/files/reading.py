"""A file of hours, whatever its format, as raw lines for the validator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.errors import LineError
from services.ingest.files.columns import Columns, header_row, matched
from services.ingest.files.csv_text import read_csv
from services.ingest.files.table import LARGEST_FILE, Facts, Row, Table, unreadable
from services.ingest.files.workbook import read_xlsx
from services.ingest.rules.lines import RawLine

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


@dataclass(frozen=True)
class FileOfHours:
    """Lines ready to be checked; `notices` say which columns stay out; `facts` how the file was understood."""

    lines: list[RawLine]
    notices: list[LineError]
    facts: Facts


def read_hours(data: bytes, chosen: Mapping[str, str | None] | None = None, period: str | None = None) -> FileOfHours:
    """Read CSV or XLSX by content, not by name. A line's number is its row in the file, the header being 1. Raises Refused.

    `period` is that of rows whose file has no such column.
    """
    table = _table(data)
    rows = list(table.filled())
    if not rows:
        raise unreadable("FILE_EMPTY", "Le fichier est vide.")
    start = header_row(rows)
    line, headers = rows[start]
    columns = matched(headers, line, chosen, period_given=bool(period))
    lines = [_line(row, columns, period) for row in rows[start + 1 :]]
    if not lines:
        raise unreadable("FILE_NO_LINES", "Le fichier n’a que sa ligne de titres : aucune heure n’est déclarée.", line=line)
    return FileOfHours(lines, columns.notices, table.facts)


def _table(data: bytes) -> Table:
    if len(data) > LARGEST_FILE:
        raise unreadable("FILE_TOO_LARGE", f"Le fichier dépasse {LARGEST_FILE // 1024 // 1024} Mo.", status=413)
    if not data.strip():
        raise unreadable("FILE_EMPTY", "Le fichier est vide.")
    return read_xlsx(data) if data.startswith(_ZIP) else read_csv(data)


def _line(row: Row, columns: Columns, period: str | None) -> RawLine:
    number, cells = row
    width = len(cells)
    values: dict[str, object] = {name: cells[place] for name, place in columns.places.items() if place < width and cells[place]}
    if period and not values.get("period"):
        values["period"] = period
    return RawLine(number, values, columns.headers)
