"""Fields in PostgreSQL's binary COPY format, each value packed once and remembered (codes, months and contracts come again and again)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

K = TypeVar("K", bound=Hashable)

SIGNATURE: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Start of a stream: the signature, no flags, no header extension (PostgreSQL documentation, COPY, « Binary Format »)."""
TRAILER: Final = b"\xff\xff"
NULL: Final = b"\xff\xff\xff\xff"
TRUE: Final = b"\0\0\0\1\1"
FALSE: Final = b"\0\0\0\1\0"

_EPOCH: Final = date(2000, 1, 1)


class Packed(dict[K, bytes]):
    """Value → field with its length before it. `pack` runs on the first sight of a value and is where the value is checked.

    Forgets everything at a limit, so that a stream of ever new values cannot fill the memory.
    """

    def __init__(self, pack: Callable[[K], bytes], remembered: int = 50_000) -> None:
        super().__init__()
        self._pack = pack
        self._remembered = remembered

    def __missing__(self, value: K) -> bytes:
        found = self._pack(value)
        if len(self) >= self._remembered:
            self.clear()
        self[value] = found
        return found


def text(value: str | None) -> bytes:
    """Raises ValueError for what PostgreSQL cannot store: NUL and lone surrogates."""
    if value is None:
        return NULL
    if "\0" in value:
        raise ValueError("NUL in a text")
    encoded = value.encode()
    return len(encoded).to_bytes(4, "big") + encoded


def boolean(value: bool | None) -> bytes:
    return NULL if value is None else (TRUE if value else FALSE)


def uuid(value: UUID) -> bytes:
    return b"\0\0\0\x10" + value.bytes


def smallint(value: int) -> bytes:
    return _number(">ih", 2, value)


def integer(value: int | None) -> bytes:
    return NULL if value is None else _number(">ii", 4, value)


def bigint(value: int | None) -> bytes:
    return NULL if value is None else _number(">iq", 8, value)


def day(value: date | None) -> bytes:
    return NULL if value is None else _number(">ii", 4, (value - _EPOCH).days)


def _number(layout: str, size: int, value: int) -> bytes:
    try:
        return struct.pack(layout, size, value)
    except struct.error:
        raise ValueError(f"{value} does not fit in {size} bytes") from None
