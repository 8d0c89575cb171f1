"""V06, V10, V11, V12 and V18: looked at or refused, with the value that would be right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kit.errors import LineError
from services.ingest.rules.contracts import check_contract
from services.ingest.rules.declared import RawLine
from services.ingest.rules.lines import check
from tests.tables_of_hours import KNOWN

LINE = {"contract": "1", "period": "2026-03", "hours": "7", "employer_name": "X", "worker_id": "A", "birth": "1990-06"}


def found(**more: str) -> list[LineError]:
    checked = check([RawLine(1, {**LINE, **more})], KNOWN)
    assert checked.values, "none of these rules blocks"
    return checked.errors


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"public": "JEUNE_26", "birth": "1998-04"}, None),  # 27 in March: 25 at an entry two years before
        ({"public": "JEUNE_26", "birth": "1998-03"}, "V11"),
        ({"public": "JEUNE_26", "birth": "2000"}, None),  # the year alone doubts nothing
        ({"public": "JEUNE_26", "birth": "1998-03", "work_contract_starts_on": "2026-02-01"}, None),  # at entry
        ({"public": "SENIOR", "birth": "1976-03"}, None),
        ({"public": "SENIOR", "birth": "1976-04"}, "V11"),
        ({"public": "DELD", "unemployment": "02"}, "V11"),
        ({"public": "DELD", "unemployment": "03"}, None),
        ({"public": "DETLD", "unemployment": "03"}, "V11"),
        ({"public": "DETLD"}, None),
    ],
)
def test_a_criterion_is_held_against_age_and_unemployment(more: dict[str, str], code: str | None) -> None:
    assert [(error.code, error.severity) for error in found(**more)] == ([(code, "check")] if code else [])


@pytest.mark.parametrize(
    ("modality", "contract", "proposed"),
    [
        ("ETTI", "INTERIM_INSERTION", ...), ("ETTI", "CDDI", "INTERIM_INSERTION"), ("ACI", "CDDI", ...), ("EI", "CDD", "CDDI"),
        ("ETT", "INTERIM_INSERTION", "INTERIM_CLASSIQUE"), ("GEIQ", "CDI", "ALTERNANCE_PRO"), ("ESAT", "CDI", "AUTRE"), ("ESAT", "AUTRE", ...), ("AI", "CDDU", ...),
        ("ETTI", "", ...),
    ],
)  # fmt: skip
def test_the_usual_work_contract_is_proposed(modality: str, contract: str, proposed: object) -> None:
    errors = [error for error in found(modality=modality, work_contract=contract) if error.code == "V12"]
    assert [error.example for error in errors] == ([] if proposed is ... else [proposed])


def test_hours_long_after_the_beginning_are_looked_at() -> None:
    assert [error.code for error in found(work_contract_starts_on="2024-03-01")] == ["V10"]
    assert found(work_contract_starts_on="2024-04-01") == []
    assert found(work_contract_starts_on="2023-01-01", work_contract="ALTERNANCE_PRO") == []


def test_ten_digits_are_an_identifier_and_a_mail_is_not() -> None:
    assert found(worker_id="0612345678") == []
    checked = check([RawLine(1, {**LINE, "worker_id": "zoe@exemple.test"})], replace(KNOWN))
    assert [error.code for error in checked.errors if error.severity == "blocking"] == ["V19"]


def test_a_contract_that_its_price_cannot_pay_is_looked_at() -> None:
    [remark] = check_contract(mechanisms=["CONDITION_EXECUTION"], hours_committed=5_001, amount=Decimal("100000.00"))
    assert (remark.code, remark.severity, remark.value) == ("V06", "check", "5001")
    assert [
        remark.code for remark in check_contract(mechanisms=["CONDITION_EXECUTION"], hours_committed=5_000, amount=Decimal(100_000))
    ] == ["V05"]
    assert check_contract(mechanisms=["CONDITION_EXECUTION"], hours_committed=5_001) == []


def test_values_of_concessions_belong_to_concessions() -> None:
    both = check_contract(mechanisms=["CONCESSION_EXECUTION", "CONDITION_EXECUTION"], hours_committed=10)
    reserved = check_contract(social=["Concession réservée"], mechanisms=["RESERVE_IAE"], reserved_to=["SIAE"])
    assert [error.code for error in [*both, *reserved]] == ["V18", "V18"]
    assert check_contract(mechanisms=["CONCESSION_EXECUTION"], hours_committed=10) == []


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"work_contract_starts_on": "2026-04-01"}, "work_contract_starts_on"),
        ({"work_contract_starts_on": "2026-03-31"}, None),
        ({"work_contract_ends_on": "2026-02-28"}, "work_contract_ends_on"),
        ({"work_contract_ends_on": "2026-03-01"}, None),
        ({"work_contract_starts_on": "2026-04-01", "work_contract": "ALTERNANCE_PRO"}, "work_contract_starts_on"),
    ],
)
def test_hours_lie_within_the_work_contract(more: dict[str, str], column: str | None) -> None:
    assert [(error.column, error.code, error.severity) for error in found(**more)] == ([(column, "V10", "check")] if column else [])


def test_a_start_that_is_missing_beside_others_is_told_once_for_information() -> None:
    def line(number: int, **more: str) -> RawLine:
        return RawLine(
            number, {"contract": "1", "period": "2026-03", "hours": "7", "worker_id": f"A{number}", "employer_name": "X", **more}
        )

    dated = {"work_contract_starts_on": "2026-01-05"}
    assert check([line(1), line(2)], KNOWN).errors == [], "no such column"
    mixed = check([line(1, **dated), line(2), line(3)], KNOWN)
    assert [(error.line, error.code, error.severity) for error in mixed.errors] == [(2, "V10", "info")]
    assert "ni sur 1 autre ligne" in mixed.errors[0].message
    assert len(mixed.values) == 3
