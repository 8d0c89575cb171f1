"""Which rows and columns an old .xls workbook hides: its records say it, calamine does not. Anything damaged says nothing here; the reader refuses it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from services.ingest.files.hidden import Hidden

_STREAMS: Final = ("Workbook", "Book")
_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks: the end of a chain, a free sector."""
_BOF, _EOF, _SHEET, _ROW, _COLUMNS = 0x0809, 0x000A, 0x0085, 0x0208, 0x007D
_ROW_HIDDEN: Final = 0x20


def hidden_in_xls(data: bytes) -> dict[str, Hidden]:
    """What each sheet hides, by its name; nothing of sheets that hide nothing."""
    try:
        stream = _Compound(data).stream(_STREAMS)
        names = dict(_sheets(stream))
        found = {name: _hidden(stream, start) for start, name in names.items()}
    except (struct.error, IndexError, ValueError, UnicodeDecodeError):
        return {}
    return {name: hidden for name, hidden in found.items() if hidden.rows or hidden.columns}


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its content begins, its length) of each record, up to the end of the sheet."""
    end = len(stream) - 4
    while at <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, at + 4, size
        at += 4 + size


def _sheets(stream: bytes) -> Iterator[tuple[int, str]]:
    """Where each sheet begins, and its name: in one byte a letter (a code page's before Excel 97), or in two."""
    old = False
    for kind, at, size in _records(stream, 0):
        if kind == _BOF:
            old = struct.unpack_from("<H", stream, at)[0] < 0x0600
        elif kind == _SHEET:
            (start,) = struct.unpack_from("<I", stream, at)
            count = stream[at + 6]
            wide = not old and stream[at + 7] & 1
            letters = stream[at + (7 if old else 8) : at + size]
            yield start, letters[: 2 * count].decode("utf-16-le") if wide else letters[:count].decode("cp1252" if old else "latin-1")


def _hidden(stream: bytes, start: int) -> Hidden:
    found = Hidden()
    for kind, at, size in _records(stream, start):
        if kind == _ROW and size >= 14:
            row, flags = struct.unpack_from("<H10xH", stream, at)
            if flags & _ROW_HIDDEN:
                found.rows.add(row + 1)
        elif kind == _COLUMNS and size >= 10:
            first, last, flags = struct.unpack_from("<HH4xH", stream, at)
            if flags & 1:
                found.columns |= set(range(first, min(last, 255) + 1))
    return found


class _Compound:
    """The container of an .xls: a small file system of sectors in chains."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, self._mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or self._mini_shift > shift:
            raise ValueError("no sectors")
        self._size = 1 << shift
        self._most = len(data) // self._size + 1
        directory, self._smallest, mini_table = struct.unpack_from("<I4xII", data, 48)
        self._table = self._whole_table()
        self._entries = self._chain(directory)
        self._mini_table = self._numbers(self._chain(mini_table))
        root_start = struct.unpack_from("<I", self._entries, 116)[0]
        self._mini = self._chain(root_start)

    def stream(self, names: tuple[str, ...]) -> bytes:
        """The content of the first file of one of these names. Raises ValueError without any."""
        for at in range(0, len(self._entries) - 127, 128):
            length = struct.unpack_from("<H", self._entries, at + 64)[0]
            if self._entries[at : at + max(length - 2, 0)].decode("utf-16-le") in names:
                start, size = struct.unpack_from("<II", self._entries, at + 116)
                return (self._small(start) if size < self._smallest else self._chain(start))[:size]
        raise ValueError("no workbook")

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._data[at : at + self._size]

    def _whole_table(self) -> list[int]:
        """The next sector of each: its own sectors are listed in the head, and beyond 109 of them in sectors that follow each other."""
        parts = list(struct.unpack_from("<109I", self._data, 76))
        more, turns = struct.unpack_from("<I", self._data, 68)[0], 0
        while more < _FREE and turns < self._most // (self._size // 4) + 2:
            numbers = self._numbers(self._sector(more))
            parts += numbers[:-1]
            more, turns = numbers[-1], turns + 1
        return self._numbers(b"".join(self._sector(number) for number in parts if number < _FREE))

    def _chain(self, number: int) -> bytes:
        return b"".join(self._sector(each) for each in self._following(number, self._table))

    def _small(self, number: int) -> bytes:
        size = 1 << self._mini_shift
        return b"".join(self._mini[each * size : (each + 1) * size] for each in self._following(number, self._mini_table))

    @staticmethod
    def _following(number: int, table: list[int]) -> Iterator[int]:
        """The numbers of a chain. Raises ValueError for one that goes round."""
        turns = 0
        while number < _FREE:
            if turns > len(table):
                raise ValueError("a chain that goes round")
            yield number
            number, turns = table[number], turns + 1

    @staticmethod
    def _numbers(data: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
