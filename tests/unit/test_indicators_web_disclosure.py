"""No published relation gives a hidden cell away; what speaks of few is never published."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.release import tables
from services.indicators.release.disclosure import (
    RULES,
    Contributors,
    Relation,
    hides_hours,
    hides_persons,
    hides_share,
    lonely,
    protect,
)
from services.indicators.release.figures import Key

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
AXES = {"department": ("75", "92", "93"), "public": ("AAH", "BRSA", "DELD"), "sex": ("F", "M", "NC")}
TABLES = ((), ("department",), ("public",), ("sex",), ("department", "public"), ("department", "sex"))


@st.composite
def region(draw: st.DrawFn) -> dict[Key, int]:
    """All tables of a year and its quarters, summed from random atoms (quarter × department × public × sex)."""
    atoms = list(product(QUARTERS, *AXES.values()))
    counts = draw(st.lists(st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 400)), min_size=len(atoms), max_size=len(atoms)))
    found: dict[Key, int] = {}
    for (quarter, *codes), count in zip(atoms, counts, strict=True):
        said = dict(zip(AXES, codes, strict=True))
        for table in TABLES:
            for period in (quarter, "2025"):
                key = period, tuple((name, said[name]) for name in table)
                found[key] = found.get(key, 0) + count
    return found


def _relations(values: dict[Key, int]) -> list[Relation[Key]]:
    return [*tables.margins(values), *tables.years(values, {"2025": QUARTERS})]


def test_the_relations_are_the_sums_that_a_reader_can_make() -> None:
    values: dict[Key, int] = {}
    for period in ("2025", *QUARTERS):
        for table in TABLES:
            for codes in product(*(AXES[name] for name in table)):
                values[period, tuple(zip(table, codes, strict=True))] = 0
    relations = _relations(values)
    region_by_department = Relation(("2025", ()), tuple(("2025", (("department", d),)) for d in AXES["department"]))
    public_by_department = Relation(
        ("2025", (("public", "AAH"),)), tuple(("2025", (("department", d), ("public", "AAH"))) for d in AXES["department"])
    )
    department_by_public = Relation(
        ("2025", (("department", "93"),)), tuple(("2025", (("department", "93"), ("public", p))) for p in AXES["public"])
    )
    year_by_quarter = Relation(("2025", (("department", "93"),)), tuple((q, (("department", "93"),)) for q in QUARTERS))
    for relation in (region_by_department, public_by_department, department_by_public, year_by_quarter):
        assert relation in relations
    # per period: region by 3 dimensions, both margins of 2 crosses (3 + 3 each); over time: one a key of the year
    assert len(relations) == 5 * (3 + 12) + len(values) // 5


@given(region())
def test_no_relation_has_exactly_one_hidden_cell(values: dict[Key, int]) -> None:
    relations = _relations(values)
    primary = {
        key for key, value in values.items() if hides_persons(value, sensitive=("public", "AAH") in key[1] and values[key[0], ()] > 0)
    }
    hidden = protect(values, primary, relations)
    assert primary <= hidden
    assert not lonely(hidden, relations)
    assert protect(values, primary, relations) == hidden
    assert protect(values, hidden, relations) == hidden


@given(region())
def test_sums_alone_recover_no_hidden_cell(values: dict[Key, int]) -> None:
    """An attacker who solves one equation at a time, again and again, gets nowhere."""
    relations = _relations(values)
    hidden = protect(values, {key for key, value in values.items() if 0 < value < 5}, relations)
    known = set(values) - hidden
    for relation in relations:
        assert sum(key not in known for key in relation.cells) != 1


@given(region(), st.randoms())
def test_nothing_small_means_nothing_hidden(values: dict[Key, int], dice: object) -> None:
    assert protect(values, set(), _relations(values)) == frozenset()


def test_the_smallest_other_part_is_hidden_before_the_total() -> None:
    values = {"all": 60, "a": 3, "b": 50, "c": 7, "d": 0}
    assert protect(values, {"a"}, [Relation("all", ("a", "b", "c", "d"))]) == {"a", "c"}


def test_a_part_that_is_the_whole_hides_the_total_too() -> None:
    assert protect({"all": 7, "a": 7, "b": 0}, {"a"}, [Relation("all", ("a", "b"))]) == {"all", "a"}


def test_a_zero_is_hidden_only_where_nothing_else_is_left() -> None:
    assert protect({"all": 0, "a": 0, "b": 0}, {"all"}, [Relation("all", ("a", "b"))]) == {"all", "a"}


def test_both_margins_and_the_year_follow() -> None:
    """One hidden cell of a quarter spreads to its row, its column and another quarter, and stays inside the tables."""
    values: dict[Key, int] = {}
    for quarter, department, public in product(QUARTERS, ("75", "92", "93"), ("BRSA", "DELD", "PI")):
        count = 3 if (quarter, department, public) == ("2025-Q1", "93", "PI") else 40
        for period in (quarter, "2025"):
            for table in ((), ("department",), ("public",), ("department", "public")):
                said = {"department": department, "public": public}
                key = period, tuple((name, said[name]) for name in table)
                values[key] = values.get(key, 0) + count
    relations = _relations(values)
    hidden = protect(values, {key for key, value in values.items() if value < 5}, relations)
    assert not lonely(hidden, relations)
    assert all(len(codes) == 2 for _, codes in hidden), "a margin was hidden although others were there to hide"
    assert len(hidden) == 8  # a square in one quarter and the same in another


@pytest.mark.parametrize(
    ("found", "sensitive", "hidden"),
    [
        (Contributors(5, 3, 10_000, 8_500), False, False),
        (Contributors(4, 3, 10_000, 5_000), False, True),
        (Contributors(5, 2, 10_000, 5_000), False, True),
        (Contributors(5, 3, 10_000, 8_501), False, True),
        (Contributors(10, 3, 10_000, 5_000), True, True),
        (Contributors(11, 3, 10_000, 5_000), True, False),
        (Contributors(), False, False),
        (Contributors(), True, True),
    ],
)
def test_primary_rules_for_hours(found: Contributors, sensitive: bool, hidden: bool) -> None:
    assert hides_hours(found, sensitive=sensitive) is hidden


def test_primary_rules_for_persons_and_shares() -> None:
    assert [hides_persons(n) for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert [hides_persons(n, sensitive=True) for n in (0, 1, 10, 11)] == [True, True, True, False]
    assert hides_share(4, 100)
    assert hides_share(96, 100)
    assert not hides_share(5, 10)
    assert not hides_share(0, 0)
    assert RULES.largest_share == Fraction(85, 100)
