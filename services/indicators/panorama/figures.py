"""A figure on a sheet: which published cell it is (`I01/2025/department/93`), and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.indicators.catalogue.definitions import BY_ID
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.pages.tables import Tables, written
from services.indicators.release.store import PrintedCell
from services.indicators.rules.reviews import KEPT
from services.indicators.views.view import short

SECRET: Final = "s."  # noqa: S105  the mark of a hidden figure
ABSENT: Final = "–"
SHEET: Final = "fiche"
"""What a comment is about when it is about no single figure."""


@dataclass(frozen=True)
class Figure:
    """`ref` is its address in the tables; `value` as printed, « s. » when hidden."""

    ref: str
    value: str
    status: str
    number: Decimal | None

    @property
    def is_known(self) -> bool:
        return self.number is not None


def ref_of(indicator: str, period: str, split: str = "", *codes: str) -> str:
    return "/".join((indicator, period, split or "-", ",".join(codes) or "-"))


def place_of(ref: str) -> tuple[str, str, str, tuple[str, ...]]:
    """(indicator, period, split, codes). Raises ValueError for what is no reference."""
    parts = ref.split("/")
    if len(parts) != 4 or parts[0] not in BY_ID or not all(parts):
        raise ValueError(f"« {ref[:60]} » n’est pas un chiffre de l’observatoire ; par exemple I01/2025/department/93")
    split, codes = parts[2].replace("-", ""), () if parts[3] == "-" else tuple(parts[3].split(","))
    names = split.split(",") if split else []
    if len(names) != len(codes) or any(name not in BY_NAME for name in names):
        raise ValueError(f"« {ref[:60]} » : une valeur pour chaque ventilation ({split or 'aucune'})")
    return parts[0], parts[1], split, codes


def figure(tables: Tables, indicator: str, period: str, split: str = "", *codes: str, unit: bool = False) -> Figure:
    """The cell as printed."""
    cell = tables.cell(indicator, period, split, *codes)
    number = None if cell.value is None else Decimal(cell.value)
    return Figure(ref_of(indicator, period, split, *codes), said(indicator, cell, unit=unit), cell.status, number)


def said(indicator: str, cell: PrintedCell, *, unit: bool = False) -> str:
    if cell.status == "secret":
        return SECRET
    if cell.value is None:
        return ABSENT
    return written(indicator, cell.value, unit=unit) + (KEPT if cell.since else "")


def named(ref: str) -> str:
    """« Heures réalisées, Paris, public : Bénéficiaire du RSA, 2025 »: a figure in words that no other one has."""
    if ref == SHEET:
        return "La fiche entière"
    indicator, period, split, codes = place_of(ref)
    labels = [BY_NAME[name].said(code) for name, code in zip(split.split(",") if split else [], codes, strict=True)]
    return ", ".join((BY_ID[indicator].name, *labels, short(period)))


def share(part: Figure, whole: Figure) -> Decimal | None:
    """part ÷ whole; None while one of them is hidden or there is nothing."""
    if part.number is None or not whole.number:
        return None
    return part.number / whole.number


def largest_first(tables: Tables, indicator: str, period: str, split: str, fixed: Sequence[str]) -> list[tuple[str, ...]]:
    """The codes of a split with something in them, largest first; hidden ones after."""
    found = [key[3] for key in tables.cells if key[:3] == (indicator, period, split) and key[3][: len(fixed)] == tuple(fixed)]
    values = {codes: tables.value(indicator, period, split, *codes) for codes in found}
    kept = [codes for codes in found if values[codes] is None or values[codes]]
    return sorted(kept, key=lambda codes: (values[codes] is None, -(values[codes] or Decimal(0)), codes))
