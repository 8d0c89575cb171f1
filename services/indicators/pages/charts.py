"""Charts as plain numbers for the templates: bands of a map, bars of a series. Widths are percentages, so that text keeps its size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final

from kit.geography.departments import Department, all_departments
from services.indicators.catalogue.definitions import BY_ID
from services.indicators.pages.tables import Tables, written
from services.indicators.release.store import PrintedCell
from services.indicators.views.bands import BANDS, Scale


@dataclass(frozen=True)
class Band:
    """One tint of the legend."""

    style: str
    label: str


@dataclass(frozen=True)
class Area:
    """A department on the map: its tint and the sentence that says what the tint shows."""

    department: Department
    style: str
    said: str


@dataclass(frozen=True)
class Map:
    areas: tuple[Area, ...]
    legend: tuple[Band, ...]


@dataclass(frozen=True)
class Bar:
    """A bar of a series, upright: left edge, width and height in percent."""

    period: str
    short: str
    year: str
    """Written under the first bar of a year."""
    x: float
    width: float
    height: float
    said: str
    status: str


_MARKS: Final = (Band("band-zero", "zéro"), Band("band-secret", "s. : donnée masquée"), Band("band-none", "aucune donnée"))


def choropleth(tables: Tables, indicator: str, year: str) -> Map:
    """Hidden values are hatched, never left out."""
    cells = tables.column(indicator, year, "department")
    scale = Scale.of(BY_ID[indicator], [Decimal(cell.value) for cell in cells.values() if cell.value is not None])
    areas = tuple(_area(department, cells.get(code), indicator, scale) for code, department in all_departments().items())
    used = {area.style for area in areas}
    tints = tuple(Band(f"band-{place}", scale.label(BY_ID[indicator], place)) for place in range(1, BANDS + 1))
    marks = tuple(band for band in _MARKS if band.style in used)
    known = used - {band.style for band in _MARKS}  # bands of nothing would be invented
    return Map(areas, (*(tints if known else ()), *marks))


def _tint(scale: Scale, cell: PrintedCell | None) -> str:
    if cell is not None and cell.status == "secret":
        return "band-secret"
    if cell is None or cell.value is None:
        return "band-none"
    if not Decimal(cell.value):
        return "band-zero"
    return f"band-{scale.place_of(Decimal(cell.value))}"


def _area(department: Department, cell: PrintedCell | None, indicator: str, scale: Scale) -> Area:
    value = "donnée masquée" if cell and cell.status == "secret" else "aucune donnée"
    if cell and cell.value is not None:
        value = written(indicator, cell.value, unit=True)
    return Area(department, _tint(scale, cell), f"{department.name} ({department.code}) : {value}")


def series(tables: Tables, indicator: str, periods: tuple[str, ...], *codes: str) -> list[Bar]:
    """Upright bars over the quarters, from zero."""
    split = "department" if codes else ""
    cells = [tables.cell(indicator, period, split, *codes) for period in periods]
    top = max((Decimal(cell.value) for cell in cells if cell.value is not None), default=Decimal(0)) or Decimal(1)
    slot = 100 / max(len(periods), 1)
    found = []
    for place, (period, cell) in enumerate(zip(periods, cells, strict=True)):
        height = float(Decimal(cell.value) / top * 100) if cell.value is not None else 0.0
        said = "donnée masquée" if cell.status == "secret" else written(indicator, cell.value or "0", unit=True)
        first = place == 0 or periods[place - 1][:4] != period[:4]
        found.append(
            Bar(
                period,
                f"T{period[-1]}",
                period[:4] if first else "",
                round(place * slot, 2),
                round(slot, 2),
                round(height, 1),
                said,
                cell.status,
            )
        )
    return found


def share_of_largest(cells: dict[str, PrintedCell]) -> dict[str, int]:
    """Code → width in percent of the largest value, for the bars inside a table."""
    values = {code: Decimal(cell.value) for code, cell in cells.items() if cell.value is not None}
    largest = max(values.values(), default=Decimal(0)) or Decimal(1)
    return {code: ceil(value * 100 / largest) for code, value in values.items()}
