"""A whole data set: every published figure of one indicator in one table, as CSV for machines, CSV for spreadsheets, XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from services.indicators.catalogue.definitions import Indicator
from services.indicators.catalogue.dimensions import BY_NAME
from services.indicators.release.disclosure import NOT_NIL
from services.indicators.release.store import Published, Row
from services.indicators.release.tables import DIMENSIONS
from services.indicators.routes.printed import KEPT
from services.indicators.views.files import HIDDEN_TEXT, STATUS, properties
from services.indicators.views.view import FICTIONAL, LICENCE, LICENCE_URL, PUBLISHER, last_day, standing

FIELDS: Final = {
    "publication": "Publication de l’observatoire",
    "indicateur": "Identifiant de l’indicateur",
    "periode": "2025 : année ; 2025-S1 : semestre ; 2025-Q1 : trimestre",
    "ventilation_1": "Première dimension, vide pour la région entière",
    "code_1": "Code dans cette dimension",
    "libelle_1": "Libellé du code",
    "ventilation_2": "Seconde dimension",
    "code_2": "Code dans cette dimension",
    "libelle_2": "Libellé du code",
    "valeur": "Valeur ; vide si elle est masquée ou n’existe pas",
    "unite": "Unité",
    "statut": f"vide : publié ; s. : donnée masquée ({NOT_NIL}) ; n.c. : n’existe pas ; non mis à jour : valeur d’une publication antérieure",
    "arrete_au": "Dernier jour couvert ; d’une édition, jour auquel ses données sont arrêtées",
    "mention": "Ce qui doit être dit avec le chiffre",
}
"""Column → what it says: the dictionary of every data set."""
FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "excel.csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "schema.json": "application/json",
}
_VALUE: Final = list(FIELDS).index("valeur")
_KINDS: Final = {"valeur": "number", "arrete_au": "date"}


@dataclass(frozen=True)
class DataSet:
    """One indicator in one release."""

    indicator: Indicator
    release: Published
    rows: Sequence[Row]
    fictional: bool
    site: str

    def mention(self, *periods: str) -> str:
        """What is said with figures of these periods, or of all."""
        persons = self.indicator.unit == "personnes"
        adding = [] if self.indicator.additive else ["Ne pas additionner les personnes" if persons else "Ne pas additionner"]
        return " ; ".join([*([FICTIONAL] if self.fictional else []), *adding, standing(self.release, *periods), LICENCE])

    def records(self, rows: Sequence[Row] | None = None) -> Iterator[list[str]]:
        """Each row as text, in the order of FIELDS."""
        until, one = last_day(self.release).isoformat(), self.indicator
        shown = self.rows if rows is None else rows
        mentions = {period: self.mention(period) for period in {row[0] for row in shown}}
        for period, split, first, second, value, status, since in shown:
            names = (*(split.split(",") if split else ()), "", "")[:2]
            axes = [part for name, code in zip(names, (first, second), strict=True) for part in _axis(name, code)]
            yield [
                self.release.release,
                one.id,
                period,
                *axes,
                value or "",
                one.unit,
                KEPT if since else STATUS[status],
                until,
                mentions[period],
            ]


def _axis(name: str, code: str) -> tuple[str, str, str]:
    return (name, code, BY_NAME[name].label_of(code)) if name else ("", "", "")


def machine_csv(data: DataSet) -> bytes:
    return _csv(data, delimiter=",", decimal=".").encode()


def spreadsheet_csv(data: DataSet) -> bytes:
    return ("\ufeff" + _csv(data, delimiter=";", decimal=",")).encode()


def _csv(data: DataSet, *, delimiter: str, decimal: str) -> str:
    text = io.StringIO()
    out = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    out.writerow(FIELDS)
    for record in data.records():
        out.writerow([*record[:_VALUE], record[_VALUE].replace(".", decimal), *record[_VALUE + 1 :]])
    return text.getvalue()


def workbook(data: DataSet) -> bytes:
    """Sheets « Données » (real numbers), « Dictionnaire » and « À lire ». Rows go out as they are made."""
    file = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties(properties(data.release, f"{data.indicator.name}, Île-de-France"))
        bold = book.add_format({"bold": True, "bottom": 1})
        number = book.add_format({"num_format": "#,##0.00" if data.indicator.decimals else "#,##0"})
        sheet = book.add_worksheet("Données")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(FIELDS) - 1, 16)
        for column, name in enumerate(FIELDS):
            sheet.write_string(0, column, name, bold)
        last = 0
        for last, record in enumerate(data.records(), 1):
            _write(sheet, last, record, number)
        sheet.autofilter(0, 0, last, len(FIELDS) - 1)
        _pairs(book, "Dictionnaire", FIELDS)
        _pairs(book, "À lire", about(data))
    return file.getvalue()


def _write(sheet: Any, row: int, record: Sequence[str], number: Any) -> None:
    for column, text in enumerate(record):
        if column == _VALUE and text:
            sheet.write_number(row, column, float(text), number)
        elif text:
            sheet.write_string(row, column, text)


def _pairs(book: xlsxwriter.Workbook, name: str, pairs: dict[str, str]) -> None:
    sheet, bold, wrapped = book.add_worksheet(name), book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    for row, (key, text) in enumerate(pairs.items()):
        sheet.write_string(row, 0, key, bold)
        sheet.write_string(row, 1, text, wrapped)


def about(data: DataSet) -> dict[str, str]:
    """What must be known of the data set before it is used."""
    one, release = data.indicator, data.release
    adding = (
        "Les valeurs s’additionnent."
        if one.additive
        else "Ne pas additionner : ni entre territoires, ni entre années, ni entre catégories."
    )
    return {
        "Titre": f"{one.name}, Île-de-France : toutes les périodes et ventilations publiées",
        "Définition": one.definition,
        "Formule": one.formula,
        "Unité": one.unit,
        "Source": one.source,
        "Addition": adding,
        "Données masquées": HIDDEN_TEXT,
        "Producteur": PUBLISHER,
        "Publication": f"{release.release}, du {release.published_at.date().isoformat()}, {standing(release)}",
        "Données arrêtées au": last_day(release).isoformat(),
        "Mentions": data.mention(),
        "Licence": f"{LICENCE}, {LICENCE_URL}",
        "À citer": f"{PUBLISHER}, « {one.name} », publication {release.release}, {data.site}/donnees/{one.id}?release={release.release}",
        "Révisions": f"{data.site}/revisions/{release.release}",
    }


def schema() -> dict[str, Any]:
    """Table Schema of every data set's CSV."""
    key = ["publication", "indicateur", "periode", "ventilation_1", "code_1", "ventilation_2", "code_2"]
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [_field(name, text) for name, text in FIELDS.items()],
        "missingValues": [""],
        "primaryKey": key,
    }


_ALWAYS: Final = frozenset({"publication", "indicateur", "periode", "unite", "arrete_au", "mention"})
_CONSTRAINTS: Final[dict[str, dict[str, Any]]] = {
    "indicateur": {"pattern": r"I\d{2}[A-Z]?"},
    "periode": {"pattern": r"\d{4}(-S[12]|-Q[1-4])?"},
    "ventilation_1": {"enum": list(DIMENSIONS)},
    "ventilation_2": {"enum": list(DIMENSIONS)},
    "statut": {"enum": [STATUS["secret"], STATUS["nc"], KEPT]},
}


def _field(name: str, text: str) -> dict[str, Any]:
    constraints = {**({"required": True} if name in _ALWAYS else {}), **_CONSTRAINTS.get(name, {})}
    return {"name": name, "type": _KINDS.get(name, "string"), "description": text, **({"constraints": constraints} if constraints else {})}
