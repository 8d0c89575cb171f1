"""Which month and year the hours of a table are of, where no cell says both."""

from __future__ import annotations

from datetime import datetime

import pytest

from schemas.periods import Period
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look, read, read_hours
from services.ingest.matching.years import year_in
from services.ingest.rules.spans import spanned
from services.ingest.rules.times import NoDate, period_of
from tests.tables_of_hours import (
    IN_COLUMNS,
    PERSON,
    ROWS,
    checked,
    codes,
    csv,
    told,
    values,
    workbook,
)


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("Suivi 2018", 2018),
        ("Édité le 12/01/2019", None),
        ("Édité en janvier 2019 – exercice 2018", 2018),
        ("Export du 3 janvier 2019, année 2018", 2018),
        ("Marché n° 2017-045", None),
        ("Marché 2017_045 – Heures 2018", 2018),
        ("Heures 2018-2019", None),
        ("T1 2018", 2018),
    ],
)
def test_the_year_of_a_table_is_not_that_of_its_printing_nor_of_its_contract(title: str, year: int | None) -> None:
    assert year_in([title]) == year
    found = look(csv((title,), IN_COLUMNS, ("1", "X", "A1", "10", "20", "30")))
    assert [question.name for question in found.questions if question.name == "year"] == ([] if year else ["year"])
    if year:
        assert str(year) in told(found, "YEAR_READ")


def test_the_rows_own_year_wins_over_the_title() -> None:
    rows = [("1", "2017", "X", "A1", "1", "", ""), ("1", "", "X", "A2", "", "2", "")]
    header = (IN_COLUMNS[0], "Année", *IN_COLUMNS[1:])
    assert values(read_hours(csv(("Suivi 2018",), header, *rows)), "period") == [("2017-01",), ("2018-02",)]
    unsaid = checked(read_hours(csv(header, *rows)))
    assert [(error.line, error.code) for error in unsaid.errors] == [(3, "MISSING_FIELD")]


def test_months_over_the_end_of_a_year_go_on_in_the_next() -> None:
    titles = (*IN_COLUMNS[:3], "Nov.", "Déc.", "T4", "Janv.", "Févr.", "Mars", "T1")
    data = csv(("Suivi 2018",), titles, ("1", "X", "A1", "1", "2", "3", "4", "5", "6", "15"))
    assert [question.name for question in look(data).questions if question.name == "year"] == ["year"], "2018 may be the first or the last"
    found = read(data, Answers(year=2018))
    assert values(found, "period") == [("2018-11",), ("2018-12",), ("2019-01",), ("2019-02",), ("2019-03",)]


@pytest.mark.parametrize(
    ("cell", "period"), [("3", "2018-03"), ("mars", "2018-03"), ("T1", "2018-Q1"), ("2e trim.", "2018-Q2"), ("2018-05", "2018-05")]
)
def test_a_month_and_its_year_in_two_columns(cell: str, period: str) -> None:
    found = look(csv((*PERSON, "Année"), ("1", "X", "A1", cell, "7", "2018")))
    assert values(found, "period") == [(period,)]
    assert not found.questions


def test_a_person_merged_over_months_is_asked_about_and_not_lost() -> None:
    data = csv(PERSON, ("1", "X", "A1", "2018-03", "7"), ("1", "", "", "2018-04", "8"), ("1", "X", "", "2018-04", "9"))
    [question] = look(data).questions
    assert (question.name, question.text) == (
        "fill_down",
        "La personne manque sur 1\u00a0ligne placée sous une personne, pour un autre mois. Vaut-elle pour elle aussi ?",
    )
    found = look(data, Answers(fill_down=True))
    assert values(found, "worker_id", "employer_name") == [("A1", "X"), ("A1", "X"), (None, "X")], (
        "a second line of one month is somebody else"
    )


def test_months_in_words_that_take_the_tables_year_are_told() -> None:
    found = read_hours(csv(("Suivi 2018",), PERSON, ("1", "X", "A1", "mars", "7"), ("1", "X", "A2", "2018-03", "7")))
    assert values(found, "period") == [("2018-03",), ("2018-03",)]
    assert "lignes 3)" in told(found, "YEAR_READ")


