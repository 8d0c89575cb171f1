"""A published table as a file: JSON as the interface has it, CSV as a French spreadsheet opens it, XLSX with real numbers."""

from __future__ import annotations

import csv
import io
import json
from typing import Final

import xlsxwriter
from fastapi.responses import Response

from kit.problems import Problem
from services.indicators.catalogue.answers import Cell
from services.indicators.routes.printed import Printed

LICENCE: Final = "Licence Ouverte 2.0 (Etalab)"
KINDS: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WORDS: Final = {"ok": "", "secret": "s.", "nc": "n.c."}


def as_file(found: Printed, kind: str, fictional: bool) -> Response:
    """Raises a 404 problem for a format that is not made here."""
    if kind not in KINDS:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", f"Formats : {', '.join('.' + known for known in KINDS)}.")
    made = {"csv": _csv, "json": _json, "xlsx": _xlsx}[kind](found, fictional)
    name = f"{found.answer.question.indicator.id}-{found.release.release}.{kind}"
    return Response(made, media_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _notes(found: Printed, fictional: bool) -> list[str]:
    """What must not be lost when the file travels alone."""
    notes = ["Données fictives"] if fictional else []
    if not found.answer.question.indicator.additive:
        notes.append("Ne pas additionner")
    return [*notes, f"Publication {found.release.release}", "s. = donnée masquée", LICENCE]


def _header(found: Printed) -> list[str]:
    axes = [column for split in found.answer.question.splits for column in (split.name, split.label)]
    return ["indicateur", "nom", "unite", "periode", *axes, "valeur", "statut"]


def _texts(found: Printed, cell: Cell) -> list[str]:
    """Everything before the value: the indicator, the period, code and label of each axis."""
    question = found.answer.question
    codes = [text for split, code in zip(question.splits, cell.codes, strict=True) for text in (code, split.label_of(code))]
    return [question.indicator.id, question.indicator.name, question.indicator.unit, cell.period, *codes]


def _csv(found: Printed, fictional: bool) -> str:
    """Semicolon, decimal comma and byte order mark, as a spreadsheet set to French opens it. Every row carries what must be said with it."""
    text, notes = io.StringIO(), " ; ".join(_notes(found, fictional))
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow([*_header(found), "mention"])
    for cell in found.answer.cells:
        value = "" if cell.value is None else f"{cell.value:f}".replace(".", ",")
        rows.writerow([*_texts(found, cell), value, _WORDS[cell.status], notes])
    return "\ufeff" + text.getvalue()


def _xlsx(found: Printed, fictional: bool) -> bytes:
    """Sheets « Données » and « Métadonnées »."""
    file, indicator = io.BytesIO(), found.answer.question.indicator
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, number = (
            book.add_format({"bold": True}),
            book.add_format({"num_format": "#,##0" + "." * bool(indicator.decimals) + "0" * indicator.decimals}),
        )
        sheet = book.add_worksheet("Données")
        sheet.write_row(0, 0, _header(found), bold)
        for row, cell in enumerate(found.answer.cells, 1):
            texts = _texts(found, cell)
            sheet.write_row(row, 0, texts)
            if cell.value is not None:
                sheet.write_number(row, len(texts), float(cell.value), number)
            sheet.write_string(row, len(texts) + 1, _WORDS[cell.status])
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        about = book.add_worksheet("Métadonnées")
        said = {"Définition": indicator.definition, "Formule": indicator.formula, "Unité": indicator.unit, "Source": indicator.source}
        notes = {"Mentions": " ; ".join(_notes(found, fictional)), "Publié le": found.release.published_at.date().isoformat()}
        for row, (name, text) in enumerate({**said, **notes}.items()):
            about.write_string(row, 0, name, bold)
            about.write_string(row, 1, text)
        about.autofit()
    return file.getvalue()


def _json(found: Printed, fictional: bool) -> str:
    indicator = found.answer.question.indicator
    said = {"name": indicator.name, "definition": indicator.definition, "release": found.release.release, "notes": _notes(found, fictional)}
    return json.dumps({**found.answer.body(), **said}, ensure_ascii=False, indent=1)
