"""A view as files: a CSV for machines, another for spreadsheets, XLSX, JSON, and all of them in a ZIP with what must be read first."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC
from typing import Any, Final

import xlsxwriter

from services.indicators.catalogue.answers import Cell
from services.indicators.release.disclosure import NOT_NIL
from services.indicators.release.store import Published
from services.indicators.routes.printed import KEPT
from services.indicators.views.view import LICENCE, LICENCE_URL, PUBLISHER, View, last_day

STATUS: Final = {"ok": "", "secret": "s.", "nc": "n.c."}
HIDDEN_TEXT: Final = (
    "« s. » : ce chiffre n’est pas publié. Il porte sur trop peu de personnes ou d’entreprises, ou il permettrait de retrouver un autre "
    f"chiffre protégé ; {NOT_NIL}."
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def machine_csv(view: View) -> bytes:
    """UTF-8 without mark, comma, decimal point, ISO dates and codes."""
    return _csv(view, delimiter=",", decimal=".").encode()


def spreadsheet_csv(view: View) -> bytes:
    """As a spreadsheet set to French opens it with a double click: byte order mark, semicolon, decimal comma."""
    return ("\ufeff" + _csv(view, delimiter=";", decimal=",")).encode()


def _csv(view: View, *, delimiter: str, decimal: str) -> str:
    """Every row carries what must be said with it: rows are what gets copied."""
    text, notes = io.StringIO(), " ; ".join([*view.notes, LICENCE])
    rows = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    rows.writerow([*header(view), "publication", "arrete_au", "mention"])
    until = last_day(view.release).isoformat()
    for cell in view.cells:
        value = "" if cell.value is None else f"{cell.value:f}".replace(".", decimal)
        rows.writerow([*map(_harmless, _texts(view, cell)), value, cell.mark or STATUS[cell.status], view.release.release, until, notes])
    return text.getvalue()


def header(view: View) -> list[str]:
    axes = [column for split in view.splits for column in (split.name, f"{split.name}_libelle")]
    filters = [column for name in view.asked.question.filters for column in (f"filtre_{name}",)]
    return ["indicateur", "nom", "unite", "periode", *filters, *axes, "valeur", "statut"]


def _texts(view: View, cell: Cell) -> list[str]:
    """Everything before the value: the indicator, the period, filters, code and label of each axis."""
    codes = [text for split, code in zip(view.splits, cell.codes, strict=True) for text in (code, split.label_of(code))]
    filters = [" ".join(codes) for codes in view.asked.question.filters.values()]
    return [view.indicator.id, view.indicator.name, view.indicator.unit, cell.period, *filters, *codes]


def _harmless(text: str) -> str:
    """A code is shown as it was declared: it must not become a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def workbook(view: View) -> bytes:
    """Sheets « Données » (real numbers, « s. » where hidden), « Métadonnées » and « Méthode »."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(properties(view.release, view.title))
        bold = book.add_format({"bold": True, "bottom": 1})
        number = book.add_format({"num_format": "#,##0.00" if view.indicator.decimals else "#,##0"})
        sheet, names = book.add_worksheet("Données"), header(view)
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        for row, cell in enumerate(view.cells, 1):
            texts = _texts(view, cell)
            for column, text in enumerate(texts):
                sheet.write_string(row, column, text)
            if cell.value is not None:
                sheet.write_number(row, len(texts), float(cell.value), number)
            sheet.write_string(row, len(texts) + 1, cell.mark or STATUS[cell.status])
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        _pairs(book, "Métadonnées", metadata(view))
        _pairs(book, "Méthode", method(view))
    return file.getvalue()


def properties(release: Published, title: str) -> dict[str, Any]:
    """A workbook's own properties. Made of the release: the moment of its making would give other bytes each time, under one address."""
    made = release.published_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    return {"title": title, "author": PUBLISHER, "created": made}


def _pairs(book: xlsxwriter.Workbook, name: str, pairs: dict[str, str]) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for row, (key, text) in enumerate(pairs.items()):
        sheet.write_string(row, 0, key, bold)
        sheet.write_string(row, 1, text, wrapped)


