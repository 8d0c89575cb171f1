"""Units that only the format of a cell says: what the author sees is read, and not the bare number."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from services.ingest.files.reading import look
from services.ingest.files.shown_units import unit_in
from services.ingest.rules.lines import check
from tests.tables_of_hours import KNOWN, values

HEADER = ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées", "% réalisé", "Date de sortie")


def formatted(*cells: tuple[float, str]) -> bytes:
    """A line for each number, in its format."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Suivi")
    sheet.write_row(0, 0, HEADER)
    for row, (number, code) in enumerate(cells, start=1):
        sheet.write_row(row, 0, ("2026-001", "03/2026", f"A{row}", "Chantiers Fictifs"))
        sheet.write_number(row, 4, number, book.add_format({"num_format": code}))
        sheet.write_number(row, 5, 0.5, book.add_format({"num_format": "0%"}))
        sheet.write_number(row, 6, 46112, book.add_format({"num_format": "dd/mm/yyyy"}))
    book.close()
    return buffer.getvalue()


def test_minutes_shown_by_a_format_are_minutes_and_days_and_percentages_are_no_hours() -> None:
    """« 90 min » was counted as 90 hours, « 5 j » as 5, « 50 % » as half an hour."""
    found = look(
        formatted(
            (90, '0" min"'),
            (5, '0.0" j"'),
            (0.5, "0%"),
            (0.125, "0.00%"),
            (35.5, '0.00" h"'),
            (12, "#,##0.00;[Red]-#,##0.00"),
            (7, '0" heures"'),
            (50, '0" %"'),
        )
    )
    assert values(found, "hours") == [("90 min",), ("5 j",), ("50 %",), ("12.5 %",), ("35.5",), ("12",), ("7",), ("50 pour cent",)]
    checked = check(found.lines, KNOWN)
    assert [(value.line, value.centihours) for value in checked.values] == [(2, 150), (6, 3550), (7, 1200), (8, 700)]
    assert [(error.line, error.code, error.value) for error in checked.blocking] == [
        (3, "V09", "5 j"),
        (4, "V09", "50 %"),
        (5, "V09", "12.5 %"),
        (9, "V09", "50 pour cent"),
    ]


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ('0" min"', "min"), ('#,##0 "minutes"', "min"), ('0"mn"', "min"), ('0.0" jours"', "j"), ('0" j."', "j"), ("0.0%", "%"), ("General", None),
        ('0" h"', None), ("[h]:mm", None), ("dd/mm/yyyy", None), ('0" %"', "pour cent"), (r"0\%", "pour cent"), ('0" €"', None), ("mmm-yy", None), ('0;"min"', None), ("", None),
        (r"0\ \m\i\n", "min"), (r"0\ \j", "j"), (r"0\ \h", None),
    ],
)  # fmt: skip
def test_the_unit_of_a_format(code: str, unit: str | None) -> None:
    assert unit_in(code) == unit
