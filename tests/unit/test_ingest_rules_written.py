"""Communes, departments, periods, hours, numbers and titles as people write them."""

from __future__ import annotations

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.files.reading import read_hours
from services.ingest.rules.durations import NoHours, centihours_of, french_hours
from services.ingest.rules.establishments import is_siren, is_siret
from services.ingest.rules.fields import FIELDS, field_of
from services.ingest.rules.places import NoPlace, commune_of, department_of
from services.ingest.rules.times import NoDate, birthday_of, date_of, period_of
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


def test_numbers_of_establishments() -> None:
    assert is_siret("35600000000048")
    assert is_siret("35600000049837")
    assert not is_siret("35600000049838")
    assert is_siren("123456782")
    assert not is_siren("123456789")
    assert not is_siret("00000000000000")


def test_headers_of_real_files_find_their_field() -> None:
    for field in FIELDS:
        assert field_of(field.name) == field_of(field.label) == field_of(field.label.upper()) == field.name
    assert [field_of(h) for h in ("H. réal.", "Nb fem", "n° siret", "Mois de paie", "Commentaire")] == [
        "hours",
        "women",
        "employer_siret",
        "period",
        None,
    ]


@given(st.integers(0, 99_999_999))
def test_hours_read_back_whatever_the_writing(centihours: int) -> None:
    exact = Decimal(centihours) / 100
    for text in (
        f"{exact}",
        f"{exact:.2f}".replace(".", ","),
        french_hours(centihours),
        f"{exact} h",
        f" {exact:,.2f}".replace(",", "\u00a0"),
    ):
        assert centihours_of(text) == centihours


@given(st.integers(0, 9_999), st.integers(0, 59))
def test_clock_hours_round_to_the_hundredth(hours: int, minutes: int) -> None:
    assert abs(Decimal(centihours_of(f"{hours}h{minutes:02d}")) / 100 - hours - Decimal(minutes) / 60) <= Decimal("0.005")
    assert centihours_of(f"{hours}:{minutes:02d}") == centihours_of(f"{hours}h{minutes:02d}")


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader, refusal in ((centihours_of, NoHours), (period_of, NoDate), (date_of, NoDate)):
        with contextlib.suppress(refusal):
            reader(text)
