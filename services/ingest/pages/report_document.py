"""What the report of an operation says on paper and in a workbook."""

from __future__ import annotations

import io
from datetime import date
from typing import Any, Final

import xlsxwriter

from kit.web import filters
from services.ingest.pages.receipt_document import SOURCE
from services.ingest.rules.report import COUNTED, PERSONS, ContractDone, Report

FICTIONAL: Final = "Données fictives : démonstration"
HEADERS: Final = ("Marché", "Objet", "Heures prévues", "Heures réalisées", "Reste à réaliser", "Avancement", "Heures de résidents de QPV", "Personnes", "Fin du marché")  # fmt: skip


def report_data(report: Report, today: date, *, fictional: bool) -> dict[str, Any]:
    """The template's data."""
    return {
        "name": report.name, "today": filters.date(today), "source": SOURCE, "fictional": fictional, "counted": COUNTED,
        "figures": [
            {"label": "Prévues", "value": f"{filters.number(report.planned)} h"},
            {"label": "Réalisées", "value": filters.centihours(report.done)},
            {"label": "Reste à réaliser", "value": filters.centihours(report.remaining)},
            {"label": "Avancement", "value": percent_of(report.progress), "note": "heures au-delà d’un engagement non comprises"},
        ],
        "contracts": [_texts(contract) for contract in report.contracts],
        "sentences": sentences(report),
    }  # fmt: skip


def sentences(report: Report) -> list[str]:
    """QPV and the charter, where there is something to say."""
    found = []
    if report.qpv_share is not None:
        found.append(
            f"{percent_of(report.qpv_share)} des heures déclarées par personne sont celles de résidents de quartiers prioritaires."
        )
    if report.share is not None:
        said = (
            f"{filters.number(report.share, 1)} % des heures travaillées ({filters.centihours(report.worked)}) sont des heures d’insertion"
        )
        found.append(f"{said} ; la charte de l’ANRU en demande {report.floor} % au moins." if report.floor else f"{said}.")
    return found


def _texts(contract: ContractDone) -> list[str]:
    return [
        contract.number, contract.object, filters.number(contract.planned), filters.number(contract.done / 100, 2),
        filters.number(contract.remaining / 100, 2) if contract.remaining is not None else "–", percent_of(contract.progress),
    ]  # fmt: skip


def percent_of(value: Any) -> str:
    return filters.percent(value)


def report_workbook(report: Report, today: date, *, fictional: bool) -> bytes:
    """One sheet: real numbers, French formats, a row a contract and their sums."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Bilan")
    title, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    formats = {
        "h": book.add_format({"num_format": "#,##0.00"}),
        "p": book.add_format({"num_format": "0.0%"}),
        "d": book.add_format({"num_format": "dd/mm/yyyy"}),
    }
    sheet.write_string(0, 0, f"Bilan de l’opération {report.name}", title)
    sheet.write_string(
        1, 0, f"{COUNTED[0].upper()}{COUNTED[1:]}, {filters.date(today)}. {SOURCE}." + (f" {FICTIONAL}." if fictional else "")
    )
    for column, header in enumerate(HEADERS):
        sheet.write_string(3, column, header, head)
    for row, contract in enumerate(report.contracts, start=4):
        _write(sheet, row, contract, formats)
    last = 4 + len(report.contracts)
    sheet.write_string(last, 0, "Ensemble", head)
    for column, value in ((2, report.planned), (3, report.done / 100), (4, report.remaining / 100)):
        sheet.write_number(last, column, value, formats["h"])
    if report.progress is not None:
        sheet.write_number(last, 5, float(report.progress), formats["p"])
    for line, sentence in enumerate((*sentences(report), PERSONS), start=last + 2):
        sheet.write_string(line, 0, sentence)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 8, 14)
    sheet.freeze_panes(4, 1)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, row: int, contract: ContractDone, formats: dict[str, Any]) -> None:
    sheet.write_string(row, 0, contract.number)
    sheet.write_string(row, 1, contract.object)
    numbers = (contract.planned, contract.done / 100, None if contract.remaining is None else contract.remaining / 100)
    for column, value in enumerate(numbers, start=2):
        if value is not None:
            sheet.write_number(row, column, value, formats["h"])
    if contract.progress is not None:
        sheet.write_number(row, 5, float(contract.progress), formats["p"])
    sheet.write_number(row, 6, contract.qpv / 100, formats["h"])
    if contract.told is not None:
        sheet.write_number(row, 7, contract.told)
    if contract.ends_on:
        sheet.write_datetime(row, 8, contract.ends_on, formats["d"])
