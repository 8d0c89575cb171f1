"""The container of an .xls: a small file system of sectors in chains."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks: the end of a chain, a free sector."""


class Compound:
    """Raises struct.error, IndexError or ValueError for what is damaged."""

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
