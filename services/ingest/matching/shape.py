"""Rows as their author laid them out, made into one row a line: totals dropped, contracts filled down, months unpivoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from services.ingest.matching.guesses import Guess
from services.ingest.matching.headers import Row
from services.ingest.rules.fields import normalised_header
from services.ingest.rules.texts import is_blank

_TOTAL: Final = re.compile(r"(sous[ -]?)?total\b|totaux\b|cumul general\b|ensemble\b|somme\b")
_MAYBE: Final = re.compile(r"tot|cumul|ensemb|somm", re.IGNORECASE)
"""What a word of `_TOTAL` has in it, however it is written: most cells are told apart by this alone."""
_FILLED_DOWN: Final = ("contract", "employer_siret", "employer_name")


@dataclass
class Shaped:
    """One mapping of field → cell a line, with its row in the sheet and, of months in columns, the hours' title; the rows left out as totals; the rows whose contract was taken
    from above; the rows that would need it."""

    lines: list[tuple[int, dict[str, str], str | None]] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    unfilled: list[int] = field(default_factory=list)


def shaped(rows: Sequence[Row], guesses: Sequence[Guess], *, fill_down: bool, year: int | None = None, year_by_row: bool = False) -> Shaped:
    """Go through the data rows in order. `fill_down` is the author's answer: a contract written once stands for the rows below it.

    `year` completes months without one; `year_by_row` says that each row's own year does so for its columns of months.
    """
    found, last = Shaped(), dict.fromkeys(_FILLED_DOWN, "")
    fields = [(guess.place, guess.field) for guess in guesses if guess.field and guess.month is None]
    months = [(guess.place, str(guess.month), guess.header) for guess in guesses if guess.month is not None]
    width = 1 + max((place for place, _ in fields), default=0)
    names, pick = [name for _, name in fields], _picker([place for place, _ in fields])
    for line, cells in rows:
        if is_total(cells):
            found.totals.append(line)
            continue
        whole = cells if len(cells) >= width else (*cells, *[""] * (width - len(cells)))
        values = {name: text for name, cell in zip(names, pick(whole), strict=True) if (text := cell.strip())}
        _carry(found, line, values, last, fill_down=fill_down)
        _date(values, year)
        row_year = values.pop("year", "")
        own = [(place, f"{row_year}{period[4:]}", title) for place, period, title in months] if year_by_row and row_year else months
        found.lines += [(line, unpivoted, title) for unpivoted, title in _unpivoted(cells, values, own)]
    return found


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Takes the cells of these places from a row."""
    return itemgetter(*places) if len(places) > 1 else lambda cells: [cells[place] for place in places]


def is_total(cells: Sequence[str]) -> bool:
    """A row of sums: its first filled cell, or any cell of words alone, says « Total » or « Sous-total »."""
    seen = 0
    for cell in cells[:6]:
        if cell and not cell.isspace():
            if _MAYBE.search(cell) and _TOTAL.match(normalised_header(cell)):
                return True
            seen += 1
            if seen == 3:
                return False
    return False


def _carry(found: Shaped, line: int, values: dict[str, str], last: dict[str, str], *, fill_down: bool) -> None:
    if values.get("contract"):
        for name in _FILLED_DOWN:
            last[name] = values.get(name, "")
        return
    if not last["contract"] or not any(
        values.get(name) for name in ("hours", "hours_cumulated", "worker_id", "birth_name", "group", "persons")
    ):
        return
    if not fill_down:
        found.unfilled.append(line)
        return
    found.filled.append(line)
    for name in _FILLED_DOWN:
        if last[name] and not values.get(name):
            values[name] = last[name]


def _date(values: dict[str, str], year: int | None) -> None:
    """« mars » with the row's year, else the table's: a month in words alone is no period."""
    month, known = values.get("period", ""), values.get("year") or (str(year) if year else "")
    if month and known and not any(letter.isdigit() for letter in month):
        values["period"] = f"{month} {known}"
    elif not month and values.get("year") and len(values["year"]) == 4:
        values["period"] = values["year"]


def _unpivoted(
    cells: Sequence[str], values: dict[str, str], months: Sequence[tuple[int, str, str]]
) -> Iterator[tuple[dict[str, str], str | None]]:
    """One line for each period whose cell holds something; the row itself when periods are not in columns."""
    if not months:
        yield values, None
        return
    for place, period, title in months:
        cell = cells[place].strip() if place < len(cells) else ""
        if not is_blank(cell):
            yield {**values, "period": period, "hours": cell}, title
