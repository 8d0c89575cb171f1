"""The attacker is right: its bounds are another solver's, and what it finds is what equations determine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, floor
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog

from services.indicators.attack import equations, knowledge
from services.indicators.attack.attempt import EXACT
from services.indicators.attack.files import Published
from services.indicators.attack.verdict import attack
from services.indicators.release import joint
from services.indicators.release.facets import Measure
from services.indicators.release.tables import Key
from tests.fixtures.profile import Profile
from tests.unit.protected_tables import QUARTERS, YEAR, as_published, drawn_atoms, facet_of_hours, verdict_on

pytestmark = pytest.mark.timeout(400)


def test_the_bounds_are_those_of_another_solver() -> None:
    facet = facet_of_hours(drawn_atoms(Random(7), 100))
    several = knowledge.measures(as_published([(facet, joint.protect(facet, YEAR))]), "hours", "2025")
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
            shown = program.greatest[place] if greatest else program.least[place]
            enough = shown + 3.0 if greatest else max(shown - 3.0, 0.0)
            some = program.bound(place, greatest=greatest, enough=enough)
            mine = program.bound(place, greatest=greatest)
            assert some == pytest.approx(min(mine, enough) if greatest else max(mine, enough), abs=1e-2), "no farther than asked for"
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
        facet = facet_of_hours({atom: value for atom, value in drawn_atoms(dice, 100).items() if atom[0] in quarters})
        protected = joint.protect(facet, YEAR, primary_only=kind == "primary only")
        if kind == "some printed again":
            secondary = sorted(protected.hidden - facet.needs.keys())
            protected = replace(protected, hidden=protected.hidden - set(dice.sample(secondary, min(3, len(secondary)))))
        published = _with_insiders(as_published([(facet, protected)]), dice, 5)
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
    facet = facet_of_hours(drawn_atoms(Random(3), 100))
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
    assert 0 < determined <= verdict_on([(facet, alone)]).recovered
