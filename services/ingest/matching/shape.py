"""Rows as their author laid them out, made into one row a line: totals dropped, contracts filled down, months unpivoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from kit.digits import joined
from services.ingest.matching import weeks
from services.ingest.matching.guesses import HOURS, POSTAL, QUARTERS, SEMESTERS, Guess
from services.ingest.matching.headers import Row
from services.ingest.matching.totals import WHO, Sums, lone_cell, repeats_titles, titles_of
from services.ingest.matching.unpivoted import columns_of, unpivoted
from services.ingest.rules.fields import BY_NAME, field_of, normalised_header
from services.ingest.rules.times import arabic, bare_period

_EMPLOYERS: Final = ("employer_siret", "employer_name")
_FILLED_DOWN: Final = ("contract", *_EMPLOYERS)
_NOTHING: Final = ("",) * len(_FILLED_DOWN)
_PERSON: Final = tuple(list(BY_NAME)[list(BY_NAME).index("worker_id") : list(BY_NAME).index("modality")])
"""What is said of a person, from the identifier to the prescriber: all of it stands in the first of the person's rows."""
_SHORT_YEAR: Final = re.compile(r"1[3-9]|[2-5]\d", re.ASCII)
_HEADING: Final = re.compile(r"(march[ée]|contrat)\s*(n\s*[°o.]?\s*)?:?\s*(?=\S*\d)", re.IGNORECASE)
_EMPLOYER: Final = re.compile(
    r"(?:entreprise|employeur|structure(?: employeuse)?|siae|etti|sous-traitant)\s*:\s*(?=.{0,199}\w)(.*)", re.IGNORECASE
)


@dataclass
class Shaped:
    """One mapping of field → cell a line, with its row in the sheet and, of months in columns, the titles of what the period's columns say; the rows left out as
    totals, as titles printed again and as remarks; the rows whose contract or person was taken from above; the rows that would need the contract,
    and those that would need the person."""

    lines: list[tuple[int, dict[str, str], Mapping[str, str]]] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    remarks: list[int] = field(default_factory=list)
    filled: list[int] = field(default_factory=list)
    named: list[int] = field(default_factory=list)
    unfilled: list[int] = field(default_factory=list)
    unnamed: list[int] = field(default_factory=list)
    periods: list[int] = field(default_factory=list)
    """Rows whose period was taken from above."""
    without_period: list[int] = field(default_factory=list)
    """Those that would need it."""
    dated: list[int] = field(default_factory=list)
    """Rows whose month took the year of the table."""
    headings: list[int] = field(default_factory=list)
    """Rows that name the contract of those below, where no column does."""
    employers: list[int] = field(default_factory=list)
    """Rows that name the employer of those below, where no column does."""
    undated: list[int] = field(default_factory=list)
    """Rows whose month has no year, nor has the table."""
    spans: str = "mois"
    """What their periods are: months, or weeks by their number."""


def shaped(
    rows: Sequence[Row],
    guesses: Sequence[Guess],
    *,
    fill_down: bool,
    year: int | None = None,
    said_year: bool = False,
    bare: Collection[int] = (),
    first: int = 2000,
) -> Shaped:
    """Go through the data rows in order. `fill_down` is the author's answer: what is written once stands for the rows below it.

    `year` completes months without one, unless the row has its own (a bare number only where the author `said_year`); `bare` are the columns
    of months whose title has no year, which were read as of the year `first`.
    """
    says_employer = any(guess.field in _EMPLOYERS for guess in guesses)
    found, above, sums = Shaped(), _Above(fill_down=fill_down, says_employer=says_employer), Sums(guesses)
    fields = [(guess.place, guess.field) for guess in guesses if guess.field and guess.month is None]
    months, counts = columns_of(guesses, bare, first)
    read = _reader(fields)
    part = _part_of_year(guesses)
    by_week = any(guess.field == "period" and normalised_header(guess.header) in weeks.TITLES for guess in guesses)
    found.spans = "semaines" if by_week or any(month.is_week for month in months) else "mois"
    postal = {guess.field for guess in guesses if guess.field and normalised_header(guess.header) in POSTAL}
    hours = {place for place, name in fields if name in HOURS} | {month.place for month in months}
    contract = next((place for place, name in fields if name == "contract"), None)
    wide, titles = len(fields) + len(months) > 2, titles_of(guesses)
    for line, cells in rows:
        if _is_apart(found, line, cells, above, contract, hours if wide else None):
            continue
        if repeats_titles(cells, titles):
            found.titles.append(line)
            continue
        if sums.is_one(cells):
            found.totals.append(line)
            continue
        values = read(cells)
        for name in postal & values.keys():
            values[name] = f"CP {values[name]}"
        _complete(values, part)
        above.carry(found, line, values, in_columns=bool(months))
        if by_week and weeks.is_week(values.get("period", "")):
            _date_week(found, line, values, year)
        elif _date(values, year, said=said_year):
            found.dated.append(line)
        elif _lacks_year(values):
            found.undated.append(line)
        own = values.pop("year", "")
        found.lines += (
            unpivoted(line, cells, values, (months, counts), own or (str(year) if year else "")) if months else [(line, values, {})]
        )
    return found


