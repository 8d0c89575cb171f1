"""What the cells of a column look like, whatever its title says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from kit.digits import joined
from services.ingest.rules.codes import UnknownCode, code_of
from services.ingest.rules.durations import centihours_of
from services.ingest.rules.establishments import digits_of, is_siren, is_siret
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.places import commune_of, department_of
from services.ingest.rules.texts import count_of, is_blank, is_cell_error
from services.ingest.rules.times import bare_period, birth_of, date_of, period_of

SAMPLE: Final = 200
"""Filled cells of a column that are looked at."""
_NAME: Final = re.compile(r"[^\W\d_][\w' .-]{1,40}")
_NUMBER: Final = re.compile(r"\d{1,10}(?:[.,]\d+)?", re.ASCII)
_SCIENTIFIC: Final = re.compile(r"\d[.,]\d+[eE]\+1[0-9]")


@dataclass(frozen=True)
class Contents:
    """The filled cells of a column (a sample), and the share of the column that is filled."""

    cells: tuple[str, ...]
    filled: float

    def share(self, reads: Callable[[str], bool]) -> float:
        """Of the filled cells, how many the reader understands: 0 to 1; 0 of an empty column."""
        return sum(map(reads, self.cells)) / len(self.cells) if self.cells else 0.0


def contents_of(rows: Sequence[Sequence[str]], place: int) -> Contents:
    column = [row[place].strip() if place < len(row) else "" for row in rows]
    filled = [cell for cell in column if not is_blank(cell) and not is_cell_error(cell)]
    return Contents(tuple(filled[:SAMPLE]), len(filled) / len(column) if column else 0.0)


def fits(name: str, contents: Contents) -> float:
    """How well the cells could be this field: 0 (no) to 1 (every one). A free text fits whatever has letters."""
    return contents.share(_reader(name))


@cache
def _reader(name: str) -> Callable[[str], bool]:
    field = BY_NAME.get(name)
    if name in _OWN:
        return _OWN[name]
    if field is None:
        return _any
    if field.kind == "code":
        return lambda cell: _knows(name, cell)
    return _KINDS.get(field.kind, _any)


def _any(cell: str) -> bool:
    return bool(cell)


def _knows(name: str, cell: str) -> bool:
    try:
        code_of(name, cell)
    except UnknownCode:
        return False
    return True


def tried(reader: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether the reader takes a cell; one that it cannot read raises ValueError."""

    def reads(cell: str) -> bool:
        try:
            reader(cell)
        except ValueError:
            return False
        return True

    return reads


def _is_siret(cell: str) -> bool:
    digits = digits_of(cell)
    return is_siret(digits) or is_siren(digits) or (len(digits) == 13 and is_siret(f"0{digits}")) or bool(_SCIENTIFIC.fullmatch(cell))


def _is_period(cell: str) -> bool:
    """With its year, or without: « mars », 3, « T1 » beside a column of years; a day, which its author may want added up."""
    return tried(period_of)(cell) or tried(date_of)(cell) or bare_period(cell, "2000") is not None


def is_day(cell: str) -> bool:
    return tried(date_of)(cell)


def _is_count(cell: str) -> bool:
    return tried(count_of)(cell) and count_of(cell) < 10_000


def _is_hours(cell: str) -> bool:
    return tried(centihours_of)(cell)


def is_number(cell: str) -> bool:
    """A number without a unit, spaces between thousands or not."""
    return _NUMBER.fullmatch(joined(cell)) is not None


def is_clock(cell: str) -> bool:
    """Hours that say so themselves: « 7:25 », « 7h30 », « 151,67 h »."""
    return _is_hours(cell) and not is_number(cell)


def is_name(cell: str) -> bool:
    return bool(_NAME.fullmatch(cell)) and not tried(date_of)(cell)


_KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "siret": _is_siret,
    "period": _is_period,
    "month": tried(period_of),
    "date": tried(date_of),
    "hours": _is_hours,
    "count": _is_count,
    "department": tried(department_of),
    "commune": tried(commune_of),
}
_OWN: Final[dict[str, Callable[[str], bool]]] = {
    "employer_name": lambda cell: any(letter.isalpha() for letter in cell) and not _is_siret(cell),
    "birth_name": is_name,
    "first_name": is_name,
    "birth_date": lambda cell: tried(birth_of)(cell) and not cell.isdigit(),
    "birth": tried(birth_of),
    "year": lambda cell: cell.isascii() and cell.isdigit() and (2000 <= int(cell) <= 2100 or 13 <= int(cell) <= 59),
}
