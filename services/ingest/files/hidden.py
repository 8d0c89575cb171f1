"""Which rows and columns of a workbook its author does not see: a filter, a folded group, a hidden column. calamine reads them as the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_TAG: Final = re.compile(rb"<(?:\w+:)?(row|col)\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_NUMBER: Final = re.compile(rb"\b(r|min|max)\s*=\s*[\"'](\d{1,7})[\"']")
_ODS: Final = re.compile(rb"<table:(table|table-row|table-column)(?=[\s/>])([^>]*)>")
_REPEATED: Final = re.compile(rb"\btable:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,7})[\"']")
_UNSEEN: Final = re.compile(rb"\btable:visibility\s*=\s*[\"'](?:filter|collapse)[\"']")
_NAME: Final = re.compile(rb"\btable:name\s*=\s*[\"']([^\"']*)[\"']")
_MOST: Final = 100_000
"""Rows or columns that one tag may stand for: a sheet's end is often one blank row repeated a million times."""


@dataclass
class Hidden:
    """Rows count from 1, columns from 0."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def note(text: bytes, found: Hidden) -> None:
    """Add what a piece of a worksheet's XML hides."""
    if b"hidden" not in text:
        return
    for tag in _TAG.finditer(text):
        said = {name: int(number) for name, number in _NUMBER.findall(tag[0])}
        if tag[1] == b"row" and b"r" in said:
            found.rows.add(said[b"r"])
        elif tag[1] == b"col" and b"min" in said:
            found.columns |= set(range(said[b"min"] - 1, min(said.get(b"max", said[b"min"]), said[b"min"] + _MOST)))


def of_ods(texts: Iterator[bytes]) -> dict[str, Hidden]:
    """What each sheet of an OpenDocument file hides, by its name; nothing of sheets that hide nothing."""
    found: dict[str, Hidden] = {}
    here, row, column = Hidden(), 0, 0
    for text in texts:
        for tag in _ODS.finditer(text):
            if tag[1] == b"table":
                name = _NAME.search(tag[2])
                here, row, column = found.setdefault(unescape(name[1].decode("utf-8", "replace")) if name else "", Hidden()), 0, 0
                continue
            again = _REPEATED.search(tag[2])
            count = int(again[1]) if again else 1
            unseen = _UNSEEN.search(tag[2]) is not None and count < _MOST
            if tag[1] == b"table-row":
                here.rows |= set(range(row + 1, row + count + 1)) if unseen else set()
                row += count
            else:
                here.columns |= set(range(column, column + count)) if unseen else set()
                column += count
    return {name: hidden for name, hidden in found.items() if hidden.rows or hidden.columns}
