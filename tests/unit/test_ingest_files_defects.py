"""The fifteen defects of real files (practice, section 3), each as a file that somebody could send, and what is read from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from kit.errors import Refused
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look, read, read_hours
from tests.tables_of_hours import (
    BLOCKS,
    CUMUL,
    KNOWN,
    checked,
    codes,
    csv,
    values,
    workbook,
)

FORMATS = Path(__file__).parents[1] / "files" / "formats"


def verdict(name: str) -> list[tuple[int | None, str, str | None]]:
    found = read_hours((FORMATS / name).read_bytes())
    return [(error.line, error.code, error.value) for error in checked(found).errors]


def test_the_same_table_gives_one_verdict_in_every_format() -> None:
    wanted = [(4, "V09", "-3"), (5, "UNKNOWN_CODE", "Équipe inconnue"), (6, "V14", "A12"), (7, "V08", "412")]
    for name in ("heures.xlsx", "heures.xls", "heures.ods", "heures.csv", "heures.txt"):
        assert verdict(name) == wanted, name


def test_1_titles_and_filters_stand_above_a_header_on_two_lines() -> None:
    found = look(
        workbook(
            ("Export", [
                ["Suivi des clauses sociales"],
                ["Filtre", "Bailleur = tous"],
                [],
                ["N° marché", "Employeur", "Bénéficiaire", "", "Période", "Heures réalisées"],
                ["", "", "Matricule", "Sexe", "", ""],
                ["2026-001", "Chantiers Fictifs", "A1", "F", "2026-03", 7.5],
            ]),
        ),
    )  # fmt: skip
    assert values(found, "contract", "worker_id", "sex", "period", "hours") == [("2026-001", "A1", "F", "2026-03", "7.5")]
    assert found.lines[0].line == 6
    assert not found.problems


def test_2_rows_of_totals_are_no_persons() -> None:
    found = read_hours(csv(
        ("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées"),
        ("2026-001", "2026-03", "A1", "X", "7,5"), ("Sous-total", "", "", "", "7,5"), ("", "", "TOTAL GÉNÉRAL", "", "7,5"),
    ))  # fmt: skip
    assert len(found.lines) == 1
    [told] = [notice for notice in found.notices if notice.code == "TOTALS_LEFT_OUT"]
    assert "3, 4" in told.message


def test_3_a_contract_written_once_is_asked_about_and_filled_down_when_the_author_says_so() -> None:
    asked = look(BLOCKS)
    assert [question.name for question in asked.questions] == ["fill_down"]
    assert values(asked, "contract") == [("2026-001",), (None,), ("2026-002",), (None,)]
    filled = look(BLOCKS, Answers(fill_down=True))
    assert values(filled, "contract", "employer_name") == [("2026-001", "X"), ("2026-001", "X"), ("2026-002", "Y"), ("2026-002", "Y")]
    assert "FILLED_DOWN" in codes(filled)
    assert not filled.questions


def test_4_cumulated_hours_are_asked_about_and_become_differences() -> None:
    asked = look(CUMUL)
    assert [(question.name, question.example) for question in asked.questions] == [
        ("hours_are", "ligne 4 : 320,5 h pour un mois, alors qu’un mois compte au plus 213 h")
    ]
    found = checked(look(CUMUL, Answers(hours_are="cumulated")))
    assert {(str(value.period), value.centihours, value.centihours_cumulated) for value in found.values} == {
        ("2026-01", 100_00, 100_00), ("2026-02", 100_00, 200_00), ("2026-03", 120_50, 320_50),
    }  # fmt: skip


def test_4_a_column_that_says_cumul_needs_no_question_and_what_was_declared_before_is_taken_off() -> None:
    found = look(CUMUL.replace("Heures réalisées".encode(), b"Cumul heures"))
    assert not found.questions
    first = checked(found).values[0]
    assert first.person is not None
    key = (first.contract_uid, first.person.local)
    later = checked(found, replace(KNOWN, declared_before={key: [(date(2025, 12, 1), 60_00), (date(2026, 5, 1), 999_00)]}))
    assert sorted(value.centihours for value in later.values) == [40_00, 100_00, 120_50]


def test_4_a_cumul_that_falls_is_refused_with_both_values() -> None:
    found = checked(look(CUMUL.replace(b"320,5", b"150"), Answers(hours_are="cumulated")))
    [error] = found.errors
    assert (error.line, error.code, error.value, len(found.values)) == (4, "CUMUL", "150", 2)
    assert "après 200 h" in error.message


def test_5_months_in_columns_are_unpivoted_and_their_total_left_out() -> None:
    found = read_hours(workbook(("Suivi 2018", [
        ["N° marché", "Employeur", "Matricule", "Janv.", "Févr.", "Mars", "Total"],
        ["2018-001", "X", "A1", 10, "", 12.5, 22.5],
        ["2018-001", "X", "A2", 0, 7, "-", 7],
    ])))  # fmt: skip
    assert values(found, "worker_id", "period", "hours") == [
        ("A1", "2018-01", "10"), ("A1", "2018-03", "12.5"), ("A2", "2018-01", "0"), ("A2", "2018-02", "7"),
    ]  # fmt: skip
    quarters = read_hours(csv(("N° marché", "Employeur", "Groupe", "T1 2018", "T2 2018"), ("1", "X", "lot 2", "300", "20")))
    assert values(quarters, "period", "hours") == [("2018-Q1", "300"), ("2018-Q2", "20")]


def test_5_months_without_a_year_ask_for_it() -> None:
    data = csv(("N° marché", "Employeur", "Matricule", "Janv.", "Févr."), ("1", "X", "A1", "1", "2"))
    with pytest.raises(Refused) as refused:
        read_hours(data)
    assert refused.value.code == "FILE_YEAR"
    assert [question.name for question in look(data).questions] == ["year"]
    assert values(read(data, Answers(year=2019)), "period") == [("2019-01",), ("2019-02",)]
    by_row = csv(
        ("N° marché", "Année", "Employeur", "Matricule", "Janv.", "Févr."),
        ("1", "2017", "X", "A1", "1", ""),
        ("1", "2018", "X", "A1", "", "2"),
    )
    assert values(read_hours(by_row), "period") == [("2017-01",), ("2018-02",)]


@pytest.mark.parametrize("number", ["2,175E+13", "2175000160", "1234567820001", "123456782", "123 456 782 00010"])
def test_6_a_damaged_siret_never_costs_the_hours(number: str) -> None:
    found = checked(
        read_hours(csv(("N° marché", "Mois", "Matricule", "SIRET", "Employeur", "Heures"), ("1", "2026-03", "A", number, "X", "7")))
    )
    assert [value.centihours for value in found.values] == [700]
    assert {error.severity for error in found.errors} <= {"check"}


def test_7_hours_in_every_writing() -> None:
    rows = [
        ["1", f"2026-0{month}", "A", "X", cell]
        for month, cell in enumerate([timedelta(hours=151, minutes=40), "7h30", "151,67 h", 7], start=1)
    ]
    found = checked(read_hours(workbook(("h", [["N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées"], *rows]))))
    assert [value.centihours for value in found.values] == [151_67, 7_50, 151_67, 7_00]


@pytest.mark.parametrize("date_1904", [False, True])
def test_8_months_as_dates_text_and_serial_numbers_of_both_systems(date_1904: bool) -> None:
    rows = [["1", cell, f"A{place}", "X", 1] for place, cell in enumerate([datetime(2018, 9, 1), "sept-18", "09/2018", "2018-09"])]
    found = checked(
        read_hours(workbook(("h", [["N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées"], *rows]), date_1904=date_1904))
    )
    assert [str(value.period) for value in found.values] == ["2018-09"] * 4


def test_8_an_american_date_is_no_month() -> None:
    found = checked(read_hours(csv(("N° marché", "Mois", "Matricule", "Employeur", "Heures"), ("1", "09/13/2018", "A", "X", "1"))))
    assert [(error.code, error.value) for error in found.errors] == [("V20", "09/13/2018")]


def test_9_one_person_written_in_several_ways_has_one_regional_token() -> None:
    found = checked(read_hours(csv(
        ("N° marché", "Mois", "Matricule", "Nom de naissance", "Prénom", "Date de naissance", "Employeur", "Heures"),
        ("1", "2026-01", "A1", "DUPONT", "Zoé", "02/03/1990", "X", "1"), ("1", "2026-02", "A2", "Dupont ", "ZOE", "1990-03-02", "X", "1"),
        ("1", "2026-03", "A3", "Dupont-Martin", "Zoé", "02/03/1990", "X", "1"),
    )))  # fmt: skip
    first, second, married = (value.person.regional for value in found.values if value.person)
    assert first == second != married


@pytest.mark.parametrize("cell", ["CDDI/ETTI", "CDD + intérim"])
def test_10_two_things_in_one_cell_are_asked_back(cell: str) -> None:
    found = checked(
        read_hours(csv(("N° marché", "Mois", "Matricule", "Employeur", "Type de contrat", "Heures"), ("1", "2026-03", "A", "X", cell, "1")))
    )
    assert [(error.code, error.value) for error in found.errors] == [("UNKNOWN_CODE", cell)]


@pytest.mark.parametrize(("cell", "code"), [("F", "F"), ("H", "M"), ("Mme", "F"), ("Monsieur", "M"), ("Féminin", "F")])
def test_11_sexes_in_every_writing(cell: str, code: str) -> None:
    found = checked(
        read_hours(csv(("N° marché", "Mois", "Matricule", "Employeur", "Sexe", "Heures"), ("1", "2026-03", "A", "X", cell, "1")))
    )
    assert [value.person.sex for value in found.values if value.person] == [code]


def test_12_a_sheet_a_lot_is_read_whole_and_hidden_ones_are_told() -> None:
    header = ["N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées"]
    found = look(workbook(
        ("Lot 1", [header, ["1", "2026-03", "A1", "X", 7]]), ("Lot 2", [header, ["2", "2026-03", "A2", "X", -8]]), ("Notes", [["à lire"]]),
        ("2025", [header, ["1", "2025-03", "A1", "X", 7]]), hidden=["2025"],
    ))  # fmt: skip
    assert values(found, "contract", "hours") == [("1", "7"), ("2", "-8")]
    assert "HIDDEN_SHEETS" in codes(found)
    [error] = checked(found).errors
    assert error.line is not None
    assert found.place_of(error.line) == ("Lot 2", 2)


def test_13_committed_hours_repeated_on_each_line_stay_out() -> None:
    found = read_hours(
        csv(("N° marché", "Heures prévues", "Mois", "Matricule", "Employeur", "Heures réalisées"), ("1", "1200", "2026-03", "A", "X", "7"))
    )
    assert values(found, "hours") == [("7",)]
    assert [notice.column for notice in found.notices] == ["Heures prévues"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("#REF!", "CELL_ERROR"),
        ("#N/A", "CELL_ERROR"),
        ("-", "MISSING_FIELD"),
        ("NC", "MISSING_FIELD"),
        ("?", "MISSING_FIELD"),
        ("", "MISSING_FIELD"),
    ],
)
def test_14_a_blank_is_not_zero_and_an_error_is_not_a_blank(cell: str, code: str) -> None:
    found = checked(read_hours(csv(("N° marché", "Mois", "Matricule", "Employeur", "Heures réalisées"), ("1", "2026-03", "A", "X", cell))))
    assert [error.code for error in found.errors] == [code]


def test_15_old_terms_are_understood_and_names_in_comments_not_read() -> None:
    found = read_hours(csv(
        ("N° marché", "Mois", "Matricule", "Employeur", "ZUS", "Critère", "Prescripteur", "Commentaire", "Téléphone", "Heures réalisées"),
        ("1", "2026-03", "A", "X", "oui", "RSA", "Pôle emploi", "voir Mme Fictive", "0600000000", "7"),
    ))  # fmt: skip
    assert "Fictive" not in str(found.lines)
    assert "0600000000" not in str([column.sample for column in found.columns]) + str(found.lines)
    [value] = checked(found).values
    assert value.person is not None
    assert (value.person.public, value.person.prescriber, value.person.qpv) == ("BRSA", "FRANCE_TRAVAIL", True)