def _complete(values: dict[str, str], part: str) -> None:
    """A year of two digits with its century, and the number of a quarter or a semester with its letter."""
    year = values.get("year", "")
    if _SHORT_YEAR.fullmatch(year):
        values["year"] = f"20{year}"
    if part and (said := arabic(values.get("period", ""))) and (said.isdigit() or said != values["period"]):
        values["period"] = f"{part}{said}"


def _part_of_year(guesses: Sequence[Guess]) -> str:
    """T where the column of periods is one of quarters, whose 1 is no January; S of semesters."""
    titles = {normalised_header(guess.header) for guess in guesses if guess.field == "period"}
    return "T" if titles & set(QUARTERS) else "S" if titles & set(SEMESTERS) else ""


def _is_apart(found: Shaped, line: int, cells: Sequence[str], above: _Above, contract: int | None, hours: Collection[int] | None) -> bool:
    """Whether the row names the contract or the employer of those below, or is a remark: of one cell that is no hours (None: the table is too narrow to tell)."""
    if above.names_employer(cells):
        found.employers.append(line)
        return True
    alone = None if hours is None else lone_cell(cells)
    if alone is None or (hours is not None and alone in hours):
        if contract is not None or not above.names_contract_beside(cells):
            return False
        found.headings.append(line)
        return True
    found.remarks.append(line)
    if alone == contract:
        above.heading(cells[alone].strip())
    elif contract is None and above.names_contract(cells[alone].strip()):
        found.headings.append(line)
    return True


def _reader(fields: Sequence[tuple[int, str]]) -> Callable[[Sequence[str]], dict[str, str]]:
    """Takes the filled cells of these places from a row, by their fields; of two columns of one field the later filled one."""
    width = 1 + max((place for place, _ in fields), default=0)
    names, pick = [name for _, name in fields], _picker([place for place, _ in fields])
    once = len(set(names)) == len(names)

    def read(cells: Sequence[str]) -> dict[str, str]:
        whole = cells if len(cells) >= width else (*cells, *[""] * (width - len(cells)))
        if once and "" not in (found := dict(zip(names, map(str.strip, pick(whole)), strict=True))).values():
            return found
        return {name: text for name, cell in zip(names, pick(whole), strict=True) if (text := cell.strip())}

    return read


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    """Takes the cells of these places from a row."""
    return itemgetter(*places) if len(places) > 1 else lambda cells: [cells[place] for place in places]


