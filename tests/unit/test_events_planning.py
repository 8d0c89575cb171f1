"""The planner held against an independent check, an independent score and a search through every plan."""

from __future__ import annotations

import csv
import os
import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.every_plan import MONDAY, every_plan, fewest_moves, pinned_to_another_day, points, small
from demo.planning import instances
from services.events.planning import blocking, explaining, large, solving, travel
from services.events.planning.checking import violations
from services.events.planning.closures import closures
from services.events.planning.instance import (
    HALVES,
    WRITTEN,
    Animator,
    Atelier,
    Busy,
    Closure,
    Conditions,
    Instance,
    Mandate,
    Pin,
    Room,
    Slot,
)  # fmt: skip
from tests.fixtures.profile import Profile

FILES = Path(__file__).parents[1] / "files" / "calendars"
SEED = int(os.environ.get("MACS_TEST_SEED", "7"))


def test_the_optimum_is_that_of_a_search_through_every_plan(profile: Profile) -> None:
    draw, infeasible = random.Random(SEED), 0
    rounds = profile.pick("small plans compared with every plan", short=5, long=60)
    for _ in range(rounds):
        instance = small(draw)
        best = min((points(instance, plan) for plan in every_plan(instance)), default=None)
        found = solving.solve(instance, seconds=20)
        if best is None:
            infeasible += 1
            assert found.status == "infeasible"
            continue
        assert (found.status, found.points, violations(instance, found.placements)) == ("optimal", best, []), f"seed {SEED}"
    assert infeasible < rounds


def test_a_pin_moves_no_more_than_must_be(profile: Profile) -> None:
    """Against every plan: fewest dates and places moved, then fewest animators, then the best points."""
    draw, compared = random.Random(SEED + 1), 0
    for _ in range(profile.pick("pins compared with every plan", short=5, long=60)):
        instance = small(draw)
        before = solving.solve(instance, seconds=20).placements
        if not before:
            continue
        pinned = pinned_to_another_day(draw, instance)
        best = fewest_moves(pinned, before)
        found = solving.solve(pinned, before=before, seconds=20)
        if best is None:
            assert found.status == "infeasible"
            continue
        compared += 1
        assert found.changes is not None
        assert (found.changes.moved, found.changes.animators, found.points) == best, f"seed {SEED}"
        assert found.changes.proven or not pinned.rooms_apart
    assert compared


def test_the_semester_is_proven_optimal_and_the_same_twice() -> None:
    instance = instances.read("semestre-24")
    one, two = solving.solve(instance, seconds=60), solving.solve(instance, seconds=60)
    assert one.status == "optimal"
    assert violations(instance, one.placements) == []
    assert one.placements == two.placements
    assert {p.day.weekday() for p in one.placements} <= {0, 1, 2, 3, 4}


def test_the_bound_of_a_plan_made_in_steps_is_below_the_best(profile: Profile) -> None:
    """The large way, on questions whose optimum the other way proves."""
    draw, compared = random.Random(SEED + 2), 0
    for question in (
        instances.read("semestre-24"),
        *(small(draw) for _ in range(profile.pick("bounds of plans in steps", short=4, long=40))),
    ):
        best, steps = solving.solve(question, seconds=60), large.solve(question, 60)
        if best.points is None or steps.points is None or steps.bound is None:
            assert best.status == "infeasible" or not steps.placements
            continue
        compared += 1
        assert best.status == "optimal"
        assert violations(question, steps.placements) == []
        assert steps.bound <= best.points <= steps.points, f"seed {SEED}"
    assert compared


def test_five_colleges_find_their_window() -> None:
    instance = instances.read("colleges-5")
    found = solving.solve(instance, seconds=20)
    assert found.status == "optimal"
    assert violations(instance, found.placements) == []
    assert all(date(2027, 9, 24) <= p.day <= date(2027, 10, 12) for p in found.placements)


@pytest.mark.parametrize("name", instances.ALL)
def test_the_committed_questions_are_those_of_the_seed(name: str) -> None:
    assert WRITTEN.dump_json(instances.ALL[name]()) + b"\n" == (instances.HERE / f"{name}.json").read_bytes()


def test_what_is_announced_stays_when_its_animator_leaves() -> None:
    instance = instances.read("semestre-24")
    before = solving.solve(instance, seconds=60).placements
    told = before[0]
    gone = tuple(replace(a, gone_on=told.day) if a.id == told.animator else a for a in instance.animators)
    pin = Pin(told.atelier, told.day, told.half, None, told.room, announced=True)
    changed = replace(instance, animators=gone, pins=(pin,))
    after = solving.solve(changed, before=before, seconds=60)
    kept = next(p for p in after.placements if p.atelier == told.atelier)
    assert (kept.slot, kept.room) == (told.slot, told.room)
    assert kept.animator != told.animator
    assert after.changes is not None
    assert after.changes.announced == 0


