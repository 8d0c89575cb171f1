"""The fictional region: what the design asks of its mandates, organisations and contracts, on any day of the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siret as siret_number

from demo.clock import window
from demo.region.contracts import contracts, contracts_of
from demo.region.coordinations import Mandate, mandates
from demo.region.keys import KEYS
from demo.region.organisations import BUYERS, DECLARANT, DECLARANT2, EMPLOYERS, FACILITATOR, NETWORK, STRUCTURES, Employer, Organisation
from demo.region.people import PEOPLE
from schemas.vocabulary.buyers import BUYERS as BUYER_KINDS
from schemas.vocabulary.network import STRUCTURES as STRUCTURE_KINDS
from schemas.vocabulary.places import DEPARTMENTS

TODAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
TODAY = date(2026, 11, 22)


def of(found: list[Mandate], department: str) -> list[Mandate]:
    return sorted((mandate for mandate in found if mandate.department == department), key=lambda mandate: mandate.starts_on)


def holder(found: list[Mandate], day: date) -> Mandate | None:
    return next((m for m in found if m.starts_on <= day and (m.ends_on is None or day < m.ends_on)), None)


@given(TODAYS)
def test_every_department_has_a_coordination_today_and_never_two(today: date) -> None:
    found = mandates(today)
    for department in DEPARTMENTS:
        ordered = of(found, department)
        assert holder(ordered, today)
        assert all(earlier.ends_on is not None and earlier.ends_on <= later.starts_on for earlier, later in pairwise(ordered))


@given(TODAYS)
def test_every_kind_of_change_is_there(today: date) -> None:
    shapes = set()
    for department in DEPARTMENTS:
        for earlier, later in pairwise(of(mandates(today), department)):
            assert earlier.ends_on is not None
            structure, person = earlier.structure != later.structure, earlier.person != later.person
            shapes.add(("structure " if structure else "") + ("person" if person else ""))
            shapes |= {"interim"} if later.interim else set()
            shapes |= {"vacancy"} if later.starts_on - earlier.ends_on == timedelta(days=1) < today - earlier.starts_on else set()
    assert {"structure ", "structure person", "person", "interim", "vacancy"} <= shapes


@given(TODAYS)
def test_one_department_changes_hands_in_thirty_to_a_hundred_days(today: date) -> None:
    """An invitation for a weekday then goes to somebody who does not coordinate the department today."""
    found = mandates(today)
    heirs = set()
    for department in DEPARTMENTS:
        present = holder(of(found, department), today)
        for ahead in range(1, 121):
            later = holder(of(found, department), today + timedelta(days=ahead))
            assert later is not None
            if present is not None and later.person != present.person:
                heirs.add((department, ahead))
                break
    assert len(heirs) == 1
    (_, ahead) = heirs.pop()
    assert 30 <= ahead <= 100


@given(TODAYS)
def test_the_interim_says_when_it_is_supposed_to_end_and_that_is_ahead(today: date) -> None:
    interim = next(mandate for mandate in mandates(today) if mandate.interim)
    assert interim.ends_on is None
    assert interim.supposed_end is not None
    assert interim.supposed_end > today
    assert interim.ends_text == f"jusque début {interim.supposed_end.year}"


def test_the_key_of_the_93_belongs_to_whom_coordinates_it_today() -> None:
    key = next(key for key in KEYS if key.id == "coordinator93")
    present = holder(of(mandates(TODAY), "93"), TODAY)
    assert present is not None
    assert key.person == present.person.id


def test_organisations_are_invented_valid_and_unique() -> None:
    everyone: list[Organisation | Employer] = [*BUYERS, *STRUCTURES, FACILITATOR, NETWORK, *EMPLOYERS]
    numbers = [one.siret for one in everyone]
    assert len(set(numbers)) == len(numbers)
    assert all(siret_number.is_valid(number) and number.startswith("9999") for number in numbers)
    assert len({one.name for one in everyone}) == len(everyone)
    assert (len(BUYERS), len(EMPLOYERS)) == (40, 60)
    assert {buyer.kind for buyer in BUYERS} <= BUYER_KINDS.keys()
    assert {structure.kind for structure in STRUCTURES} <= STRUCTURE_KINDS.keys()
    assert DECLARANT.siret != DECLARANT2.siret


def test_addresses_reach_nobody_and_are_unique() -> None:
    assert len({person.email for person in PEOPLE}) == len(PEOPLE)
    assert all(person.email.endswith("@exemple.test") and person.email.isascii() for person in PEOPLE)


@given(TODAYS)
def test_the_declarant_has_contracts_running_over_the_months_of_this_and_last_year(today: date) -> None:
    own = [contract for contract in contracts_of(DECLARANT, today) if contract.department == "93"]
    assert len(own) >= 3
    months = window(today)
    assert any(all(contract.runs(month) for month in months) for contract in own)
    assert {contract.department for contract in contracts_of(DECLARANT, today)} == DEPARTMENTS.keys()


@given(TODAYS)
def test_contract_numbers_are_unique_and_every_contract_commits_hours(today: date) -> None:
    found = contracts(today)
    assert len({contract.number for contract in found}) == len(found)
    assert all(contract.hours_committed > 0 and contract.starts_on < contract.ends_on for contract in found)


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2025, 1, 1), date(2025, 12, 31)])
def test_the_window_is_the_thirty_six_whole_months_before(today: date) -> None:
    months = window(today)
    assert len(months) == 36
    assert months[-1] < today.replace(day=1)
    assert (today.replace(day=1) - months[-1]).days in {28, 29, 30, 31}
