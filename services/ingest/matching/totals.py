"""Rows that are no lines of hours: sums of the rows above, titles printed again on each page, remarks. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.matching.guesses import HOURS, Guess
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.fields import normalised_header
from services.ingest.rules.texts import is_blank

_TOTAL: Final = re.compile(
    r"((sous|grand|s|s/)[ -]?)?total\b|s/t\b|totaux\b|cumul general\b|ensemble( (des|du|de)\b.*)?$|somme\b|.+ (total|resultat)$"
)
_BARE: Final = re.compile(
    r"((sous|grand|s|s/)[ -]?)?total( general| marche| du marche| periode)?|s/t|totaux|cumul general|(total )?resultat"
)
"""A cell that says nothing but that the row is a sum."""
_MAYBE: Final = re.compile(r"tot|cumul|ensemb|somm|result|résult|s/t", re.IGNORECASE)
"""What a word of `_TOTAL` has in it, however it is written: most cells are told apart by this alone."""
WHO: Final = ("worker_id", "birth_name", "first_name", "group")


_REMEMBERED: Final = 1 << 16


def says_total(cells: Sequence[str]) -> bool:
    """Whether one of the first filled cells says « Total » or « Sous-total ». So may a name: « Total Énergies »."""
    return _word(cells, set()) is not None


def _word(cells: Sequence[str], plain: set[str]) -> str | None:
    """The first that does. `plain` are cells that were found to be filled and to say nothing of the kind: most of them repeat from row to row."""
    seen = 0
    for cell in cells[:6]:
        if cell not in plain:
            if not cell or cell.isspace():
                continue
            if _MAYBE.search(cell) and _TOTAL.match(text := normalised_header(cell)):
                return text
            if len(plain) < _REMEMBERED:
                plain.add(cell)
        seen += 1
        if seen == 3:
            return None
    return None


class Sums:
    """Tells the rows of sums from lines while the rows are gone through in order.

    A row that says « Total » is one, unless it has all that a line has, contract and person or employer: without a person it is one then if
    its hours are the sum of the rows above. A row of hours alone, without a word, is one if they are. Sums are reckoned only where somebody asks.
    """

    def __init__(self, guesses: Sequence[Guess]) -> None:
        of = {guess.field: guess.place for guess in guesses if guess.field and guess.month is None}
        months = [guess.place for guess in guesses if guess.month is not None and guess.field in HOURS]
        self._hours = [place for name, place in of.items() if name in HOURS] + months
        self._contract, self._period = of.get("contract"), of.get("period")
        self._who = [of[name] for name in WHO if name in of]
        self._employer = [of[name] for name in ("employer_siret", "employer_name") if name in of]
        self._said = [place for place in of.values() if place not in self._hours]
        self._waiting: list[Sequence[str]] = []
        self._plain: set[str] = set()
        self._whole, self._block = dict.fromkeys(self._hours, 0), dict.fromkeys(self._hours, 0)

    def is_one(self, cells: Sequence[str]) -> bool:
        """Whether the row is a sum; else it counts among those that a later row may be the sum of."""
        word = _word(cells, self._plain)
        if word is None and not self._is_bare(cells):
            self._waiting.append(cells)
            return False
        said = word is not None and (_BARE.fullmatch(word) is not None or not self._is_a_line(cells))
        if said or (not self._has_person(cells) and self._adds_up(cells)):
            self._reckon()
            self._block = dict.fromkeys(self._hours, 0)
            return True
        self._waiting.append(cells)
        return False

    def _is_bare(self, cells: Sequence[str]) -> bool:
        """Whether hours are all that the row has."""
        for place in self._said:  # most rows have something in the first of them
            if _cell(cells, place):
                return False
        return any(_cell(cells, place) for place in self._hours)

    def _is_a_line(self, cells: Sequence[str]) -> bool:
        contract = _cell(cells, self._contract)
        if self._contract is not None and (not contract or _TOTAL.match(normalised_header(contract))):
            return False
        if self._period is not None and not _cell(cells, self._period):
            return False
        return any(_cell(cells, place) for place in self._who or self._employer)

    def _has_person(self, cells: Sequence[str]) -> bool:
        """Somebody whose name is no word for a sum: « Ensemble des salariés » may be a group."""
        found = (_cell(cells, place) for place in self._who)
        return any(cell and not _TOTAL.match(normalised_header(cell)) for cell in found)

    def _adds_up(self, cells: Sequence[str]) -> bool:
        self._reckon()
        here = {place: _centihours(_cell(cells, place)) for place in self._hours}
        return any(here.values()) and here in (self._block, self._whole)

    def _reckon(self) -> None:
        for cells in self._waiting:
            for place in self._hours:
                hours = _centihours(_cell(cells, place))
                self._whole[place] += hours
                self._block[place] += hours
        self._waiting.clear()


def titles_of(guesses: Sequence[Guess]) -> list[tuple[int, str]]:
    """Place and title of each column that is read, as exports print them at the head of each page."""
    return [(guess.place, guess.header.rpartition(" / ")[2]) for guess in guesses if guess.field is not None]


def repeats_titles(cells: Sequence[str], titles: Sequence[tuple[int, str]]) -> bool:
    """Whether the row is these titles again."""
    alike = 0
    for place, title in titles:
        if cell := _cell(cells, place):
            if cell != title:
                return False
            alike += 1
    return alike >= 3


def lone_cell(cells: Sequence[str]) -> int | None:
    """The place of the one filled cell of a row; None where there are none or several."""
    found = None
    for place, cell in enumerate(cells):
        if cell and not cell.isspace():
            if found is not None:
                return None
            found = place
    return found


def _cell(cells: Sequence[str], place: int | None) -> str:
    cell = cells[place].strip() if place is not None and place < len(cells) else ""
    return "" if is_blank(cell) else cell


def _centihours(cell: str) -> int:
    try:
        return centihours_of(cell) if cell else 0
    except NoHours:
        return 0
