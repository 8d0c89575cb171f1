"""Where the titles of a sheet are: below a logo and filter rows, on one line or on two, with months as columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.periods import Period
from services.ingest.matching.guesses import AMBIGUOUS, CUMULATED, OTHERS, RECOMPUTED, YEARS
from services.ingest.rules.fields import field_of, is_never_read, normalised_header
from services.ingest.rules.times import NoDate, period_of

SEARCHED: Final = 30
"""Rows from the top among which the titles are looked for."""
_YEAR: Final = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
_BARE: Final = {
    "janvier": 1, "janv": 1, "jan": 1, "fevrier": 2, "fevr": 2, "fev": 2, "mars": 3, "avril": 4, "avr": 4, "mai": 5, "juin": 6,
    "juillet": 7, "juil": 7, "aout": 8, "septembre": 9, "sept": 9, "octobre": 10, "oct": 10, "novembre": 11, "nov": 11, "decembre": 12, "dec": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The titles (two lines joined by « / »), the row they stand on, and where the data begin (index into the filled rows)."""

    line: int
    titles: tuple[str, ...]
    first: int
    lines: int = 1
    above: tuple[str, ...] = field(default=())
    """The texts of the rows above: a title may say the year."""


Row = tuple[int, Sequence[str]]


def header_of(rows: Sequence[Row]) -> Header:
    """The header among the first filled rows: the row that names most; the first one when none names anything."""
    scores = [titles_named(cells) for _, cells in rows[:SEARCHED]]
    best = max(range(len(scores)), key=lambda place: (scores[place], -place)) if scores and max(scores) > 1 else 0
    line, cells = rows[best]
    titles, lines = _joined(rows, best)
    above = tuple(cell for _, earlier in rows[:best] for cell in earlier if cell.strip())
    return Header(
        line, titles if lines == 2 else tuple(cells), best + lines if lines == 2 and titles is not None else best + 1, lines, above
    )


def _joined(rows: Sequence[Row], best: int) -> tuple[tuple[str, ...], int]:
    """Titles on two lines: the row below fills places that the header leaves blank, or repeats below a merged cell, with titles only."""
    cells = rows[best][1]
    if best + 1 >= len(rows):
        return tuple(cells), 1
    below = rows[best + 1][1]
    filled = [place for place, cell in enumerate(below) if cell.strip()]
    new = [place for place in filled if place >= len(cells) or not cells[place].strip()]
    titles = [place for place in filled if _is_title(below[place])]
    if not new or len(titles) < len(filled) or not any(_names(below[place]) for place in filled):
        return tuple(cells), 1
    width = max(len(cells), len(below))
    joined: list[str] = []
    over = ""
    for place in range(width):
        top = cells[place].strip() if place < len(cells) else ""
        under = below[place].strip() if place < len(below) else ""
        over = top or over
        joined.append(under if under and _names(under) else f"{top or over} / {under}" if under else top)
    return tuple(joined), 2


def titles_named(cells: Sequence[str]) -> int:
    """How many of the cells are titles that we know."""
    return sum(map(_names, cells))


def _names(cell: str) -> bool:
    """Whether the cell is a title that we know."""
    plain = normalised_header(cell)
    if not plain or len(cell) > 80:
        return False
    known = plain in AMBIGUOUS or plain in CUMULATED or plain in YEARS or plain in RECOMPUTED or plain in OTHERS
    return known or field_of(cell) is not None or is_never_read(cell) or period_in(cell, None) is not None or plain in _BARE


def _is_title(cell: str) -> bool:
    return not any(letter.isdigit() for letter in cell) or period_in(cell, None) is not None or _names(cell)


def period_in(title: str, year: int | None) -> Period | None:
    """The month or quarter that a title names: « janv. 2018 », « 01/2018 », « T1 2018 »; « Janv. » and « T1 » with the year from elsewhere."""
    text = title.strip()
    if not text or len(text) > 30:
        return None
    try:
        found = period_of(text)
    except NoDate:
        found = None
    if found is not None:
        return found if found.grain in {"month", "quarter"} else None
    plain = re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode())
    plain = re.sub(r"^heures|^h(?=[a-z])|heures$", "", plain)
    if year is None:
        return None
    if plain in _BARE:
        return Period.month(year, _BARE[plain])
    quarter = re.fullmatch(r"[tq]([1-4])|([1-4])(?:er|e|eme)?(?:trimestre|trim)", plain)
    return Period.parse(f"{year}-Q{quarter[1] or quarter[2]}") if quarter else None


def is_bare_period(title: str) -> bool:
    """« Janv. », « T1 »: a period that lacks its year."""
    return period_in(title, None) is None and period_in(title, 2000) is not None


def months_of(titles: Sequence[str], year: int | None) -> dict[int, Period]:
    """The columns that are a period; none when there is only one (then it is no table of months)."""
    found = {place: period for place, title in enumerate(titles) if (period := period_in(title, year)) is not None}
    return found if len(found) > 1 else {}


def year_in(texts: Sequence[str]) -> int | None:
    """The one year that the texts around a table name; None when they name none or several."""
    found = {int(year) for text in texts for year in _YEAR.findall(text)}
    return found.pop() if len(found) == 1 else None
