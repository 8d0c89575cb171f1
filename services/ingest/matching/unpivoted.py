"""Periods in columns made into one line each: the hours of a month, with the persons of that month where another column has them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.periods import Period
from services.ingest.matching import weeks
from services.ingest.matching.guesses import HOURS, Guess
from services.ingest.matching.years import moved
from services.ingest.rules.texts import is_blank

_NO_YEAR: Final = ""


@dataclass(frozen=True)
class Month:
    """A column of months: `own_year` where its title says the year, `after` how many years after that of the row it is."""

    place: int
    period: Period
    title: str
    own_year: bool
    after: int = 0
    field: str = "hours"
    is_week: bool = False


def columns_of(guesses: Sequence[Guess], bare: Collection[int], first: int) -> tuple[list[Month], list[Guess]]:
    """The columns of hours of a period, and those of persons. `bare` are the places whose title has no year, read as of the year `first`."""
    months = [
        Month(
            guess.place,
            guess.month,
            guess.header,
            guess.place not in bare,
            guess.month.start.year - first,
            guess.field,
            guess.week is not None,
        )
        for guess in guesses
        if guess.month and guess.field in HOURS
    ]
    return months, [guess for guess in guesses if guess.month and guess.field and guess.field not in HOURS]


def unpivoted(
    line: int, cells: Sequence[str], values: dict[str, str], columns: tuple[Sequence[Month], Sequence[Guess]], year: str
) -> Iterator[tuple[int, dict[str, str], Mapping[str, str]]]:
    """One line for each period whose cells hold something: its hours, with its persons. A month without any year has no period, which is said of it."""
    months, counts = columns
    for month in months:
        hours = {} if is_blank(cell := _cell(cells, month.place)) else {month.field: cell}
        beside = {guess: cell for guess in counts if guess.month == month.period and not is_blank(cell := _cell(cells, guess.place))}
        if hours or any(cell != "0" for cell in beside.values()):
            persons = {str(guess.field): cell for guess, cell in beside.items()}
            titles = {month.field: month.title, **{str(guess.field): guess.header for guess in beside}}
            yield line, {**values, "period": _dated(month, year), **hours, **persons}, titles


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _dated(month: Month, year: str) -> str:
    if month.is_week:
        day = weeks.first_day_of_column(month.title, int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None)
        return day.isoformat() if day else _NO_YEAR
    if month.own_year:
        return str(month.period)
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        return _NO_YEAR
    return str(moved(month.period, int(year) + month.after - month.period.start.year))
