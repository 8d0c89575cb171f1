"""Tables of hours as somebody could send them, and what is read from them: for the tests of files, of the rules and of the pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import xlsxwriter

from services.ingest.files.reading import FileOfHours
from services.ingest.persons import Tokens
from services.ingest.rules.declared import Checked, Known
from services.ingest.rules.lines import check

SIRET = "12345678200010"


KNOWN = Known(
    today=date(2026, 11, 20),
    declarant=UUID(int=1),
    declarant_siret=None,
    contract_of=lambda _: None,
    tokens=Tokens(b"k" * 32),
    online=False,
)


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = (), date_1904: bool = False) -> bytes:
    """A workbook of these sheets; durations as [h]:mm, dates as dates, text beginning with # as an error."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"date_1904": date_1904})
    clock, day = book.add_format({"num_format": "[h]:mm"}), book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime | timedelta):
                    sheet.write_datetime(number, place, cell, clock if isinstance(cell, timedelta) else day)
                elif isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(number, place, "=Z1/0", None, cell)
                else:
                    sheet.write(number, place, cell)
    book.close()
    return buffer.getvalue()


def csv(*rows: Sequence[object]) -> bytes:
    return "\n".join(";".join(map(str, row)) for row in rows).encode()


def values(found: FileOfHours, *names: str) -> list[tuple[object, ...]]:
    return [tuple(line.values.get(name) for name in names) for line in found.lines]


def codes(found: FileOfHours) -> list[str]:
    return [notice.code for notice in found.notices]


def checked(found: FileOfHours, known: Known = KNOWN) -> Checked:
    return check(found.lines, known)


CUMUL = csv(
    ("N° marché", "Employeur", "Mois", "Matricule", "Heures réalisées"),
    ("2026-001", "X", "2026-02", "A1", "200"), ("2026-001", "X", "2026-01", "A1", "100"), ("2026-001", "X", "2026-03", "A1", "320,5"),
)  # fmt: skip


BLOCKS = csv(
    ("N° marché", "Employeur", "Mois", "Matricule", "Heures réalisées"),
    ("2026-001", "X", "2026-03", "A1", "7"), ("", "", "2026-03", "A2", "8"), ("2026-002", "Y", "2026-03", "A1", "9"), ("", "", "2026-03", "A3", "1"),
)  # fmt: skip


PERSON = ("N° marché", "Employeur", "Matricule", "Mois", "Heures réalisées")
IN_COLUMNS = ("N° marché", "Employeur", "Matricule", "Janv.", "Févr.", "Mars")
ROWS: list[list[object]] = [["N° marché", "Employeur", "Matricule", "Heures réalisées"], ["1", "X", "A1", 10]]
COMPANY_CUMUL = ("N° marché", "Employeur", "Mois", "Cumul heures")


def hours(found: Checked) -> list[tuple[str, int]]:
    return [(str(value.period), value.centihours) for value in found.values]


def told(found: FileOfHours, code: str) -> str:
    return " ".join(notice.message for notice in found.notices if notice.code == code)
