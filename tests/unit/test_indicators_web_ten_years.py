"""Ten years of quarterly releases that corrections and retractions go on changing: whatever stands side by side, no hidden figure is computed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from random import Random

import pytest

from services.indicators.attack.verdict import attack
from services.indicators.release import joint
from services.indicators.release.disclosure import hides_hours
from services.indicators.release.facets import Facet
from services.indicators.release.joint import Past, Protected
from services.indicators.release.publish import BREAK
from services.indicators.release.tables import Key, Year
from tests.fixtures.corrected_region import Region, Rule, changes, files, release, told
from tests.fixtures.profile import Profile


def _in_force(facet: Facet, year: Year, past: Sequence[Past], few: Collection[Key]) -> Protected:
    return joint.protect(facet, year, past, few, primary_only=os.environ.get(BREAK) == "secondary")


def _alone(facet: Facet, year: Year, past: Sequence[Past], few: Collection[Key]) -> Protected:
    return joint.protect(facet, year)


def _of_the_last(facet: Facet, year: Year, past: Sequence[Past], few: Collection[Key]) -> Protected:
    """What was said before the last release is forgotten."""
    return joint.protect(facet, year, past[:1], few)


def _whoever_changed_it(facet: Facet, year: Year, past: Sequence[Past], few: Collection[Key]) -> Protected:
    return joint.protect(facet, year, past)


def _played(seed: int, releases: int, rule: Rule) -> Counter[str]:
    """What became of it: figures attacked, found, given away by a change that few made, kept, brought up to date; years repeated."""
    region, found = Region(Random(seed)), Counter[str]()
    for number in range(releases):
        region.correct(number)
        region.grow(number)
        for of in region.people:
            if made := release(region, of, number, rule):
                said = region.said[of]
                for name, keys in told(said).items():
                    then = next(one for one in said if one.name == name)
                    since = changes(then.people, made.people, made.past.year)
                    found["changed by few"] += sum(hides_hours(since[key].hours) for key in keys)
                    found["brought up to date"] += len(keys)
                verdict = attack(files(said))
                found["attacked"] += verdict.attacked
                found["found"] += len(verdict.findings)
                found["kept"] += len(made.protected.kept)
    found["repeated"] = region.repeated
    return found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [2026, pytest.param(7, marks=pytest.mark.long)])
def test_ten_years_of_quarterly_releases_give_nothing_away(seed: int, profile: Profile) -> None:
    """Every release of a year stands beside all the others, not only beside the last few."""
    found = _played(seed, profile.pick("quarterly releases", short=7, long=40), _in_force)
    assert (found["found"], found["changed by few"]) == (0, 0), found
    assert found["attacked"] > 500, found
    assert found["kept"] > 100, "no correction was small enough for the test to say anything"
    assert found["brought up to date"] > 5 * found["repeated"] + 20, "nothing is shown that changed: safe, and no use"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("rule", "seed", "caught"), [(_alone, 2026, "found"), (_of_the_last, 2, "found"), (_whoever_changed_it, 2026, "changed by few")]
)
def test_less_than_the_rule_gives_figures_away(rule: Rule, seed: int, caught: str) -> None:
    assert _played(seed, 6, rule)[caught] > 0
