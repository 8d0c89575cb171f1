"""A published table as a file: JSON as the interface has it, CSV as a French spreadsheet opens it (semicolon, comma, byte order mark)."""

from __future__ import annotations

import csv
import io
import json

from fastapi.responses import Response

from kit.problems import Problem
from services.indicators.catalogue.answers import Cell
from services.indicators.routes.printed import Printed

LICENCE = "Licence Ouverte 2.0 (Etalab)"
_WORDS = {"ok": "", "secret": "s.", "nc": "n.c."}


def as_file(found: Printed, kind: str, fictional: bool) -> Response:
    """Raises a 404 problem for a format that is not made here."""
    if kind not in {"csv", "json"}:
        raise Problem(404, "UNKNOWN_FORMAT", "Ce format n’est pas proposé", "Formats : .csv, .json.")
    text = _csv(found, fictional) if kind == "csv" else json.dumps(_json(found, fictional), ensure_ascii=False, indent=1)
    name = f"{found.answer.question.indicator.id}-{found.release.release}.{kind}"
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    return Response(text, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _notes(found: Printed, fictional: bool) -> str:
    """What must not be lost when the file travels alone."""
    indicator = found.answer.question.indicator
    notes = ["Données fictives"] if fictional else []
    if not indicator.additive:
        notes.append("Ne pas additionner")
    notes.append(f"Publication {found.release.release} ; s. = donnée masquée ; {LICENCE}")
    return " ; ".join(notes)


def _csv(found: Printed, fictional: bool) -> str:
    answer = found.answer
    question, indicator, notes = answer.question, answer.question.indicator, _notes(found, fictional)
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    axes = [column for split in question.splits for column in (split.name, split.label)]
    rows.writerow(["indicateur", "nom", "unite", "periode", *axes, "valeur", "statut", "mention"])
    for cell in answer.cells:
        codes = [text for split, code in zip(question.splits, cell.codes, strict=True) for text in (code, split.label_of(code))]
        rows.writerow([indicator.id, indicator.name, indicator.unit, cell.period, *codes, _number(cell), _WORDS[cell.status], notes])
    return "\ufeff" + text.getvalue()


def _number(cell: Cell) -> str:
    return "" if cell.value is None else f"{cell.value:f}".replace(".", ",")


def _json(found: Printed, fictional: bool) -> dict[str, object]:
    indicator = found.answer.question.indicator
    return {**found.answer.body(), "name": indicator.name, "definition": indicator.definition, "release": found.release.release,
            "notes": _notes(found, fictional)}  # fmt: skip
