"""Nothing hidden can be computed: from one release, by an employer, from several releases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.attack.verdict import attack
from services.indicators.release import joint
from services.indicators.release.changes import Change, by_few
from services.indicators.release.disclosure import Contributors
from services.indicators.release.facets import Facet
from services.indicators.release.flow import NoPattern
from services.indicators.release.joint import Past, Protected
from services.indicators.release.pattern import protect as pattern_of
from services.indicators.release.system import LEAST_HOURS, Column, Relation, System, needs
from services.indicators.release.tables import Key
from tests.fixtures.profile import Profile
from tests.unit.protected_tables import YEAR, Atoms, as_published, drawn_atoms, facet_of_hours, summed, verdict_on

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_protected_withstands_and_primary_hiding_alone_is_broken(seed: int) -> None:
    facet = facet_of_hours(drawn_atoms(Random(seed), 100))
    alone = joint.protect(facet, YEAR, primary_only=True)
    assert verdict_on([(facet, alone)]).recovered > 0
    protected = joint.protect(facet, YEAR)
    verdict = verdict_on([(facet, protected)])
    assert verdict.attacked >= len(facet.needs)
    assert verdict.findings == []
    assert set(facet.needs) <= protected.hidden
    assert joint.protect(facet, YEAR) == protected, "the same figures give the same pattern"
    shuffled = Facet("hours", dict(sorted(facet.values.items(), reverse=True)), facet.needs)
    assert verdict_on([(shuffled, joint.protect(shuffled, YEAR))]).findings == []


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_small_tables_of_any_kind_withstand(seed: int, least: int) -> None:
    facet = facet_of_hours(drawn_atoms(Random(seed), 100), least=least)
    try:
        protected = joint.protect(facet, YEAR)
    except NoPattern:
        pytest.fail(f"no pattern for seed {seed}")
    assert verdict_on([(facet, protected)]).findings == []


def test_more_data_never_print_a_cell_that_fails() -> None:
    dice = Random(11)
    atoms = drawn_atoms(dice, 100)
    for _ in range(2):
        atoms = {atom: value + dice.choice((0, 0, 100)) for atom, value in atoms.items()}
        facet = facet_of_hours(atoms)
        assert set(facet.needs) <= joint.protect(facet, YEAR).hidden


def _past(facet: Facet, protected: Protected, release: str) -> Past:
    return Past(release, YEAR, facet.values, protected.needs, protected.hidden, protected.kept)


def _corrected(dice: Random, atoms: Atoms, count: int) -> tuple[dict[tuple[str, ...], int], dict[Key, Change]]:
    """Some atoms changed by a single person's hours, some by many; with who made the change of each cell."""
    found, few, many = dict(atoms), dict.fromkeys(atoms, 0), dict.fromkeys(atoms, 0)
    for atom in dice.sample(sorted(atoms), count):
        if dice.random() < 0.6:
            few[atom] += 100 * dice.randint(1, 3)
        else:
            many[atom] += 100 * dice.randint(20, 60)
        found[atom] += few[atom] + many[atom]
    persons = {key: value // 100 for key, value in summed({atom: few[atom] + many[atom] for atom in atoms}).items()}
    made = {
        key: Change(Contributors(count, 9 if count >= 5 else 1, count, 1 if count >= 5 else count), 0, 0) for key, count in persons.items()
    }
    return found, made


def test_releases_with_corrections_give_nothing_away(profile: Profile) -> None:
    """Quarterly releases of a year that corrections go on changing: stacked, no hidden figure and no change made by few is computed."""
    dice = Random(5)
    atoms: Mapping[tuple[str, ...], int] = drawn_atoms(dice, 100)
    facet = facet_of_hours(atoms)
    history = [(facet, joint.protect(facet, YEAR))]
    past = [_past(*history[0], "R1")]
    kept = 0
    for number in range(2, profile.pick("releases of a corrected year", short=4, long=40) + 1):
        atoms, made = _corrected(dice, atoms, 6)
        facet = facet_of_hours(atoms)
        few = by_few("hours", joint.changed(facet, past[0]), made)
        protected = joint.protect(facet, YEAR, past[:3], few)
        history.insert(0, (facet, protected))
        past.insert(0, _past(facet, protected, f"R{number}"))
        kept += len(protected.kept)
        for key in few:
            assert key in protected.hidden or not past[1].printed(key), "a change made by few is printed"
        published = as_published(history[:4])
        assert attack(published).recovered == 0, number
    assert kept, "no correction was small enough for the test to say anything"


def test_releases_protected_one_by_one_are_broken() -> None:
    """The reason for all this: each withstands alone, together they do not."""
    broken = 0
    for seed in range(3):
        dice = Random(seed)
        atoms: Mapping[tuple[str, ...], int] = drawn_atoms(dice, 100)
        history: list[tuple[Facet, Protected]] = []
        for _ in range(4):
            facet = facet_of_hours(atoms)
            history.insert(0, (facet, joint.protect(facet, YEAR)))
            atoms, _ = _corrected(dice, atoms, 12)
        broken += attack(as_published(history)).recovered
    assert broken > 0


def test_what_did_not_change_keeps_its_pattern() -> None:
    facet = facet_of_hours(drawn_atoms(Random(9), 100))
    first = joint.protect(facet, YEAR)
    again = joint.protect(facet, YEAR, [_past(facet, first, "R1")])
    assert again.hidden == first.hidden
    assert again.kept == {}


def test_an_employer_that_knows_its_own_cell_computes_no_other() -> None:
    """Two hidden cells of a column protect each other against readers; not against the employer of one of them."""
    values: dict[Hashable, int] = {"all": 6000, "a": 900, "b": 1100, "c": 4000}
    need = needs(900, LEAST_HOURS)

    def hidden(maker: str | None) -> set[object]:
        system = System([
            Column("a", 900, 1, hidden=True, below=need[0], above=need[1], makers=frozenset({"A"}), knows=True),
            Column("b", 1100, 1100.0, makers=frozenset({maker} - {None}), knows=True), Column("c", 4000, 4000.0),
        ])  # fmt: skip
        system.relate(Relation("all", ("a", "b", "c")), values)
        return set(pattern_of(system, 100).hidden)

    assert hidden(None) == {"a", "b"}
    assert "c" in hidden("B")


@pytest.mark.parametrize("others", [900, 90, 9, 1])
def test_an_employer_that_makes_nearly_all_is_kept_uncertain_of_what_the_others_did(others: int) -> None:
    """Their part may be far less than a share of the whole."""
    values: dict[Hashable, int] = {"all": 40_000, "few": 10_000, "B": 10_000 - others, "C": others, "many": 30_000}
    system = System([
        Column("few", 10_000, 1, hidden=True, below=2_000, above=2_000),
        Column("B", 10_000 - others, 1, hidden=True, makers=frozenset({"B"}), knows=True), Column("C", others, 1, hidden=True, makers=frozenset({"C"}), knows=True),
        Column("many", 30_000, 30_000.0),
    ])  # fmt: skip
    system.relate(Relation("all", ("few", "many")), values)
    system.relate(Relation("few", ("B", "C")), values)
    assert pattern_of(system, 100).hidden == {"few", "B", "C", "many"}
