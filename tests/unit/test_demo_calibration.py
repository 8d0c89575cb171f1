"""The history is a tenth of the region's full year (domain handbook section 7), and every line of it passes the validator."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from functools import cache
from uuid import UUID

import pytest

from demo import calibration
from demo.filings import filings
from demo.history import Line, lines
from demo.region.contracts import contracts
from services.ingest.persons import Tokens
from services.ingest.rules.lines import Known, KnownContract, check, raw_lines

TODAY = date(2026, 11, 22)
YEAR = 2025
"""The last full year of the window."""


@cache
def history() -> list[Line]:
    return lines(TODAY)


def of_year() -> list[Line]:
    return [line for line in history() if line.month.year == YEAR]


def persons(found: list[Line]) -> dict[str, str]:
    """Worker → sex."""
    return {line.person.worker_id: line.person.sex for line in found if line.person}


def near(value: float, wanted: float, tolerance: float) -> bool:
    return abs(value - wanted) <= tolerance * wanted


def test_a_full_year_is_a_tenth_of_the_regions() -> None:
    found = of_year()
    heads = persons(found)
    hours = sum(line.centihours for line in found) / 100
    assert near(len(heads), calibration.PERSONS_A_YEAR / 10, 0.02)
    assert near(hours, calibration.HOURS_A_YEAR / 10, 0.03)
    assert near(len(found), calibration.LINES_A_YEAR / 10, 0.05)
    assert near(hours / len(heads), 510, 0.03)


def test_women_are_fifteen_point_one_percent() -> None:
    sexes = Counter(persons(of_year()).values())
    assert abs(sexes["F"] / sexes.total() - calibration.WOMEN) < 0.005


def test_three_years_are_about_forty_five_thousand_lines_and_thirty_seven_hundred_persons() -> None:
    assert near(len(history()), 45_000, 0.05)
    assert near(len(persons(history())), 3_700, 0.05)


@pytest.mark.parametrize(
    ("shares", "of"),
    [
        (calibration.MODALITIES, lambda line: line.employer.modality),
        (calibration.PUBLICS, lambda line: line.person.public),
        (calibration.DEPARTMENTS, lambda line: line.contract.department),
    ],
    ids=["modality", "public", "department"],
)
def test_hours_are_shared_out_as_calibrated(shares: dict[str, float], of: object) -> None:
    assert callable(of)
    found: Counter[str] = Counter()
    for line in history():
        if line.person:
            found[of(line)] += line.centihours
    for code, share in shares.items():
        assert abs(found[code] / found.total() - share / sum(shares.values())) < 0.035, code


def test_august_and_december_are_low_in_building_and_not_in_cleaning() -> None:
    building = Counter[int]()
    for line in history():
        if line.contract.sector in calibration.SEASONAL_SECTORS and line.person:
            building[line.month.month] += line.centihours
    assert building[8] < 0.75 * min(building[6], building[9])
    assert building[12] < 0.85 * building[11]


def test_nobody_works_more_than_full_time_in_a_month() -> None:
    found: Counter[tuple[str, date]] = Counter()
    for line in history():
        if line.person:
            found[line.person.worker_id, line.month] += line.centihours
    assert max(found.values()) <= calibration.LARGEST_MONTH


def test_the_same_seed_and_day_make_the_same_history() -> None:
    assert [filing.lines for filing in filings(lines(TODAY))] == [filing.lines for filing in filings(history())]


def test_some_groups_are_small_enough_to_be_hidden_and_no_departments_year_is() -> None:
    """Primary rules of the handbook (6.2): persons below 5, employers below 3, one private employer above 85 % of the hours."""
    people: dict[tuple[str, ...], set[str]] = defaultdict(set)
    employers: dict[str, Counter[str]] = defaultdict(Counter)
    for line in of_year():
        if line.person:
            people[line.contract.department, line.person.public].add(line.person.worker_id)
            people[line.contract.department,].add(line.person.worker_id)
        employers[line.contract.department][line.employer.siret] += line.centihours
    assert any(0 < len(who) < 5 for key, who in people.items() if len(key) == 2)
    for department, hours in employers.items():
        assert len(people[department,]) >= 11
        assert len(hours) >= 3
        assert max(hours.values()) < 0.85 * hours.total()


def test_landlords_group_lines_hold_together() -> None:
    groups = [line for line in history() if not line.person]
    assert {line.contract.buyer.kind for line in groups} == {"BAILLEUR_SOCIAL"}
    assert all(0 <= count <= line.persons for line in groups for count in (line.women, line.under_26, line.qpv))
    told = {(line.contract.number, line.employer.siret, line.month) for line in history() if line.person}
    assert told.isdisjoint((line.contract.number, line.employer.siret, line.month) for line in groups)


def test_every_line_passes_the_validator_with_nothing_to_say() -> None:
    known = {
        contract.number: KnownContract(UUID(int=index), contract.number, contract.department, contract.starts_on, contract.ends_on)
        for index, contract in enumerate(contracts(TODAY), 1)
    }
    taken = 0
    for filing in filings(history()):
        facts = Known(TODAY, filing.buyer.id, filing.buyer.siret, known.get, Tokens(b"k" * 32))
        checked = check(raw_lines(filing.lines), facts)
        assert (checked.errors, checked.blocked) == ([], set())
        taken += len({value.line_id for value in checked.values})
    assert taken == len(history())
