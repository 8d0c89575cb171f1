"""What is hidden first, and what never is."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from services.indicators.release import joint, tables
from services.indicators.release.disclosure import RULES, Contributors, hides_hours, hides_persons, hides_share
from services.indicators.release.facets import Facet, relations
from services.indicators.release.flow import NoPattern
from services.indicators.release.pattern import protect as pattern_of
from services.indicators.release.system import LEAST_PERSONS, Column, Relation, System, needs
from services.indicators.release.tables import Key
from tests.unit.protected_tables import QUARTERS, YEAR, drawn_atoms, facet_of_hours, verdict_on

pytestmark = pytest.mark.timeout(400)


def test_a_pattern_that_does_not_exist_is_refused() -> None:
    system = System([Column("a", 900, 1, hidden=True, below=180, above=700)])
    system.relate(Relation("all", ("a", "b")), {"all": 1000, "a": 900, "b": 100})
    with pytest.raises(NoPattern):
        pattern_of(system, 100)


def test_departments_totals_are_not_hidden_to_protect_others() -> None:
    for seed in range(3):
        facet = facet_of_hours(drawn_atoms(Random(seed), 100))
        never = frozenset(key for key in facet.values if key[0] == "2025" and tables.table_of(key) in {"", "department"})
        protected = joint.protect(Facet("hours", facet.values, facet.needs, never=never), YEAR)
        assert not protected.hidden & never
        assert not protected.gave_way


def test_persons_are_covered_not_added() -> None:
    """Sexes part a count; departments and quarters only bound it. A part of nobody else is as large as the whole."""
    periods = ("2025", *QUARTERS, "2025-S1", "2025-S2")
    keys: list[Key] = [(period, codes) for period in periods for codes in ((), (("sex", "F"),), (("sex", "M"),), (("sex", "NC"),))]
    kinds = {relation.kind for relation in relations("persons", keys, YEAR)}
    assert kinds == {"partition", "cover"}
    counts = {"F": 3, "M": 57, "NC": 20}
    values = {key: counts[key[1][0][1]] if key[1] else 80 for key in keys}
    facet = Facet("persons", values, {key: needs(value, LEAST_PERSONS) for key, value in values.items() if value < 5})
    assert verdict_on([(facet, joint.protect(facet, YEAR, primary_only=True))]).recovered > 0
    protected = joint.protect(facet, YEAR)
    assert all(any((period, (("sex", code),)) in protected.hidden for code in ("M", "NC")) for period in periods)
    assert verdict_on([(facet, protected)]).findings == []


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
