"""What programs make of values: instants of days, numbers with « .0 », NaN, numbers that a spreadsheet wrote short."""

from __future__ import annotations

from datetime import date

import pytest

from services.ingest.files.reading import look
from services.ingest.rules.times import NoDate, date_of, period_of
from tests.tables_of_hours import PERSON, checked, csv, hours, values

MONTHS = ("N° marché", "Employeur", "Matricule", "01/2026", "02/2026")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-03-01T23:00:00.000Z", date(1990, 3, 2)), ("1990-03-02T00:00:00Z", date(1990, 3, 2)), ("1990-07-01T22:00:00Z", date(1990, 7, 2)),
        ("2019-01-15T10:00:00+0100", date(2019, 1, 15)), ("15/01/2019 00:00:00", date(2019, 1, 15)), ("2019-01-15 23:59:59", date(2019, 1, 15)),
        ("2019-01-15Z", date(2019, 1, 15)), ("2019-01-15+01:00", date(2019, 1, 15)), ("2019-01-15T00:00:00-05:00", date(2019, 1, 15)),
    ],
)  # fmt: skip
def test_an_instant_is_the_day_that_it_is_in_paris(text: str, day: date) -> None:
    """A day of birth that a program gave as midnight in Paris was the day before, and its person another one."""
    assert date_of(text, 1900) == day


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2026-03-01T00:00:00Z", "2026-03"), ("2026-02-28T23:00:00.000Z", "2026-03"), ("2026-03-31T22:00:00Z", "2026-04"), ("1/3/2026 0:00", "2026-03"),
        ("01/03/2026 00:00:00", "2026-03"), ("2026-03-31 23:59:59", "2026-03"), ("2026-03-01T00:00:00+01:00", "2026-03"),
    ],
)  # fmt: skip
def test_the_instant_of_a_months_day_is_its_month(text: str, period: str) -> None:
    assert str(period_of(text)) == period


@pytest.mark.parametrize(
    "text", ["2026-03-01T08:30:00", "2026-03-15 00:00:00", "2026-03-01T12:00:00Z", "01/03/2026 24:00", "2026-13-01T00:00:00Z"]
)
def test_an_instant_inside_a_month_is_none(text: str) -> None:
    with pytest.raises(NoDate):
        period_of(text)


def test_whole_numbers_with_a_point_and_a_zero_are_whole() -> None:
    """A SIRET was of fifteen digits, three persons were none, and A « 12.0 » another person than the 12 of the workbook."""
    header = ("N° marché", "Année", "Mois", "SIRET employeur", "Matricule", "Heures réalisées")
    found = look(csv(header, ("2026-001", "2026.0", "3.0", "12345678200010.0", "12.0", "30.0")))
    [value] = checked(found).values
    assert (str(value.period), value.centihours, value.employer_siret) == ("2026-03", 3000, "12345678200010")
    assert values(found, "worker_id") == [("12",)]
    group = checked(
        look(csv(("N° marché", "Période", "Employeur", "Heures", "Nombre de personnes"), ("1", "2026-T1", "X", "250.0", "3.0")))
    )
    assert group.values[0].group is not None
    assert (group.values[0].centihours, group.values[0].group.persons) == (250_00, 3)


def test_what_is_missing_for_a_program_is_a_blank() -> None:
    found = look(
        csv(MONTHS, ("2026-001", "X", "12.0", "NaN", "7.0"), ("2026-001", "X", "13", "None", "8"), ("2026-001", "X", "14", "NaT", "9"))
    )
    assert hours(checked(found)) == [("2026-02", 700), ("2026-02", 800), ("2026-02", 900)]


@pytest.mark.parametrize("title", ["N° marché", "Matricule"])
def test_numbers_that_a_spreadsheet_wrote_short_are_refused(title: str) -> None:
    """Two persons were one, and two contracts."""
    place = PERSON.index(title)
    rows = [["2026-001", "X", f"A{n}", "2026-03", "15"] for n in (1, 2)]
    for row in rows:
        row[place] = "2,02601E+11"
    found = checked(look(csv(PERSON, *rows)))
    assert [(error.line, error.code) for error in found.blocking if error.code == "CELL_ERROR"] == [(2, "CELL_ERROR"), (3, "CELL_ERROR")]
    assert "le tableur a abrégé ce numéro" in found.blocking[0].message
    assert found.values == []