def test_columns_headed_by_the_last_day_of_a_month_are_not_left_out() -> None:
    found = read_hours(workbook(("F", [[*PERSON[:3], datetime(2018, 1, 1), datetime(2018, 2, 28), "S2 2018"], ["1", "X", "A1", 1, 2, 3]])))
    assert values(found, "period", "hours") == [("2018-01", "1"), ("2018-02", "2"), ("2018-S2", "3")]


def test_one_column_of_one_month_is_its_hours() -> None:
    assert values(read_hours(csv((*PERSON[:3], "Mars 2018"), ("1", "X", "A1", "7"))), "period", "hours") == [("2018-03", "7")]
    beside = look(csv((*PERSON, "Mars 2018"), ("1", "X", "A1", "2018-03", "7", "9")))
    assert values(beside, "period", "hours") == [("2018-03", "7")]


def test_an_export_with_its_span_above_and_titles_on_two_lines() -> None:
    found = read(workbook(("Export", [
        ["Export du 05/04/2025 14:22"], ["Département : 93 – du 01/01/2025 au 31/03/2025"], [],
        ["Marché", "", "Salarié", "", "Janv.", "Févr.", "Total"], ["Numéro", "Employeur", "Matricule", "Sexe", "", "", ""],
        ["2024-01", "X", "A1", "F", 10, 20, 30], ["", "", "A2", "Mlle", 5, 6, 11], ["Sous-total", "", "", "", 15, 26, 41],
    ])), Answers(fill_down=True))  # fmt: skip
    assert values(found, "contract", "worker_id", "period", "hours") == [
        ("2024-01", "A1", "2025-01", "10"), ("2024-01", "A1", "2025-02", "20"), ("2024-01", "A2", "2025-01", "5"), ("2024-01", "A2", "2025-02", "6"),
    ]  # fmt: skip
    assert not checked(found).blocking


def test_years_above_their_months() -> None:
    found = read_hours(workbook(("E", [
        ["N° marché", "Employeur", "Matricule", "2017", "", "2018", ""], ["", "", "", "Janv.", "Févr.", "Janv.", "Févr."], ["1", "X", "A1", 1, 2, 3, 4],
    ])))  # fmt: skip
    assert values(found, "period", "hours") == [("2017-01", "1"), ("2017-02", "2"), ("2018-01", "3"), ("2018-02", "4")]


def test_what_is_said_of_a_row_of_months_is_said_once() -> None:
    found = checked(look(csv((*IN_COLUMNS, "CP"), ("1", "X", "A1", "1", "2", "3", "77100")), Answers(year=2018)))
    assert [(error.line, error.code) for error in found.errors] == [(2, "UNKNOWN_PLACE")]
    assert len(found.values) == 3


@pytest.mark.parametrize(
    ("periods", "span"),
    [(["2018-03"], "2018-03"), (["2018-01", "2018-03"], "2018-Q1"), (["2018-Q1", "2018-05"], "2018-S1"), (["2018-03", "2018-07"], "2018"), (["2017-12", "2018-01"], None), ([], None)],
)  # fmt: skip
def test_a_filing_is_about_the_shortest_period_that_holds_its_lines(periods: list[str], span: str | None) -> None:
    assert spanned([Period.parse(period) for period in periods]) == (Period.parse(span) if span else None)


def test_a_sheet_a_month_says_its_month() -> None:
    found = read_hours(workbook(("Janvier 2018", ROWS), ("Févr. 2018", ROWS)))
    assert values(found, "period", "hours") == [("2018-01", "10"), ("2018-02", "10")]
    assert "janvier 2018" in told(found, "PERIOD_READ")
    bare = read_hours(workbook(("Janvier", ROWS), ("Février", ROWS), ("Mars", ROWS)), None, "2018-Q1")
    assert values(bare, "period") == [("2018-01",), ("2018-02",), ("2018-03",)]


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("Mois : mars 2018", "2018-03"), ("Période du 01/01/2018 au 31/03/2018", "2018-Q1"), ("Heures du 2e trimestre 2018", "2018-Q2"),
        ("Édité en mars 2018", None), ("Année 2018", None), ("De mars 2018 à avril 2018", None), ("Export du 12/03/2018", None),
    ],
)  # fmt: skip
def test_a_title_says_the_month_where_no_column_does(title: str, period: str | None) -> None:
    found = look(workbook(("2018", [[title], *ROWS])))
    if period is None:
        assert [problem.code for problem in found.problems] == ["FILE_MISSING_COLUMN"]
    else:
        assert values(found, "period") == [(period,)]
        assert "PERIOD_READ" in codes(found)


