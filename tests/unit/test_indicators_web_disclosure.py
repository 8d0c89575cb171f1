"""Nothing hidden can be computed: from one release, by an employer that knows its own, from several releases; and the attacker would notice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product
from math import ceil, floor
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from services.indicators.attack import equations, knowledge
from services.indicators.attack.attempt import EXACT
from services.indicators.attack.files import Figure, Promise, Publication, Published
from services.indicators.attack.verdict import Verdict, attack
from services.indicators.release import joint, tables
from services.indicators.release.changes import Change, by_few
from services.indicators.release.disclosure import RULES, Contributors, hides_hours, hides_persons, hides_share
from services.indicators.release.facets import Facet, Measure, relations
from services.indicators.release.flow import NoPattern
from services.indicators.release.joint import Past, Protected
from services.indicators.release.pattern import protect as pattern_of
from services.indicators.release.system import LEAST_HOURS, LEAST_PERSONS, Column, Relation, System, needs
from services.indicators.release.tables import Key, Year, year_until
from tests.fixtures.profile import Profile

pytestmark = pytest.mark.timeout(400)
QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
AXES = {"department": ("75", "92", "93"), "public": ("AAH", "BRSA", "DELD"), "sex": ("F", "M", "NC")}
TABLES = ((), ("department",), ("public",), ("sex",), ("department", "public"), ("department", "sex"))
PERIODS = {"2025-Q1": ("2025-S1", "2025"), "2025-Q2": ("2025-S1", "2025"), "2025-Q3": ("2025-S2", "2025"), "2025-Q4": ("2025-S2", "2025")}
YEAR: Year = year_until(2025, date(2026, 1, 1))
INDICATOR: dict[Measure, str] = {"hours": "I01", "persons": "I05"}
Atoms = Mapping[tuple[str, ...], int]


def _tables(atoms: Atoms) -> dict[Key, int]:
    """All tables of the year, its semesters and quarters, summed from atoms (quarter, department, public, sex)."""
    found: dict[Key, int] = {}
    for (quarter, *codes), count in atoms.items():
        said = dict(zip(AXES, codes, strict=True))
        for table, period in product(TABLES, (quarter, *PERIODS[quarter])):
            key = period, tuple((name, said[name]) for name in table)
            found[key] = found.get(key, 0) + count
    return found


def _atoms(dice: Random, scale: int) -> dict[tuple[str, ...], int]:
    return {atom: dice.choice((0, dice.randint(0, 4), dice.randint(5, 400))) * scale for atom in product(QUARTERS, *AXES.values())}


def _facet(atoms: Atoms, *, least: int = 5, scale: int = 100) -> Facet:
    """Hours where every hundred centi-hours are a person: few of them are few persons."""
    values = _tables(atoms)
    return Facet("hours", values, {key: needs(value, LEAST_HOURS) for key, value in values.items() if 0 < value < least * scale})


def _published(facets: Sequence[tuple[Facet, Protected]], *, until: str = "2026-01-01") -> Published:
    """As files, newest first: what is hidden has no value, what was kept has the old one."""
    publications = []
    scale = 100 if facets[0][0].measure == "hours" else 1
    for number, (facet, protected) in enumerate(facets):
        cells = {}
        for key, value in facet.values.items():
            kept = protected.kept.get(key)
            shown = kept[1] if kept else value
            hidden = key in protected.hidden and not kept
            cells[key] = Figure(None if hidden else str(shown / scale), "secret" if hidden else "ok", kept[0] if kept else "")
        publications.append(Publication(f"R{len(facets) - number}", until, {INDICATOR[facet.measure]: cells}))
    facet, protected = facets[0]
    promises = tuple(
        Promise(INDICATOR[facet.measure], key, facet.values[key] / scale, below / scale, above / scale)
        for key, (below, above) in protected.needs.items()
        if key in protected.hidden
    )
    truths = {
        (f"R{len(facets) - number}", INDICATOR[one.measure], key): one.values[key] / scale
        for number, (one, hiding) in enumerate(facets)
        for key in hiding.hidden
    }
    return Published(tuple(publications), {}, promises, truths)


def _attacked(facets: Sequence[tuple[Facet, Protected]]) -> Verdict:
    return attack(_published(facets))


@pytest.mark.parametrize("seed", range(2))
def test_what_is_protected_withstands_and_primary_hiding_alone_is_broken(seed: int) -> None:
    facet = _facet(_atoms(Random(seed), 100))
    alone = joint.protect(facet, YEAR, primary_only=True)
    assert _attacked([(facet, alone)]).recovered > 0
    protected = joint.protect(facet, YEAR)
    verdict = _attacked([(facet, protected)])
    assert verdict.attacked >= len(facet.needs)
    assert verdict.findings == []
    assert set(facet.needs) <= protected.hidden
    assert joint.protect(facet, YEAR) == protected, "the same figures give the same pattern"
    shuffled = Facet("hours", dict(sorted(facet.values.items(), reverse=True)), facet.needs)
    assert _attacked([(shuffled, joint.protect(shuffled, YEAR))]).findings == []


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_small_tables_of_any_kind_withstand(seed: int, least: int) -> None:
    facet = _facet(_atoms(Random(seed), 100), least=least)
    try:
        protected = joint.protect(facet, YEAR)
    except NoPattern:
        pytest.fail(f"no pattern for seed {seed}")
    assert _attacked([(facet, protected)]).findings == []


def test_the_bounds_are_those_of_another_solver() -> None:
    facet = _facet(_atoms(Random(7), 100))
    several = knowledge.measures(_published([(facet, joint.protect(facet, YEAR))]), "hours", "2025")
    program, _ = equations.program(several, equations.GUESSES[0])
    assert program.possible()
    rows = [(terms, *bounds) for terms, bounds in program.rows.items() if terms]
    matrix = np.zeros((len(rows), len(program.places)))
    for number, (terms, _, _) in enumerate(rows):
        for place, weight in terms:
            matrix[number, place] = weight
    upper = np.array([row[2] for row in rows])
    lower = np.array([row[1] for row in rows])
    for place in list(program.places.values())[::9]:
        for greatest in (False, True):
            aim = np.zeros(len(program.places))
            aim[place] = -1.0 if greatest else 1.0
            finite_upper, finite_lower = np.isfinite(upper), np.isfinite(lower)
            other = linprog(
                aim, A_ub=np.vstack([matrix[finite_upper], -matrix[finite_lower]]),
                b_ub=np.concatenate([upper[finite_upper], -lower[finite_lower]]), method="highs",
            )  # fmt: skip
            mine = program.bound(place, greatest=greatest)
            if other.status == 3:
                assert mine == np.inf
            else:
                assert mine == pytest.approx(other.x[place], abs=1e-2), (place, greatest)


def _one_by_one(published: Published, measure: Measure) -> tuple[set[tuple[str, str]], dict[tuple[str, str], bool]]:
    """What the attack must find, the slow way: every hidden figure's two bounds. (kind, place) from outside, (employer, place) → whether computed."""
    promises = {promise.place: promise for promise in published.promises if promise.value or measure == "persons"}
    several = knowledge.measures(published, measure, "2025")
    found: set[tuple[str, str]] = set()

    def bounds(own: Mapping[tuple[str, Key], tuple[float, bool]]) -> dict[Key, tuple[float, float]]:
        program, _ = equations.program(several, equations.GUESSES[0])
        assert program.possible()
        place_of = {name[2]: place for name, place in program.places.items() if isinstance(name, tuple) and name[1] == 0}
        known = {place_of[key]: value for (_, key), (value, knows) in own.items() if knows and key in place_of}
        assert not known or program.fix(known)
        hidden = {key: place for key, place in place_of.items() if key in several[0].hidden and place not in known}
        return {key: (program.bound(place, greatest=False), program.bound(place, greatest=True)) for key, place in hidden.items()}

    def exact(least: float, greatest: float) -> bool:
        return greatest - least <= EXACT if measure == "hours" else floor(greatest + 1e-6) <= ceil(least - 1e-6)

    outside = bounds({})
    for key, (least, greatest) in outside.items():
        if exact(least, greatest):
            found.add(("recovered", _said(key)))
        elif (promise := promises.get(key)) and not (
            least <= promise.value - promise.below + 0.005 and greatest >= promise.value + promise.above - 0.005
        ):
            found.add(("narrow", _said(key)))
    inside = {}
    for employer, own in published.insiders.items():
        for key, (least, greatest) in bounds(own).items():
            if key in promises and key not in {place for _, place in own}:
                inside[employer, _said(key)] = exact(least, greatest)
    return found, inside


