"""What the validator says of a line: one example a rule, and properties over anything that JSON can hold."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hours import HoursDeclared
from services.ingest.persons import Tokens
from services.ingest.rules.contracts import check_contract, cpv_of
from services.ingest.rules.fields import BY_NAME
from services.ingest.rules.lines import Checked, Known, KnownContract, check, raw_lines

TODAY = date(2026, 11, 20)
OWN = "21930048500013"
MOST_TIMES_PLAIN = 20
"""Measured 9.4 to 11.7 (2 loaded cores, 2026-11-26)."""
CONTRACT = KnownContract(UUID(int=7), "2026-001", "93", date(2025, 3, 1), date(2026, 6, 30), date(2025, 2, 10))
OTHERS = KnownContract(UUID(int=8), "2026-002", "93", declarable=False)
NO_PLACE = KnownContract(UUID(int=9), "2026-003")
GOOD: dict[str, object] = {
    "contract": "2026-001", "employer_siret": "12345678200010", "period": "2026-03", "department": "93", "residence": "93048",
    "worker_id": "A12", "sex": "F", "birth": "1990-04", "modality": "ETTI", "work_contract": "INTERIM_INSERTION", "public": "BRSA", "hours": "7.50",
}  # fmt: skip
GROUP: dict[str, object] = {
    "contract": "2026-001",
    "employer_name": "Jardins d’ici",
    "period": "2026-03",
    "hours": "300",
    "group": "Équipe",
    "persons": 4,
}


def known(*, online: bool = True) -> Known:
    contracts = {contract.number: contract for contract in (CONTRACT, OTHERS, NO_PLACE)}
    return Known(TODAY, UUID(int=1), OWN, contracts.get if online else lambda _: None, Tokens(b"k" * 32), online=online)


def checked(*lines: dict[str, object], online: bool = True) -> Checked:
    return check(raw_lines(lines), known(online=online))


def said(line: dict[str, object]) -> set[tuple[str, str, str]]:
    return {(error.column or "", error.code, error.severity) for error in checked(line).errors}


def test_a_good_line_says_nothing_and_gives_its_value() -> None:
    found = checked(GOOD)
    assert (found.errors, found.blocked) == ([], set())
    (value,) = found.values
    assert (value.centihours, value.department, str(value.period), value.contract_uid) == (750, "93", "2026-03", CONTRACT.uid)
    assert value.person is not None
    assert value.person.birth == "1990-04"
    assert len(value.person.local) == 32


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"employer_siret": "12345678200011"}, ("employer_siret", "V01", "check")),
        ({"employer_siret": "123456782"}, ("employer_siret", "V01", "check")),
        ({"employer_siret": "2,175E+13"}, ("employer_siret", "V01", "check")),
        ({"declarant_siret": "12345678200011"}, ("declarant_siret", "V01", "blocking")),
        ({"declarant_siret": "12345678200010"}, ("declarant_siret", "V01", "blocking")),
        ({"period": "2026-12"}, ("period", "V07", "blocking")),
        ({"period": "2025-01"}, ("period", "V07", "blocking")),
        ({"period": "2025-02"}, ("period", "V07", "check")),
        ({"period": "2026-07"}, ("period", "V07", "check")),
        ({"birth": "2012-01"}, ("birth", "V07", "blocking")),
        ({"birth": "2010-09"}, ("birth", "V07", "check")),
        ({"birth": "1920"}, ("birth", "V07", "blocking")),
        ({"hours": "213.01"}, ("hours", "V08", "blocking")),
        ({"hours": "182.01"}, ("hours", "V08", "check")),
        ({"hours": "-0.01"}, ("hours", "V09", "blocking")),
        ({"hours": "7.505"}, ("hours", "V09", "blocking")),
        ({"hours": "1.234,5"}, ("hours", "V09", "blocking")),
        ({"hours": float("inf")}, ("hours", "V09", "blocking")),
        ({"hours": None}, ("hours", "MISSING_FIELD", "blocking")),
        ({"hours": "#REF!"}, ("hours", "CELL_ERROR", "blocking")),
        ({"hours": [7]}, ("hours", "WRONG_TYPE", "blocking")),
        ({"hours": True}, ("hours", "WRONG_TYPE", "blocking")),
        ({"department": "13"}, ("department", "V15", "check")),
        ({"department": "7"}, ("department", "UNKNOWN_PLACE", "blocking")),
        ({"job": "voir marie@exemple.test"}, ("job", "V19", "blocking")),
        ({"worker_id": "2 90 04 93 048 123 " + str(97 - 2900493048123 % 97)}, ("worker_id", "V19", "blocking")),
        ({"period": "0218-03"}, ("period", "V20", "blocking")),
        ({"period": "2026-13"}, ("period", "V20", "blocking")),
        ({"work_contract_starts_on": "2026-02-30"}, ("work_contract_starts_on", "V20", "blocking")),
        ({"group": "Équipe", "persons": "3"}, ("worker_id", "V21", "blocking")),
        ({"contract": "2019-9"}, ("contract", "UNKNOWN_CONTRACT", "blocking")),
        ({"contract": "2026-002"}, ("contract", "CONTRACT_NOT_YOURS", "blocking")),
        ({"contract": "2026-003", "department": None}, ("department", "MISSING_FIELD", "blocking")),
        ({"modality": "ETII"}, ("modality", "UNKNOWN_CODE", "blocking")),
        ({"employer_name": "A\x00B"}, ("employer_name", "UNREADABLE_TEXT", "blocking")),
        ({"employer_name": "\ud800"}, ("employer_name", "UNREADABLE_TEXT", "blocking")),
        ({"employer_name": "x" * 201}, ("employer_name", "TOO_LONG", "blocking")),
        ({"qpv": "peut-être"}, ("qpv", "WRONG_TYPE", "blocking")),
        ({"surprise": 1}, ("surprise", "UNKNOWN_FIELD", "info")),
        ({"worker_id": None}, ("worker_id", "NO_PERSON", "check")),
    ],
)
def test_what_is_said_of_one_field(change: dict[str, object], expected: tuple[str, str, str]) -> None:
    assert said({**GOOD, **change}) == {expected}


@pytest.mark.parametrize(
    ("period", "when"),
    [
        ("2026-08", "7,5 heures en août 2026, alors"),
        ("2026-Q3", "7,5 heures au 3e trimestre 2026, alors"),
        ("2026-S2", "7,5 heures au 2e semestre 2026, alors"),
    ],
)
def test_hours_after_the_end_are_told_in_their_time(period: str, when: str) -> None:
    """« en 3e trimestre » is not French, and a quarter is no month to be corrected."""
    (error,) = checked({**GOOD, "period": period}).errors
    assert (error.code, when in error.message) == ("V07", True), error.message
    older = replace(CONTRACT, ends_on=date(2025, 4, 30))
    beside = replace(known(), contract_of=lambda _: older)
    (error,) = check(raw_lines([{**GOOD, "period": period}]), beside).errors
    assert error.severity == "blocking"
    assert error.message.endswith("ou corrigez le mois." if len(period) == 7 and "-0" in period else "ou corrigez la période.")


def test_the_message_names_the_value_and_a_right_example() -> None:
    (error,) = checked({**GOOD, "employer_siret": "2175000160"}).errors
    assert "2175000160" in error.message
    assert "10 chiffres" in error.message
    assert "14" in error.message
    (error,) = checked({**GOOD, "hours": "412"}).errors
    assert (error.value, error.example) == ("412", "151,67")
    assert "412 heures" in error.message
    assert "213 h" in error.message


def test_without_employer_the_modality_is_enough_and_without_both_it_is_not() -> None:
    alone = {**GOOD, "employer_siret": None}
    assert checked(alone).errors == []
    assert said({**alone, "modality": None}) == {("employer_siret", "MISSING_FIELD", "blocking")}


def test_more_than_a_year_after_the_end_blocks() -> None:
    ended = KnownContract(UUID(int=7), "2026-001", "93", date(2023, 1, 1), date(2024, 12, 31))
    late = Known(TODAY, UUID(int=1), OWN, lambda _: ended, Tokens(b"k" * 32))
    severities = [check(raw_lines([{**GOOD, "period": period}]), late).errors[0].severity for period in ("2025-01", "2025-12", "2026-01")]
    assert severities == ["check", "check", "blocking"]


def test_the_later_of_two_lines_is_named() -> None:
    found = checked(GOOD, {**GOOD, "worker_id": "B7"}, {**GOOD, "hours": "9"})
    assert [(error.line, error.code) for error in found.errors] == [(3, "V14")]
    assert "ligne 1" in found.errors[0].message
    assert found.blocked == {3}


def test_two_work_contracts_of_one_person_are_two_lines() -> None:
    assert checked({**GOOD, "work_contract_reference": "CT-1"}, {**GOOD, "work_contract_reference": "CT-2"}).errors == []


def test_the_source_s_own_line_number_is_the_identity() -> None:
    assert checked({**GOOD, "source_line": "L1"}, {**GOOD, "source_line": "L2"}).errors == []
    assert [error.code for error in checked({**GOOD, "source_line": "L1"}, {**GOOD, "source_line": "L1", "hours": "1"}).errors] == ["V14"]


def test_persons_and_a_group_of_one_employer_s_month_exclude_each_other() -> None:
    person = {**GOOD, "employer_siret": None, "employer_name": "Jardins d'Ici"}
    assert [(e.line, e.code) for e in checked(person, GROUP).errors] == [(2, "V21")]
    assert [(e.line, e.code) for e in checked(GROUP, person).errors] == [(2, "V21")]
    assert checked({**person, "period": "2026-04"}, GROUP).errors == []


def test_a_person_s_month_over_several_contracts_is_looked_at() -> None:
    found = checked(*({**GOOD, "hours": "110", "work_contract_reference": str(n)} for n in range(2)))
    assert [(error.line, error.code, error.severity) for error in found.errors] == [(2, "V08", "check")]


@pytest.mark.parametrize(
    ("counts", "good"),
    [
        ({}, True),
        ({"women": 2, "men": 2}, True),
        ({"women": 2, "men": 1}, False),
        ({"women": 2, "men": 1, "sex_unknown": 1}, True),
        ({"women": 5}, False),
        ({"women": 3, "sex_unknown": 2}, False),
        ({"under_26": 5}, False),
        ({"qpv": 4}, True),
        ({"persons": "trois"}, False),
        ({"persons": -1}, False),
        ({"persons": None}, False),
    ],
)
def test_the_counts_of_a_group(counts: dict[str, object], good: bool) -> None:
    found = checked({**GROUP, **counts})
    assert (not found.blocked) == good
    assert good or {error.code for error in found.errors} <= {"V22", "MISSING_FIELD"}


def test_a_quarter_is_not_held_to_a_month() -> None:
    assert checked({**GOOD, "period": "2026-T1", "hours": "450"}).errors == []


def test_identity_makes_a_regional_token_and_is_not_repeated() -> None:
    line = {**GOOD, "worker_id": None, "birth": None, "birth_name": "Dupont", "first_name": "Éloïse", "birth_date": "12/04/1990"}
    (value,) = checked(line).values
    assert value.person is not None
    assert value.person.regional
    assert value.person.birth == "1990-04"
    assert "dupont" not in json.dumps(value.content()).lower()
    errors = checked({**line, "birth_date": "31/02/1990"}).errors
    assert all("31/02" not in error.message and error.value in {"3•••••", None} for error in errors if error.column == "birth_date")


def test_offline_says_the_same_codes_but_nothing_about_contracts() -> None:
    bad = [
        GOOD,
        {**GOOD, "worker_id": "2", "hours": "-3"},
        {**GOOD, "worker_id": "3", "period": "2999-01"},
        {**GOOD, "worker_id": "4", "hours": 412},
        GOOD,
    ]
    codes = [{(e.line, e.code) for e in checked(*bad, online=online).errors} for online in (True, False)]
    assert codes[0] == codes[1] == {(2, "V09"), (3, "V07"), (4, "V08"), (5, "V14")}
    assert checked({**GOOD, "contract": "nobody knows", "department": None}, online=False).errors == []


def test_contracts() -> None:
    assert (cpv_of("45000000"), cpv_of("45000000-7"), cpv_of("12345678"), cpv_of("4500000")) == ("45000000", "45000000", None, None)
    assert [e.code for e in check_contract(cpv="12345678")] == ["V02"]
    assert [e.code for e in check_contract(social=["Clause sociale", "Pas de considération sociale"])] == ["V03"]
    assert [e.code for e in check_contract(social=["Marché réservé"])] == ["V03"]
    assert check_contract(social=["Marché réservé"], reserved_to=["SIAE"]) == []
    assert [e.code for e in check_contract(mechanisms=["CONDITION_EXECUTION"], hours_committed=0)] == ["V04"]
    assert check_contract(mechanisms=["CRITERE_ATTRIBUTION"]) == []


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.text("0123456789-,.hTQ: ", max_size=12),
    st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=3), st.none(), max_size=2), st.sampled_from([str(v) for v in GOOD.values()]),
)  # fmt: skip
_LINES = st.lists(
    st.dictionaries(st.sampled_from([*BY_NAME, "unknown"]), _VALUES, max_size=12).map(lambda line: {**GOOD, **line}), max_size=8
)


@given(_LINES)
def test_anything_is_either_good_or_told_why_not(lines: list[dict[str, Any]]) -> None:
    found = check(raw_lines(lines), known())
    assert {value.line for value in found.values} | found.blocked == set(range(1, len(lines) + 1))
    assert not {value.line for value in found.values} & found.blocked
    assert {error.line for error in found.blocking} == found.blocked
    assert len({value.line_id for value in found.values}) == len(found.values)
    json.dumps([error.model_dump() for error in found.errors]).encode()
    for value in found.values:
        message = HoursDeclared.model_validate(
            {**json.loads(json.dumps(value.content())), "line_id": value.line_id, "revision": 1, "declarant_id": uuid4()}
        )
        assert message.centihours == value.centihours
        assert message.person == value.person
        assert message.period == value.period


@given(_LINES)
def test_looking_twice_says_the_same(lines: list[dict[str, Any]]) -> None:
    once, twice = (check(raw_lines(lines), known()) for _ in range(2))
    assert (once.errors, once.blocked, once.values) == (twice.errors, twice.blocked, twice.values)


def work_of_plain_python() -> float:
    """Seconds of processor for a fixed amount of what the rules do too: dictionaries, texts, small objects. How fast this machine is now."""
    begun = time.process_time()
    total = 0
    for number in range(200_000):
        cells = {"hours": f"{number % 150}.25", "contract": f"C{number % 40}", "period": "2026-03"}
        whole, _, part = cells["hours"].partition(".")
        total += int(whole) * 100 + int(part) + len(sorted(cells)) + hash((cells["contract"], cells["period"])) % 7
    assert total
    return time.process_time() - begun


def test_fifty_thousand_lines_are_a_bounded_multiple_of_plain_work() -> None:
    """2.2 s on a quiet machine. Measured against a loop of the same run, which a busy machine slows as much: only the rules can fail it."""
    lines = raw_lines([{**GOOD, "worker_id": f"W{n}", "hours": f"{n % 150}.25"} for n in range(50_000)])
    before = work_of_plain_python()
    begun = time.process_time()
    found = check(lines, known())
    took = time.process_time() - begun
    plain = (before + work_of_plain_python()) / 2
    assert len(found.values) == 50_000
    assert took < MOST_TIMES_PLAIN * plain, f"{took:.1f} s, {took / plain:.1f} times {plain:.2f} s of plain work"
