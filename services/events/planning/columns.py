"""Every way in which an atelier may be placed: a half-day, an animator and the department of its room, with what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from services.events.planning import conditions, scoring
from services.events.planning.conditions import Condition
from services.events.planning.instance import Animator, Atelier, Instance, Placement, Room, Slot


@dataclass(frozen=True, slots=True)
class Column:
    """`points` is what only this choice costs; `hardship` counts for the department served worst; `against` what forbids it (switchable)."""

    atelier: str
    slot: Slot
    animator: str
    place: str | None
    points: int
    hardship: int
    against: frozenset[Condition] = frozenset()


class Columns:
    """Makes the columns of an instance. A half-day that is no better than the other one of its day is left out where nothing else tells
    them apart (one atelier a day for an animator, no room wanted twice), except the half-day of the plan before."""

    def __init__(self, instance: Instance, before: Sequence[Placement] = (), *, switchable: bool = False) -> None:
        self._instance = instance
        self._switchable = switchable
        self._before = {p.atelier: p.slot for p in before}
        self._closed = {day: list(conditions.of_day(instance, day)) for day in instance.days}
        self._away = {a.id: {s: list(conditions.of_animator_slot(instance, a, s)) for s in instance.slots} for a in instance.animators}
        self._taken = {r.id: {s: list(conditions.of_room_slot(instance, r, s)) for s in instance.slots} for r in instance.rooms}
        self._halves_alike = instance.rooms_apart and instance.conditions.per_animator_day == 1

    def of(self, atelier: Atelier) -> list[Column]:
        """What this atelier may have, in the order of days and animators."""
        if self._switchable:
            return self._least_forbidden(self.every(atelier))
        found = [column for column in self.every(atelier) if not column.against]
        return self._cheapest_half(found) if self._halves_alike else found

    def every(self, atelier: Atelier, slots: Sequence[Slot] | None = None) -> Iterator[Column]:
        """Without leaving out a half-day; with switches also what is forbidden, each column with its conditions."""
        instance = self._instance
        first = scoring.first_wave_of(instance, atelier)
        animators = [(a, list(conditions.of_animator(instance, atelier, a))) for a in instance.animators]
        rooms = [(r, list(conditions.of_room(instance, atelier, r))) for r in instance.rooms]
        if not self._switchable:
            animators, rooms = [pair for pair in animators if not pair[1]], [pair for pair in rooms if not pair[1]]
        for slot in instance.slots if slots is None else slots:
            against = list(conditions.of_slot(instance, atelier, slot, self._closed[slot.day]))
            if against and not self._switchable:
                continue
            places = self._places(rooms, slot)
            trouble = scoring.inconveniences(instance, atelier, slot)
            points = scoring.IF_NEEDED * trouble["IF_NEEDED"] + scoring.UNSURE * trouble["UNSURE"]
            points += scoring.waiting(instance, atelier, slot, first)
            for animator, against_animator in animators:
                why = [*against, *against_animator, *self._away[animator.id][slot]]
                if why and not self._switchable:
                    continue
                for room, against_room in places:
                    yield self._column(atelier, slot, animator, room, points, sum(trouble.values()), frozenset(chain(why, against_room)))

    def _column(
        self, atelier: Atelier, slot: Slot, animator: Animator, room: Room, points: int, hardship: int, against: frozenset[Condition]
    ) -> Column:
        elsewhere = scoring.is_elsewhere(atelier, room)
        points += scoring.travel_points(animator, room) + scoring.IF_NEEDED * scoring.if_needed(self._instance, animator.id, slot)
        points += scoring.ELSEWHERE * elsewhere
        return Column(atelier.id, slot, animator.id, room.department, points, hardship + elsewhere, against)

    def _places(self, rooms: Iterable[tuple[Room, list[Condition]]], slot: Slot) -> list[tuple[Room, list[Condition]]]:
        """One room a department: the one that the least forbids; without switches only departments with a room that nothing forbids."""
        best: dict[str | None, tuple[Room, list[Condition]]] = {}
        for room, against in rooms:
            why = [*against, *self._taken[room.id][slot]]
            if (not why or self._switchable) and (room.department not in best or len(why) < len(best[room.department][1])):
                best[room.department] = room, why
        return list(best.values())

    def _cheapest_half(self, columns: Sequence[Column]) -> list[Column]:
        best: dict[object, Column] = {}
        for column in columns:
            key = column.slot.day, column.animator, column.place
            held = best.get(key)
            if held is None or (column.points, column.hardship) < (held.points, held.hardship):
                best[key] = column
        before = self._before.get(columns[0].atelier) if columns else None
        kept = {id(column) for column in best.values()}
        return [column for column in columns if id(column) in kept or column.slot == before]

    def _least_forbidden(self, columns: Iterable[Column]) -> list[Column]:
        """Of the ways to be held by one person on one day those that no other needs less for."""
        if not self._halves_alike:
            return list(columns)
        of: dict[object, list[Column]] = defaultdict(list)
        for column in columns:
            of[column.slot.day, column.animator].append(column)
        found = []
        for group in of.values():
            for number, column in enumerate(group):
                others = (other.against for rank, other in enumerate(group) if rank != number)
                if not any(o < column.against or (o == column.against and any(e.against == o for e in group[:number])) for o in others):
                    found.append(column)
        return found


def rooms_for(instance: Instance, chosen: Sequence[Column], before: Sequence[Placement] = ()) -> tuple[Placement, ...]:
    """A room for each: the one it had, else the smallest that fits. The model left room for everybody (see Board._rooms)."""
    was = {p.atelier: p for p in before}
    taken: set[tuple[str, Slot]] = set()
    found: dict[str, Placement] = {}

    def wish(column: Column) -> tuple[bool, int]:
        pin = instance.pin_of.get(column.atelier)
        return not (pin and pin.room), -instance.by_id[column.atelier].expected

    for column in sorted(chosen, key=wish):
        room = _room(instance, column, was.get(column.atelier), taken)
        taken.add((room, column.slot))
        found[column.atelier] = Placement(column.atelier, column.slot.day, column.slot.half, column.animator, room)
    return tuple(found[a.id] for a in instance.ateliers if a.id in found)


def _room(instance: Instance, column: Column, was: Placement | None, taken: set[tuple[str, Slot]]) -> str:
    atelier = instance.by_id[column.atelier]
    fit = [
        room for room in instance.rooms
        if room.department == column.place and (room.id, column.slot) not in taken
        and not any(conditions.of_room(instance, atelier, room)) and not any(conditions.of_room_slot(instance, room, column.slot))
    ]  # fmt: skip
    if not fit:
        raise RuntimeError(f"no room left for {column}")
    return min(fit, key=lambda room: (was is None or room.id != was.room, room.capacity or 10_000, room.id)).id