def _said(key: Key) -> str:
    return " ".join([key[0], *(f"{name}={code}" for name, code in key[1])])


def _with_insiders(published: Published, dice: Random, employers: int) -> Published:
    """Each hidden figure is perhaps the only one of somebody, who perhaps can tell."""
    insiders: dict[str, dict[tuple[str, Key], tuple[float, bool]]] = {}
    for (_, indicator, key), value in published.truths.items():
        if value and dice.random() < 0.4:
            insiders.setdefault(f"E{dice.randrange(employers)}", {})[indicator, key] = value, dice.random() < 0.7
    return replace(published, insiders=insiders)


@pytest.mark.parametrize("kind", ["protected", "primary only", "some printed again"])
def test_many_cleared_at_once_give_the_verdict_of_one_by_one(kind: str, profile: Profile) -> None:
    """Figures are cleared by solutions that serve hundreds, insiders by what they know together: neither changes what is found."""
    broken = 0
    for seed in range(profile.pick("tables attacked twice", short=2, long=60)):
        dice = Random(f"{kind} {seed}")
        quarters = dice.sample(QUARTERS, 2)
        facet = _facet({atom: value for atom, value in _atoms(dice, 100).items() if atom[0] in quarters})
        protected = joint.protect(facet, YEAR, primary_only=kind == "primary only")
        if kind == "some printed again":
            secondary = sorted(protected.hidden - facet.needs.keys())
            protected = replace(protected, hidden=protected.hidden - set(dice.sample(secondary, min(3, len(secondary)))))
        published = _with_insiders(_published([(facet, protected)]), dice, 5)
        found, inside = _one_by_one(published, "hours")
        verdict = attack(published)
        assert {(one.kind, one.place) for one in verdict.findings if not one.insider} == found, seed
        told = {(one.insider, one.place) for one in verdict.findings if one.insider}
        assert all(inside[pair] for pair in told), seed
        # A figure that one employer computes is reported once.
        reported = {place for _, place in found} | {place for _, place in told}
        assert {place for (_, place), exact in inside.items() if exact} <= reported, seed
        broken += len(found)
    assert (broken == 0) == (kind == "protected")