def test_the_senders_period_stands_above_a_title_of_another() -> None:
    assert values(read_hours(workbook(("F", [["Mois : mars 2018"], *ROWS])), None, "2018-05"), "period") == [("2018-05",)]


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("T1-18", "2018-Q1"), ("T1 18", "2018-Q1"), ("1T18", "2018-Q1"), ("Trimestre 3 2018", "2018-Q3"), ("trim. 3 2018", "2018-Q3"), ("1er trimestre 18", "2018-Q1"),
        ("S2-18", "2018-S2"), ("Semestre 1 - 2018", "2018-S1"), ("43101", "2018-01"), ("43131", "2018-01"),
    ],
)  # fmt: skip
def test_parts_of_a_year_and_days_without_their_format(written: str, period: str) -> None:
    assert str(period_of(written)) == period


@pytest.mark.parametrize("written", ["43110", "T118", "T5-18", "12345", "S3-18"])
def test_what_is_no_part_of_a_year(written: str) -> None:
    with pytest.raises(NoDate):
        period_of(written)


def test_quarters_and_years_as_titles_of_hours() -> None:
    quarters = look(csv(("N° marché", "Entreprise", "T1-18", "T2-18"), ("1", "X", "7", "8")))
    assert values(quarters, "period", "hours") == [("2018-Q1", "7"), ("2018-Q2", "8")]
    years = look(csv(("N° marché", "Entreprise", "Heures 2018", "Heures 2019"), ("1", "X", "7", "8")))
    assert values(years, "period", "hours") == [("2018", "7"), ("2019", "8")]


def test_a_column_of_semesters_is_one_of_periods() -> None:
    said = look(csv(("N° marché", "Entreprise", "Semestre", "Heures réalisées"), ("1", "X", "S1 2018", "7")))
    assert values(said, "period") == [("S1 2018",)]
    bare = look(csv(("N° marché", "Entreprise", "Année", "Semestre", "Heures réalisées"), ("1", "X", "2018", "2", "7")))
    assert values(bare, "period") == [("2018-S2",)]


@pytest.mark.parametrize(
    ("sheet", "title"), [("F", "Bilan des heures - 1er trimestre 2018"), ("Bilan T1 2018", "Bilan"), ("Bilan T1-18", "Bilan")]
)
def test_a_quarter_in_a_title_or_in_the_name_of_a_sheet(sheet: str, title: str) -> None:
    found = look(workbook((sheet, [[title], *ROWS])))
    assert values(found, "period") == [("2018-Q1",)]
    assert "pour le 1er trimestre 2018" in told(found, "PERIOD_READ")


@pytest.mark.parametrize(
    ("over", "under"),
    [
        (("Janv. 2018", "", "Févr. 2018", ""), ("Prévu", "Réalisé", "Prévu", "Réalisé")),
        (("Janv. 2018", "", "Févr. 2018", ""), ("Heures prévues", "Heures réalisées", "Heures prévues", "Heures réalisées")),
        (("janv-18", "", "févr-18", ""), ("Objectif", "Réal.", "Objectif", "Réal.")),
    ],
)
def test_planned_hours_under_a_month_are_not_the_worked_ones(over: tuple[str, ...], under: tuple[str, ...]) -> None:
    """« Prévu » was read as the month's hours, and « Réalisé » not at all."""
    found = look(csv(("N° marché", "Entreprise", *over), ("", "", *under), ("1", "X", "100", "90", "100", "80")))
    assert values(found, "period", "hours") == [("2018-01", "90"), ("2018-02", "80")]
    assert checked(found).errors == []


@pytest.mark.parametrize(
    "written",
    ["01/01/18", "31/01/18", "1-janv-18", "1er janvier 2018", "31 janv. 2018", "Mois de janvier 2018", "mois : 01/2018"],
)
def test_more_writings_of_a_month(written: str) -> None:
    assert str(period_of(written)) == "2018-01"


@pytest.mark.parametrize("written", ["15/01/18", "01-18", "03-12", "12/03/18", "00/18", "13/18", "30/02/18", "15 janv. 2018"])
def test_what_is_no_whole_month_is_asked_back(written: str) -> None:
    with pytest.raises(NoDate):
        period_of(written)
