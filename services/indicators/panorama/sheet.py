"""The sheet of a department, or of the region: key figures, sentences, quarters and tables, as pages, PDF and Word print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from kit.geography.departments import all_departments
from kit.web import filters
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages.tables import Tables
from services.indicators.panorama.figures import Figure, figure, largest_first
from services.indicators.panorama.source import Source
from services.indicators.views.view import short, since

KEYS: Final = (
    ("I01", "heures réalisées"), ("I05", "personnes"), ("I07", "de femmes"), ("I18", "équivalents temps plein"),
    ("I15", "heures engagées"), ("I16", "de réalisation"), ("I10", "marchés clausés en cours"), ("I05G", "personnes en groupe, au moins"),
)  # fmt: skip
TABLES: Final = ("public", "modality", "sex")


@dataclass(frozen=True)
class Key:
    """A key figure; `beside` is the region's, on a department's sheet."""

    label: str
    figure: Figure
    beside: str
    note: str


@dataclass(frozen=True)
class Row:
    label: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Table:
    """Rows of figures. `columns` heads all columns, the first too."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """Everything that is printed of one place in one year."""

    code: str | None
    name: str
    of: str
    year: str
    keys: tuple[Key, ...]
    quarters: Table
    tables: tuple[Table, ...]
    rank: tuple[int, int] | None
    before: Figure | None
    """Last year's hours, where the two years can be compared."""
    region: Figure
    upper_bound: bool
    full_time: int
    """Hours of a full-time year: the divisor of the full-time equivalents."""
    part: str = ""
    """« dès octobre » of a year in which declarations begin."""

    @property
    def said_year(self) -> str:
        """The year as it is said with hours: « 2023 (dès octobre) »."""
        return f"{self.year} ({self.part})" if self.part else self.year

    def key(self, indicator: str) -> Figure:
        return next(key.figure for key in self.keys if key.figure.ref.startswith(f"{indicator}/"))

    @property
    def refs(self) -> list[str]:
        """Every figure that may be spoken of."""
        rows = [row for table in (self.quarters, *self.tables) for row in table.rows]
        return [*(key.figure.ref for key in self.keys), *(found.ref for row in rows for found in row.figures)]

    def value_of(self, ref: str) -> str | None:
        rows = [row for table in (self.quarters, *self.tables) for row in table.rows]
        every = [*(key.figure for key in self.keys), *(found for row in rows for found in row.figures)]
        return next((found.value for found in every if found.ref == ref), None)


def sheet(source: Source, tables: Tables, code: str | None) -> Sheet:
    """`code` None: the region."""
    place = all_departments()[code] if code else None
    at = ("department", code) if code else ("",)
    year, bound, full_time = source.year, tables.is_upper_bound(source.year), source.release.full_time(source.year)
    notes = {
        "I05": "majorant : doublons possibles" if bound else "personnes distinctes", "I18": f"{filters.number(full_time, 0)} heures par an",
        "I15": "marchés notifiés dans l’année", "I16": "marchés terminés dans l’année",
    }  # fmt: skip
    return Sheet(
        code,
        place.name if place else "Île-de-France",
        place.of if place else "de l’Île-de-France",
        year,
        tuple(_key(tables, year, at, indicator, label, notes.get(indicator, "")) for indicator, label in KEYS),
        _quarters(source, tables, at),
        tuple(_table(tables, year, code, name) for name in TABLES),
        _rank(tables, year, code) if code else None,
        figure(tables, "I01", str(int(year) - 1), *at, unit=True) if comparable(source, tables) else None,
        figure(tables, "I01", year, unit=True),
        bound,
        full_time,
        since(source.release) if source.release.is_part(year) else "",
    )


def _key(tables: Tables, year: str, at: tuple[str, ...], indicator: str, label: str, note: str) -> Key:
    unit = BY_ID[indicator].unit == "h"
    beside = figure(tables, indicator, year, unit=unit).value if len(at) > 1 else ""
    return Key(label, figure(tables, indicator, year, *at, unit=unit), beside, note)


def comparable(source: Source, tables: Tables) -> bool:
    """Whether the year before may be set beside: both whole, and the earlier one with hours in each of its quarters (no evolution otherwise)."""
    before, until = str(int(source.year) - 1), source.release.figures_until
    whole = until.year > int(source.year)
    return whole and all(tables.value("I01", f"{before}-Q{number}") for number in range(1, 5))


def _quarters(source: Source, tables: Tables, at: tuple[str, ...]) -> Table:
    columns = ("Trimestre", "Heures", "Région") if len(at) > 1 else ("Trimestre", "Heures")
    rows = []
    for period in source.quarters:
        found = [figure(tables, "I01", period, *at)]
        if len(at) > 1:
            found.append(figure(tables, "I01", period))
        rows.append(Row(short(period), tuple(found)))
    return Table("quarters", "Heures par trimestre", columns, tuple(rows))


def _table(tables: Tables, year: str, code: str | None, name: str) -> Table:
    split = f"department,{name}" if code else name
    fixed = (code,) if code else ()
    rows = [
        Row(BY_NAME[name].label_of(codes[-1]), tuple(figure(tables, indicator, year, split, *codes) for indicator in ("I01", "I05")))
        for codes in largest_first(tables, "I01", year, split, fixed)
    ]
    return Table(name, BY_NAME[name].label, (BY_NAME[name].label.split(" (")[0], "Heures", "Personnes"), tuple(rows))


def _rank(tables: Tables, year: str, code: str) -> tuple[int, int] | None:
    """(place, of how many) by hours; None while a department's total is hidden."""
    values = {other: tables.value("I01", year, "department", other) for other in all_departments()}
    if any(value is None for value in values.values()):
        return None
    own = values[code] or Decimal(0)
    return 1 + sum((value or 0) > own for value in values.values()), len(values)


def ranking(tables: Tables, year: str) -> list[tuple[str, str, Figure]]:
    """(code, name, hours) of the departments, largest first, hidden ones after."""
    return [
        (codes[0], all_departments()[codes[0]].name, figure(tables, "I01", year, "department", *codes))
        for codes in largest_first(tables, "I01", year, "department", ())
        if codes[0] in all_departments()
    ]


def percent(value: Decimal) -> str:
    return filters.percent(value)


def joined(parts: Sequence[str]) -> str:
    """a, b et c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} et {parts[-1]}"
