"""Units that only a cell's number format says: a spreadsheet shows « 90 min », « 5 j » or « 50 % » where the cell holds 90, 5 or 0.5."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

_FORMAT: Final = re.compile(rb"<(?:\w+:)?numFmt\s[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"\b(numFmtId|formatCode)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CELL_FORMATS: Final = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs\s*>", re.DOTALL)
_CELL_FORMAT: Final = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_PERCENT: Final = frozenset({9, 10})
"""Numbers of the formats of percentages that every workbook has."""
_SAID: Final = re.compile(r'"([^"]*)"|\\(.)')
"""Words of a format: in quotation marks, or a letter at a time behind a backslash."""
_MINUTES: Final = re.compile(r"\s*(?:min|mn|minutes?)\.?\s*", re.IGNORECASE)
_DAYS: Final = re.compile(r"\s*(?:j|jours?|jrs?)\.?\s*", re.IGNORECASE)
PERCENT: Final = "%"
"""Of a share: 0.5 is shown « 50 % »."""
WRITTEN_PERCENT: Final = "pour cent"
"""Of a number behind which a format only writes the sign: 50 is shown « 50 % »."""


def of_styles(part: bytes) -> dict[int, str]:
    """The unit that a cell's style shows, by the style's number; only styles that show one other than hours."""
    codes = dict(map(_named, _FORMAT.findall(part)))
    formats = _CELL_FORMATS.search(part)
    found = {}
    for style, tag in enumerate(_CELL_FORMAT.findall(formats[0]) if formats else ()):
        number = int(_attributes(tag).get("numFmtId", "0") or 0)
        unit = PERCENT if number in _PERCENT else unit_in(codes.get(number, ""))
        if unit:
            found[style] = unit
    return found


def unit_in(code: str) -> str | None:
    """`min`, `j`, `%` or `pour cent` of a format such as `0" min"`; None of one of hours, of dates, of plain numbers."""
    first = code.partition(";")[0]
    words = "".join(quoted or letter for quoted, letter in _SAID.findall(first))
    if _MINUTES.fullmatch(words):
        return "min"
    if _DAYS.fullmatch(words):
        return "j"
    if words.strip() == PERCENT:
        return WRITTEN_PERCENT
    return PERCENT if "%" in _SAID.sub("", first) else None


class Units:
    """Where a workbook's styles show a unit. False when none does, so that no sheet is looked through for them."""

    def __init__(self, styles: bytes) -> None:
        self._of_style = of_styles(styles)
        numbers = "|".join(map(str, self._of_style)).encode()
        self._cell = re.compile(
            rb"<(?:\w+:)?c\s(?=[^>]*\bs\s*=\s*[\"'](" + numbers + rb")[\"'])[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']"
        )

    def __bool__(self) -> bool:
        return bool(self._of_style)

    def note(self, text: bytes, found: dict[tuple[int, int], str]) -> None:
        """Add the cells of a piece of a sheet that show one: (row, column), both from 1."""
        for style, letters, row in self._cell.findall(text):
            found[int(row), _column(letters)] = self._of_style[int(style)]


def shown(cell: str, unit: str) -> str:
    """A number as the spreadsheet shows it; any other cell as it is."""
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    return f"{(number * 100).normalize():f} %" if unit == PERCENT else f"{cell} {unit}"


def _named(tag: bytes) -> tuple[int, str]:
    said = _attributes(tag)
    return int(said.get("numFmtId") or 0), said.get("formatCode", "").replace("&quot;", '"')


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): (one or other).decode("utf-8", "replace") for name, one, other in _ATTRIBUTE.findall(tag)}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
