"""Tables that lie on their side, stood up: titles down a column and a line of hours in each column, or months down and contracts across. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.matching.guesses import AMBIGUOUS
from services.ingest.matching.headers import SEARCHED, Row, period_in
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.fields import field_of, normalised_header
from services.ingest.rules.texts import is_blank

_FROM: Final = 3
"""Titles that we know, down a column, from which it is one of titles; months down, likewise two and contracts across."""
_FIRST: Final = 3
"""Columns in which they may stand."""
NUMBER: Final = re.compile(r"\d[\w./-]{3,}|[A-Z]{1,6}-?\d{2,}[-_./]\w+", re.IGNORECASE | re.ASCII)
"""The shape of a contract's number: 2018-045, AUB-2022-001."""
_HOURS: Final = frozenset({"hours", "hours_cumulated"})
_ANY_YEAR: Final = 2000
_CONTRACT: Final = "N° marché"


@dataclass(frozen=True)
class StoodUp:
    """The table with a line of hours in each row. A row's number is its column in the sheet, the first being 1; `places` are the sheet's rows of the
    turned table's columns, in their order."""

    rows: list[Row]
    places: tuple[int, ...]


def stood_up(rows: Sequence[Row]) -> StoodUp | None:
    """The table turned; None for one that stands already."""
    place = _titles_down(rows)
    if place is not None:
        return _turned(rows, place)
    return _contracts_across(rows)


def _titles_down(rows: Sequence[Row]) -> int | None:
    """The column whose cells name fields, each once, where no row names as many as a table's titles do: a card above a table of lines stands."""
    if max((len(set(_fields(cells))) for _, cells in rows[:SEARCHED]), default=0) >= _FROM:
        return None
    return next((place for place in range(_FIRST) if _fields_down(rows, place)), None)


def fields_down(rows: Sequence[Row]) -> int:
    """How many fields the best of the first columns names; 0 where it is no column of titles."""
    return max(_fields_down(rows, place) for place in range(_FIRST))


def _fields_down(rows: Sequence[Row], place: int) -> int:
    down = [cells[place] for _, cells in rows[:SEARCHED] if place < len(cells) and not _is_lone(cells)]
    named, months = _fields(down), sum(period_in(cell, _ANY_YEAR) is not None for cell in down)
    is_one = len(named) >= _FROM or (len(named) >= _FROM - 1 and months >= _FROM - 1)
    return len(named) if is_one and len(set(named)) == len(named) and _has_hours(rows, place) else 0


def _is_lone(cells: Sequence[str]) -> bool:
    """Whether a row has one cell: the heading of a part, which is no title."""
    return sum(bool(cell.strip()) for cell in cells) < 2


def _has_hours(rows: Sequence[Row], place: int) -> bool:
    """Whether most cells beside the titles of hours, or of months, are hours: a notice that explains each column has sentences there."""
    beside = [
        cell
        for _, cells in rows[:SEARCHED]
        if place < len(cells) and (_named(cells[place]) in _HOURS or period_in(cells[place], _ANY_YEAR) is not None)
        for cell in cells[place + 1 :]
        if not is_blank(cell.strip())
    ]
    return bool(beside) and 2 * sum(map(_reads_as_hours, beside)) >= len(beside)


def _reads_as_hours(cell: str) -> bool:
    try:
        centihours_of(cell.strip())
    except NoHours:
        return False
    return True


def _fields(cells: Sequence[str]) -> list[str]:
    return [name for cell in cells if (name := _named(cell)) is not None]


def _named(cell: str) -> str | None:
    """The field of a title, the likeliest of those that « Heures » or « Entreprise » may mean."""
    return field_of(cell) or next(iter(AMBIGUOUS.get(normalised_header(cell), ())), None)


def _contracts_across(rows: Sequence[Row]) -> StoodUp | None:
    """Months down the first column and nothing but numbers of contracts over the others: the corner, « Mois », is then « N° marché ». Names of persons
    or of companies across leave it to the author what they are."""
    for at, (_, cells) in enumerate(rows[:SEARCHED]):
        if field_of(cells[0]) == "period":
            over = [cell.strip() for cell in cells[1:] if cell.strip() and not _is_sum(cell)]
            down = [below[0].strip() for _, below in rows[at + 1 :] if below and below[0].strip() and not _is_sum(below[0])]
            if len(over) < 2 or len(down) < 2 or not all(NUMBER.fullmatch(cell) and period_in(cell, None) is None for cell in over):
                return None
            if not all(period_in(cell, _ANY_YEAR) is not None for cell in down):
                return None
            named = [(number, (_CONTRACT, *row[1:]) if place == at else row) for place, (number, row) in enumerate(rows)]
            return _turned(named, 0)
    return None


def _is_sum(cell: str) -> bool:
    return cell.strip().lower().startswith(("total", "somme", "cumul", "ensemble"))


def _turned(rows: Sequence[Row], place: int) -> StoodUp:
    """Texts above the first title stay above, in a row of their own."""
    first = next(
        at for at, (_, cells) in enumerate(rows) if place < len(cells) and _named(cells[place]) is not None and not _is_lone(cells)
    )
    table = [row for row in rows[first:] if not _is_lone(row[1])]
    width = max(len(cells) for _, cells in table)
    columns = [tuple(cells[at] if at < len(cells) else "" for _, cells in table) for at in range(width)]
    above = tuple(cell.strip() for _, cells in rows[:first] for cell in cells if cell.strip())
    stood: list[Row] = [(at + 1, column) for at, column in enumerate(columns) if at >= place and any(cell.strip() for cell in column)]
    return StoodUp([(0, above), *stood] if above else stood, tuple(number for number, _ in table))
