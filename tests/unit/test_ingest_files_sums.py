"""Hours that would count twice or not at all: totals, summaries, cumuls, quarters beside their months."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kit.errors import Refused
from services.ingest.files.answers import Answers
from services.ingest.files.reading import look, read, read_hours
from services.ingest.rules.declared import RawLine
from services.ingest.rules.durations import NoHours, centihours_of
from services.ingest.rules.lines import check
from tests.tables_of_hours import (
    COMPANY_CUMUL,
    IN_COLUMNS,
    KNOWN,
    PERSON,
    checked,
    codes,
    csv,
    hours,
    told,
    values,
    workbook,
)


def test_an_employer_whose_name_says_total_is_no_total() -> None:
    found = read_hours(csv(
        PERSON,
        ("1", "Ensemble 77", "A1", "2018-03", "10"), ("1", "Somme Insertion", "A2", "2018-03", "20"), ("1", "Total Énergies", "A3", "2018-03", "30"),
        ("1", "Total Énergies", "", "", "60"), ("1 Total", "", "", "", "60"), ("Grand total", "", "", "", "60"),
    ))  # fmt: skip
    assert values(found, "worker_id", "hours") == [("A1", "10"), ("A2", "20"), ("A3", "30")]
    assert "5, 6, 7" in told(found, "TOTALS_LEFT_OUT")


def test_a_total_that_has_all_of_a_line_is_known_by_its_sum() -> None:
    rows = [("1", "X", "2018-03", "10"), ("1", "Y", "2018-03", "20,5")]
    by_employer = ("N° marché", "Employeur", "Mois", "Heures réalisées")
    assert len(read_hours(csv(by_employer, *rows, ("1", "Total marché 1", "2018-03", "30,5"))).lines) == 2
    assert len(read_hours(csv(by_employer, *rows, ("1", "Total Énergies", "2018-03", "31"))).lines) == 3


def test_a_sum_without_a_word_is_neither_a_line_nor_filled_down() -> None:
    data = csv(
        ("N° marché", "Matricule", "Modalité", "Heures réalisées"), ("1", "A1", "EI", "10"), ("", "A2", "EI", "20"), ("", "", "", "30")
    )
    found = read(data, Answers(fill_down=True), "2018-03")
    assert values(found, "contract", "worker_id", "hours") == [("1", "A1", "10"), ("1", "A2", "20")]
    assert "4" in told(found, "TOTALS_LEFT_OUT")
    other = look(data.replace(b";30", b";31"), Answers(fill_down=True), "2018-03")
    assert values(other, "contract")[2:] == [(None,)], "hours of nobody are asked about, not given to the contract above"


def test_a_quarter_beside_its_months_is_not_counted_again() -> None:
    found = read_hours(csv((*IN_COLUMNS, "T1", "Total"), ("1", "X", "A1", "10", "20", "30", "60", "60")), None, "2018-Q1")
    assert hours(checked(found)) == [("2018-01", 10_00), ("2018-02", 20_00), ("2018-03", 30_00)]
    assert "« T1 »" in told(found, "UNKNOWN_FIELD")


def test_planned_hours_above_months_stay_out_and_two_columns_of_one_month_are_asked_about() -> None:
    found = read_hours(workbook(("2018", [
        ["N° marché", "Employeur", "Matricule", "Heures prévues", "", "Heures réalisées", ""],
        ["", "", "", "Janv.", "Févr.", "Janv.", "Févr."],
        ["1", "X", "A1", 100, 100, 10, 20],
    ])))  # fmt: skip
    assert hours(checked(found)) == [("2018-01", 10_00), ("2018-02", 20_00)]
    with pytest.raises(Refused) as refused:
        read_hours(csv((*IN_COLUMNS, "Mars"), ("1", "X", "A1", "1", "2", "3", "3")), None, "2018-Q1")
    assert refused.value.code == "FILE_DUPLICATE_COLUMN"


def test_each_company_of_a_contract_has_its_own_cumul() -> None:
    found = checked(read_hours(csv(
        COMPANY_CUMUL, ("1", "X", "2018-01", "50"), ("1", "Y", "2018-01", "100"), ("1", "X", "2018-02", "80"), ("1", "Y", "2018-02", "150"),
    )))  # fmt: skip
    assert not found.blocking
    assert [value.centihours for value in found.values] == [50_00, 100_00, 30_00, 50_00]
    key = (found.values[0].contract_uid, "X\x1f")
    later = checked(
        read_hours(csv(COMPANY_CUMUL, ("1", "X", "2018-03", "90"))), replace(KNOWN, declared_before={key: [(date(2018, 1, 1), 80_00)]})
    )
    assert [value.centihours for value in later.values] == [10_00]


def test_two_employers_cumuls_of_one_person_are_not_taken_from_each_other() -> None:
    header = (*COMPANY_CUMUL, "Matricule")
    found = checked(read_hours(csv(header, ("1", "X", "2018-01", "50", "A1"), ("1", "Y", "2018-01", "100", "A1"))))
    assert [(error.line, error.code) for error in found.blocking] == [(3, "CUMUL")]


def test_small_hours_that_only_rise_are_asked_about_also_of_groups() -> None:
    persons = csv(IN_COLUMNS, ("1", "X", "A1", "10", "20", "35"), ("1", "X", "A2", "12", "30", "60"), ("1", "X", "A3", "5", "5", "9"))
    [question] = [found for found in look(persons, period="2018-Q1").questions if found.name == "hours_are"]
    assert "ne baissent jamais" in question.example
    assert sum(value.centihours for value in checked(look(persons, Answers(hours_are="cumulated"), "2018-Q1")).values) == 104_00
    groups = csv(
        ("N° marché", "Employeur", "Nb pers.", *IN_COLUMNS[3:]), ("1", "X", "3", "100", "220", "350"), ("2", "Y", "4", "9", "300", "600")
    )
    assert [found.name for found in look(groups, period="2018-Q1").questions] == ["hours_are"]
    assert "HOURS_CUMULATED" in codes(read(groups, period="2018-Q1")), "those who cannot be asked are told"


@pytest.mark.parametrize("last", ["34", "20", ""])
def test_hours_that_fall_once_or_stay_are_the_months(last: str) -> None:
    rows = [("1", "X", f"A{n}", "20", "20", "20") for n in range(9)]
    assert not look(csv(IN_COLUMNS, *rows, ("1", "X", "B", "10", "35", last)), period="2018-Q1").questions


def test_a_summary_beside_its_persons_does_not_count_them_twice() -> None:
    recap = ("N° marché", "Employeur", "Période", "Heures réalisées")
    persons = [PERSON, ["1", "X", "A1", "2018-03", 10], ["1", "X", "A2", "2018-02", 15.5]]
    found = checked(read_hours(workbook(("Détail", persons), ("Récap", [recap, ["1", "X", "T1 2018", 25.5], ["2", "X", "T1 2018", 25.5]]))))
    assert [(error.line, error.code) for error in found.blocking] == [(5, "V21")]
    assert sum(value.centihours for value in found.values) == 51_00


@pytest.mark.parametrize("cell", ["1,250", "1.250", "12.500"])
def test_three_decimals_may_be_thousands_and_are_asked_back(cell: str) -> None:
    with pytest.raises(NoHours, match="est-ce"):
        centihours_of(cell)


def test_what_a_formula_computed_is_rounded_and_said() -> None:
    found = checked(read_hours(workbook(("h", [PERSON, ["1", "X", "A1", "2018-03", 1820 / 12]]))))
    assert [value.centihours for value in found.values] == [151_67]
    assert [(error.severity, error.code) for error in found.errors] == [("info", "V09")]
    assert centihours_of("0,125000") == 13


def test_hours_of_insertion_win_over_hours_alone() -> None:
    found = look(csv(("N° marché", "Employeur", "Mois", "Heures", "Heures d’insertion"), ("1", "X", "2018-03", "1000", "10")))
    assert values(found, "hours") == [("10",)]


def test_a_cumul_beside_the_months_hours_is_not_counted_instead_of_them() -> None:
    found = read_hours(
        csv((*PERSON[:4], "Heures du mois", "Cumul"), ("1", "X", "A1", "2018-03", "10", "30"), ("1", "X", "A1", "2018-04", "12", "42"))
    )
    assert [value.centihours for value in checked(found).values] == [10_00, 12_00]
    assert "« Cumul »" in told(found, "UNKNOWN_FIELD")
    both = check([RawLine(1, {"contract": "1", "employer_name": "X", "period": "2018-03", "hours": "10", "hours_cumulated": "30"})], KNOWN)
    assert [value.centihours for value in both.values] == [10_00], "by the interface too"


def test_a_total_in_the_place_of_a_person_is_known_by_its_sum_and_a_group_of_all_is_none() -> None:
    rows = [("1", "X", "A1", "2018-03", "10"), ("1", "X", "A2", "2018-03", "5")]
    assert len(read_hours(csv(PERSON, *rows, ("1", "X", "TOTAL X", "2018-03", "15"))).lines) == 2
    group = ("N° marché", "Employeur", "Groupe", "Nb pers.", "Mois", "Heures réalisées")
    assert len(read_hours(csv(group, ("1", "X", "Ensemble des salariés", "12", "2018-03", "300"))).lines) == 1
