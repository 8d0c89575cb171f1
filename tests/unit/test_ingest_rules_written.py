"""Communes, departments and periods as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from services.ingest.files.reading import read_hours
from services.ingest.rules.places import NoPlace, commune_of, department_of
from services.ingest.rules.times import NoDate, birthday_of, period_of
from tests.tables_of_hours import (
    PERSON,
    checked,
    csv,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("93100 Montreuil", "93048"), ("Montreuil (93)", "93048"), ("ST-DENIS", "93066"), ("Paris 11e", "75111"), ("CP 75011", "75111"),
        ("Saint-Ouen", "93070"), ("Evry", "91228"), ("77100 Meaux", "77284"), ("77100", "77100"),
    ],
)  # fmt: skip
def test_communes_as_people_write_them(text: str, code: str) -> None:
    assert commune_of(text) == code


@pytest.mark.parametrize("text", ["CP 77100", "CP 60100", "93100 Nanterre-la-Neuve et autres lieux (75)"])
def test_a_postal_code_of_several_communes_names_none(text: str) -> None:
    with pytest.raises(NoPlace):
        commune_of(text)


def test_a_column_of_postal_codes_is_not_read_as_insee_codes_and_costs_no_hours() -> None:
    found = checked(
        read_hours(csv((*PERSON, "Code postal"), ("1", "X", "A1", "2018-03", "7", "77100"), ("1", "X", "A2", "2018-03", "7", "93100")))
    )
    assert [(value.person.residence, value.centihours) for value in found.values if value.person] == [(None, 700), ("93048", 700)]
    assert [(error.line, error.code, error.severity) for error in found.errors] == [(2, "UNKNOWN_PLACE", "check")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("93200", "93"),
        ("75011 Paris", "75"),
        ("(92)", "92"),
        ("Hauts de Seine (92)", "92"),
        ("Dép. 93", "93"),
        ("Seine St Denis", "93"),
        ("60 - Oise", "60"),
    ],
)
def test_departments_as_people_write_them(text: str, code: str) -> None:
    assert department_of(text) == code


@pytest.mark.parametrize("text", ["93 Val-de-Marne", "7", "60100", "IDF"])
def test_a_department_that_contradicts_itself_is_asked(text: str) -> None:
    with pytest.raises(NoPlace):
        department_of(text)


@pytest.mark.parametrize(
    ("cell", "period"),
    [
        ("31/03/2018", "2018-03"), ("2018-03-31", "2018-03"), ("201803", "2018-03"), ("2018M03", "2018-03"), ("du 01/03/2018 au 31/03/2018", "2018-03"),
        ("01/01/2018 - 31/03/2018", "2018-Q1"), ("1T2018", "2018-Q1"), ("1er trim. 2018", "2018-Q1"), ("01/01/2018 au 31/12/2018", "2018"),
    ],
)  # fmt: skip
def test_periods_as_exports_write_them(cell: str, period: str) -> None:
    assert str(period_of(cell)) == period


@pytest.mark.parametrize("cell", ["15/03/2018", "30/03/2018", "03/18", "du 01/03/2018 au 15/03/2018", "201813"])
def test_what_is_no_whole_period_is_asked_back(cell: str) -> None:
    with pytest.raises(NoDate):
        period_of(cell)


def test_a_birthday_with_two_digits_a_quarters_number_and_kept_zeros_cost_no_hours() -> None:
    header = (*PERSON, "Nom de naissance", "Prénom", "Date de naissance", "QPV")
    found = checked(read_hours(csv(header, ("1", "X", '="007"', "2018-03", "7", "DUPONT", "Zoé", "02/03/90", "QP093001"))))
    [value] = found.values
    assert value.person is not None
    assert (value.person.birth, value.person.qpv, found.errors) == ("1990-03", True, [])
    assert birthday_of("02/03/05", date(2026, 1, 1)).year == 2005
