"""What stands beside hours in columns: persons of the same period, the first and last day, a period that is written otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from services.ingest.files.answers import Answers
from services.ingest.files.reading import look
from services.ingest.rules.lines import check
from tests.tables_of_hours import KNOWN, csv, values, workbook

ONE_LINE = [
    (
        "N° marché",
        "Employeur",
        "Heures T1 2026",
        "Nb bénéficiaires T1 2026",
        "Dont femmes T1 2026",
        "Heures T2 2026",
        "Personnes T2 2026",
    ),
    ("2026-001", "Chantiers Fictifs", 300, 4, 1, 280, 3),
    ("2026-002", "Chantiers Fictifs", 100, 2, 2, "", ""),
    ("2026-003", "Chantiers Fictifs", "", "", "", 50, "-"),
]
UNDER = [
    ("N° marché", "Employeur", "T1 2026", "", "", "T2 2026", "", ""),
    ("", "", "Heures", "Personnes", "Femmes", "Heures", "Personnes", "Femmes"),
    ("2026-001", "Chantiers Fictifs", 300, 4, 1, 280, 3, ""),
    ("2026-002", "Chantiers Fictifs", 100, 2, 2, "", "", ""),
    ("2026-003", "Chantiers Fictifs", "", "", "", 50, "-", ""),
]
OVER = [
    ("N° marché", "Employeur", "Heures", "", "Nb pers.", "", "Dont femmes"),
    ("", "", "T1 2026", "T2 2026", "T1 2026", "T2 2026", "T1 2026"),
    ("2026-001", "Chantiers Fictifs", 300, 280, 4, 3, 1),
    ("2026-002", "Chantiers Fictifs", 100, "", 2, "", 2),
    ("2026-003", "Chantiers Fictifs", "", 50, "", "", ""),
]
READ = [
    ("2026-001", "2026-Q1", "300", "4", "1"), ("2026-001", "2026-Q2", "280", "3", None), ("2026-002", "2026-Q1", "100", "2", "2"),
    ("2026-003", "2026-Q2", "50", None, None),
]  # fmt: skip


@pytest.mark.parametrize("rows", [ONE_LINE, UNDER, OVER], ids=["one line", "under", "over"])
def test_persons_of_a_period_go_with_its_hours(rows: list[tuple[Any, ...]]) -> None:
    """They were left out, and from under a period the whole table was refused for two columns « Heures »."""
    found = look(workbook(("Suivi", [*rows, ("Total", "", *[""] * (len(rows[0]) - 2))])))
    assert (found.problems, found.questions) == ([], [])
    assert values(found, "contract", "period", "hours", "persons", "women") == READ
    assert not check(found.lines, KNOWN).blocking


def test_months_without_a_year_take_their_persons_along() -> None:
    table = csv(("N° marché", "Employeur", "Année", "Janv.", "", "Déc.", ""), ("", "", "", "Heures", "Nb pers.", "Heures", "Nb pers."),
                ("2026-001", "X", "2025", "100", "2", "90", "1"), ("2026-001", "X", "2026", "80", "3", "", ""))  # fmt: skip
    assert values(look(table), "period", "hours", "persons") == [("2025-01", "100", "2"), ("2025-12", "90", "1"), ("2026-01", "80", "3")]


def test_an_error_of_persons_is_told_of_the_column_of_that_period() -> None:
    table = csv(ONE_LINE[0], ("2026-001", "X", "300", "4", "1", "280", "trois"))
    [error] = check(look(table).lines, KNOWN).blocking
    assert error.column == "Personnes T2 2026"


def test_persons_without_hours_are_not_lost_and_two_columns_of_them_are_told() -> None:
    alone = look(csv(ONE_LINE[0], ("2026-001", "X", "300", "4", "1", "", "3")))
    assert values(alone, "period", "hours", "persons") == [("2026-Q1", "300", "4"), ("2026-Q2", None, "3")]
    assert check(alone.lines, KNOWN).blocking
    twice = look(
        csv(("N° marché", "Employeur", "Heures T1 2026", "Nb pers. T1 2026", "Effectif T1 2026"), ("2026-001", "X", "300", "4", "5"))
    )
    assert [problem.code for problem in twice.problems] == ["FILE_DUPLICATE_COLUMN"]


def test_persons_of_a_period_that_has_no_hours_are_left_out_and_said() -> None:
    found = look(
        csv(("N° marché", "Employeur", "Heures T1 2026", "Heures T2 2026", "Nb pers. T3 2026"), ("2026-001", "X", "300", "4", "5"))
    )
    assert [(notice.column, notice.severity) for notice in found.notices] == [("Nb pers. T3 2026", "check")]


DAYS = ("N° marché", "Matricule", "Employeur", "Du", "Au", "Heures réalisées")


def test_the_first_and_last_day_in_two_columns_are_the_period_and_are_asked() -> None:
    """Programs of missions write so; there was no period, and nothing that helped."""
    rows = [
        ("2026-001", "A", "X", "01/03/2026", "31/03/2026", "35"), ("2026-001", "A", "X", "01/04/2026", "30/06/2026", "300"),
        ("2026-001", "A", "X", "30/03/2026", "05/04/2026", "35"),
    ]  # fmt: skip
    found = look(csv(DAYS, *rows))
    assert [period for (period,) in values(found, "period")] == [f"du {row[3]} au {row[4]}" for row in rows]
    assert [question.name for question in found.questions] == ["column:3"]
    assert [error.line for error in check(found.lines, KNOWN).blocking if error.column == "Du"] == [4], (
        "a week over two months is neither's"
    )
    chosen = look(csv(DAYS, *rows[:2]), Answers(columns={"Du": "period"}))
    assert (chosen.questions, values(chosen, "period")[1]) == ([], ("du 01/04/2026 au 30/06/2026",))


def test_weeks_between_two_days_are_added_up_by_month() -> None:
    found = look(csv(DAYS, ("2026-001", "A", "X", "02/03/2026", "08/03/2026", "35"), ("2026-001", "A", "X", "09/03/2026", "15/03/2026", "30")), Answers(days="sum"))  # fmt: skip
    assert values(found, "period", "hours") == [("2026-03", "65,00")]


@pytest.mark.parametrize("more", [{"columns": {"Du": "work_contract_starts_on", "Au": "work_contract_ends_on"}}, {"columns": {"Du": None}}])
def test_two_days_that_their_author_says_are_others_are_those(more: dict[str, Any]) -> None:
    found = look(csv(DAYS, ("2026-001", "A", "X", "01/01/2026", "30/06/2026", "35")), Answers(**more))
    assert values(found, "period") == [(None,)]
    assert found.problems


def test_where_the_period_is_said_two_days_are_not_asked_about() -> None:
    row = ("2026-001", "A", "X", "01/01/2026", "30/06/2026", "35")
    assert values(look(csv((*DAYS, "Mois"), (*row, "03/2026"))), "period") == [("03/2026",)]
    assert values(look(workbook(("Mars 2026", [DAYS, row]))), "period") == [("2026-03",)]


@pytest.mark.parametrize(
    "titles",
    [
        ("1er semestre 2026", "2nd semestre 2026"),
        ("Premier semestre 2026", "Second semestre 2026"),
        ("1re semestre 2026", "2d semestre 2026"),
    ],
)
def test_ordinals_however_written(titles: tuple[str, str]) -> None:
    """« 2nd semestre » was left out, and half of the year's hours with it."""
    found = look(csv(("N° marché", "Employeur", *titles), ("2026-001", "X", "300", "280")))
    assert values(found, "period", "hours") == [("2026-S1", "300"), ("2026-S2", "280")]
    bare = look(
        csv(("N° marché", "Employeur", "Année", "Deuxième trimestre", "Quatrième trimestre"), ("2026-001", "X", "2026", "300", "280"))
    )
    assert values(bare, "period", "hours") == [("2026-Q2", "300"), ("2026-Q4", "280")]


