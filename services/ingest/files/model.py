"""The empty workbook that declarants start from: our headers, drop-downs for codes, and a sheet that explains each column."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import xlsxwriter

from schemas.periods import Period
from services.ingest.files.workbook import ABOUT, LISTS
from services.ingest.rules.fields import FIELDS, Field

MODEL_NAME: Final = "modele-heures.xlsx"
ROWS: Final = 2_000
"""Rows that have drop-downs; more may be filled."""


SAMPLE: Final = (
    {"contract": "2026-001", "period": "2026-03", "hours": "151,67", "employer_siret": "12345678200010", "worker_id": "A12", "birth": "1990-04",
     "sex": "F", "qpv": "oui", "public": "BRSA", "modality": "ETTI", "work_contract": "INTERIM_INSERTION"},
    {"contract": "2026-001", "period": "2026-03", "hours": "98,5", "employer_name": "Chantiers Fictifs", "worker_id": "A13", "birth": "2003",
     "sex": "M", "public": "JEUNE_26", "modality": "EMBAUCHE_DIRECTE", "work_contract": "CDD"},
    {"contract": "2026-002", "period": "2026-T1", "hours": "1 250,5", "employer_name": "Espaces Fictifs", "group": "Équipe lot 2", "persons": "12",
     "women": "3", "men": "9", "under_26": "4"},
)  # fmt: skip
"""Fictional lines of the three usual kinds: a person by SIRET, a person by name, a group over a quarter."""
_REPLACED: Final = frozenset({"contract", "period"})


def sample_workbook(*contracts: tuple[str, Period]) -> bytes:
    """The model with lines that pass: for these contracts in these quarters, the first for persons, the last for a group; without any, for invented
    ones that are to be replaced."""
    if not contracts:
        return model_workbook(SAMPLE)
    (number, quarter), (other, last) = contracts[0], contracts[-1]
    month = str(Period.month(quarter.start.year, quarter.start.month))
    said = (
        {"contract": number, "period": month},
        {"contract": number, "period": month},
        {"contract": other, "period": str(last).replace("Q", "T")},
    )
    return model_workbook([{**line, **where} for line, where in zip(SAMPLE, said, strict=True)])


def is_example(line: Mapping[str, str]) -> bool:
    """Whether a line is one of those of the sample, whatever contract and period it names: all the rest as it was. A worker « A12 » with a full
    month is somebody's own."""
    return any(all(line.get(name) == text for name, text in known.items() if name not in _REPLACED) for known in SAMPLE)


def model_workbook(lines_of: Sequence[Mapping[str, str]] = ()) -> bytes:
    """An XLSX file whose first sheet reads back without a remark once it is filled; with these lines (field → cell) already in it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    header = book.add_format({"bold": True, "bg_color": "#14375e", "font_color": "#ffffff", "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    lines, about, lists = book.add_worksheet("Déclarations"), book.add_worksheet(ABOUT), book.add_worksheet(LISTS)
    lines.freeze_panes(1, 0)
    for place, field in enumerate(FIELDS):
        lines.write_string(0, place, field.label, header)
        lines.set_column(place, place, max(14, len(field.label) + 2), text)
        lines.write_comment(0, place, _comment(field), {"x_scale": 2})
        if field.vocabulary and field.kind == "code":
            source = _list(lists, place, field)
            lines.data_validation(1, place, ROWS, place, {"validate": "list", "source": source, "error_type": "warning"})
    for row, line in enumerate(lines_of, start=1):
        for place, field in enumerate(FIELDS):
            if line.get(field.name):
                lines.write_string(row, place, line[field.name], text)
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
    return f"={LISTS}!${column}$1:${column}${len(codes)}"


def _explain(about: Any, header: Any) -> None:
    about.write_row(0, 0, ["Colonne", "Nom court", "Obligatoire", "Ce qu’elle contient", "Exemple", "Codes"], header)
    about.set_column(0, 1, 26)
    about.set_column(3, 5, 48)
    for row, field in enumerate(FIELDS, start=1):
        codes = ", ".join(f"{code} ({label})" for code, label in (field.vocabulary or {}).items())
        about.write_row(row, 0, [field.label, field.name, "oui" if field.required else "", field.about, field.example, codes])
