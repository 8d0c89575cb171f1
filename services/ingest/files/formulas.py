"""Formulas of an .xlsx that nobody has worked out: a program wrote them, and no spreadsheet has opened and saved the workbook since."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from services.ingest.rules.texts import FORMULA

_ON_LOAD: Final = re.compile(rb"<(?:\w+:)?calcPr\s[^>]*\bfullCalcOnLoad\s*=\s*[\"'](?:1|true)[\"']")
_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?c\s(?![^>]*\bt\s*=\s*[\"'](?:str|s|b|e|d)[\"'])[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*>"
    rb"\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*(0?)\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""A formula with an empty value, none, or 0. One that came to an empty text says that it is a text."""
_LONGEST: Final = 60


class Formulas:
    """`book` is the workbook's own part: it says whether a spreadsheet has everything to work out when it opens it, so that a 0 may be none."""

    def __init__(self, book: bytes) -> None:
        self._to_work_out = _ON_LOAD.search(book) is not None

    def note(self, text: bytes, found: dict[tuple[int, int], str]) -> None:
        """Add the cells of a piece of a sheet whose formula has no value, as the formula: (row, column), both from 1."""
        if b"<f" not in text and b":f" not in text:
            return
        for letters, row, formula, zero in _FORMULA.findall(text):
            if self._to_work_out or not zero:
                said = unescape(formula.decode("utf-8", "replace"))
                found[int(row), _column(letters)] = f"{FORMULA}{said[:_LONGEST] or '…'}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
