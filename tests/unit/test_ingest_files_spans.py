"""Tables whose hours are of other spans than a month's: cumulated up to a day, or of weeks by their number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.ingest.files.answers import Answers
from services.ingest.files.reading import FileOfHours, look
from services.ingest.matching.cumuls import end_of, says_cumul
from services.ingest.matching.weeks import first_day, is_week
from tests.tables_of_hours import checked, csv


def read(titles: tuple[str, ...], *rows: tuple[str, ...], answers: Answers | None = None) -> FileOfHours:
    return look(csv(("N° marché", "Employeur", "Matricule", *titles), *(("1", "X", "A", *row) for row in rows)), answers or Answers())


def said(found: FileOfHours, name: str) -> list[tuple[str, str]]:
    return [(str(line.values["period"]), str(line.values[name])) for line in found.lines]


@pytest.mark.parametrize(
    ("titles", "periods"),
    [
        (("Cumul au 31/01/2018", "Cumul au 28/02/2018", "Cumul au 31/03/2018"), ["2018-01", "2018-02", "2018-03"]),
        (("Heures cumulées au 31/03/2018", "Heures cumulées au 30/06/2018"), ["2018-Q1", "2018-Q2"]),
        (("Cumul à fin juin 2018", "Cumul à fin décembre 2018"), ["2018-S1", "2018-S2"]),
        (("Total au 31/12/2017", "Total au 31/12/2018"), ["2017", "2018"]),
        (("Réalisé au 31/01/18", "Réalisé au 31/03/18"), ["2018-01", "2018-03"]),
        (("Heures réalisées au 31/03/2018",), ["2018-03"]),
        (("Cumul des heures au 31 mars 2018",), ["2018-03"]),
    ],
)
def test_cumuls_up_to_a_day_are_cumuls_whoever_hands_them_in(titles: tuple[str, ...], periods: list[str]) -> None:
    """« Heures réalisées au 31/12/2018 » was the hours of December: those of the whole contract stood in one month."""
    cells = tuple(str(10 * place) for place in range(1, len(titles) + 1))
    found = read(titles, cells)
    assert said(found, "hours_cumulated") == list(zip(periods, cells, strict=True))
    assert [line.columns["hours_cumulated"] for line in found.lines] == list(titles)
    assert all("hours" not in line.values for line in found.lines)
    assert [(notice.code, notice.severity) for notice in found.notices] == [("CUMUL_COLUMNS", "check")]
    assert (found.problems, found.questions) == ([], [])


def test_months_under_a_title_that_says_cumul_are_cumuls() -> None:
    found = look(
        csv(
            ("N° marché", "Employeur", "Matricule", "Cumul des heures", ""),
            ("", "", "", "Janvier 2018", "Février 2018"),
            ("1", "X", "A", "10", "25"),
        )
    )
    assert said(found, "hours_cumulated") == [("2018-01", "10"), ("2018-02", "25")]


def test_a_cumul_beside_the_months_themselves_is_left_out_and_a_year_is_asked_for() -> None:
    found = read(("Janv. 2018", "Févr. 2018", "Cumul au 28/02/2018"), ("10", "25", "35"))
    assert said(found, "hours") == [("2018-01", "10"), ("2018-02", "25")]
    assert [notice.column for notice in found.notices] == ["Cumul au 28/02/2018"]
    bare = ("Cumul au 31/01", "Cumul au 28/02")
    assert [question.name for question in read(bare, ("10", "25")).questions] == ["year"]
    assert said(read(bare, ("10", "25"), answers=Answers(year=2018)), "hours_cumulated") == [("2018-01", "10"), ("2018-02", "25")]


@pytest.mark.parametrize(
    "title",
    ["Reste à réaliser au 31/03/2018", "Heures prévues au 31/03/2018", "Cumul au 15/03/2018", "Cumul", "Heures réalisées", "31/03/2018", "Cumul au T1 2018", "Fin de contrat"],
)  # fmt: skip
def test_other_titles_are_no_cumul_up_to_a_day(title: str) -> None:
    assert end_of(title, None) is None
    assert not says_cumul(title)


@pytest.mark.parametrize(
    ("title", "cells", "more"),
    [("Semaine", ("S14", "Semaine 15", "16"), ("2018",)), ("N° semaine", ("2018-S14", "S15 2018", "2018-W16"), ()), ("Sem.", ("sem. 14", "s 15", "16"), ("2018",))],
)  # fmt: skip
def test_weeks_by_their_number_are_added_up_by_month(title: str, cells: tuple[str, ...], more: tuple[str, ...]) -> None:
    """A week counts in the month of its first day (2, 9 and 16 April 2018), as lines of days do, when their author says so."""
    titles = (title, *(("Année",) if more else ()), "Heures")
    rows = [(cell, *more, hours) for cell, hours in zip(cells, ("35", "30", "7,5"), strict=True)]
    assert [question.name for question in read(titles, *rows).questions] == ["days"]
    assert said(read(titles, *rows, answers=Answers(days="sum")), "hours") == [("2018-04", "72,50")]


def test_weeks_without_a_year_ask_for_it_and_a_column_of_months_comes_first() -> None:
    titles, rows = ("Semaine", "Heures"), (("14", "35"), ("15", "30"))
    assert [(question.name, question.text) for question in read(titles, *rows).questions] == [
        ("year", "De quelle année sont les semaines ?"),
        ("days", "Vos lignes sont celles d’un jour ou d’une semaine, et les heures se déclarent par mois. Faut-il les additionner ?"),
    ]
    assert said(read(titles, *rows, answers=Answers(year=2018, days="sum")), "hours") == [("2018-04", "65,00")]
    beside = read(("Mois", "Semaine", "Heures"), ("2018-04", "14", "35"))
    assert said(beside, "hours") == [("2018-04", "35")]
    assert beside.problems == []


@pytest.mark.parametrize(
    "titles", [("S14", "S15", "S18"), ("Sem. 14 2018", "Sem. 15 2018", "Sem. 18 2018"), ("2018-S14", "2018-S15", "2018-S18")]
)
def test_a_column_a_week_is_added_up_by_month(titles: tuple[str, ...]) -> None:
    """30 April is a Monday: its week is April's, whatever of it lies in May."""
    bare = titles[0] == "S14"
    first = read(titles, ("35", "", "7"))
    assert [question.name for question in first.questions] == (["year", "days"] if bare else ["days"])
    year = Answers(year=2018) if bare else Answers()
    dated = read(titles, ("35", "", "7"), answers=year)
    assert [question.name for question in dated.questions] == ["days"]
    assert said(dated, "hours") == [("2018-04-02", "35"), ("2018-04-30", "7")]
    assert said(read(titles, ("35", "", "7"), answers=replace(year, days="sum")), "hours") == [("2018-04", "42,00")]
    assert ("celles de 2018" in " ".join(notice.message for notice in dated.notices)) is bare


