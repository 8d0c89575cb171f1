"""« Vos heures sont : » answered in each of its four ways, and minutes written as hours."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import openpyxl
import pytest

from services.ingest.files.answers import Answers
from services.ingest.files.cell_reader import cell_text
from services.ingest.files.reading import look, read_hours
from services.ingest.rules.durations import NoHours, centihours_of, hours_of_minutes
from tests.tables_of_hours import CUMUL, PERSON, checked, csv, workbook

QUARTERS = csv(
    ("N° marché", "Employeur", "Mois", "Matricule", "Heures réalisées"),
    ("2026-001", "X", "2026-03", "A1", "420,5"), ("2026-001", "X", "2026-03", "A2", "12"),
)  # fmt: skip


def test_a_quarters_total_written_at_its_last_month_is_the_quarters() -> None:
    assert [answer for answer, _ in look(QUARTERS).questions[0].choices] == ["period", "quarter", "cumulated", "example"]
    found = look(QUARTERS, Answers(hours_are="quarter"))
    assert not found.questions
    read = checked(found)
    assert not read.blocking
    assert [(str(value.period), value.centihours) for value in read.values] == [("2026-Q1", 420_50), ("2026-Q1", 12_00)]


def test_several_months_of_one_person_are_no_quarters_total() -> None:
    read = checked(look(CUMUL, Answers(hours_are="quarter")))
    assert {(error.line, error.code) for error in read.blocking} == {(3, "V14"), (4, "V14")}


def test_the_example_shows_the_authors_own_rows_in_each_reading_and_leaves_the_question_open() -> None:
    asked = look(CUMUL, Answers(hours_are="example"))
    [question] = asked.questions
    assert question.name == "hours_are"
    assert [(one.period, one.written, one.month, one.cumulated) for one in question.readings] == [
        ("janvier 2026", "100 h", "100 h", "100 h"),
        ("février 2026", "200 h", "200 h", "100 h"),
        ("mars 2026", "320,5 h", "320,5 h : trop pour un mois (213 h au plus)", "120,5 h"),
    ]
    assert {one.quarter for one in question.readings} == {"impossible : plusieurs lignes pour ce trimestre"}
    assert Answers(hours_are="example").layout()["hours_are"] == "", "not knowing is not remembered"


def test_the_example_of_a_single_row_says_the_quarter_and_a_falling_cumul_is_impossible() -> None:
    [question] = look(QUARTERS, Answers(hours_are="example")).questions
    assert [(one.quarter, one.cumulated) for one in question.readings] == [("420,5 h pour le 1er trimestre 2026", "420,5 h")]
    [question] = look(CUMUL.replace(b"200", b"90"), Answers(hours_are="example")).questions
    assert [one.cumulated for one in question.readings] == ["100 h", "impossible : le cumul baisse", "230,5 h"]


def test_a_row_without_a_month_has_no_example() -> None:
    [question] = look(QUARTERS.replace(b"2026-03", b""), Answers(hours_are="example"), None).questions
    assert (question.name, list(question.readings)) == ("hours_are", [])


def test_months_in_columns_are_not_offered_as_a_quarter() -> None:
    data = csv(("N° marché", "Employeur", "Matricule", "Janv. 2026", "Févr. 2026"), ("2026-001", "X", "A1", "300", "420"))
    [question] = look(data).questions
    assert [answer for answer, _ in question.choices] == ["period", "cumulated", "example"]


@pytest.mark.parametrize(
    ("written", "hours"), [("9100", "151,67"), ("9 100", "151,67"), ("12 505", "208,42"), ("240", "4,00"), ("0", "0,00")]
)
def test_minutes_are_hours_to_the_hundredth(written: str, hours: str) -> None:
    assert hours_of_minutes(written) == hours


@pytest.mark.parametrize(("format_", "minutes", "hours"), [
    ("h:mm", 151 * 60 + 40, "151.67"), ("[h]:mm", 151 * 60 + 40, "151.67"), ("h:mm", 1500 * 60 + 30, "1500.5"), ("h:mm", 7 * 60 + 30, "7:30"),
])  # fmt: skip
def test_a_duration_above_a_day_is_hours_in_whichever_format_it_is_shown(format_: str, minutes: int, hours: str) -> None:
    """« h:mm » shows 7:40 for 151:40, and the cell reads as an instant of January 1900."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(PERSON))
    sheet.append(["1", "X", "A1", "2018-03", minutes / 1440])
    sheet["E2"].number_format = format_
    buffer = io.BytesIO()
    book.save(buffer)
    [line] = read_hours(buffer.getvalue()).lines
    assert centihours_of(str(line.values["hours"])) == centihours_of(hours)


def test_what_is_no_number_is_no_minutes() -> None:
    with pytest.raises(NoHours):
        hours_of_minutes("beaucoup")


@pytest.mark.parametrize(("told", "hours"), [("PT151H40M00S", 151_67), ("PT07H30M00S", 7_50), ("PT00H00M00S", 0), ("PT7H25M30S", 7_43)])
def test_a_duration_of_an_open_document_is_hours(told: str, hours: int) -> None:
    assert centihours_of(cell_text(told)) == hours
    assert cell_text("PT de 7 heures") == "PT de 7 heures"


def test_days_of_durations_are_rounded_once() -> None:
    rows = [("2026-001", datetime(2026, 3, day), "A1", "X", timedelta(hours=7, minutes=25)) for day in range(2, 22)]
    found = look(workbook(("Pointage", [("N° marché", "Date", "Matricule", "Employeur", "Heures réalisées"), *rows])), Answers(days="sum"))
    assert [value.centihours for value in checked(found).values] == [148_33]
