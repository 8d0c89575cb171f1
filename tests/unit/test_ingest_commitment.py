"""Committed hours: the worked example, and what the formula promises (monotone, linear, splitting a contract costs half an hour a lot)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.rules.commitment import Inputs, committed_hours, labour_hours
from services.ingest.rules.complements import check_share, check_transfer

EXAMPLE = Inputs(Decimal(1_000_000), Decimal(50), Decimal(5), Decimal(30))
amounts = st.decimals(0, 10**8, places=2)
inputs = st.builds(Inputs, amounts, st.decimals(1, 100, places=1), st.decimals(1, 50, places=1), st.decimals(10, 100, places=2))


def test_the_examples_of_the_guides() -> None:
    assert committed_hours(EXAMPLE) == 833
    assert committed_hours(Inputs(Decimal(1_500_000), Decimal(70), Decimal(10), Decimal(30))) == 3_500
    assert committed_hours(replace(EXAMPLE, taken_over=Decimal(10**6))) == 0, "nobody is hired for hours that are taken over"


def test_halves_go_up() -> None:
    assert committed_hours(Inputs(Decimal(3_000), Decimal(100), Decimal("0.5"), Decimal(30))) == 1  # 0.5 h


@given(inputs, st.sampled_from(["amount", "share", "rate"]), st.decimals(1, 5, places=2))
def test_more_of_anything_above_the_line_never_commits_to_less(found: Inputs, name: str, more: Decimal) -> None:
    assert committed_hours(replace(found, **{name: getattr(found, name) * more})) >= committed_hours(found)
    assert committed_hours(replace(found, cost=found.cost * more)) <= committed_hours(found)


@given(inputs, st.integers(1, 50))
def test_labour_is_linear_in_the_amount(found: Inputs, times: int) -> None:
    whole = labour_hours(replace(found, amount=found.amount * times))
    assert abs(whole - labour_hours(found) * times) < Decimal("1e-12")


@given(inputs, st.lists(amounts, min_size=1, max_size=12))
def test_lots_differ_by_half_an_hour_each_at_most(found: Inputs, lots: list[Decimal]) -> None:
    whole = committed_hours(replace(found, amount=sum(lots, Decimal(0))))
    assert abs(whole - sum(committed_hours(replace(found, amount=lot)) for lot in lots)) <= Decimal(len(lots)) / 2 + Decimal("0.5")


def test_the_charters_floors_are_looked_at_and_more_than_all_hours_is_refused() -> None:
    assert check_share("TRAVAUX", 500, 10_000) == []
    assert [e.severity for e in check_share("TRAVAUX", 499, 10_000)] == ["check"]
    assert [e.severity for e in check_share("GUP", 999, 10_000)] == ["check"]
    assert check_share("GUP", 1_000, 10_000) == []
    assert [e.severity for e in check_share(None, 10_001, 10_000)] == ["blocking"]
    assert [e.severity for e in check_share(None, 0, 0)] == ["blocking"]
    assert check_share("GUP", 1, None) == []


def test_staff_is_taken_over_where_it_is() -> None:
    assert check_transfer("90911200", "3043") == []
    assert [e.code for e in check_transfer("45000000", "3043")] == ["V17"]
    assert [e.code for e in check_transfer("45000000", "")] == ["V17"]
    assert check_transfer("79713000", "1351") == []
    assert check_transfer(None, "3043") == []
    assert [e.code for e in check_transfer(None, "", "BATIMENT")] == ["V17"], "where the contract has no CPV"
    assert check_transfer(None, "", "NETTOYAGE") == check_transfer(None, "", None) == check_transfer("90911200", "", "BATIMENT") == []
