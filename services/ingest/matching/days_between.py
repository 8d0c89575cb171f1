"""A period said by its first and last day in two columns, « Du » and « Au », as programs of missions write it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.ingest.matching.guesses import Guess
from services.ingest.matching.headers import Row
from services.ingest.rules.fields import normalised_header
from services.ingest.rules.times import NoDate, date_of

_TITLES: Final = (
    ("du", "au"), ("periode du", "periode au"), ("periode du", "au"), ("debut de periode", "fin de periode"), ("debut periode", "fin periode"),
    ("date debut periode", "date fin periode"), ("date de debut de periode", "date de fin de periode"), ("semaine du", "au"), ("mois du", "au"),
    ("semaine du", "semaine au"),
)  # fmt: skip
"""Of the first day and of the last. « Début » and « Fin » may be those of a contract of work."""


_AS_PERIOD: Final = 0.7
"""Proposed and asked: they may be the days of a contract of work."""


def between(guesses: Sequence[Guess], chosen: Mapping[str, str | None]) -> tuple[int, int] | None:
    """The places of the two columns; None where another says the period, where there are none such, or where the author chose otherwise."""
    places = {normalised_header(guess.header): guess for guess in guesses}
    pair = next((pair for pair in _TITLES if pair[0] in places and pair[1] in places), None)
    if pair is None:
        return None
    first, last = places[pair[0]], places[pair[1]]
    if chosen.get(first.header, "period") != "period" or chosen.get(last.header) is not None:
        return None
    others = [guess for guess in guesses if (guess.field == "period" or guess.month) and guess not in (first, last)]
    return None if others else (first.place, last.place)


def as_period(guesses: Sequence[Guess], pair: tuple[int, int]) -> list[Guess]:
    """The first of the two says the period, the other goes with it."""
    why = "la période, du premier au dernier jour des deux colonnes"
    said = {pair[0]: "period", pair[1]: None}
    return [replace(guess, field=said[guess.place], confidence=_AS_PERIOD, why=why) if guess.place in said else guess for guess in guesses]


def joined(rows: Sequence[Row], pair: tuple[int, int]) -> list[Row]:
    """The rows with « du 01/03/2026 au 31/03/2026 » in the first of the two, or its first day where both are in one month and not all of it: that is a
    line of some days, which are added up."""
    return [(number, _joined(cells, *pair)) for number, cells in rows]


def _joined(cells: Sequence[str], first: int, last: int) -> Sequence[str]:
    start, end = (cells[place].strip() if place < len(cells) else "" for place in (first, last))
    if not start or not end:
        return cells
    found = list(cells)
    found[first] = _said(start, end)
    return found


def _said(start: str, end: str) -> str:
    whole = f"du {start} au {end}"
    try:
        one, other = date_of(start), date_of(end)
    except NoDate:
        return whole
    whole = f"du {one:%d/%m/%Y} au {other:%d/%m/%Y}"
    if (one.year, one.month) != (other.year, other.month) or one > other or _is_whole_month(one, other):
        return whole
    return one.isoformat()


def _is_whole_month(first: date, last: date) -> bool:
    return first.day == 1 and (last + timedelta(days=1)).day == 1
