"""What a plan breaks, counted without the solver: for hand-made moves, for what was announced, and to hold the model against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations

from services.events.planning import conditions, travel
from services.events.planning.conditions import Condition
from services.events.planning.instance import Instance, Placement


def violations(instance: Instance, placements: Sequence[Placement]) -> list[tuple[str, Condition]]:
    """(atelier, condition) for everything that does not hold, in the order of the plan."""
    return [*_alone(instance, placements), *_together(instance, placements), *_counted(instance, placements)]


def _alone(instance: Instance, placements: Sequence[Placement]) -> Iterator[tuple[str, Condition]]:
    for p in placements:
        atelier, animator, room = instance.by_id[p.atelier], instance.animator_by_id.get(p.animator), instance.room_by_id.get(p.room)
        if p.slot not in set(instance.slots):
            yield p.atelier, Condition("OUTSIDE", p.atelier, "cette date est hors de la période")
        for found in conditions.of_slot(instance, atelier, p.slot):
            yield p.atelier, found
        if animator is None:
            yield p.atelier, Condition("GONE", p.animator, "l’animateur n’est plus dans la liste")
        else:
            for found in (*conditions.of_animator(instance, atelier, animator), *conditions.of_animator_slot(instance, animator, p.slot)):
                yield p.atelier, found
        if room is None:
            yield p.atelier, Condition("NO_ROOM", p.room, "la salle n’est plus dans la liste")
        else:
            for found in (*conditions.of_room(instance, atelier, room), *conditions.of_room_slot(instance, room, p.slot)):
                yield p.atelier, found


def _together(instance: Instance, placements: Sequence[Placement]) -> Iterator[tuple[str, Condition]]:
    days, chosen = instance.conditions.spacing_days, instance.conditions
    for one, other in combinations(sorted(placements, key=lambda p: (p.day, p.half != "MORNING", p.atelier)), 2):
        first, second = instance.by_id[one.atelier], instance.by_id[other.atelier]
        same_day = one.day == other.day
        if days and first.department is not None and first.department == second.department and other.day - one.day < timedelta(days=days):
            yield other.atelier, conditions.spacing(instance, first.department)
        if one.room == other.room and one.slot == other.slot and one.room in instance.room_by_id:
            yield other.atelier, conditions.room_twice(instance.room_by_id[one.room])
        if one.animator != other.animator or not same_day or one.animator not in instance.animator_by_id:
            continue
        animator = instance.animator_by_id[one.animator]
        if one.half == other.half or chosen.per_animator_day == 1:
            yield other.atelier, conditions.one_at_a_time(instance, animator)
        elif travel.too_far_for_one_day(instance.room_by_id[one.room].department, instance.room_by_id[other.room].department):
            yield other.atelier, conditions.travel_in_a_day(animator)


def _counted(instance: Instance, placements: Sequence[Placement]) -> Iterator[tuple[str, Condition]]:
    loads = Counter(p.animator for p in placements)
    for animator in instance.animators:
        if animator.most is not None and loads[animator.id] > animator.most:
            yield next(p.atelier for p in placements if p.animator == animator.id), conditions.most(animator)
    weeks = defaultdict(list)
    for p in placements:
        weeks[p.day.isocalendar()[:2]].append(p.atelier)
    for ateliers in weeks.values():
        if instance.conditions.per_week is not None and len(ateliers) > instance.conditions.per_week:
            yield ateliers[-1], conditions.per_week(instance)