def test_semesters_are_no_weeks() -> None:
    assert said(read(("S1 2018", "S2 2018"), ("35", "7")), "hours") == [("2018-S1", "35"), ("2018-S2", "7")]


def test_weeks_that_no_year_has() -> None:
    assert first_day("S53", 2018) is None
    assert first_day("S53", 2020) == date(2020, 12, 28)
    assert [cell for cell in ("0", "54", "S", "2018", "mars", "31/03/2018", "2018-054") if is_week(cell)] == []


@pytest.mark.parametrize("between", [(), (("", "", "", "T1", "", "", "T1"),)])
def test_years_merged_over_their_months_are_theirs_also_above_quarters(between: tuple[tuple[str, ...], ...]) -> None:
    head = ("N° marché", "Employeur", "Matricule", "Janv.", "Févr.", "Mars", "Janv.")
    found = look(csv(("", "", "", "2018", "", "", "2019"), *between, head, ("1", "X", "A", "1", "2", "3", "4")))
    assert said(found, "hours") == [("2018-01", "1"), ("2018-02", "2"), ("2018-03", "3"), ("2019-01", "4")]
    assert (found.problems, found.questions) == ([], [])


@pytest.mark.parametrize("title", ["Cumul au 15/03/2026", "Cumul au 31/02/2026", "Heures réalisées au 31/13/2026"])
def test_a_cumul_inside_a_month_says_what_to_give_instead(title: str) -> None:
    [problem] = look(csv(("N° marché", "Employeur", "Matricule", title), ("1", "X", "A", "10"))).problems
    assert problem.code == "FILE_LAYOUT"
    assert f"« {title} »" in problem.message
    assert "fin d’un mois" in problem.message


def test_one_week_that_there_is_not_is_the_only_line_to_correct() -> None:
    weeks = [("1", "X", "A", f"S{week}", "2026", "7") for week in (15, 16, 17, 54, 23)]
    data = csv(("N° marché", "Employeur", "Matricule", "Semaine", "Année", "Heures réalisées"), *weeks)
    assert [question.name for question in look(data).questions] == ["days"]
    found = checked(look(data, Answers(days="sum")))
    assert [(error.line, error.code, error.value) for error in found.blocking] == [(5, "V20", "S54")]
    assert [(str(value.period), value.centihours) for value in found.values] == [("2026-04", 21_00), ("2026-06", 7_00)]
