"""A month that is written once above its rows, and hours in columns beside the hours: asked and told, never taken nor lost without a word."""

from __future__ import annotations

import pytest

from services.ingest.files.answers import Answers
from services.ingest.files.reading import look
from services.ingest.rules.fields import field_of
from tests.tables_of_hours import checked, csv, hours, told, values

HEADER = ("N° marché", "Mois", "Employeur", "Matricule", "Heures réalisées")
FIRST = ("2026-001", "mars 2026", "X", "A1", "7")
FILL = Answers(fill_down=True)


def test_a_month_written_once_is_asked_and_copied_down() -> None:
    """Each row below was to be corrected, one by one."""
    data = csv(
        HEADER, FIRST, ("2026-001", "", "X", "A2", "8"), ("2026-001", "avril 2026", "X", "A1", "6"), ("2026-001", "", "X", "A2", "5")
    )
    asked = look(data)
    [question] = asked.questions
    assert question.text == "Le mois manque sur 2\u00a0lignes placées sous un mois. Vaut-il pour elles aussi ?"
    assert hours(checked(asked)) == [("2026-03", 700), ("2026-04", 600)], "nothing is copied before it is said"
    found = look(data, FILL)
    assert hours(checked(found)) == [("2026-03", 700), ("2026-03", 800), ("2026-04", 600), ("2026-04", 500)]
    assert told(found, "FILLED_DOWN") == "Mois recopié de la ligne du dessus : 3, 5."


def test_a_contract_and_a_month_written_once_are_one_question() -> None:
    data = csv(
        HEADER,
        FIRST,
        ("", "", "", "A2", "8"),
        ("", "avril 2026", "", "A1", "6"),
        ("2026-002", "avril 2026", "Y", "A1", "1"),
        ("", "", "", "A3", "2"),
    )
    [question] = look(data).questions
    assert question.text.startswith("Le numéro de marché et le mois manquent sur 3\u00a0lignes placées sous un marché. Valent-ils")
    assert question.choices[0][1] == "oui, recopier le marché et le mois vers le bas"
    assert values(look(data, FILL), "contract", "period", "hours") == [
        ("2026-001", "mars 2026", "7"), ("2026-001", "mars 2026", "8"), ("2026-001", "avril 2026", "6"),
        ("2026-002", "avril 2026", "1"), ("2026-002", "avril 2026", "2"),
    ]  # fmt: skip
    assert checked(look(data, FILL)).blocking == []


@pytest.mark.parametrize(
    "row",
    [
        ("2026-002", "", "X", "A2", "8"),  # another contract: its month is not that of the one above
        ("2026-001", "", "", "", "7"),  # nobody's hours: a sum
        ("2026-001", "", "X", "A2", ""),  # no hours
    ],
)
def test_no_month_is_copied_to_what_may_be_something_else(row: tuple[str, ...]) -> None:
    data = csv(HEADER, FIRST, row, ("2026-001", "avril 2026", "X", "A3", "9"))
    assert [question.name for question in look(data).questions] == []
    assert "2026-03" not in [period for period, _ in hours(checked(look(data, FILL)))[1:]]


def test_no_month_goes_over_to_the_next_contract_that_a_line_names() -> None:
    header = HEADER[1:]
    data = csv(
        header,
        ("Marché n° 2026-001", "", "", ""),
        FIRST[1:],
        ("Marché n° 2026-002", "", "", ""),
        ("", "X", "A2", "8"),
        ("avril 2026", "X", "A3", "9"),
    )
    assert hours(checked(look(data, FILL))) == [("2026-03", 700), ("2026-04", 900)]


def test_a_sum_that_takes_the_month_above_it_is_not_counted() -> None:
    rows = (FIRST, ("2026-001", "mars 2026", "X", "A2", "8"), ("2026-001", "", "X", "", "15"), ("2026-001", "avril 2026", "X", "A2", "9"))
    assert hours(checked(look(csv(HEADER, *rows), FILL))) == [("2026-03", 700), ("2026-03", 800), ("2026-04", 900)]


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("Heures sup 25%", "check"), ("H. supplémentaires", "check"), ("Heures complémentaires", "check"), ("Heures de nuit", "check"),
        ("Heures majorées", "check"), ("Heures femmes", "info"), ("Heures prévues sup", "info"), ("Heures de nuit prévues", "info"),
    ],
)  # fmt: skip
def test_more_hours_in_a_column_beside_are_told_to_be_looked_at(title: str, severity: str) -> None:
    """Overtime was left out with a remark that nobody has to read."""
    found = look(csv((*HEADER, title), (*FIRST, "12")))
    assert [(notice.column, notice.severity) for notice in found.notices] == [(title, severity)]
    assert hours(checked(found)) == [("2026-03", 700)]
    assert [notice.severity for notice in look(csv((*HEADER, title), (*FIRST, "0"))).notices] == ["info"], "nothing is lost"


def test_marks_behind_a_title_are_not_part_of_it() -> None:
    titles = ("N° marché (obligatoire)", "Mois *", "Employeur (1)", "Heures réalisées* [2]", "T1 (2026)")
    assert [field_of(title) for title in titles] == ["contract", "period", "employer_name", "hours", None]
