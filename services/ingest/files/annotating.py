"""The author's own workbook with what is to be looked at: coloured cells, comments, a column « Erreur ». Nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable

from kit.errors import LineError
from services.ingest.files.marked_copy import marked_copy
from services.ingest.files.marks import marks_of
from services.ingest.files.package import marked_package
from services.ingest.files.reading import FileOfHours, tables_of
from services.ingest.files.sheet_xml import Unusual
from services.ingest.files.workbook import XLSX


def annotated(data: bytes, found: FileOfHours, errors: Iterable[LineError]) -> bytes:
    """An .xlsx: the workbook that was sent, or (for CSV, .xls and .ods, or a workbook written in a way that nobody's program writes) its
    cells in a new one. Text that begins like a formula stays text."""
    marks = marks_of(found, errors)
    if found.facts.format == XLSX:
        try:
            return marked_package(data, marks)
        except Unusual:
            pass
    return marked_copy(tables_of(data, found.answers), marks)
