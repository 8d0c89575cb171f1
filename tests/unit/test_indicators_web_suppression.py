"""What is hidden first, and what never is."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from services.indicators.release import joint, tables
from services.indicators.release.disclosure import RULES, Contributors, hides_hours, hides_persons, hides_share
from services.indicators.release.facets import Facet, known_least, relations
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


@pytest.mark.parametrize("few", [(1, 1), (1, 1, 1), (2, 1)])
def test_several_hidden_persons_are_not_one_each(few: tuple[int, ...]) -> None:
    """« s. » is never a zero: what is left of a printed total must be more than one for each hidden part."""
    codes = ("EI", "ETTI", "AI", "ACI", "EA")
    counts = dict(zip(codes, (40, 12, *few), strict=False))
    values: dict[Key, int] = {("2025", (("modality", code),)): count for code, count in counts.items()}
    values["2025", ()] = sum(counts.values())
    primary = {key: needs(value, LEAST_PERSONS, known_least("persons", key, value)) for key, value in values.items() if value < 5}
    facet = Facet("persons", values, primary)
    alone = joint.protect(facet, YEAR, primary_only=True)
    assert verdict_on([(facet, alone)]).findings
    protected = joint.protect(facet, YEAR)
    assert verdict_on([(facet, protected)]).findings == []
    # Printed when readers were not taken to know it, the same pattern goes on: what it gives away is public.
    before = joint.Past("2025-1", YEAR, values, facet.needs, alone.hidden, somebody=False)
    moved = replace(facet, values={**values, ("2025", ()): values["2025", ()] + 9, ("2025", (("modality", "EI"),)): 49})
    assert not joint.protect(moved, YEAR, [before]).repeats


def test_what_all_can_tell_to_be_no_less_stays_uncertain_upward() -> None:
    """Two women, one in each of two modalities, each known to be there: nobody can be kept from knowing that there are two at least."""
    women = ("sex", "F")
    values: dict[Key, int] = {
        ("2025", ()): 30, ("2025", (women,)): 2, ("2025", (("sex", "M"),)): 28, ("2025", (("sex", "~F"),)): 28,
        **{("2025", (("modality", code), *part)): count for code in ("EI", "AI") for part, count in (((), 15), ((women,), 1), ((("sex", "~F"),), 14))},
    }  # fmt: skip
    primary = {key: needs(value, LEAST_PERSONS, known_least("persons", key, value)) for key, value in values.items() if value < 5}
    protected = joint.protect(Facet("persons", values, primary), YEAR)
    assert primary["2025", (women,)] == (1, 1)
    assert protected.needs["2025", (women,)] == (0, 1)
    assert protected.hidden >= primary.keys()


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
