"""The empty workbook that declarants start from: our headers, drop-downs for codes, and a sheet that explains each column."""

from __future__ import annotations

import io
from typing import Any, Final

import xlsxwriter

from services.ingest.rules.fields import FIELDS, Field

MODEL_NAME: Final = "modele-heures.xlsx"
ROWS: Final = 2_000
"""Rows that have drop-downs; more may be filled."""


def model_workbook() -> bytes:
    """An XLSX file whose first sheet reads back without a remark once it is filled."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    header = book.add_format({"bold": True, "bg_color": "#14375e", "font_color": "#ffffff", "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    lines, about, lists = book.add_worksheet("Déclarations"), book.add_worksheet("Mode d’emploi"), book.add_worksheet("Listes")
    lines.freeze_panes(1, 0)
    for place, field in enumerate(FIELDS):
        lines.write_string(0, place, field.label, header)
        lines.set_column(place, place, max(14, len(field.label) + 2), text)
        lines.write_comment(0, place, _comment(field), {"x_scale": 2})
        if field.vocabulary and field.kind == "code":
            source = _list(lists, place, field)
            lines.data_validation(1, place, ROWS, place, {"validate": "list", "source": source, "error_type": "warning"})
    _explain(about, header)
    lists.hide()
    book.close()
    return buffer.getvalue()


def _comment(field: Field) -> str:
    return f"{field.about}\nExemple : {field.example}" if field.example else field.about


def _list(lists: Any, place: int, field: Field) -> str:
    """The codes of a field as a column of the hidden sheet: a drop-down's own list may not exceed 255 characters."""
    codes = list(field.vocabulary or {})
    lists.write_column(0, place, codes)
    column = xlsxwriter.utility.xl_col_to_name(place)
    return f"=Listes!${column}$1:${column}${len(codes)}"


def _explain(about: Any, header: Any) -> None:
    about.write_row(0, 0, ["Colonne", "Nom court", "Obligatoire", "Ce qu’elle contient", "Exemple", "Codes"], header)
    about.set_column(0, 1, 26)
    about.set_column(3, 5, 48)
    for row, field in enumerate(FIELDS, start=1):
        codes = ", ".join(f"{code} ({label})" for code, label in (field.vocabulary or {}).items())
        about.write_row(row, 0, [field.label, field.name, "oui" if field.required else "", field.about, field.example, codes])
