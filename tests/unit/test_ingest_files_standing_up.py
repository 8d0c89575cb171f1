"""Tables that lie on their side are read stood up: the lines, what is told of them, and where their errors land."""

from __future__ import annotations

import io

import openpyxl
import pytest

from kit.errors import LineError
from services.ingest.files.annotating import annotated
from services.ingest.files.reading import look, read_hours
from tests.tables_of_hours import PERSON, checked, codes, csv, told, values, workbook

LINES = (("2026-001", "X", "A1", "2026-01", "100"), ("2026-002", "Y", "A2", "2026-02", "-3"), ("2026-002", "Y", "A3", "2999-01", "50"))
LYING = tuple(zip(PERSON, *LINES, strict=True))
STANDING = (PERSON, *LINES)
FIELDS = ("contract", "employer_name", "worker_id", "period", "hours")


def said(data: bytes) -> list[tuple[int | None, str, str | None]]:
    """What is wrong with the lines: (line, code, column)."""
    return [(error.line, error.code, error.column) for error in checked(look(data)).errors]


def test_titles_down_a_column_are_turned_and_told() -> None:
    """Read as it stood, its « Mois » row passed for titles, and both columns for the first contract's."""
    found = read_hours(csv(*LYING))
    assert values(found, *FIELDS) == list(LINES)
    assert [line.line for line in found.lines] == [2, 3, 4]
    assert "« ligne 2 » est la colonne B" in told(found, "TABLE_TURNED")


def test_the_verdict_is_that_of_the_table_that_stands_in_every_format() -> None:
    text = "\n".join("\t".join(row) for row in LYING)
    forms = [csv(*LYING), csv(*LYING).decode().encode("cp1252"), text.encode("utf-8"), workbook(("Suivi", LYING))]
    expected = said(csv(*STANDING))
    assert {code for _, code, _ in expected} == {"V07", "V09"}
    assert [said(form) for form in forms] == [expected] * 4


def test_texts_above_and_a_column_before_the_titles_say_what_they_say() -> None:
    lying = [
        ("Suivi 2026", "", ""),
        *[("Rubrique", title, cell) for title, cell in zip(PERSON, ("1", "X", "A1", "mars", "7"), strict=True)],
    ]
    found = look(workbook(("F", lying)))
    assert values(found, "contract", "period", "hours") == [("1", "2026-03", "7")]


def test_a_total_across_is_left_out_and_blank_columns_are_no_lines() -> None:
    lying = [(*row, "", "Total" if place == 0 else "150" if place == 4 else "") for place, row in enumerate(LYING)]
    found = look(csv(*lying))
    assert values(found, "worker_id") == [("A1",), ("A2",), ("A3",)]
    assert "TOTALS_LEFT_OUT" in codes(found)


def test_months_down_under_numbers_of_contracts_are_turned() -> None:
    found = look(
        csv(
            ("Mois", "2018-001", "2018-002", "Total"),
            ("janv. 2018", "10", "20", "30"),
            ("févr. 2018", "11", "21", "32"),
            ("Total", "21", "41", "62"),
        )
    )
    assert values(found, "contract", "period", "hours") == [
        ("2018-001", "2018-01", "10"), ("2018-001", "2018-02", "11"), ("2018-002", "2018-01", "20"), ("2018-002", "2018-02", "21"),
    ]  # fmt: skip
    assert "TABLE_TURNED" in codes(found)


def test_lines_of_a_turned_sheet_and_of_the_next_one_have_numbers_of_their_own() -> None:
    wide = [tuple(row) for row in zip(PERSON, *[("1", "X", f"A{n}", "2026-01", "7") for n in range(40)], strict=True)]
    found = look(workbook(("Couché", wide), ("Debout", STANDING)))
    numbers = [line.line for line in found.lines]
    assert len(set(numbers)) == len(numbers) == 43
    assert found.place_of(numbers[-1]) == ("Debout", 4)


@pytest.mark.parametrize("data", [workbook(("Suivi", LYING)), csv(*LYING)], ids=["xlsx", "csv"])
def test_errors_land_in_the_cells_of_the_authors_own_layout(data: bytes) -> None:
    found = look(data)
    errors = checked(found).errors
    page = openpyxl.load_workbook(io.BytesIO(annotated(data, found, errors))).worksheets[0]
    coloured = {cell.coordinate for row in page.iter_rows() for cell in row if cell.fill.fill_type == "solid"}
    assert coloured == {"C5", "D4"}, "the hours of the second contract, the month of the third"
    assert page["E1"].value == "Erreur"
    assert str(page["E5"].value).startswith("Colonne C : « Heures")
    assert [page.cell(row, 2).value for row in range(1, 6)] == list(LINES[0])


def test_what_is_said_of_a_line_without_a_column_stands_beside_the_first_title() -> None:
    found = look(csv(*LYING))
    page = openpyxl.load_workbook(io.BytesIO(annotated(csv(*LYING), found, [LineError(line=3, code="X", message="ceci")]))).worksheets[0]
    assert [page["E1"].value, page["F1"].value] == ["Erreur", "Colonne C : ceci [X]"]


def test_a_notice_that_explains_each_column_is_no_table_on_its_side() -> None:
    notice = [(title, "oui", f"ce que dit {title}", "2026-001") for title in PERSON]
    found = look(workbook(("Heures", STANDING), ("Notice", notice)))
    assert (len(found.lines), "TABLE_TURNED" in codes(found)) == (3, False)


def test_a_card_above_a_table_of_lines_stands() -> None:
    card = [["N° marché", "2018-045"], ["Entreprise", "X"], ["Période", "mars 2018"], ["Heures réalisées", "120"], []]
    found = look(workbook(("Fiche", [*card, ["Matricule", "Mois", "Heures"], ["A1", "03/2018", 100], ["A2", "03/2018", 20]])))
    assert values(found, "contract", "worker_id", "hours") == [("2018-045", "A1", "100"), ("2018-045", "A2", "20")]
    assert "TABLE_TURNED" not in codes(found)


def test_months_may_be_titles_of_a_table_on_its_side_and_headings_are_none() -> None:
    found = look(csv(
        ("MARCHÉS", "", ""), ("N° marché", "2018-045", "2018-046"), ("Entreprise", "X", "Y"), ("HEURES", "", ""), ("janv-18", "10", "20"), ("févr-18", "1", "2"),
    ))  # fmt: skip
    assert values(found, "contract", "employer_name", "period", "hours") == [
        ("2018-045", "X", "2018-01", "10"), ("2018-045", "X", "2018-02", "1"), ("2018-046", "Y", "2018-01", "20"), ("2018-046", "Y", "2018-02", "2"),
    ]  # fmt: skip


def test_that_a_table_was_turned_is_said_where_the_file_is_named() -> None:
    """In the remarks alone it stood behind « répondez d’abord aux questions », folded away, while the example named a line that was a column."""
    assert "lu retourné : la ligne 2 est la colonne B" in look(workbook(("Suivi", LYING))).facts.sentence
    assert "retourné" not in look(csv(PERSON, ("1", "X", "A1", "2018-03", "7"))).facts.sentence
