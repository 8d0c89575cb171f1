"""Layouts that were read without a word and wrongly: rows and columns lost, or taken for what they are not."""

from __future__ import annotations

import pytest

from kit.errors import Refused
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look, read_hours
from services.ingest.rules.fields import field_of, field_spelt
from tests.tables_of_hours import (
    PERSON,
    checked,
    codes,
    csv,
    told,
    values,
    workbook,
)


def test_a_sheet_of_figures_without_titles_is_told() -> None:
    found = read_hours(workbook(
        ("2018", [PERSON, ["1", "X", "A1", "2018-03", 10]]), ("suite", [["1", "X", "A2", "2018-03", 10]]), ("Notice", [["Comment remplir"], ["a", "b", "c"]]),
    ))  # fmt: skip
    assert len(found.lines) == 1
    assert "« suite »" in told(found, "UNREAD_SHEETS")
    assert "Notice" not in told(found, "UNREAD_SHEETS")


def test_titles_printed_again_and_remarks_are_no_lines() -> None:
    line = ("1", "X", "A1", "2018-03", "7")
    found = read_hours(csv(PERSON, line, PERSON, (*line[:2], "A2", *line[3:]), ("Fait à Nanterre, le 12/10/2018",), ("* hors formation",)))
    assert values(found, "worker_id") == [("A1",), ("A2",)]
    assert ("3" in told(found, "TITLES_LEFT_OUT"), "5, 6" in told(found, "REMARKS_LEFT_OUT")) == (True, True)


