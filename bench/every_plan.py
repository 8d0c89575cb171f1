"""Small questions of the planner, answered by trying every plan: what its optimum and its fewest moves are held against."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from services.events.planning import scoring, solving
from services.events.planning.checking import violations
from services.events.planning.instance import (
    HALVES,
    Animator,
    Atelier,
    Busy,
    Conditions,
    Instance,
    Mandate,
    Pin,
    Placement,
    Room,
    Slot,
)  # fmt: skip

MONDAY: Final = date(2027, 11, 1)
Worth = tuple[int, int, int]
"""Dates and places moved, animators changed, points."""


def small(draw: random.Random) -> Instance:
    """Three ateliers in two departments, six half-days, two animators, a room each: small enough to try every plan."""
    days = [MONDAY + timedelta(days=7 * week + day) for week in range(2) for day in (1, 2, 3)]
    people = ["a1", "a2", "c93", "c94"]
    busy = [Busy(who, Slot(day, half), draw.random() < 0.5) for who in people for day in days for half in HALVES if draw.random() < 0.4]
    return Instance(
        days[0],
        days[-1],
        (Atelier("e93", "ETT", "ETT", "93", 20), Atelier("b93", "Bailleurs", "B", "93", 20), Atelier("e94", "ETT", "ETT", "94", 20)),
        (Animator("a1", "Camille", "75"), Animator("a2", "Dominique", "93", ("ETT",), most=2)),
        (Room("r93", "Bobigny", "93", 30), Room("r94", "Créteil", "94", 30), Room("s93", "Petite", "93", 10)),
        Conditions(weekdays=(1, 3), spacing_days=draw.choice((1, 3, 7)), per_week=2, own_department=draw.random() < 0.7,
                   per_animator_day=draw.choice((1, 2))),
        (Mandate("93", "c93", "Claude", days[0]), Mandate("94", "c94", "Sacha", days[0], None, True, days[3])),
        (), tuple(busy), (), {"93": date(2027, 1, 1)},
    )  # fmt: skip


def every_plan(instance: Instance) -> Iterator[tuple[Placement, ...]]:
    """Every plan without a violation, tried one atelier after the other."""

    def grown(plan: tuple[Placement, ...], left: tuple[Atelier, ...]) -> Iterator[tuple[Placement, ...]]:
        if not left:
            yield plan
            return
        for slot in instance.slots:
            for animator in instance.animators:
                for room in instance.rooms:
                    more = (*plan, Placement(left[0].id, slot.day, slot.half, animator.id, room.id))
                    if not violations(instance, more):
                        yield from grown(more, left[1:])

    yield from grown((), instance.ateliers)


def points(instance: Instance, plan: tuple[Placement, ...]) -> int:
    return scoring.points(scoring.score(instance, plan))


def pinned_to_another_day(draw: random.Random, instance: Instance) -> Instance:
    """The same with one atelier pinned by hand."""
    day = draw.choice([slot.day for slot in instance.slots if slot.day.weekday() in {1, 3}])
    return replace(instance, pins=(Pin("e93", day=day),))


def fewest_moves(pinned: Instance, before: tuple[Placement, ...]) -> Worth | None:
    """The best of all plans by dates and places moved, then animators, then points. None when there is no plan."""

    def worth(plan: tuple[Placement, ...]) -> Worth:
        _, moved, handed = solving.changed(pinned, before, plan)
        return moved, handed, points(pinned, plan)

    return min((worth(plan) for plan in every_plan(pinned)), default=None)


def pins_equal(seed: int, rounds: int) -> bool:
    """Whether the planner moves as little as the best of all plans, on every small question that has a plan."""
    draw = random.Random(seed)
    compared = 0
    while compared < rounds:
        instance = small(draw)
        before = solving.solve(instance, seconds=20).placements
        pinned = pinned_to_another_day(draw, instance)
        best = fewest_moves(pinned, before) if before else None
        if best is None:
            continue
        found = solving.solve(pinned, before=before, seconds=20)
        if found.changes is None or (found.changes.moved, found.changes.animators, found.points) != best:
            return False
        compared += 1
    return True
