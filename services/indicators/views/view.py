"""A view: one published table with its title, its lines and columns, where it comes from and how to cite it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from kit.typography import NBSP, THIN
from kit.web import filters
from schemas.vocabulary.publics import SENSITIVE
from services.indicators.catalogue.answers import Cell
from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.dimensions import BY_NAME, Dimension
from services.indicators.catalogue.indicator import HOURS
from services.indicators.release.store import Published
from services.indicators.routes.printed import Printed
from services.indicators.views.asking import Asked

PUBLISHER: Final = "MACS, observatoire des clauses sociales en Île-de-France"
LICENCE: Final = "Licence Ouverte 2.0 (Etalab)"
LICENCE_URL: Final = "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf"
FICTIONAL: Final = "Données fictives"
REGION: Final = "Île-de-France"
MOST_COLUMNS: Final = 12
UNDER_WAY: Final = "en cours"


@dataclass(frozen=True)
class Line:
    """A row of the table: its label and codes, one cell a column."""

    label: str
    codes: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """Rows and columns. `row_name` heads the first column, `column_name` says what the others are where that is not a time."""

    row_name: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    column_name: str = ""


@dataclass(frozen=True)
class View:
    """A published table, asked for by its address."""

    asked: Asked
    printed: Printed
    fictional: bool
    site: str
    """The public address of the site, without a slash at its end."""

    @property
    def indicator(self) -> Indicator:
        return self.asked.question.indicator

    @property
    def release(self) -> Published:
        return self.printed.release

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.printed.answer.cells

    @property
    def splits(self) -> tuple[Dimension, ...]:
        return self.asked.question.splits

    @property
    def periods(self) -> tuple[str, ...]:
        return tuple(span.text for span in self.asked.question.spans)

    @cached_property
    def query(self) -> str:
        return urlencode(self.asked.pairs)

    def address(self, kind: str = "", **more: str) -> str:
        """Path and query of the view in one of its forms (`csv`, `svg` …; none: the page)."""
        suffix = f".{kind}" if kind else ""
        return f"/indicateurs/{self.indicator.id}{suffix}?{urlencode([*self.asked.pairs, *more.items()])}"

    @property
    def lasting(self) -> str:
        """The whole address that shows these very figures also after the next publication."""
        return self.site + self.address(release=self.release.release)

    @cached_property
    def places(self) -> tuple[str, ...]:
        return tuple(BY_NAME[name].label_of(code) for name, codes in self.asked.question.filters.items() for code in codes)

    @cached_property
    def title(self) -> str:
        """Heures réalisées par public, Seine-Saint-Denis, 2025."""
        by = " et ".join(split.label.split(" (")[0].lower() for split in self.splits)
        where = self.places or (() if any(split.name == "department" for split in self.splits) else (REGION,))
        name = self.indicator.name
        if by and not self._said_already:
            # « Heures par donneur d’ordre, secteur ou clause »: of these the one that the table is about.
            name = f"{name.split(' par ')[0] if self.indicator.splits else name} par {by}"
        return ", ".join((name, *where, self.when))

    @property
    def _said_already(self) -> bool:
        """« Heures par type de contrat de travail » need not be told « par type de contrat de travail » again."""
        return (
            len(self.indicator.splits) == 1
            and " par " in self.indicator.name
            and [split.name for split in self.splits] == list(self.indicator.splits)
        )

    @cached_property
    def when(self) -> str:
        if len(self.periods) == 1:
            part = f" ({since(self.release)})" if self.is_part(self.periods[0]) else ""
            return f"{short(self.periods[0])}{self._so_far if self.periods[0] == self.running else part}"
        last = max(self.periods)
        return f"{short(min(self.periods))} à {short(last)}{f' ({UNDER_WAY})' if last == self.running else ''}"

    @property
    def _so_far(self) -> str:
        """« (janvier à septembre) »: the part of a running year that the release has."""
        last = filters.MONTHS[(self.release.figures_until - timedelta(days=1)).month - 1]
        return f" ({last})" if last == filters.MONTHS[0] else f" ({filters.MONTHS[0]} à {last})"

    @cached_property
    def grid(self) -> Grid:
        return _grid(self.splits, self.periods, self.cells, self.so_far)

    @property
    def running(self) -> str | None:
        """The year of which the release has only the beginning: beside whole years it would look like a fall."""
        until = self.release.figures_until
        return str(until.year) if (until.month, until.day) != (1, 1) else None

    def is_part(self, period: str) -> bool:
        """Whether declarations begin in the middle of the period; figures of contracts do not wait for them."""
        return self.indicator.source == HOURS and self.release.is_part(period)

    def so_far(self, period: str) -> str:
        """« en cours », « dès octobre »: what is said with a period that is not whole; else empty."""
        if period == self.running:
            return UNDER_WAY
        return since(self.release) if self.is_part(period) else ""

    @property
    def hidden(self) -> int:
        return sum(cell.status == "secret" for cell in self.cells)

    @property
    def divisor(self) -> str:
        """« 1 607 heures par an », with the periods where it changed; empty for an indicator that is not divided."""
        found = self.printed.answer.divisors
        if len(set(found.values())) > 1:
            return ", ".join(f"{filters.number(hours, 0)} heures par an ({short(period)})" for period, hours in found.items())
        return next((f"{filters.number(hours, 0)} heures par an" for hours in found.values()), "")

    @property
    def sensitive(self) -> bool:
        """Whether the whole table is about a sensitive criterion: more persons are needed then."""
        return not SENSITIVE.isdisjoint(self.asked.question.filters.get("public", ()))

    @property
    def _may_be_zero(self) -> bool:
        """Whether a hidden value of the table may be zero (`disclosure.NOT_NIL`)."""
        return (
            self.indicator.unit == "%"
            or self.sensitive
            or any(cell.status == "secret" and not SENSITIVE.isdisjoint(cell.codes) for cell in self.cells)
        )

    @property
    def notes(self) -> list[str]:
        """What must not be lost when the figures travel alone."""
        found = [FICTIONAL] if self.fictional else []
        if not self.indicator.additive:
            found.append("Ne pas additionner les personnes" if self.indicator.unit == "personnes" else "Ne pas additionner ces valeurs")
        if self.is_upper_bound:
            found.append("Majorant : des doublons sont possibles")
        if self.hidden:
            which = "jamais zéro, hors parts et critères sensibles" if self._may_be_zero else "jamais zéro"
            found.append(f"s. = donnée masquée (secret statistique), {which}")
        if any(cell.mark for cell in self.cells):
            found.append("* = non mis à jour : la correction porterait sur trop peu de personnes ou d’entreprises")
        return [*found, self.standing.capitalize()]

    @property
    def standing(self) -> str:
        return standing(self.release, *self.periods)

    @property
    def is_upper_bound(self) -> bool:
        share = self.printed.answer.joinable_share
        return share is not None and share < 1

    @property
    def source(self) -> str:
        return f"Source : {PUBLISHER}, publication {self.release.release}, données arrêtées au {filters.date(last_day(self.release))}, {self.standing}."

    @property
    def citation(self) -> str:
        return (
            f"{PUBLISHER}, « {self.title} », publication {self.release.release} du {filters.date(self.release.published_at)} "
            f"(données arrêtées au {filters.date(last_day(self.release))}, {self.standing}), {self.lasting}"
        )


def standing(release: Published, *periods: str) -> str:
    """Of these periods of a release, or of all. A quarterly snapshot is provisional; an edition that was signed off as final is so up to its
    year, not of the running one that it prints too."""
    if not release.final:
        return "provisoire"
    of = release.edition_year
    later = {of is not None and int(period[:4]) > of for period in periods or release.periods}
    return f"définitif jusqu’à {of}, provisoire ensuite" if len(later) > 1 else "provisoire" if True in later else "définitif"


def last_day(release: Published) -> date:
    """« Données arrêtées au » : an edition's own day; of a quarterly snapshot the last day that its figures cover."""
    return release.closed_on or release.figures_until - timedelta(days=1)


