"""Rows of a DECP file one after the other, in memory that does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from services.ingest.decp import json_rows, tables, workbooks, xml_rows
from services.ingest.decp.flattened import is_flat
from services.ingest.decp.opening import UnreadableDecp, is_workbook, pieces_of, refuse_others, text_of
from services.ingest.decp.source_row import SourceRow, misshapen, not_a_row, of_object, of_table

__all__ = ["UnreadableDecp", "rows_of"]


def rows_of(path: Path) -> Iterator[SourceRow]:
    """Every row with its position in the file. Raises UnreadableDecp, also in the middle of a file that breaks off."""
    number = count(1)
    if is_workbook(path):
        for row in workbooks.rows_in(path):
            yield misshapen(next(number), row) if isinstance(row, tables.Misshapen) else of_table(next(number), row)
        return
    refuse_others(path)
    with text_of(path) as text:
        start = _start(text.read(4096))
        if not start:
            raise UnreadableDecp("Le fichier est vide.")
    if start == "<":
        for found in xml_rows.objects_in(pieces_of(path)):
            yield of_object(next(number), found)
        return
    with text_of(path) as text:
        if start in "{[":
            for value in json_rows.objects_in(text):
                yield _row_of(next(number), value)
        else:
            for row in tables.rows_in(text):
                yield misshapen(next(number), row) if isinstance(row, tables.Misshapen) else of_table(next(number), row)


def _row_of(number: int, value: object) -> SourceRow:
    """An element of a JSON list: a contract with its parts, or a row of a table that was exported as JSON."""
    if not isinstance(value, Mapping):
        return not_a_row(number, value)
    return of_table(number, value) if is_flat(value) else of_object(number, value)


def _start(head: str) -> str:
    return head.lstrip("\ufeff \t\r\n")[:1]