class _Above:
    """What the rows above say for those below: the contract with its employer, and the person whose cells are merged over months."""

    def __init__(self, *, fill_down: bool, says_employer: bool) -> None:
        self._fill = fill_down
        self._says_employer = says_employer
        self._employer = ""
        self._contract = dict.fromkeys(_FILLED_DOWN, "")
        self._person: dict[str, str] = {}
        self._months: set[str] = set()
        self._named = ""
        self._period = ""

    def names_contract(self, text: str) -> bool:
        """« Marché n° 2018-045 » on a line of its own, where no column says contracts: it stands for the rows below."""
        named = _HEADING.match(text)
        if named is not None:
            self._employer = self._period = ""
            self._named = text[named.end() :].split(maxsplit=1)[0].strip(" ,;:")
        return named is not None

    def names_contract_beside(self, cells: Sequence[str]) -> bool:
        """The same with the number in the next cell: « Marché n° », « 2018-045 », and nothing else in the row."""
        filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
        if len(filled) != 2 or field_of(filled[0].rstrip(" :")) != "contract":
            return False
        self._named, self._employer, self._period = filled[1], "", ""
        return True

    def names_employer(self, cells: Sequence[str]) -> bool:
        """« ENTREPRISE : Espaces Fictifs » alone in its row, in one cell or two, where no column says employers: it stands for the rows below
        until another is named, or another contract."""
        if self._says_employer:
            return False
        filled = [cell.strip() for cell in cells if cell and not cell.isspace()]
        named = _EMPLOYER.fullmatch(" ".join(filled)) if len(filled) in {1, 2} else None
        if named is None or (len(filled) == 2 and not filled[0].endswith(":")):
            return False
        self._employer, self._person = named[1], {}
        return True

    def heading(self, text: str) -> None:
        """A contract on a line of its own."""
        self._employer = self._period = ""
        self._contract = {**dict.fromkeys(_FILLED_DOWN, ""), "contract": _HEADING.sub("", text)}
        self._person = {}

    def carry(self, found: Shaped, line: int, values: dict[str, str], *, in_columns: bool) -> None:
        if not in_columns:
            self._date(found, line, values)
        if self._named:
            values["contract"] = self._named
        if self._employer and (values.get("contract") or _is_of_work(values, in_columns=in_columns)):
            values["employer_siret" if joined(self._employer).isdecimal() else "employer_name"] = self._employer
        if values.get("contract"):
            if values["contract"] != self._contract["contract"]:
                self._person = {}
            self._contract = dict(zip(_FILLED_DOWN, map(values.get, _FILLED_DOWN, _NOTHING), strict=True))
        elif self._contract["contract"] and _is_of_work(values, in_columns=in_columns):
            if not self._fill:
                found.unfilled.append(line)
            else:
                found.filled.append(line)
                for name in _FILLED_DOWN:
                    if self._contract[name] and not values.get(name):
                        values[name] = self._contract[name]
        self._name(found, line, values)

    def _date(self, found: Shaped, line: int, values: dict[str, str]) -> None:
        """A row of somebody's hours without its month, below one with, of the same contract: the cell of the month is merged, or was written once."""
        other = values.get("contract") not in (None, self._contract["contract"])
        if values.get("period") or other:
            self._period = values.get("period", "")
        elif self._period and any(values.get(name) for name in HOURS) and any(values.get(name) for name in (*WHO, *_EMPLOYERS, "persons")):
            if not self._fill:
                found.without_period.append(line)
                return
            found.periods.append(line)
            values["period"] = self._period

    def _name(self, found: Shaped, line: int, values: dict[str, str]) -> None:
        """A row of another month without a person, below one with: the cell of the person is merged, or was written once."""
        month = values.get("period", "")
        who = tuple(map(values.get, WHO))
        if any(who) or values.get("persons"):
            if who != tuple(map(self._person.get, WHO)):
                self._months = set()
            self._person = values
            self._months.add(month)
        elif self._person and month and month not in self._months and any(values.get(name) for name in HOURS):
            self._months.add(month)
            if not self._fill:
                found.unnamed.append(line)
                return
            found.named.append(line)
            for name in (*_PERSON, *_FILLED_DOWN[1:]):
                if self._person.get(name) and not values.get(name):
                    values[name] = self._person[name]


def _is_of_work(values: dict[str, str], *, in_columns: bool) -> bool:
    """Whether the row without a contract says whose or which work it is: hours alone are somebody's sum."""
    said = ("employer_siret", "employer_name", "persons", *WHO)
    return any(values.get(name) for name in (said if in_columns else (*said, "period")))


def _date(values: dict[str, str], year: int | None, *, said: bool) -> bool:
    """« mars », 3 or « T1 » with the row's year, else the table's (which no bare number takes, unless the author said it): by itself that is
    no period. True where the table's was taken."""
    month, own = values.get("period", ""), values.get("year", "")
    known = own or (str(year) if year else "")
    if month and known and len(month) <= 16 and not (month.isdigit() and not own and not said):
        found = bare_period(month, known)
        if found is not None:
            values["period"] = str(found)
            return not own
    elif not month and own and len(own) == 4:
        values["period"] = own
    return False


def _date_week(found: Shaped, line: int, values: dict[str, str], year: int | None) -> None:
    """The first day of a week for its number, with the year of its cell, of its row or of the table."""
    own = values.get("year", "")
    said = weeks.first_day(values["period"], int(own) if own.isascii() and own.isdigit() and len(own) == 4 else None)
    day = said or weeks.first_day(values["period"], year)
    if day is not None:
        values["period"] = day.isoformat()
        if said is None:
            found.dated.append(line)
    elif year is None and not own:
        found.undated.append(line)


def _lacks_year(values: dict[str, str]) -> bool:
    """Whether the row still says « mars » or « T1 »; most say their year at one end."""
    month = values.get("period", "")
    if not month or len(month) > 16 or (len(month) > 2 and (month[0].isdigit() or month[-1].isdigit())):
        return False
    return bare_period(month, "2000") is not None
