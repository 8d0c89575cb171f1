"""Columns of minutes: « Durée (minutes) », « Temps (min) », « Nb minutes », alone or beside a column of whole hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kit.digits import whole
from services.ingest.matching.contents import is_number
from services.ingest.matching.guesses import Guess
from services.ingest.matching.headers import Row
from services.ingest.rules.texts import is_blank

UNIT: Final = "min"


@dataclass(frozen=True)
class OfMinutes:
    """How a table says minutes: `places` are columns of them, `beside` (hours, minutes) of one whose minutes go with the hours in another."""

    places: tuple[int, ...] = ()
    beside: tuple[int, int] | None = None

    @property
    def any(self) -> bool:
        return bool(self.places) or self.beside is not None


NO_MINUTES: Final = OfMinutes()


def of_minutes(guesses: Sequence[Guess], rows: Sequence[Row]) -> OfMinutes:
    """What the columns say. A column of minutes that lost to one of hours goes with it where all its numbers are below sixty and the hours whole:
    « 7 » and « 30 » are one time."""
    places = tuple(guess.place for guess in guesses if guess.in_minutes and guess.field is not None)
    hours = next((guess.place for guess in guesses if guess.field == "hours" and guess.month is None and not guess.in_minutes), None)
    apart = [guess.place for guess in guesses if guess.in_minutes and guess.field is None and not guess.chosen]
    if hours is None or len(apart) != 1 or not _go_together(rows, hours, apart[0]):
        return OfMinutes(places)
    return OfMinutes(places, (hours, apart[0]))


def _go_together(rows: Sequence[Row], hours: int, minutes: int) -> bool:
    filled = [(_cell(cells, hours), _cell(cells, minutes)) for _, cells in rows if _cell(cells, minutes)]
    return bool(filled) and all(whole(part, 59) is not None and (not of or whole(of) is not None) for of, part in filled)


def with_units(rows: Sequence[Row], said: OfMinutes) -> list[Row]:
    """The rows whose cells say their unit: « 9100 » is « 9100 min » there, and « 7 » beside « 30 » is « 7h30 »."""
    return [(number, _with_unit(cells, said)) for number, cells in rows]


def _with_unit(cells: Sequence[str], said: OfMinutes) -> Sequence[str]:
    found = list(cells)
    for place in said.places:
        if place < len(found) and is_number(found[place]):
            found[place] = f"{found[place].strip()} {UNIT}"
    if said.beside and (part := _cell(cells, said.beside[1])):
        hours, minutes = said.beside
        found += [""] * (hours + 1 - len(found))
        found[hours] = f"{_cell(cells, hours) or 0}h{part:0>2}"
        found[minutes] = ""
    return found


def _cell(cells: Sequence[str], place: int) -> str:
    cell = cells[place].strip() if place < len(cells) else ""
    return "" if is_blank(cell) else cell