def test_named_months_up_to_others_are_the_quarter_that_they_make() -> None:
    found = look(
        csv(
            ("N° marché", "Employeur", "Janvier à mars 2026", "avr.-juin 2026", "Juillet à août 2026"), ("2026-001", "X", "300", "280", "9")
        )
    )
    assert values(found, "period", "hours") == [("2026-Q1", "300"), ("2026-Q2", "280")]
    assert [(notice.column, notice.severity) for notice in found.notices] == [("Juillet à août 2026", "check")]


def test_a_column_of_numbers_that_may_be_a_period_is_told_to_be_looked_at() -> None:
    found = look(
        csv(
            ("N° marché", "Employeur", "T1 2026", "T2 2026", "Trimestre été 2026", "Total 2026", "Lot"),
            ("2026-001", "X", "1", "2", "3", "6", "4"),
        )
    )
    assert {notice.column: notice.severity for notice in found.notices} == {
        "Trimestre été 2026": "check",
        "Total 2026": "info",
        "Lot": "info",
    }


def test_titles_of_a_pivot_table_and_of_hundredths_are_titles() -> None:
    """The advice about a pivot table led to a title that was not read."""
    for title in (
        "Somme de Heures réalisées",
        "Somme - Heures réalisées",
        "Sum of Heures réalisées",
        "Heures réalisées (centièmes)",
        "Heures réalisées (décimal)",
    ):
        found = look(csv(("N° marché", "Mois", "Employeur", title), ("2026-001", "03/2026", "X", "100,5")))
        assert (found.problems, values(found, "hours")) == ([], [("100,5",)])
