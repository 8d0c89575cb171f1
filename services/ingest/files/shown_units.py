"""What only a cell's number format says: a spreadsheet shows « 90 min », « 5 j », « 50 % » or « 0045 » where the cell holds 90, 5, 0.5 or 45."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import unescape
from typing import Final

_FORMAT: Final = re.compile(rb"<(?:\w+:)?numFmt\s[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"\b(numFmtId|formatCode)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CELL_FORMATS: Final = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs\s*>", re.DOTALL)
_CELL_FORMAT: Final = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_TOKEN: Final = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|(\[[^\]]*\]|_.|\*.)|(General|Standard|[0#?])|(.)', re.IGNORECASE | re.DOTALL
)
"""Of a format: a word in quotation marks, a letter behind a backslash, a currency; what is left free, a colour, a condition; a place of a digit; a sign."""
_OF_TIME: Final = re.compile(r"\[?[dmyhs]", re.IGNORECASE)
_MINUTES: Final = re.compile(r"\s*(?:min|mn|minutes?)\.?\s*", re.IGNORECASE)
_DAYS: Final = re.compile(r"\s*(?:j|jours?|jrs?)\.?\s*", re.IGNORECASE)
_HOURS: Final = re.compile(
    r"\s*(?:h|hs|hrs?|heures?)\.?(?:\s+(?:d['’]insertion|insertion|(?:de )?travail\w*|trav|r[ée]alis\w*|effectu\w*))?\.?\s*", re.IGNORECASE
)
_BEFORE: Final = re.compile(r"[A-Z0-9_./-]*[A-Z0-9][A-Z0-9_./-]*", re.IGNORECASE | re.ASCII)
"""The beginning of a name, « 2026- »; « Total : » and « n° » are none."""
_TELLS: Final = re.compile(r"[^\W_]|[€$£]")
_PLACE: Final = "0"
_DECIMALS: Final = "#"
"""Stands in a mask for a sign of decimals or of thousands, so that it is none of zeros."""
_MOST_PLACES: Final = 8
"""Zeros in front of more digits are those of a SIRET, whose reader knows a lost zero and a SIREN."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a format shows a number: with texts before and behind it, in the places of `mask` (« 0000 », « 0000-000 »), or as a share of a hundred."""

    after: str = ""
    before: str = ""
    mask: str = ""
    share: bool = False

    def __bool__(self) -> bool:
        return bool(self.after or self.before or self.mask)

    def of(self, cell: str) -> str:
        """A number as the spreadsheet shows it; any other cell as it is."""
        try:
            number = Decimal(cell)
        except InvalidOperation:
            return cell
        if self.share:
            cell = f"{(number * 100).normalize():f}"
        elif self.mask and cell.isdigit():
            cell = _in_places(cell, self.mask)
        return f"{self.before}{cell}{self.after}"


PERCENT: Final = Shown(" %", share=True)
"""Of a share: 0.5 is shown « 50 % »."""
WRITTEN_PERCENT: Final = Shown(" pour cent")
"""Of a number behind which a format only writes the sign: 50 is shown « 50 % »."""
MINUTES: Final = Shown(" min")
DAYS: Final = Shown(" j")
MONEY: Final = Shown(" €")
AS_IT_IS: Final = Shown()
_BUILT_IN: Final = {9: PERCENT, 10: PERCENT, **dict.fromkeys((5, 6, 7, 8, 42, 44), MONEY)}
"""Formats of shares and of money that every workbook has, by their numbers."""


def shown_by(code: str, number: int = 0) -> Shown:
    """How a format such as `0" min"` or `0000` shows a number; AS_IT_IS for one of hours, of dates, of plain numbers. `number` is its own where a
    workbook does not write it out."""
    if not code:
        return _BUILT_IN.get(number, AS_IT_IS)
    before, literal, mask = "", "", ""
    for quoted, letter, money, room, place, sign in _TOKEN.findall(code):
        if sign == ";":
            break
        if sign == "%":
            return PERCENT
        if _OF_TIME.match(room or sign):
            return AS_IT_IS
        if place:
            before, mask, literal = (before, mask + literal + place, "") if mask else (literal, place, "")
        else:
            literal += quoted or letter or money or (_DECIMALS if sign in {".", ","} else sign.strip("@()Ee"))
    return said_by(before, literal.replace(_DECIMALS, ""), mask) if mask else AS_IT_IS


def said_by(before: str, after: str, mask: str) -> Shown:
    """Of the texts that a format writes on both sides of a number, and of its places: minutes, days, another unit, the beginning of a name, zeros in
    front. Hours, blanks and marks say nothing that the number does not."""
    words = f"{before}{after}"
    if _MINUTES.fullmatch(words):
        return MINUTES
    if _DAYS.fullmatch(words):
        return DAYS
    if words.strip() == "%":
        return WRITTEN_PERCENT
    behind = after.rstrip() if _TELLS.search(after) and not _HOURS.fullmatch(words) else ""
    return Shown(" €" if behind.strip() == "€" else behind, before if _BEFORE.fullmatch(before) else "", mask if _is_of_zeros(mask) else "")


def _is_of_zeros(mask: str) -> bool:
    between = mask.replace(_PLACE, "")
    return mask.count(_PLACE) > 1 and not re.search(r"[#?\w]", between) and (mask.count(_PLACE) <= _MOST_PLACES or not between.isspace())


def _in_places(digits: str, mask: str) -> str:
    """« 45 » in « 0000 » is « 0045 », « 2026045 » in « 0000-000 » is « 2026-045 »; digits beyond the places stand before them."""
    rest = list(digits)
    shown = [(rest.pop() if rest else _PLACE) if sign == _PLACE else sign for sign in reversed(mask)]
    return "".join([*rest, *reversed(shown)])


def of_styles(part: bytes) -> dict[int, Shown]:
    """How a cell's style shows its number, by the style's number; only styles that show it otherwise than it is."""
    codes = dict(map(_named, _FORMAT.findall(part)))
    formats = _CELL_FORMATS.search(part)
    found = {}
    for style, tag in enumerate(_CELL_FORMAT.findall(formats[0]) if formats else ()):
        number = int(_attributes(tag).get("numFmtId", "0") or 0)
        if shown := shown_by(codes.get(number, ""), number):
            found[style] = shown
    return found


class Units:
    """Where a workbook's styles show a number otherwise. False when none does, so that no sheet is looked through for them."""

    def __init__(self, styles: bytes) -> None:
        self._of_style = of_styles(styles)
        numbers = "|".join(map(str, self._of_style)).encode()
        self._cell = re.compile(
            rb"<(?:\w+:)?c\s(?=[^>]*\bs\s*=\s*[\"'](" + numbers + rb")[\"'])(?![^>]*\bt\s*=\s*[\"'](?:s|str|inlineStr)[\"'])"
            rb"[^>]*?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"']"
        )  # a text is shown as it is, whatever the format says of numbers

    def __bool__(self) -> bool:
        return bool(self._of_style)

    def note(self, text: bytes, found: dict[tuple[int, int], Shown]) -> None:
        """Add the cells of a piece of a sheet that show one: (row, column), both from 1."""
        for style, letters, row in self._cell.findall(text):
            found[int(row), _column(letters)] = self._of_style[int(style)]


def _named(tag: bytes) -> tuple[int, str]:
    said = _attributes(tag)
    return int(said.get("numFmtId") or 0), unescape(said.get("formatCode", ""))


def _attributes(tag: bytes) -> dict[str, str]:
    return {name.decode(): (one or other).decode("utf-8", "replace") for name, one, other in _ATTRIBUTE.findall(tag)}


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
