"""A sheet of an old .xls workbook as its records say it, which calamine does not: hidden rows and columns, cells in error, numbers that are shown
otherwise than they are. Of a damaged workbook nothing is said here; the reader refuses it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from services.ingest.files.compound import Compound
from services.ingest.files.shown_units import Shown, shown_by
from services.ingest.files.survey import ERROR_CELL, Sheet

_STREAMS: Final = ("Workbook", "Book")
_BOF, _EOF, _SHEET, _ROW, _COLUMNS, _FORMAT, _CELL_FORMAT = 0x0809, 0x000A, 0x0085, 0x0208, 0x007D, 0x041E, 0x00E0
_ROW_HIDDEN: Final = 0x20
_SHORT_NUMBERS, _FORMULA, _TRUTH_OR_ERROR = 0x00BD, 0x0006, 0x0205
_NUMBERS: Final = frozenset({0x0203, 0x027E, _SHORT_NUMBERS, _FORMULA})
_ERRORS: Final = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def surveyed_xls(data: bytes) -> dict[str, Sheet]:
    """What each sheet says, by its name."""
    try:
        stream = Compound(data).stream(_STREAMS)
        book = _Book(stream)
        return {name: _survey(stream, start, book.shown) for start, name in book.sheets}
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return {}


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its content begins, its length) of each record, up to the end of the sheet."""
    end = len(stream) - 4
    while at <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, size
        at += 4 + size


class _Book:
    """What stands before the sheets: where each begins and its name, and how each cell format shows a number (only those that show it otherwise)."""

    def __init__(self, stream: bytes) -> None:
        self.sheets: list[tuple[int, str]] = []
        codes: dict[int, str] = {}
        formats: list[int] = []
        old = False
        for kind, at, size in _records(stream, 0):
            if kind == _BOF:
                old = struct.unpack_from("<H", stream, at)[0] < 0x0600
            elif kind == _SHEET:
                (start,) = struct.unpack_from("<I", stream, at)
                self.sheets.append((start, _text(stream[at + 6 : at + size], 1, old=old)))
            elif kind == _FORMAT:
                (number,) = struct.unpack_from("<H", stream, at)
                codes[number] = _text(stream[at + 2 : at + size], 1 if old else 2, old=old)
            elif kind == _CELL_FORMAT:
                formats.append(struct.unpack_from("<H", stream, at + 2)[0])
        shown = {place: shown_by(codes.get(number, ""), number) for place, number in enumerate(formats)}
        self.shown = {place: said for place, said in shown.items() if said}


def _text(said: bytes, length: int, *, old: bool) -> str:
    """A text behind its number of letters: in one byte a letter (a code page's before Excel 97), or in two."""
    count = int.from_bytes(said[:length], "little")
    if old:
        return said[length : length + count].decode("cp1252", "replace")
    letters = said[length + 1 :]
    return letters[: 2 * count].decode("utf-16-le") if said[length] & 1 else letters[:count].decode("latin-1")


def _survey(stream: bytes, start: int, shown: dict[int, Shown]) -> Sheet:
    found = Sheet()
    for kind, at, size in _records(stream, start):
        if kind in {_FORMULA, _TRUTH_OR_ERROR} and (error := _error(stream, kind, at)):
            row, column = struct.unpack_from("<HH", stream, at)
            found.errors[row + 1, column + 1] = error
        elif kind in _NUMBERS and shown:
            _note_number(found, stream, (kind, at, size), shown)
        elif kind == _ROW and size >= 14:
            row, flags = struct.unpack_from("<H10xH", stream, at)
            if flags & _ROW_HIDDEN:
                found.hidden.rows.add(row + 1)
        elif kind == _COLUMNS and size >= 10:
            first, last, flags = struct.unpack_from("<HH4xH", stream, at)
            if flags & 1:
                found.hidden.columns |= set(range(first, min(last, 255) + 1))
    return found


def _note_number(found: Sheet, stream: bytes, record: tuple[int, int, int], shown: dict[int, Shown]) -> None:
    """Add the cells of a record of numbers, or of a formula that came to one, that are shown otherwise."""
    kind, at, size = record
    row, column = struct.unpack_from("<HH", stream, at)
    if kind == _FORMULA and stream[at + 12 : at + 14] == b"\xff\xff":
        return  # a text or a truth value, which no format of numbers shows
    for place in range((size - 6) // 6 if kind == _SHORT_NUMBERS else 1):
        (style,) = struct.unpack_from("<H", stream, at + 4 + 6 * place)
        if style in shown:
            found.units[row + 1, column + place + 1] = shown[style]


def _error(stream: bytes, kind: int, at: int) -> str | None:
    """The error that a cell shows: its own, or what its formula came to."""
    if kind == _TRUTH_OR_ERROR:
        code, is_error = stream[at + 6], stream[at + 7] == 1
    else:
        code, is_error = stream[at + 8], stream[at + 6] == 2 and stream[at + 12 : at + 14] == b"\xff\xff"
    return _ERRORS.get(code, ERROR_CELL) if is_error else None
