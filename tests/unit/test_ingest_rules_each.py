"""Each rule V01 to V22 on a file of its own: what it must find there, with which severity, and what it must leave alone."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import LineError
from services.ingest.files.reading import read_hours
from services.ingest.persons import Tokens
from services.ingest.rules.beside import Beside, hold_against, person_months
from services.ingest.rules.contracts import check_amendments, check_commitment, check_contract
from services.ingest.rules.lines import Known, KnownContract, RawLine, check
from tests.files_of_rules import FILES, OF_LINES

EXPECTED: dict[str, list[list[Any]]] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
OF_CONTRACTS = sorted(set(EXPECTED) - set(OF_LINES))
NOBODY = UUID(int=0)


def known(contract: KnownContract | None = None) -> Known:
    of = (lambda _: contract) if contract else (lambda _: None)
    return Known(date(2026, 11, 20), NOBODY, None, of, Tokens(b"k" * 32), online=contract is not None)


def of_contract(said: dict[str, Any]) -> list[LineError]:
    numbers = said.pop("amendments", None)
    if "amount" in said:
        said["amount"] = Decimal(said["amount"])
    return check_amendments(numbers) if numbers is not None else check_contract(**said)


def test_every_rule_has_its_file() -> None:
    assert sorted(EXPECTED) == [f"V{number:02d}" for number in range(1, 23)]
    assert all((FILES / f"{rule}.json").is_file() for rule in OF_CONTRACTS)


@pytest.mark.parametrize("rule", OF_LINES)
def test_a_rule_of_lines(rule: str) -> None:
    read = read_hours((FILES / f"{rule}.csv").read_bytes())
    found = check(read.lines, known())
    assert [[error.line, error.code, error.severity] for error in found.errors if error.code == rule] == EXPECTED[rule]
    assert {error.code for error in found.errors} <= {rule}
    assert all(error.message.startswith(f"Ligne {error.line}, « ") for error in found.errors)


@pytest.mark.parametrize("rule", OF_CONTRACTS)
def test_a_rule_of_contracts(rule: str) -> None:
    said = json.loads((FILES / f"{rule}.json").read_text(encoding="utf-8"))
    assert [[error.code, error.severity] for error in of_contract(said["wrong"])] == EXPECTED[rule]
    assert of_contract(said["right"]) == []


@given(hours=st.integers(1, 10**6), amount=st.integers(1, 10**9))
def test_more_hours_never_cure_a_commitment_that_is_too_high(hours: int, amount: int) -> None:
    codes = {error.code for error in check_commitment(hours, Decimal(amount))}
    assert ("V06" in codes) == (hours * 20 > amount)
    if codes == {"V06"}:
        assert {error.code for error in check_commitment(hours + 1, Decimal(amount))} == {"V06"}


@given(st.lists(st.integers(-3, 12), max_size=6))
def test_amendments_are_right_exactly_when_they_rise(numbers: list[int]) -> None:
    rises = all(number >= 0 for number in numbers) and sorted(set(numbers)) == numbers
    assert (check_amendments(numbers) == []) == rises


def test_what_is_registered_of_a_contract_is_said_once_and_never_blocks() -> None:
    contract = KnownContract(NOBODY, "2026-001", "93", hours_committed=9_000, amount=Decimal(100_000))
    lines = [
        RawLine(n, {"contract": "2026-001", "period": "2026-03", "hours": "7", "worker_id": f"A{n}", "employer_name": "X"}) for n in (1, 2)
    ]
    found = check(lines, known(contract))
    assert [(error.line, error.code, error.severity) for error in found.errors] == [(1, "V06", "check")]
    assert len(found.values) == 2


@given(before=st.integers(0, 400_00), hours=st.integers(1, 213_00))
def test_a_months_sum_is_looked_at_exactly_above_the_limit(before: int, hours: int) -> None:
    line = RawLine(1, {"contract": "1", "period": "2026-03", "hours": str(Decimal(hours) / 100), "worker_id": "A", "employer_name": "X"})
    found = check([line], known())
    [key] = person_months(found.values)
    hold_against(found, [line], Beside(months={key: (before, "D-2026-000001")}))
    summed = [error for error in found.errors if "D-2026-000001" in error.message]
    assert bool(summed) == (before > 0 and before + hours > 213_00)
    assert len(found.values) == 1