def since(release: Published) -> str:
    """« dès octobre »: the month in which the hours of a release begin, where its first year is not whole; else empty."""
    return f"dès {first_month(release.begins)}" if release.begins else ""


def first_month(quarter: str) -> str:
    """« octobre » of « 2023-Q4 »."""
    return filters.MONTHS[int(quarter[-1]) * 3 - 3]


def short(period: str) -> str:
    """2025, 3e trimestre 2025."""
    return filters.period(period).removeprefix("année ")


def value_text(indicator: Indicator, value: Decimal | str, *, unit: bool = False) -> str:
    """12 480 h, 15,1 %, 264 ETP. Shares always carry their sign."""
    text = filters.number(value, 1 if indicator.unit == "%" else 0)
    space = THIN if indicator.unit == "%" else NBSP
    return f"{text}{space}{indicator.unit}" if unit or indicator.unit == "%" else text


def _grid(splits: Sequence[Dimension], periods: Sequence[str], cells: Sequence[Cell], so_far: Callable[[str], str]) -> Grid:
    """Time runs over the columns; of two other axes the shorter one does."""

    def said(name: str, code: str) -> str:
        beside = so_far(code) if _is_time(name) else ""
        return f"{_said(name, code)} ({beside})" if beside else _said(name, code)

    dated = len(periods) > 1 and not any(split.time for split in splits)
    names = [*(split.name for split in splits), *(["period"] if dated else [])]
    keyed = {(*cell.codes, *([cell.period] if dated else [])): cell for cell in cells}
    if not names:
        return Grid("Territoire", ("",), (Line(REGION, (), tuple(cells)),))
    if len(names) == 1:
        return Grid(_label(names[0]), ("",), tuple(Line(said(names[0], key[0]), key, (cell,)) for key, cell in keyed.items()))
    values = {name: list(dict.fromkeys(key[place] for key in keyed)) for place, name in enumerate(names)}
    place = names.index(_column_axis(names, values))
    column, rows = names[place], [name for at, name in enumerate(names) if at != place]
    lines = []
    for row in dict.fromkeys(tuple(part for at, part in enumerate(key) if at != place) for key in keyed):
        label = " – ".join(said(name, code) for name, code in zip(rows, row, strict=True))
        found = tuple(keyed.get((*row[:place], code, *row[place:]), _NONE) for code in values[column])
        lines.append(Line(label, row, found))
    across = "" if _is_time(column) else _label(column)
    return Grid(" × ".join(_label(name) for name in rows), tuple(said(column, code) for code in values[column]), tuple(lines), across)


OVER_TIME: Final = "Période"
"""How the rows of a series are named."""
_NONE: Final = Cell((), "", None, "nc")


def _column_axis(names: Sequence[str], values: dict[str, list[str]]) -> str:
    timed = next((name for name in names if _is_time(name)), None)
    if timed and len(values[timed]) <= MOST_COLUMNS:
        return timed
    return min((name for name in names if name != timed), key=lambda name: (len(values[name]), name))


def _is_time(name: str) -> bool:
    return name == "period" or BY_NAME[name].time


def _label(name: str) -> str:
    return OVER_TIME if name == "period" else BY_NAME[name].label


def _said(name: str, code: str) -> str:
    return short(code) if _is_time(name) else BY_NAME[name].label_of(code)
