"""Which rows and columns of a workbook its author does not see: a filter, a folded group, a hidden column. calamine reads them as the others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_TAG: Final = re.compile(rb"<(?:\w+:)?(row|col)\s[^>]*?\bhidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_NUMBER: Final = re.compile(rb"\b(r|min|max)\s*=\s*[\"'](\d{1,7})[\"']")
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