def blocked() -> Instance:
    """One department whose coordinator is free in the holidays only."""
    days = [MONDAY + timedelta(days=number) for number in range(5)]
    busy = tuple(Busy("c93", Slot(day, half)) for day in days[2:] for half in HALVES)
    return Instance(
        days[0], days[-1], (Atelier("e93", "ETT", "ETT", "93"),), (Animator("a1", "Camille", "75"),), (Room("r", "Bobigny", "93"),),
        Conditions(spacing_days=1), (Mandate("93", "c93", "Claude", days[0]),), (Closure("Toussaint", days[0], days[2], "school"),), busy,
    )  # fmt: skip


def test_what_blocks_is_named_and_nothing_of_it_can_be_left_out() -> None:
    instance = blocked()
    assert solving.solve(instance).status == "infeasible"
    found = blocking.irreducible(instance)
    assert found.minimal
    assert {condition.code for condition in found.conditions} == {"SCHOOL_HOLIDAYS", "BUSY"}
    assert solving.solve(replace(instance, closures=())).status == "optimal"
    assert solving.solve(replace(instance, busy=())).status == "optimal"


def test_too_many_for_the_spacing_blocks_as_a_department() -> None:
    more = replace(blocked(), closures=(), busy=(), ateliers=(Atelier("a", "A", None, "93"), Atelier("b", "B", None, "93")),
                   conditions=Conditions(spacing_days=7))  # fmt: skip
    found = blocking.irreducible(more)
    assert (found.minimal, [condition.code for condition in found.conditions]) == (True, ["SPACING"])
    assert found.conditions[0].text == "au moins 1 semaine entre deux réunions du 93"


def test_without_time_the_set_is_said_not_to_be_minimal() -> None:
    found = blocking.irreducible(instances.read("semestre-24"), seconds=0.0)
    assert not found.minimal


def test_why_not_in_the_holidays_and_what_another_week_would_move() -> None:
    instance = instances.read("semestre-24")
    plan = solving.solve(instance, seconds=60).placements
    holidays = explaining.why_not(instance, plan, "ETT-93", date(2027, 2, 8))
    assert not holidays.possible
    assert holidays.reasons[0].text == "Vacances d'hiver (zone C), du 06/02/2027 au 21/02/2027"
    for week in (1, 2, 4, 8, 12):
        other = explaining.why_not(instance, plan, "ETT-93", instance.starts_on + timedelta(weeks=week), seconds=30)
        if other.possible and other.outcome and other.outcome.changes and other.outcome.changes.moved:
            moved = next(p for p in other.outcome.placements if p.atelier == "ETT-93")
            assert moved.day.isocalendar()[1] == (instance.starts_on + timedelta(weeks=week)).isocalendar()[1]
            return
    pytest.fail("no week can be had")


def test_holidays_agree_with_the_published_lists() -> None:
    known = closures(date(2018, 1, 1), date(2027, 12, 31))
    for file, kind in (("vacances_scolaires_zone_c.csv", "school"), ("jours_feries_fr.csv", "public")):
        with (FILES / file).open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        listed = {
            day
            for row in rows
            for first in (date.fromisoformat(row.get("debut") or row["date"]),)
            for last in (date.fromisoformat(row.get("fin_incluse") or row["date"]),)
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
            if date(2018, 1, 1) <= day <= date(2027, 12, 31)
        }
        ours = {c.starts_on + timedelta(days=n) for c in known if c.kind == kind for n in range((c.ends_on - c.starts_on).days)}
        assert ours == listed


def test_the_29th_of_february_is_a_day_like_another() -> None:
    day = date(2028, 2, 29)
    instance = replace(blocked(), starts_on=day, ends_on=day, closures=(), busy=(), mandates=(Mandate("93", "c93", "Claude", day),))
    assert [p.day for p in solving.solve(instance).placements] == [day]


def test_a_vacant_coordination_has_no_atelier() -> None:
    instance = replace(blocked(), closures=(), busy=(), mandates=())
    assert [condition.code for condition in blocking.irreducible(instance).conditions] == ["VACANCY"]


def test_ways_are_the_same_in_both_directions() -> None:
    assert travel.minutes("77", "95") == travel.minutes("95", "77") > travel.minutes("75", "92") > travel.WITHIN_MIN