def test_what_was_recovered_is_what_equations_determine() -> None:
    """The rank test: a hidden cell is recovered where its unit vector is a combination of the rows."""
    facet = _facet(_atoms(Random(3), 100))
    alone = joint.protect(facet, YEAR, primary_only=True)
    hidden = {key: place for place, key in enumerate(sorted(alone.hidden))}
    rows = []
    for relation in facet.relations(YEAR):
        row = np.zeros(len(hidden))
        for key, sign in ((relation.total, -1), *((part, 1) for part in relation.parts)):
            if key in hidden:
                row[hidden[key]] += sign
        if row.any():
            rows.append(row)
    matrix = np.array(rows)
    rank = np.linalg.matrix_rank(matrix)
    determined = sum(np.linalg.matrix_rank(np.vstack([matrix, np.eye(len(hidden))[place]])) == rank for place in hidden.values())
    assert 0 < determined <= _attacked([(facet, alone)]).recovered


def test_more_data_never_print_a_cell_that_fails() -> None:
    dice = Random(11)
    atoms = _atoms(dice, 100)
    for _ in range(2):
        atoms = {atom: value + dice.choice((0, 0, 100)) for atom, value in atoms.items()}
        facet = _facet(atoms)
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
    persons = {key: value // 100 for key, value in _tables({atom: few[atom] + many[atom] for atom in atoms}).items()}
    made = {
        key: Change(Contributors(count, 9 if count >= 5 else 1, count, 1 if count >= 5 else count), 0, 0) for key, count in persons.items()
    }
    return found, made


def test_releases_with_corrections_give_nothing_away(profile: Profile) -> None:
    """Quarterly releases of a year that corrections go on changing: stacked, no hidden figure and no change made by few is computed."""
    dice = Random(5)
    atoms: Mapping[tuple[str, ...], int] = _atoms(dice, 100)
    facet = _facet(atoms)
    history = [(facet, joint.protect(facet, YEAR))]
    past = [_past(*history[0], "R1")]
    kept = 0
    for number in range(2, profile.pick("releases of a corrected year", short=4, long=40) + 1):
        atoms, made = _corrected(dice, atoms, 6)
        facet = _facet(atoms)
        few = by_few("hours", joint.changed(facet, past[0]), made)
        protected = joint.protect(facet, YEAR, past[:3], few)
        history.insert(0, (facet, protected))
        past.insert(0, _past(facet, protected, f"R{number}"))
        kept += len(protected.kept)
        for key in few:
            assert key in protected.hidden or not past[1].printed(key), "a change made by few is printed"
        published = _published(history[:4])
        assert attack(published).recovered == 0, number
    assert kept, "no correction was small enough for the test to say anything"


def test_releases_protected_one_by_one_are_broken() -> None:
    """The reason for all this: each withstands alone, together they do not."""
    broken = 0
    for seed in range(3):
        dice = Random(seed)
        atoms: Mapping[tuple[str, ...], int] = _atoms(dice, 100)
        history: list[tuple[Facet, Protected]] = []
        for _ in range(4):
            facet = _facet(atoms)
            history.insert(0, (facet, joint.protect(facet, YEAR)))
            atoms, _ = _corrected(dice, atoms, 12)
        broken += attack(_published(history)).recovered
    assert broken > 0


def test_what_did_not_change_keeps_its_pattern() -> None:
    facet = _facet(_atoms(Random(9), 100))
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
            Column("a", 900, 1, hidden=True, below=need[0], above=need[1], maker="A", knows=True),
            Column("b", 1100, 1100.0, maker=maker, knows=True), Column("c", 4000, 4000.0),
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
        Column("B", 10_000 - others, 1, hidden=True, maker="B", knows=True), Column("C", others, 1, hidden=True, maker="C", knows=True),
        Column("many", 30_000, 30_000.0),
    ])  # fmt: skip
    system.relate(Relation("all", ("few", "many")), values)
    system.relate(Relation("few", ("B", "C")), values)
    assert pattern_of(system, 100).hidden == {"few", "B", "C", "many"}


def test_a_pattern_that_does_not_exist_is_refused() -> None:
    system = System([Column("a", 900, 1, hidden=True, below=180, above=700)])
    system.relate(Relation("all", ("a", "b")), {"all": 1000, "a": 900, "b": 100})
    with pytest.raises(NoPattern):
        pattern_of(system, 100)


def test_departments_totals_are_not_hidden_to_protect_others() -> None:
    for seed in range(3):
        facet = _facet(_atoms(Random(seed), 100))
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
    assert _attacked([(facet, joint.protect(facet, YEAR, primary_only=True))]).recovered > 0
    protected = joint.protect(facet, YEAR)
    assert all(any((period, (("sex", code),)) in protected.hidden for code in ("M", "NC")) for period in periods)
    assert _attacked([(facet, protected)]).findings == []


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
