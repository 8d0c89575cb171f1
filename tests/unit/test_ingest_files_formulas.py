"""Workbooks that programs wrote: formulas that nobody worked out, the strict form of the format; titles and times as more people write them."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter

from services.ingest.files.archive import opened, surveyed
from services.ingest.files.reading import look
from services.ingest.rules.durations import centihours_of
from services.ingest.rules.fields import field_of
from tests.tables_of_hours import PERSON, checked, csv, hours, values, workbook

MONTHS = ("N° marché", "Employeur", "Matricule", "Janv. 2026", "Févr. 2026")
SAID = "la cellule contient une formule, et pas sa valeur"


def blocked(data: bytes) -> list[tuple[int | None, str, str | None, bool]]:
    return [(error.line, error.code, error.value, SAID in error.message) for error in checked(look(data)).blocking]


def test_a_formula_without_its_value_is_told_and_no_month_is_lost() -> None:
    """Its cell was a blank: January was gone without a word."""
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (MONTHS, ("2026-001", "X", "A1", "=7*20", 50), ("2026-001", "X", "A2", 70, 50), ('="2026-001"', "X", "A3", 1, 2)):
        sheet.append(row)
    book.save(buffer)
    assert blocked(buffer.getvalue()) == [(2, "CELL_ERROR", "#FORMULE =7*20", True), (4, "CELL_ERROR", '#FORMULE ="2026-001"', True)]
    assert hours(checked(look(buffer.getvalue()))) == [("2026-01", 7000), ("2026-02", 5000)]


def written(value: float | str) -> bytes:
    """With a formula whose value a program wrote beside it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("Suivi")
    sheet.write_row(0, 0, MONTHS)
    sheet.write_row(1, 0, ("2026-001", "X", "A1"))
    sheet.write_formula(1, 3, "=7*20", None, value)
    sheet.write_number(1, 4, 50)
    book.close()
    return buffer.getvalue()


def test_zero_is_no_value_where_a_spreadsheet_has_still_to_work_it_out() -> None:
    """A program puts 0 in the place of every value, and says that all is to be worked out when the workbook is opened: these were no hours."""
    assert blocked(written(0)) == [(2, "CELL_ERROR", "#FORMULE =7*20", True)]
    assert values(look(written(140)), "hours") == [("140",), ("50",)]
    saved = changed(written(0), (b' fullCalcOnLoad="1"', b""))
    assert values(look(saved), "hours") == [("0",), ("50",)], "a spreadsheet worked it out"


def test_an_empty_text_that_a_formula_came_to_is_a_blank() -> None:
    saved = changed(written(""), (b'<c r="D2">', b'<c r="D2" t="str">'))
    assert values(look(saved), "hours") == [("50",)]
    assert blocked(saved) == []


def changed(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """The workbook with these texts of its parts replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            part = source.read(entry)
            for before, after in changes:
                part = part.replace(before, after)
            target.writestr(entry, part)
    return buffer.getvalue()


def test_the_strict_form_of_the_format_says_its_errors_and_its_units_too() -> None:
    data = workbook(("Suivi", [MONTHS, ("2026-001", "X", "A1", "#REF!", 50), ("2026-001", "X", "A2", 7, 50)]))
    strict = changed(
        data,
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
        (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    )
    found = checked(look(strict))
    assert [(error.line, error.code, error.value) for error in found.blocking] == [(2, "CELL_ERROR", "#REF!")]
    assert hours(found) == [("2026-01", 700), ("2026-02", 5000)]


def test_formulas_of_a_long_sheet_are_found_wherever_they_stand() -> None:
    """A sheet is read in pieces, and none may part a formula from its value."""
    book, buffer = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in range(9_000):
        sheet.append([f"A{row}", "Chantiers d’insertion fictifs de la région" * 3, f"={row}*2", row])
    book.save(buffer)
    [survey] = surveyed(opened(buffer.getvalue())).values()
    assert survey.errors == {(row + 1, 3): f"#FORMULE ={row}*2" for row in range(9_000)}


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Volume horaire réalisé", "hours"), ("Nombre d'heures réalisées dans le mois", "hours"), ("Heures déclarées", "hours"), ("Hrs", "hours"),
        ("Nom de la structure", "employer_name"), ("Raison sociale", "employer_name"), ("SIRET de la structure", "employer_siret"),
        ("Mois concerné", "period"), ("Mois/Année", "period"), ("Période de réalisation", "period"), ("Code affaire", "contract"), ("N° EJ", "contract"),
        ("Matricule salarié", "worker_id"), ("Prénom du salarié", "first_name"), ("Né le", "birth_date"), ("Critère d’éligibilité", "public"),
        ("Modalité de réalisation", "modality"), ("Type de contrat de travail", "work_contract"), ("Ville de résidence", "residence"), ("Dpt", "department"),
        ("Nombre de femmes", "women"), ("Nb H", None), ("Femmes", None), ("Heures prévues", None), ("Heures payées", None), ("Durée travaillée", None),
    ],
)  # fmt: skip
def test_titles_of_more_programs(title: str, field: str | None) -> None:
    assert field_of(title) == field


def test_a_number_of_a_contract_beside_that_of_the_market_stays_out() -> None:
    rows = (("2026-001", "CT1", "X", "03/2026", "A1", "3"), ("2026-001", "CT2", "X", "03/2026", "A2", "4"))
    found = look(csv(("N° marché", "N° contrat", "Société", "Mois", "Matricule", "Heures réalisées"), *rows))
    assert values(found, "contract", "employer_name", "hours") == [("2026-001", "X", "3"), ("2026-001", "X", "4")]


@pytest.mark.parametrize(
    ("text", "centihours"), [("7h30mn", 750), ("7 h 30 '", 750), ("7.5 hrs", 750), ("12 h.", 1200), ("12 hres", 1200), ("7,5 heure", 750)]
)
def test_times_as_more_people_write_them(text: str, centihours: int) -> None:
    assert centihours_of(text) == centihours


def test_a_text_that_begins_as_a_formula_is_somebodys_text() -> None:
    found = checked(look(csv(PERSON, ("2026-001", "=Bâtir", "A1", "2026-03", "7"), ("2026-001", "X", "A2", "2026-03", "=B2*7"))))
    assert [value.employer_name for value in found.values] == ["=Bâtir"]
    assert [(error.line, error.code) for error in found.blocking] == [(3, "V09")]