def test_a_contract_on_a_line_of_its_own_stands_for_those_below() -> None:
    data = csv(PERSON, ("Marché n° 2018-045",), ("", "X", "A1", "2018-03", "7"), ("2018-046",), ("", "Y", "A2", "2018-03", "8"))
    assert [question.name for question in look(data).questions] == ["fill_down"]
    assert values(look(data, Answers(fill_down=True)), "contract", "employer_name") == [("2018-045", "X"), ("2018-046", "Y")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("ENTREPRISE : Espaces Fictifs",), ("Entreprise : Chantiers Fictifs",)),
        (("Employeur :", "Espaces Fictifs"), ("SIAE:", "Chantiers Fictifs")),
    ],
)
def test_an_employer_on_a_line_of_its_own_stands_for_those_below(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    titles = ("N° marché", "Mois", "Matricule", "Heures réalisées")
    one, two, three = (("2018-045", "2018-03", who, "7") for who in ("A1", "A2", "B1"))
    found = read_hours(csv(titles, first, one, two, ("Sous-total", "", "", "14"), second, three))
    named = [("Espaces Fictifs", "A1"), ("Espaces Fictifs", "A2"), ("Chantiers Fictifs", "B1")]
    assert values(found, "employer_name", "worker_id") == named
    assert "lignes qui le nomment : 2, 6" in told(found, "EMPLOYER_READ")


@pytest.mark.parametrize(
    ("above", "named"),
    [
        ((("ENTREPRISE : Espaces Fictifs",), ("MARCHÉ N° : 2018-045",)), {"employer_name": "Espaces Fictifs"}),
        ((("Entreprise :", "Espaces Fictifs"), ("SIRET :", "123 456 782 00010"), ("Marché", "2018-045")),
         {"employer_name": "Espaces Fictifs", "employer_siret": "12345678200010"}),
        ((("Employeur", "Espaces Fictifs", "", "Marché", "2018-045"),), {"employer_name": "Espaces Fictifs"}),
        ((("SIRET employeur : 12345678200010",), ("Marché n° 2018-045",)), {"employer_siret": "12345678200010"}),
        ((("Maître d’ouvrage : Ville de Fictive",), ("SIRET : 21930048500013",), ("Marché n° 2018-045",)), {}),
        ((("Titulaire : Gros Œuvre Fictif",), ("Structure : PLIE fictif",), ("Marché n° 2018-045",)), {}),
        ((("Entreprise : Espaces Fictifs",), ("Sous-traitant : Chantiers Fictifs",), ("Marché n° 2018-045",)), {}),
        ((("Entreprise :", ""), ("Marché :", "2018-045")), {}),
    ],
)  # fmt: skip
def test_an_employer_above_the_titles_is_that_of_all_lines_where_it_is_one(
    above: tuple[tuple[str, ...], ...], named: dict[str, str]
) -> None:
    found = look(
        csv(*above, ("Matricule", "Mois", "Sexe", "Heures réalisées"), ("A1", "01/2026", "F", "120"), ("A2", "01/2026", "M", "7,5"))
    )
    assert [{name: text for name, text in line.values.items() if name.startswith("employer")} for line in found.lines] == [named, named]
    assert {line.values["contract"] for line in found.lines} == {"2018-045"}
    assert ("EMPLOYER_READ" in codes(found)) == bool(named)


def test_contracts_companies_and_persons_in_one_column_are_told_how_to_be_sent() -> None:
    rows = [
        ("2018-045", 200, 100),
        ("  Jardins Fictifs", 120, 50),
        ("    A1", 120, 50),
        ("  Chantiers Fictifs", 80, 50),
        ("    A2", 80, 50),
        ("Total", 200, 100),
    ]
    [problem] = look(csv(("N° marché", "01/2026", "02/2026"), *rows)).problems
    assert (problem.code, "Répéter toutes les étiquettes" in problem.message) == ("FILE_LAYOUT", True)
    plain = [("2018-045", 200, 100), ("2018-046", 120, 50), ("Crèche", 80, 50)]
    assert not look(csv(("N° marché", "01/2026", "02/2026"), *plain)).problems, "contracts, one of them by its name"


def test_where_a_column_says_employers_such_a_line_is_a_remark() -> None:
    found = read_hours(csv(PERSON, ("Entreprise : Y",), ("1", "X", "A1", "2018-03", "7")))
    assert values(found, "employer_name") == [("X",)]
    assert "EMPLOYER_READ" not in codes(found)


def test_a_decimal_comma_between_commas_is_not_cut_off() -> None:
    data = b"contract,employer_name,worker_id,period,hours\n1,X,A1,2018-03,7\n1,X,A2,2018-03,7,5\n"
    [problem] = look(data).problems
    assert (problem.line, problem.code) == (3, "FILE_ROW_CELLS")
    assert not look(data.replace(b"7,5", b"7,")).problems, "a separator at the end holds nothing"


def test_rows_inside_an_open_quotation_are_not_lost() -> None:
    with pytest.raises(Refused) as refused:
        look(csv(PERSON, ("1", '"X', "A1", "2018-03", "1"), ("1", "X", "A2", "2018-03", "2"), ("1", 'X"', "A3", "2018-03", "3")))
    assert refused.value.code == "FILE_QUOTE"


def test_blank_rows_by_the_thousand_are_no_rows() -> None:
    assert len(read_hours(csv(PERSON, ("1", "X", "A1", "2018-03", "1")) + b"\n" + b";;;;\n" * 110_000).lines) == 1


@pytest.mark.parametrize("codec", ["mac-roman", "cp850", "cp1252"])
def test_an_older_encoding_is_the_one_that_makes_the_titles_ours(codec: str) -> None:
    found = read_hours("\r\n".join(";".join(row) for row in (PERSON, ("1", "Été", "A1", "2018-03", "7"))).encode(codec))
    assert values(found, "employer_name", "hours") == [("Été", "7")]


def test_titles_with_typing_errors_are_proposed_and_other_words_of_order_taken() -> None:
    header = ("Marché n°", "Employeurs", "Identifiant du salarié", "Mois travaillé", "Heures réalisée")
    found = look(csv(header, ("2018-1", "X", "A1", "2018-03", "7")))
    assert values(found, "contract", "employer_name", "worker_id", "period", "hours") == [("2018-1", "X", "A1", "2018-03", "7")]
    assert not found.questions
    typed = look(csv((*PERSON[:4], "Heurs réalisées"), ("2018-1", "X", "A1", "2018-03", "7")))
    assert [(question.name, question.proposed) for question in typed.questions] == [("column:4", "hours")]


@pytest.mark.parametrize("title", ["Heures valorisées", "Heures non réalisées", "Heures réalisables", "Heures à réaliser"])
def test_other_hours_are_no_misspelt_ones(title: str) -> None:
    assert (field_of(title), field_spelt(title)) == (None, None)


def test_a_row_of_data_is_no_row_of_titles() -> None:
    found = look(csv(("Ref", "Boîte", "Qui", "Quand", "Combien"), ("2018-1", "X", "A1", "2018-03", "7")))
    assert found.sheets[0].header.line == 1
    assert {problem.code for problem in found.problems} == {"FILE_MISSING_COLUMN"}


@pytest.mark.parametrize("above", [["Marché n° 2018-045"], ["Marché", "2018-045"], ["N° de marché :", "2018-045"]])
def test_a_contract_above_the_titles_is_that_of_all_rows(above: list[object]) -> None:
    found = read_hours(
        workbook(
            (
                "F",
                [
                    above,
                    ["Employeur", "Matricule", "Mois", "Heures réalisées"],
                    ["Total Énergies", "A1", "2018-03", 10],
                    ["Total", "", "", 10],
                ],
            )
        )
    )
    assert values(found, "contract", "employer_name") == [("2018-045", "Total Énergies")]
    assert "2018-045" in told(found, "CONTRACT_READ")


def test_a_sheet_for_each_contract_is_read_for_the_number_in_its_name() -> None:
    titles = ["Entreprise", "Matricule", "Mois", "Heures"]
    row = ["X", "A1", "2018-03", 10]
    found = read_hours(workbook(("2018-045", [titles, row]), ("Marché 2018-046", [titles, row]), ("AUB-2022-001 Crèche", [titles, row])))
    assert values(found, "contract") == [("2018-045",), ("2018-046",), ("AUB-2022-001",)]
    assert "nom de la feuille" in told(found, "CONTRACT_READ")


@pytest.mark.parametrize(
    "name", ["Feuil1", "2018", "2018-2019", "31-12-2018", "20181231", "03-2018", "T1-2018", "Janv 2018", "Lot 1", "2018 2019"]
)
def test_a_sheet_named_by_its_month_or_its_place_names_no_contract(name: str) -> None:
    found = look(workbook((name, [["Entreprise", "Matricule", "Mois", "Heures"], ["X", "A1", "2018-03", 10]])))
    assert [problem.code for problem in found.problems] == ["FILE_MISSING_COLUMN"]


def test_titles_of_the_next_block_are_no_cells_of_a_column() -> None:
    titles = ["Entreprise", "Matricule", "Mois", "Heures"]
    found = look(
        workbook(
            ("F", [["Marché n° 2018-045"], titles, ["X", "A1", "2018-03", 10], ["Marché n° 2018-046"], titles, ["X", "A2", "2018-03", 7]])
        )
    )
    assert values(found, "contract", "hours") == [("2018-045", "10"), ("2018-046", "7")]
    assert found.questions == []


def test_the_holder_is_proposed_as_the_employer_where_no_column_says_one() -> None:
    rows = ("N° marché", "Titulaire", "Mois", "Heures réalisées"), ("2018-045", "Bâti", "2018-03", "10")
    asked = look(csv(*rows))
    assert values(asked, "employer_name") == [("Bâti",)]
    assert [(question.name, question.proposed) for question in asked.questions] == [("column:1", "employer_name")]
    assert values(look(csv(*rows), Answers(columns={"Titulaire": None})), "employer_name") == [(None,)]
    beside = look(csv((*rows[0], "Modalité"), (*rows[1], "ETTI")))
    assert (values(beside, "employer_name"), beside.questions) == ([(None,)], [])


def test_names_in_one_column_tell_persons_apart_and_are_masked() -> None:
    found = look(
        csv(
            ("N° marché", "SIRET", "Nom Prénom", "Né(e) le", "Mois", "Heures"),
            ("1", "12345678200010", "DUPONT Jean", "01/04/1990", "2018-03", "7"),
        )
    )
    assert values(found, "worker_id", "birth_date") == [("DUPONT Jean", "01/04/1990")]
    assert [guess.sample for guess in found.columns if guess.field == "worker_id"] == [("D•••••",)]
    assert found.questions == []


def test_a_table_of_full_time_equivalents_says_what_is_missing() -> None:
    [problem] = look(csv(("N° marché", "Entreprise", "Mois", "ETP"), ("1", "X", "2018-03", "1,5"))).problems
    assert (problem.code, "équivalents temps plein" in problem.message) == ("FILE_LAYOUT", True)


def test_a_question_says_hours_with_one_unit() -> None:
    [question] = look(csv(("N° marché", "Entreprise", "Mois", "Heures réalisées"), ("1", "X", "2018-03", "1 234,50 h"))).questions
    assert "1\u202f234,5 h pour un mois" in question.example


def test_a_sheet_of_twelve_months_does_not_push_the_others_out() -> None:
    """Its months counted as so many titles: a sheet of five stayed unread, « faute de titres connus »."""
    months = ["N° marché", "Employeur", "Matricule", *[f"{month:02}/2018" for month in range(1, 13)]]
    found = look(workbook(("2018", [months, ["1", "X", "A1", *range(12)]]), ("2019", [PERSON, ["1", "X", "A1", "2019-03", 10]])))
    assert len([line for line in found.lines if line.values["period"] == "2019-03"]) == 1
    assert "UNREAD_SHEETS" not in {notice.code for notice in found.notices}


def test_sheets_of_two_columns_with_the_same_titles_are_all_read() -> None:
    """« Mois » and « Heures » under a person's name: the second sheet was left out without a word."""
    rows: list[list[object]] = [["Marché n° 2018-045"], ["Mois", "Heures"], ["janv-18", 100], ["févr-18", 90]]
    found = look(workbook(("DUPONT", rows), ("MARTIN", rows)))
    assert values(found, "period", "hours") == [("janv-18", "100"), ("févr-18", "90")] * 2


def test_planned_and_worked_over_their_months_are_told_apart() -> None:
    found = look(
        csv(
            ("", "", "Prévu", "", "Réalisé", ""),
            ("N° marché", "Entreprise", *["janv-18", "févr-18"] * 2),
            ("1", "X", "100", "100", "90", "80"),
        )
    )
    assert values(found, "period", "hours") == [("2018-01", "90"), ("2018-02", "80")]
    assert found.problems == []


def test_what_no_column_says_is_called_by_its_french_name() -> None:
    [error] = checked(look(csv(("N° marché", "Mois", "Matricule", "Heures réalisées"), ("1", "2018-03", "A1", "7")))).errors
    assert (error.code, error.column) == ("MISSING_FIELD", "employer_siret")
    assert error.message.startswith("Ligne 2, « SIRET employeur » : indiquez l’employeur")


def test_a_column_of_contracts_of_work_is_none_of_contracts_by_a_word_that_is_not_in_the_list() -> None:
    header = ("Code marché", "Employeur", "Matricule", "Contrat", "Période", "Heures réalisées")
    rows = [("2018-045", "X", f"A{n}", contract, "01/2026", "7") for n, contract in enumerate(("CTT", "CDDI", "CDI"))]
    found = look(csv(header, *rows))
    assert [question.proposed for question in found.questions] == ["work_contract"], "it was left out, without a word"
    assert values(found, "work_contract") == [("CTT",), ("CDDI",), ("CDI",)]


@pytest.mark.parametrize(
    ("title", "cells", "field"),
    [("Durée", ("7:25", "7h30"), "hours"), ("Durée", ("12", "24"), None), ("Affaire / N° marché", (), "contract")],
)
def test_titles_of_missions(title: str, cells: tuple[str, ...], field: str | None) -> None:
    rows = [(cell, "X", f"A{n}", "01/2026") for n, cell in enumerate(cells or ("2018-045", "2018-046"))]
    found = look(csv((title, "Employeur", "Matricule", "Période"), *rows))
    assert found.columns[0].field == field
    assert not found.columns[0].certain or field is None


def test_persons_of_a_period_without_hours_are_not_left_out_unseen() -> None:
    header = (
        "N° marché",
        "Entreprise",
        "Nb bénéficiaires T4 2025",
        "H. réalisées T1 2026",
        "Dont femmes T3 2026",
        "H. réalisées T2 2026",
        "Nb lots T1 2026",
    )
    found = look(csv(header, ("2018-045", "Chantiers Fictifs", "4", "1 200,5", "1", "800", "2")))
    said = {notice.column: notice.severity for notice in found.notices}
    assert said == {"Nb bénéficiaires T4 2025": "check", "Dont femmes T3 2026": "check", "Nb lots T1 2026": "info"}
    kept = look(
        csv(header, ("2018-045", "Chantiers Fictifs", "4", "1", "1", "8", "2")), Answers(columns={"Nb bénéficiaires T4 2025": None})
    )
    assert {notice.severity for notice in kept.notices if notice.column == "Nb bénéficiaires T4 2025"} == {"info"}, "its author's choice"


def test_a_line_that_comes_twice_without_a_person_is_told_to_say_who() -> None:
    header = ("N° marché", "Employeur", "Période", "Heures réalisées")
    [error] = checked(look(csv(header, *[("2018-045", "X", "01/2026", hours) for hours in ("7", "8")]))).blocking
    assert (error.code, "distinguez-les par un identifiant de la personne" in error.message) == ("V14", True)