def metadata(view: View) -> dict[str, str]:
    """What the table is, of when, by whom, and what must not be done with it."""
    found = {
        "Titre": view.title,
        "Producteur": PUBLISHER,
        "Publication": view.release.release,
        "Publié le": view.release.published_at.date().isoformat(),
        "Données arrêtées au": last_day(view.release).isoformat(),
        "État": view.standing,
        "Mentions": " ; ".join(view.notes),
        "Licence": f"{LICENCE}, {LICENCE_URL}",
        "À citer": view.citation,
        "Adresse": view.lasting,
    }
    share = view.printed.answer.joinable_share
    return found | ({"Part des personnes reconnues partout": f"{share:f}"} if share is not None else {})


def method(view: View) -> dict[str, str]:
    one = view.indicator
    found = {"Définition": one.definition, "Formule": one.formula, "Unité": one.unit, "Source": one.source}
    if view.divisor:
        found["Diviseur"] = view.divisor
    adding = (
        "Les valeurs s’additionnent."
        if one.additive
        else "Ne pas additionner : ni entre territoires, ni entre années, ni entre catégories."
    )
    return {**found, "Addition": adding, "Données masquées": HIDDEN_TEXT, "Méthode complète": f"{view.site}/methode"}


def body(view: View) -> dict[str, Any]:
    """The interface's answer with what must be said beside it."""
    return {
        **view.printed.answer.body(),
        "release": view.release.release,
        "published_at": view.release.published_at.isoformat(),
        "figures_until": view.release.figures_until.isoformat(),
        "name": view.indicator.name,
        "title": view.title,
        "definition": view.indicator.definition,
        "standing": view.standing,
        "notes": [*view.notes, LICENCE],
        "citation": view.citation,
    }


def as_json(view: View) -> bytes:
    return json.dumps(body(view), ensure_ascii=False, indent=1).encode()


def table_schema(view: View) -> dict[str, Any]:
    """The CSV for machines, column by column (Table Schema)."""
    numbers = {"valeur": "number", "arrete_au": "date"}
    fields: list[dict[str, Any]] = [
        {"name": name, "type": numbers.get(name, "string")} for name in [*header(view), "publication", "arrete_au", "mention"]
    ]
    for one in fields:
        if one["name"] == "statut":
            one["description"] = f"vide : publié ; s. : donnée masquée ; n.c. : n’existe pas ; {KEPT} : valeur d’une publication antérieure"
            one["constraints"] = {"enum": [STATUS["secret"], STATUS["nc"], KEPT]}
    return {"$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json", "fields": fields, "missingValues": [""]}


def archive(view: View, chart: str | None) -> bytes:
    """Data, metadata, chart, licence and LISEZMOI in one file. The same view gives the same bytes."""
    name = view.indicator.id
    parts: dict[str, bytes] = {
        "LISEZMOI.txt": _read_me(view, chart).encode(),
        "LICENCE.txt": f"{LICENCE}\n{LICENCE_URL}\n\nRéutilisation libre, en citant :\n{view.citation}\n".encode(),
        f"{name}.csv": machine_csv(view),
        f"{name}-excel.csv": spreadsheet_csv(view),
        f"{name}.json": as_json(view),
        f"{name}.xlsx": workbook(view),
        "metadonnees.json": json.dumps({**metadata(view), **method(view)}, ensure_ascii=False, indent=1).encode(),
        "schema.json": json.dumps(table_schema(view), ensure_ascii=False, indent=1).encode(),
    }
    if chart is not None:
        parts[f"{name}.svg"] = chart.encode()
    file = io.BytesIO()
    when = view.release.published_at.timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(zipfile.ZipInfo(part, when), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _read_me(view: View, chart: str | None) -> str:
    """What the archive holds, each file named."""
    said = "\n".join(f"{key} : {text}" for key, text in {**metadata(view), **method(view)}.items())
    drawn = "" if chart is None else f"{view.indicator.id}.svg : le graphique\n"
    return (
        f"{view.title}\n\n{said}\n\nFichiers\n"
        f"{view.indicator.id}.csv : pour les machines (UTF-8, virgule, point décimal)\n"
        f"{view.indicator.id}-excel.csv : pour un tableur en français (point-virgule, virgule décimale)\n"
        f"{view.indicator.id}.xlsx : feuilles Données, Métadonnées, Méthode\n"
        f"{view.indicator.id}.json : la réponse de l’interface\n"
        f"{drawn}"
        f"schema.json : description des colonnes (Table Schema)\n"
        f"metadonnees.json : ce que dit ce fichier, pour les machines\n"
        f"LICENCE.txt : ce que la réutilisation demande\n"
    )
